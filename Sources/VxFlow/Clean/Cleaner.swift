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
        /// What could not be tidied up afterwards.
        package var leftBehind: [VxError] = []
    }

    /// A file of raw, empty ones included.
    private struct Source: Sendable, Hashable {
        var path: RepoPath
        var pointer: Pointer?
        var isExecutable: Bool
        var id: ContentID { pointer?.id ?? .empty }
    }

    private enum Verdict: Sendable {
        case taken
        case leftOut(FileChecker.Failure)
        case made(CleanReport.Made, Pointer)
    }

    private let workspace: Workspace
    private let clean: Configuration.Clean
    private let git: GitProcess

    package init(_ workspace: Workspace, git: GitProcess = GitProcess()) {
        self.workspace = workspace
        clean = workspace.configuration.clean
        self.git = git
    }

    /// - Throws: `usage` where the source branch does not exist.
    package func run(dryRun: Bool = false) async throws -> Result {
        let step = try RoadStep(
            workspace, from: clean.from, .raw, to: .clean, git: git,
            missing: (
                "to clean",
                "put data there with 'vx ingest FILE --source WHERE', or name another: 'clean: {from: BRANCH}'"
            ))
        var result = Result(branch: step.branch)
        let commit = try await step.run("clean", dryRun: dryRun) { tip, tree in
            result = Result(branch: step.branch)
            let (report, edits) = try sort(step.commit, step.source, onto: tip, tree, &result)
            result.report = report
            let old = try tree.flatMap { try CleanReport.read(in: $0, workspace.repository) }
            if edits.isEmpty, old == nil, report.files == 0 { return nil }
            if edits.isEmpty, old.map({ $0.leftOut == report.leftOut && $0.declaration == report.declaration }) == true
            {
                return nil
            }
            let count = report.taken + report.made.count
            return (
                try edits + step.edits(writing: report.jsonValue, to: FlowFiles.clean, for: clean.into, tree),
                "Clean \(step.source): \(count) files, \(report.leftOut.count) left out"
            )
        }
        result.commit = commit
        return result
    }

    private var declaration: ContentID { ContentHasher.id(of: Array("\(clean)".utf8)) }

    private func sources(_ commit: GitObjectID) throws -> [Source] {
        var found: [Source] = []
        let empty = try workspace.repository.writeBlobs([[]])[0]
        try workspace.repository.walkTree(try workspace.repository.tree(ofCommit: commit)) { entry in
            guard entry.mode.isFile, clean.files.matches(entry.path), !entry.path.isInside(FlowFiles.folder) else {
                return
            }
            if let pointer = try workspace.repository.pointer(inBlob: entry.id, at: entry.path) {
                found.append(Source(path: entry.path, pointer: pointer, isExecutable: entry.mode == .executable))
            } else if entry.id == empty, entry.path.isInside("data"), entry.path.name != ".gitkeep" {
                found.append(Source(path: entry.path, pointer: nil, isExecutable: entry.mode == .executable))
            }
        }
        return found.sorted { $0.path < $1.path }
    }

    /// Checks what is new and puts clean's tree together.
    private func sort(
        _ commit: GitObjectID, _ branch: String, onto tip: GitObjectID?, _ tree: GitObjectID?, _ result: inout Result
    ) throws -> (CleanReport, [TreeEdit]) {
        let repository = workspace.repository
        let sources = try sources(commit)
        let standing = try tip.map { try workspace.dataFiles($0, inside: [clean.into]) } ?? []
        var verdicts: [Source: Verdict] = [:]
        let previous = try tree.flatMap { try CleanReport.read(in: $0, repository) }
        if let previous, previous.declaration == declaration, repository.hasObject(previous.source) {
            verdicts = try known(previous, standing)
        }
        let fresh = sources.filter { verdicts[$0] == nil }
        result.checked = fresh.count
        for (source, verdict) in zip(fresh, try judge(fresh, &result)) { verdicts[source] = verdict }

        var report = CleanReport(
            branch: branch, source: commit, declaration: declaration, files: sources.count, taken: 0, leftOut: [],
            made: [])
        var wanted: [RepoPath: (pointer: Pointer, isExecutable: Bool)] = [:]
        var first: [ContentID: RepoPath] = [:]
        for source in sources {
            switch verdicts[source] {
            case .made(let made, let pointer):
                report.made.append(made)
                wanted[made.path] = (pointer, false)
            case .leftOut(let failure):
                report.leftOut.append(
                    .init(path: source.path, id: source.id, check: failure.check, reason: failure.reason))
            case .taken, nil:
                guard let pointer = source.pointer else { continue }
                if isUnique(source.path), let other = first[pointer.id] {
                    report.leftOut.append(
                        .init(
                            path: source.path, id: source.id, check: "unique", reason: "it has the content of \(other)")
                    )
                    continue
                }
                first[pointer.id] = first[pointer.id] ?? source.path
                let path = FlowFiles.relocated(source.path, from: ["data/raw", "data"], into: clean.into)
                wanted[path] = (pointer, source.isExecutable)
                report.taken += 1
            }
        }
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
        for ((path, target), blob) in zip(new, try repository.writeBlobs(new.map(\.value.pointer.encoded))) {
            edits.append(.put(path, target.isExecutable ? .executable : .regular, blob))
        }
        result.added = new.count
        report.leftOut.sort { $0.path < $1.path }
        return (report, edits)
    }

    private func isUnique(_ path: RepoPath) -> Bool {
        clean.checks.isEmpty || clean.checks.contains { $0.unique && $0.files.matches(path) }
    }

    /// What an earlier run found out about the files raw had then.
    private func known(_ previous: CleanReport, _ standing: [DataFile]) throws -> [Source: Verdict] {
        let pointers = Dictionary(standing.map { ($0.path, $0.pointer) }, uniquingKeysWith: { first, _ in first })
        var verdicts: [Source: Verdict] = [:]
        var failures: [RepoPath: FileChecker.Failure] = [:]
        for item in previous.leftOut where item.check != "unique" {
            failures[item.path] = .init(check: item.check, reason: item.reason)
        }
        let made = Dictionary(previous.made.map { ($0.from, $0) }, uniquingKeysWith: { first, _ in first })
        for source in try sources(previous.source) {
            if let failure = failures[source.path] {
                verdicts[source] = .leftOut(failure)
            } else if let made = made[source.path], made.fromID == source.id {
                if let pointer = pointers[made.path], pointer.id == made.id { verdicts[source] = .made(made, pointer) }
            } else if transform(for: source.path) == nil {
                verdicts[source] = .taken
            }
        }
        return verdicts
    }

    private func transform(for path: RepoPath) -> Configuration.Transform? {
        clean.transforms.first { $0.files.matches(path) }
    }

    private func judge(_ sources: [Source], _ result: inout Result) throws -> [Verdict] {
        if sources.isEmpty { return [] }
        var leftBehind: [VxError] = []
        defer { result.leftBehind += leftBehind }
        return try ScratchFolder.with(
            beside: workspace.repository.gitDirectory.appending("vx-clean"), warn: { leftBehind.append($0) }
        ) { try judge(sources, in: $0) }
    }

    private func judge(_ sources: [Source], in scratch: FilePath) throws -> [Verdict] {
        let (clean, pool, cancellation) = (clean, workspace.pool, workspace.cancellation)
        let checker = FileChecker(
            clean: clean, store: workspace.store, root: workspace.root, scratch: scratch, cancellation: cancellation)
        // What transforms make goes to the store file by file: the copies they read and write are gone as soon as that is
        // done, and never need as much room as all of the data.
        let session =
            clean.transforms.isEmpty ? nil : try workspace.store.session(pool: pool, cancellation: cancellation)
        let lanes = PerWorker<StoreLane>(pool)
        let results = OrderedResults<Step>(count: sources.count)
        do {
            try pool.forEachBatch(count: sources.count, batch: 8, cancellation: cancellation) { worker, range in
                results.store(
                    try sources[range].map { source in
                        guard let session, let pointer = source.pointer,
                            let transform = clean.transforms.first(where: { $0.files.matches(source.path) })
                        else {
                            let failure = try checker.failure(source.path, source.pointer)
                            return .verdict(failure.map { .leftOut($0) } ?? .taken)
                        }
                        return try checker.withCopy(source.path, pointer) { input in
                            try Self.transform(input, by: transform, checker, clean.timeout) {
                                try Intake.take($0, try lanes.value(of: worker) { try session.lane() })
                            }
                        }
                    }, at: range)
            }
            try session?.finish()
        } catch {
            session?.abandon()
            throw error
        }
        let steps = results.all
        return try pool.map(count: steps.count, batch: 8, cancellation: cancellation) { position in
            switch steps[position] {
            case .verdict(let verdict): verdict
            case .made(let transform, let pointer):
                try Self.judge(pointer, of: transform, from: sources[position], checker)
            }
        }
    }

    /// What a first look at a file gives.
    private enum Step: Sendable {
        case verdict(Verdict)
        /// A transform's output, which is yet to be checked; `nil` for an empty file.
        case made(Configuration.Transform, Pointer?)
    }

    /// Runs a transform on a copy of a file and has its output taken.
    private static func transform(
        _ input: FilePath, by transform: Configuration.Transform, _ checker: FileChecker, _ timeout: Double,
        take: (FilePath) throws -> Intake.Taken
    ) throws -> Step {
        func failed(_ reason: String) -> Step {
            .verdict(.leftOut(.init(check: "transforms", reason: "\(transform.name): \(reason)")))
        }
        let output = input.removingLastComponent().appending(".vx-made")
        let command = transform.run.replacing("{input}", with: ShellCommand.quoted(input))
            .replacing("{output}", with: ShellCommand.quoted(output))
        if let reason = try checker.perform(command, besides: input, timeout) { return failed(reason) }
        guard try Files.status(output)?.kind == .regular else { return failed("it made no file") }
        return .made(transform, try take(output).pointer)
    }

    /// Holds a transform's output against the checks of where it goes.
    private static func judge(
        _ pointer: Pointer?, of transform: Configuration.Transform, from source: Source, _ checker: FileChecker
    ) throws -> Verdict {
        let path = checker.clean.into.appending(name(transform.output, source.path).bytes)
        if let failure = try checker.failure(path, pointer) {
            return .leftOut(
                .init(check: failure.check, reason: "\(transform.name) made \(path): \(failure.reason)"))
        }
        guard let pointer else {
            return .leftOut(.init(check: "not-empty", reason: "\(transform.name) made an empty file"))
        }
        return .made(
            .init(
                path: path, id: pointer.id, from: source.path, fromID: source.id, transform: transform.name,
                command: transform.run), pointer)
    }

    /// The name of a transform's output.
    private static func name(_ pattern: String, _ source: RepoPath) -> RepoPath {
        let relative = FlowFiles.relocated(source, from: ["data/raw", "data"], into: .root)
        let name = String(decoding: relative.name.bytes, as: UTF8.self)
        let dot = name.lastIndex(of: ".").flatMap { $0 > name.startIndex ? $0 : nil } ?? name.endIndex
        return RepoPath(
            pattern.replacing("{path}", with: String(decoding: relative.bytes, as: UTF8.self))
                .replacing("{name}", with: name).replacing("{stem}", with: String(name[..<dot])))
    }
}
