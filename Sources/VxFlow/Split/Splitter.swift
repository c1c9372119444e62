import VxConfig
import VxGit
import VxModel
import VxStore
import VxSystem
import VxWorkspace

/// Makes split from clean: one division for the whole team, committed without a checkout.
package struct Splitter {
    /// What was divided.
    package struct Result: Sendable {
        package var branch = ""
        /// `nil` where split is up to date.
        package var commit: GitObjectID?
        package var manifest: SplitManifest?
        /// Files written to, and taken from, the sides.
        package var added = 0
        package var removed = 0
        /// What could not be tidied up afterwards.
        package var leftBehind: [VxError] = []
    }

    /// What dividing gives: edits of split's tree and the manifest.
    struct Outcome {
        var edits: [TreeEdit] = []
        var added = 0
        var removed = 0
        var manifest: SplitManifest
        var leftBehind: [VxError] = []
    }

    let workspace: Workspace
    let split: Configuration.Split
    private let git: GitProcess

    package init(_ workspace: Workspace, git: GitProcess = GitProcess()) {
        self.workspace = workspace
        split = workspace.configuration.split
        self.git = git
    }

    /// - Throws: `usage` where the source does not exist or lacks a column; `refused` where the rule of an earlier division
    ///   was another one.
    package func run(dryRun: Bool = false) async throws -> Result {
        let step = try RoadStep(
            workspace, from: split.from, .clean, to: .split, git: git,
            missing: ("to divide", "make it with 'vx clean', or name another: 'split: {from: BRANCH}' in vx.yaml"))
        var result = Result(branch: step.branch)
        let commit = try await step.run("split", dryRun: dryRun) { tip, tree in
            let outcome = try divide(step.commit, step.source, onto: tip, tree)
            result.manifest = outcome.manifest
            (result.added, result.removed) = (outcome.added, outcome.removed)
            result.leftBehind += outcome.leftBehind
            // A manifest that names an older commit is renewed where that one's data was another.
            let previous = try tree.flatMap { try SplitManifest.previous(in: $0, workspace.repository) }
            if outcome.edits.isEmpty,
                try previous == nil || !FlowStatus.dataDiffers(previous?.commit, step.commit, workspace)
            {
                return nil
            }
            let sides = split.ratios.map { "\($0.side) \(outcome.manifest.sides[$0.side]?.examples ?? 0)" }
            return (
                try outcome.edits
                    + step.edits(writing: outcome.manifest.jsonValue, to: FlowFiles.split, for: split.into, tree),
                "Split \(step.source): \(sides.joined(separator: ", "))"
            )
        }
        result.commit = commit
        return result
    }

    private func divide(
        _ commit: GitObjectID, _ source: String, onto tip: GitObjectID?, _ tree: GitObjectID?
    ) throws -> Outcome {
        let rule = SplitManifest.rule(split)
        let previous = try tree.flatMap { try SplitManifest.previous(in: $0, workspace.repository) }
        if let previous, previous.rule != rule { throw Self.otherRule(previous.rule, rule) }
        let files = try workspace.dataFiles(commit).filter {
            split.files.matches($0.path) && !$0.path.isInside(FlowFiles.folder)
        }
        guard !files.isEmpty else {
            throw VxError(
                .usage, "'\(source)' has no data files to divide",
                hint: "see 'vx ls \(source)' and 'split: {files: …}' in vx.yaml")
        }
        let old = try tip.map { try workspace.dataFiles($0, inside: [split.into]) } ?? []
        let manifest = SplitManifest(rule: rule, branch: source, commit: commit)
        switch split.by {
        case .file: return try FileSplit(self).divide(files, old, manifest)
        case .row:
            return try RowSplit(self).divide(files, old, manifest, previous.map { ($0.cuts, $0.sources) })
        }
    }

    private static func otherRule(_ old: JSONValue, _ new: JSONValue) -> VxError {
        var changed: [String] = []
        if case .object(let members) = new {
            changed = members.keys.sorted().filter { old[$0] != new[$0] }.map {
                "\($0) was \(old[$0]?.compact ?? "nothing") and is \(new[$0]?.compact ?? "nothing")"
            }
        }
        return VxError(
            .refused, "the rule of the division has changed",
            because: changed.joined(separator: "; ") + "; examples would change side",
            hint: "put it back in vx.yaml, or begin another division on a branch of its own: 'roles: {split: split-2}'")
    }

    // MARK: - Names

    /// A source's path below the folder of a side.
    func name(of path: RepoPath) -> RepoPath {
        FlowFiles.relocated(
            path, from: [workspace.configuration.clean.into, "data/clean", "data/raw", "data"], into: .root)
    }

    func side(_ number: Int) -> String { split.ratios[number].side }

    func number(ofSide name: String) -> Int? { split.ratios.firstIndex { $0.side == name } }

    var testSide: Int { number(ofSide: SplitRule.testSide(split)) ?? split.ratios.count - 1 }

    /// A path below a side that no file has yet.
    func free(_ name: RepoPath, side: Int, _ taken: Set<RepoPath>) -> RepoPath {
        let folder = split.into.appending(self.side(side))
        var path = folder.appending(name.bytes)
        var number = 2
        while taken.contains(path) {
            let last = name.name.bytes
            let dot = last.lastIndex(of: UInt8(ascii: ".")).flatMap { $0 > 0 ? $0 : nil } ?? last.count
            let file = Array(last[..<dot]) + Array("-\(number)".utf8) + last[dot...]
            path = folder.appending(name.parent.isRoot ? file : name.parent.appending(file).bytes)
            number += 1
        }
        return path
    }
}
