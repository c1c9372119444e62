import VxConfig
import VxGit
import VxModel
import VxStore
import VxSystem
import VxWorkspace

import struct SystemPackage.FilePath

/// Looking at files, and making clean ones of them.
extension Cleaner {
    /// Looks at files on all threads.
    ///
    /// - Throws: where a file cannot be read, or a check could not run.
    func judge(_ sources: [Source], _ result: inout Result) throws -> [Ruling] {
        if sources.isEmpty { return [] }
        var leftBehind: [VxError] = []
        defer { result.leftBehind += leftBehind }
        return try ScratchFolder.with(
            beside: workspace.repository.gitDirectory.appending("vx-clean"), warn: { leftBehind.append($0) }
        ) { try judge(sources, in: $0) }
    }

    private func judge(_ sources: [Source], in scratch: FilePath) throws -> [Ruling] {
        let (clean, pool, cancellation) = (clean, workspace.pool, workspace.cancellation)
        let checker = FileChecker(
            clean: clean, schemas: schemas, store: workspace.store, root: workspace.root, scratch: scratch,
            cancellation: cancellation)
        let steps = try storing(!clean.transforms.isEmpty, count: sources.count) { position, take -> Step in
            let source = sources[position]
            guard let take, let pointer = source.pointer,
                let transform = clean.transforms.first(where: { $0.files.matches(source.path) })
            else { return .looked(try checker.judge(source.path, source.pointer)) }
            return try checker.withCopy(source.path, pointer) { input in
                try Self.transform(source.path, input, by: transform, checker, clean.timeout, take: take)
            }
        }
        let looked = try pool.map(count: steps.count, batch: 8, cancellation: cancellation) { position -> Looked in
            let source = sources[position]
            switch steps[position] {
            case .looked(let judgement):
                return Looked(path: source.path, pointer: source.pointer, judgement: judgement)
            case .made(let transform, let pointer):
                let path = Self.made(transform, source.path, checker)
                return Looked(
                    path: path, pointer: pointer, transform: transform, judgement: try checker.judge(path, pointer))
            case .failed(let failure):
                return Looked(path: source.path, judgement: .init(failure: failure))
            }
        }
        let hasDropped = looked.contains { $0.judgement.failure == nil && !$0.judgement.dropped.rules.isEmpty }
        return try storing(hasDropped, count: looked.count) { position, take in
            let item = looked[position]
            var pointer = item.pointer
            if let take, let whole = pointer, item.judgement.failure == nil, !item.judgement.dropped.rules.isEmpty {
                pointer = try checker.withCopy(item.path, whole, without: item.judgement) { try take($0).pointer }
            }
            return Self.ruling(item, pointer, of: sources[position], into: clean.into)
        }
    }

    /// Does something for each of many, on all threads, with a way to give files to the store where any will.
    ///
    /// What is made goes to the store file by file: the copies are gone as soon as that is done, and never need as much room
    /// as all of the data.
    private func storing<Value: Sendable>(
        _ isNeeded: Bool, count: Int, _ body: @Sendable (Int, ((FilePath) throws -> Intake.Taken)?) throws -> Value
    ) throws -> [Value] {
        let (pool, cancellation) = (workspace.pool, workspace.cancellation)
        let session = isNeeded ? try workspace.store.session(pool: pool, cancellation: cancellation) : nil
        let lanes = PerWorker<StoreLane>(pool)
        let results = OrderedResults<Value>(count: count)
        do {
            try pool.forEachBatch(count: count, batch: 8, cancellation: cancellation) { worker, range in
                let take: ((FilePath) throws -> Intake.Taken)? = session.map { session in
                    { file in try Intake.take(file, try lanes.value(of: worker) { try session.lane() }) }
                }
                results.store(try range.map { try body($0, take) }, at: range)
            }
            try session?.finish()
        } catch {
            session?.abandon()
            throw error
        }
        return results.all
    }

    /// What a first look at a file gives.
    private enum Step: Sendable {
        case looked(FileChecker.Judgement)
        /// A transform's output, which is yet to be checked; `nil` for an empty file.
        case made(Configuration.Transform, Pointer?)
        /// A transform made nothing.
        case failed(FileChecker.Failure)
    }

    /// A file that is to be clean, and what the checks say of it.
    private struct Looked: Sendable {
        /// Its path among the sources; of a transform's output, where that goes.
        var path: RepoPath
        var pointer: Pointer?
        var transform: Configuration.Transform?
        var judgement: FileChecker.Judgement
    }

    private static func ruling(
        _ item: Looked, _ pointer: Pointer?, of source: Source, into folder: RepoPath
    ) -> Ruling {
        let judgement = item.judgement
        if let failure = judgement.failure {
            guard let transform = item.transform else { return Ruling(verdict: .leftOut(failure)) }
            return Ruling(
                verdict: .leftOut(
                    .init(check: failure.check, reason: "\(transform.name) made \(item.path): \(failure.reason)")))
        }
        guard item.transform != nil || judgement.report != nil else {
            return Ruling(verdict: .taken, warnings: judgement.warnings)
        }
        guard let pointer else {
            let what = item.transform.map { "\($0.name) made an empty file" } ?? "no byte of it is left"
            return Ruling(verdict: .leftOut(.init(check: "not-empty", reason: what)))
        }
        let path =
            item.transform == nil
            ? FlowFiles.relocated(source.path, from: ["data/raw", "data"], into: folder) : item.path
        return Ruling(
            verdict: .made(
                .init(
                    path: path, id: pointer.id, from: source.path, fromID: source.id,
                    transform: item.transform?.name ?? CleanReport.dropRows, command: item.transform?.run ?? "",
                    rows: judgement.report), pointer), warnings: judgement.warnings)
    }

    /// Runs a transform on a copy of a file and has its output taken.
    private static func transform(
        _ path: RepoPath, _ input: FilePath, by transform: Configuration.Transform, _ checker: FileChecker,
        _ timeout: Double, take: (FilePath) throws -> Intake.Taken
    ) throws -> Step {
        let output = input.removingLastComponent().appending(".vx-made")
        // The output first: a file's name may have '{output}' in it.
        let command = CheckCommand(
            text: transform.run, check: "transforms", name: transform.name, timeout: timeout,
            places: [
                .init(name: "{output}", file: output, shown: made(transform, path, checker)),
                .init(name: "{input}", file: input, shown: path),
            ])
        if let failure = try checker.perform(command, on: path) { return .failed(failure) }
        guard try Files.status(output)?.kind == .regular else {
            return .failed(.init(check: "transforms", reason: "\(transform.name): it made no file"))
        }
        return .made(transform, try take(output).pointer)
    }

    /// What a transform makes of a file of raw.
    private static func made(
        _ transform: Configuration.Transform, _ source: RepoPath, _ checker: FileChecker
    ) -> RepoPath {
        let relative = FlowFiles.relocated(source, from: ["data/raw", "data"], into: .root)
        let name = relative.name.bytes
        let dot = name.lastIndex(of: UInt8(ascii: ".")).flatMap { $0 > 0 ? $0 : nil } ?? name.count
        let output = Array(transform.output.utf8).replacing("{path}".utf8, with: relative.bytes)
            .replacing("{name}".utf8, with: name).replacing("{stem}".utf8, with: name[..<dot])
        return checker.clean.into.appending(output)
    }
}
