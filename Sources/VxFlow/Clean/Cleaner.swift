import VxConfig
import VxGit
import VxModel
import VxStore
import VxSystem
import VxWorkspace

import struct SystemPackage.FilePath

/// Makes clean from raw: what passes the declared checks, and what transforms make of the rest.
package struct Cleaner {
    /// What was done.
    package struct Result: Sendable {
        package var branch = ""
        /// `nil` where clean is up to date.
        package var commit: GitObjectID?
        package var report: CleanReport?
        /// Files looked at now; the others were looked at before.
        package var checked = 0
        package var added = 0
        package var removed = 0
        /// What of the declaration is about no file there is.
        package var unmatched: [String] = []
        /// What of the work tree's `vx.yaml` does not count.
        package var note: String?
        /// Files of the source that `files` does not name.
        package var passedOver = 0
        /// What could not be tidied up afterwards.
        package var leftBehind: [VxError] = []
    }

    /// A file of raw, empty ones included.
    struct Source: Sendable, Hashable {
        var path: RepoPath
        var pointer: Pointer?
        var isExecutable: Bool
        var id: ContentID { pointer?.id ?? .empty }

        init(_ file: DataFile) {
            path = file.path
            pointer = file.pointer.size == 0 ? nil : file.pointer
            isExecutable = file.isExecutable
        }
    }

    enum Verdict: Sendable {
        case taken
        case leftOut(FileChecker.Failure)
        case made(CleanReport.Made, Pointer)
    }

    /// What became of a file, and what is said of it.
    struct Ruling: Sendable {
        var verdict: Verdict
        var warnings: [CleanReport.Warning] = []
    }

    let workspace: Workspace
    let clean: Configuration.Clean
    private let road: GoverningConfiguration.OfRoad
    let schemas: CleanSchemas
    private let git: GitProcess
    private let variables: [String: String]

    /// - Parameter variables: the environment, which may grant trust.
    /// - Throws: what is wrong with main's `vx.yaml`, or with a JSON Schema it names.
    package init(_ workspace: Workspace, variables: [String: String] = [:], git: GitProcess = GitProcess()) throws {
        self.workspace = workspace
        self.variables = variables
        road = try GoverningConfiguration.ofRoad(workspace)
        clean = road.configuration.clean
        schemas = try CleanSchemas(clean, of: road.commit, workspace)
        self.git = git
    }

    /// The commands of the declaration that counts, which are to be trusted.
    package var commands: [TrustItem] { clean.commands.map { .command($0.text, $0.purpose) } }

    /// - Parameter recheck: whether to ask all checks again, also of files that were looked at before.
    /// - Throws: `usage` where the source branch does not exist; `refused` where two files would become one; where a check could not run; `untrusted` where a command came with the repository.
    package func run(dryRun: Bool = false, recheck: Bool = false) async throws -> Result {
        let step = try RoadStep(
            workspace, road.configuration, from: clean.from, .raw, to: .clean, git: git,
            missing: (
                "to clean",
                "put data there with 'vx ingest FILE --source WHERE', or name another: 'clean: {from: BRANCH}'"
            ))
        try await workspace.requireTrust(
            inCommands: commands, variables, hint: road.note == nil ? "vx trust" : "vx clean --trust")
        var result = Result(branch: step.branch)
        let commit = try await step.run("clean", dryRun: dryRun) { tip, tree in
            result = Result(branch: step.branch)
            result.note = road.note
            let (report, edits) = try sort(step.commit, step.source, onto: tip, tree, recheck: recheck, &result)
            result.report = report
            let old = try tree.flatMap { try CleanReport.read(in: $0, workspace.repository) }
            if edits.isEmpty, old == nil, report.files == 0 { return nil }
            // A report that names an older commit is renewed where that one's data was another.
            if edits.isEmpty, let old, old.leftOut == report.leftOut, old.declaration == report.declaration,
                old.warnings == report.warnings, try !FlowStatus.dataDiffers(old.source, step.commit, workspace)
            {
                return nil
            }
            let count = report.taken + report.made.count
            return RoadStep.Plan(
                edits: try edits + step.edits(writing: report.jsonValue, to: FlowFiles.clean, for: clean.into, tree),
                subject: "Clean \(step.source): \(count) files, \(report.leftOut.count) left out")
        }
        result.commit = commit
        return result
    }

    /// Where an empty file is one of the data.
    private var dataFolders: [RepoPath] { ["data", clean.into] }

    private func files(_ commit: GitObjectID) throws -> [DataFile] {
        try workspace.roadFiles(commit, dataFolders: dataFolders).filter { !$0.path.isInside(FlowFiles.folder) }
    }

    private func sources(_ files: [DataFile]) -> [Source] {
        files.filter { clean.files.matches($0.path) }.map(Source.init)
    }

    /// Checks what is new and puts clean's tree together.
    private func sort(
        _ commit: GitObjectID, _ branch: String, onto tip: GitObjectID?, _ tree: GitObjectID?, recheck: Bool,
        _ result: inout Result
    ) throws -> (CleanReport, [TreeEdit]) {
        let repository = workspace.repository
        let all = try files(commit)
        let sources = sources(all)
        result.passedOver = all.count - sources.count
        try requireMatch(sources, commit, branch)
        let standing =
            try tip.map { try workspace.roadFiles($0, inside: [clean.into], dataFolders: dataFolders) } ?? []
        var rulings: [Source: Ruling] = [:]
        let previous = try tree.flatMap { try CleanReport.read(in: $0, repository) }
        if !recheck, let previous, previous.declaration == declaration, repository.hasObject(previous.source) {
            rulings = try known(previous, standing)
        }
        let fresh = sources.filter { rulings[$0] == nil }
        result.checked = fresh.count
        if !fresh.isEmpty { try requireCommands() }
        try workspace.bringHere(fresh.filter(isRead).compactMap { source in source.pointer.map { (source.path, $0) } })
        try workspace.requireInReach(
            fresh.filter { !isRead($0) }.compactMap { source in source.pointer.map { (source.path, $0) } })
        for (source, ruling) in zip(fresh, try judge(fresh, &result)) { rulings[source] = ruling }

        var report = CleanReport(
            branch: branch, source: commit, declaration: declaration, files: sources.count, taken: 0, leftOut: [],
            made: [])
        var files = CleanFiles()
        var first: [ContentID: RepoPath] = [:]
        for source in sources {
            let warnings = (rulings[source]?.warnings ?? [])
                .map { CleanReport.Warned(path: source.path, id: source.id, warning: $0) }
            switch rulings[source]?.verdict {
            case .made(let made, let pointer):
                report.made.append(made)
                report.warnings += warnings
                try files.add(
                    made.path,
                    .init(
                        pointer: pointer, isExecutable: made.isReduced && source.isExecutable, from: source.path))
            case .leftOut(let failure):
                report.leftOut.append(
                    .init(path: source.path, id: source.id, check: failure.check, reason: failure.reason))
            case .taken, nil:
                if let other = first[source.id], isUnique(source.path) {
                    report.leftOut.append(
                        .init(
                            path: source.path, id: source.id, check: "unique", reason: "it has the content of \(other)")
                    )
                    continue
                }
                report.warnings += warnings
                if first[source.id] != nil, source.pointer != nil { report.equal += 1 }
                first[source.id] = first[source.id] ?? source.path
                let path = FlowFiles.relocated(source.path, from: ["data/raw", "data"], into: clean.into)
                try files.add(
                    path,
                    .init(
                        pointer: source.pointer ?? Pointer(id: .empty, size: 0), isExecutable: source.isExecutable,
                        from: source.path))
                report.taken += 1
            }
        }
        result.unmatched = unmatched(sources.map(\.path), report.made.map(\.path))
        try files.checkNames()
        var wanted = files.targets
        var edits: [TreeEdit] = []
        for file in standing {
            if let target = wanted[file.path], target.pointer == file.pointer {
                wanted[file.path] = nil
            } else if wanted[file.path] == nil {
                edits.append(.remove(file.path))
                result.removed += 1
            }
        }
        let new = wanted.sorted { $0.key < $1.key }
        for ((path, target), blob) in zip(new, try repository.writeBlobs(new.map(\.value.pointer.blob))) {
            edits.append(.put(path, target.isExecutable ? .executable : .regular, blob))
        }
        result.added = new.count
        report.leftOut.sort { $0.path < $1.path }
        report.warnings.sort { ($0.path, $0.warning.check) < ($1.path, $1.warning.check) }
        return (report, edits)
    }

    private func isUnique(_ path: RepoPath) -> Bool {
        clean.checks.contains { $0.unique && $0.files.matches(path) }
    }

    /// Whether looking at a file reads its bytes: checks of sizes do not.
    private func isRead(_ source: Source) -> Bool {
        transform(for: source.path) != nil
            || clean.checks.contains { ($0.format != nil || $0.run != nil) && $0.files.matches(source.path) }
    }

    /// What an earlier run found out about the files raw had then.
    private func known(_ previous: CleanReport, _ standing: [DataFile]) throws -> [Source: Ruling] {
        let pointers = Dictionary(standing.map { ($0.path, $0.pointer) }, uniquingKeysWith: { first, _ in first })
        var rulings: [Source: Ruling] = [:]
        var warnings: [RepoPath: [CleanReport.Warning]] = [:]
        var failures: [RepoPath: FileChecker.Failure] = [:]
        var open: Set<RepoPath> = []
        for item in previous.leftOut where item.check != "unique" {
            if item.check == FileChecker.Failure.timeout {
                open.insert(item.path)
            } else {
                failures[item.path] = .init(check: item.check, reason: item.reason)
            }
        }
        for item in previous.warnings {
            if item.warning.check == FileChecker.Failure.timeout { open.insert(item.path) }
            warnings[item.path, default: []].append(item.warning)
        }
        let made = Dictionary(previous.made.map { ($0.from, $0) }, uniquingKeysWith: { first, _ in first })
        for source in sources(try files(previous.source)) where !open.contains(source.path) {
            let warnings = warnings[source.path] ?? []
            if let failure = failures[source.path] {
                rulings[source] = Ruling(verdict: .leftOut(failure))
            } else if let made = made[source.path], made.fromID == source.id {
                if let pointer = pointers[made.path], pointer.id == made.id {
                    rulings[source] = Ruling(verdict: .made(made, pointer), warnings: warnings)
                }
            } else if transform(for: source.path) == nil {
                rulings[source] = Ruling(verdict: .taken, warnings: warnings)
            }
        }
        return rulings
    }

    private func transform(for path: RepoPath) -> Configuration.Transform? {
        clean.transforms.first { $0.files.matches(path) }
    }
}
