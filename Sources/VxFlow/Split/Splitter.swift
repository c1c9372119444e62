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
        /// What of the work tree's `vx.yaml` does not count.
        package var note: String?
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
    /// What the road goes by.
    let configuration: Configuration
    let split: Configuration.Split
    private let note: String?
    private let git: GitProcess

    /// The branch that has the sides.
    var branch: String { get throws(VxError) { try FlowFiles.target(.split, in: configuration) } }

    /// - Throws: what is wrong with main's `vx.yaml`.
    package init(_ workspace: Workspace, git: GitProcess = GitProcess()) throws {
        self.workspace = workspace
        let road = try GoverningConfiguration.ofRoad(workspace)
        (configuration, note) = (road.configuration, road.note)
        split = configuration.split
        self.git = git
    }

    /// - Throws: `usage` where the source does not exist or lacks a column; `refused` where the rule of an earlier division
    ///   was another one.
    package func run(dryRun: Bool = false) async throws -> Result {
        let step = try RoadStep(
            workspace, configuration, from: split.from, .clean, to: .split, git: git,
            missing: ("to divide", "make it with 'vx clean', or name another: 'split: {from: BRANCH}' in vx.yaml"))
        var result = Result(branch: step.branch, note: note)
        let commit = try await step.run("split", dryRun: dryRun) { tip, tree in
            let previous = try tip.flatMap { try SplitManifest.previous(at: $0, split.into, workspace.repository) }
            let standing = try StandingSides(tree, previous, self)
            var outcome = try divide(step.commit, step.source, onto: standing)
            let built = try workspace.repository.updateTree(standing.tree, outcome.edits)
            try outcome.manifest.noteTrees(built, split.into, workspace.repository)
            result.manifest = outcome.manifest
            (result.added, result.removed) = (
                outcome.added + standing.putBack.count { $0.item != nil },
                outcome.removed + standing.putBack.count { $0.item == nil }
            )
            result.leftBehind += outcome.leftBehind
            // A manifest that names an older commit is renewed where that one's data was another, and one that does not tell of
            // the sides as they are. Without one, a manifest says that there was nothing to divide.
            if standing.putBack.isEmpty, outcome.edits.isEmpty, let previous, !previous.isGone,
                previous.revision == outcome.manifest.revision ?? 1, previous.rule == outcome.manifest.rule,
                previous.trees.isEmpty || previous.trees == outcome.manifest.sides.mapValues(\.tree),
                try !FlowStatus.dataDiffers(previous.commit, step.commit, workspace)
            {
                return nil
            }
            let sides = split.ratios.map { "\($0.side) \(outcome.manifest.sides[$0.side]?.examples ?? 0)" }
            return RoadStep.Plan(
                edits: try step.edits(
                    writing: outcome.manifest.jsonValue, to: FlowFiles.split, for: split.into, tree),
                subject: "Split \(step.source): \(sides.joined(separator: ", "))", base: built)
        }
        result.commit = commit
        return result
    }

    private func divide(
        _ commit: GitObjectID, _ source: String, onto standing: StandingSides
    ) throws -> Outcome {
        let rule = SplitManifest.rule(split)
        let previous = standing.previous
        if let previous, !SplitManifest.follows(rule, previous.rule) { throw Self.otherRule(previous.rule, rule) }
        if let folder = previous?.into, folder != split.into { throw otherFolder(folder) }
        // A row needs bytes; an empty file is an example as any other.
        let dataFolders: [RepoPath] = split.by == .file ? ["data", configuration.clean.into, split.into] : []
        let all = try workspace.roadFiles(commit, dataFolders: dataFolders).filter {
            !$0.path.isInside(FlowFiles.folder)
        }
        let files = all.filter { split.files.matches($0.path) }
        // What a division has is followed, also where nothing is left; that no file is meant is a mistake.
        guard !files.isEmpty || (all.isEmpty && previous != nil) else {
            throw VxError(
                .usage, "'\(source)' has no data files to divide",
                hint: "see 'vx ls \(typed: source)' and 'split: {files: …}' in vx.yaml")
        }
        for file in files {
            try FlowFiles.requireData(split.into.appending(name(of: file.path).bytes), from: file.path)
        }
        let old =
            try standing.tree.map {
                try workspace.roadFiles(inTree: $0, inside: [split.into], dataFolders: dataFolders)
            } ?? []
        var manifest = SplitManifest(rule: rule, branch: source, commit: commit, into: split.into)
        if let warning = standing.warning { manifest.warnings.append(warning) }
        if files.count < all.count {
            let first = all.first { !split.files.matches($0.path) }
            manifest.warnings.append(
                "\(all.count - files.count) of \(all.count) files of \(source) are not divided, as 'files' does not name them: "
                    + "such as \(first.map { "\($0.path)" } ?? "")")
        }
        switch split.by {
        case .file: return try FileSplit(self).divide(files, old, manifest, previous)
        case .row: return try RowSplit(self).divide(files, old, manifest, previous)
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

    private func otherFolder(_ old: RepoPath) -> VxError {
        VxError(
            .refused, "the folder of the division has changed",
            because: "'into' was '\(old)' and is '\(split.into)'; what is in the old one would be divided again",
            hint: "put it back in vx.yaml, or begin another division on a branch of its own: 'roles: {split: split-2}'")
    }

    // MARK: - The division before

    /// An example on a side: what is known of it, the side's number, and where it is.
    typealias Standing = (example: Example, side: Int, place: String)

    /// Says what is on two sides.
    ///
    /// - Parameters:
    ///   - found: the examples that have a part in it.
    ///   - isOtherRule: whether the rule of before took no notice: then nobody's commit put them there.
    /// - Throws: where `vx.yaml` does not name the branches.
    func overlaps(_ overlap: Assigner.Overlap, _ found: [Standing], isOtherRule: Bool) throws(VxError) -> VxError {
        var contents: [UInt128Key: Standing] = [:]
        var groups: [String: Standing] = [:]
        var told: Set<UInt128Key> = []
        var toldGroups: Set<String> = []
        var pairs: [String] = []
        for item in found {
            if overlap.contents.contains(item.example.content) {
                let other = contents[item.example.content] ?? item
                contents[item.example.content] = other
                if other.side != item.side, told.insert(item.example.content).inserted {
                    pairs.append("\(other.place) and \(item.place) are equal")
                }
            } else if let group = item.example.group, let other = groups[group], other.side != item.side,
                toldGroups.insert(group).inserted
            {
                pairs.append("the group '\(group)' has \(other.place) and \(item.place)")
            }
            if let group = item.example.group { groups[group] = groups[group] ?? item }
        }
        let (branch, source) = (try branch, try FlowFiles.source(split.from, .clean, in: configuration))
        let more = pairs.count > 5 ? "; and \(pairs.count - 5) more" : ""
        return begunAnew(
            "examples are on two sides", because: pairs.prefix(5).joined(separator: "; ") + more,
            orElse: isOtherRule
                ? "put the rule back in vx.yaml"
                : "take back the commit that put them there, which 'git log \(typed: branch) -- PATH' has: "
                    + "'git revert --no-commit COMMIT', then \(FlowFiles.committing(from: source))")
    }

    /// The first times of the later sides, as a manifest has them.
    func cuts(_ texts: [String]) throws(VxError) -> [TimePoint] {
        let cuts = texts.compactMap { TimePoint($0) }
        guard cuts.count == texts.count, cuts.count == split.ratios.count - 1, cuts == cuts.sorted() else {
            throw begunAnew(
                "the times of the division before have no order",
                because: "its cuts, \(texts.map { "'\($0)'" }.joined(separator: ", ")), "
                    + "are neither numbers nor dates in order")
        }
        return cuts
    }

    /// - Parameter places: of the first of them.
    func refusesEqual(_ count: Int, _ what: String, _ places: [String]) -> VxError {
        VxError(
            .refused, "\(SplitWarnings.count(count, what)) \(count == 1 ? "has" : "have") the content of another",
            because: places.joined(separator: ", "),
            hint: "'split: {duplicates: refuse}' says no to them: 'keep' keeps them on the side of the first, "
                + "'once' takes one of each; nothing was changed")
    }

    func begunAnew(_ what: String, because cause: String, orElse way: String? = nil) -> VxError {
        let other = "begin another division on a branch of its own: 'roles: {split: split-2}'"
        return VxError(.refused, what, because: cause, hint: way.map { "\($0); or \(other)" } ?? other)
    }

    /// What finds a name in paths; `nil` where a label asks for none.
    ///
    /// - Throws: `usage` where it fits none of some names.
    func pathLabel(_ label: Configuration.Split.Label?, key: String, among names: [RepoPath]) throws -> PathLabel? {
        guard case .path(let pattern)? = label else { return nil }
        let found = try PathLabel(pattern)
        guard names.isEmpty || names.contains(where: { found.name(of: $0) != nil }) else {
            throw VxError(
                .usage, "'\(key): {path: \"\(pattern)\"}' fits no file",
                because: "a path is looked at below the folder of clean, as '\(names.first?.description ?? "")'",
                hint: "put the regular expression right in 'split:' of vx.yaml")
        }
        return found
    }

    // MARK: - Names

    /// A source's path below the folder of a side.
    func name(of path: RepoPath) -> RepoPath { Self.name(of: path, configuration) }

    static func name(of path: RepoPath, _ configuration: Configuration) -> RepoPath {
        FlowFiles.relocated(
            path, from: [configuration.clean.into, "data/clean", "data/raw", "data"], into: .root)
    }

    func side(_ number: Int) -> String { split.ratios[number].side }

    func number(ofSide name: String) -> Int? { split.ratios.firstIndex { $0.side == name } }

    var testSide: Int { number(ofSide: SplitRule.testSide(split)) ?? split.ratios.count - 1 }

    /// A path below a side that no file has yet.
    ///
    /// - Parameters:
    ///   - first: the number to try first; `nil` for the name without one.
    ///   - reserved: names below a side that no other file is to get by its number.
    func free(
        _ name: RepoPath, side: Int, number first: Int? = nil, reserved: Set<RepoPath>, isTaken: (RepoPath) -> Bool
    ) -> RepoPath {
        let folder = split.into.appending(self.side(side))
        var path = self.path(name, side: side, number: first)
        var number = 2
        while isTaken(path) {
            let other = Self.numbered(name, number)
            if !reserved.contains(other) { path = folder.appending(other.bytes) }
            number += 1
        }
        return path
    }

    /// The path of a name on a side, with a number or without one.
    func path(_ name: RepoPath, side: Int, number: Int?) -> RepoPath {
        split.into.appending(self.side(side)).appending((number.map { Self.numbered(name, $0) } ?? name).bytes)
    }

    private static func numbered(_ name: RepoPath, _ number: Int) -> RepoPath {
        let last = name.name.bytes
        let dot = last.lastIndex(of: UInt8(ascii: ".")).flatMap { $0 > 0 ? $0 : nil } ?? last.count
        let file = Array(last[..<dot]) + Array("-\(number)".utf8) + last[dot...]
        return name.parent.isRoot ? RepoPath(bytes: file) : name.parent.appending(file)
    }

    /// The name a number was put on; `nil` where it has none.
    static func withoutNumber(_ name: RepoPath) -> RepoPath? {
        let last = name.name.bytes
        let dot = last.lastIndex(of: UInt8(ascii: ".")).flatMap { $0 > 0 ? $0 : nil } ?? last.count
        guard let dash = last[..<dot].lastIndex(of: UInt8(ascii: "-")), dash > 0, dash + 1 < dot,
            last[(dash + 1)..<dot].allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        let file = Array(last[..<dash]) + last[dot...]
        return name.parent.isRoot ? RepoPath(bytes: file) : name.parent.appending(file)
    }
}
