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
    func judge(_ sources: [Source], _ result: inout Result) throws -> [Verdict] {
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
                            try Self.transform(source.path, input, by: transform, checker, clean.timeout) {
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
        if let failure = try checker.perform(command, on: path) { return .verdict(.leftOut(failure)) }
        guard try Files.status(output)?.kind == .regular else {
            return .verdict(.leftOut(.init(check: "transforms", reason: "\(transform.name): it made no file")))
        }
        return .made(transform, try take(output).pointer)
    }

    /// Holds a transform's output against the checks of where it goes.
    private static func judge(
        _ pointer: Pointer?, of transform: Configuration.Transform, from source: Source, _ checker: FileChecker
    ) throws -> Verdict {
        let path = made(transform, source.path, checker)
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
