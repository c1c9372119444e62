import VxConfig
import VxGit
import VxModel
import VxStore
import VxSystem

import struct SystemPackage.FilePath

/// Reads files from anywhere into the store, in parallel.
package enum Intake {
    /// What a file became.
    package struct Taken: Sendable {
        /// `nil` for an empty file, which git keeps as an empty blob.
        package var pointer: Pointer?
        package var isExecutable: Bool
        /// Whether the file is the text of a pointer: nothing of it was stored.
        package var isText = false

        /// The blob that stands for the file in a tree.
        package var blob: [UInt8] { pointer?.encoded ?? [] }
    }

    /// Stores the bytes of files and gives what each became, in order. Whoever names it in git afterwards takes a
    /// ``VxStore/StoreHold`` before, and keeps it until then.
    ///
    /// - Throws: where a file cannot be read or keeps changing, or the store cannot be written; nothing of it is then in
    ///   the store.
    package static func read(
        _ files: [FilePath], into store: Store, pool: WorkerPool, cancellation: Cancellation
    ) throws -> [Taken] {
        if files.isEmpty { return [] }
        let session = try store.session(pool: pool, cancellation: cancellation)
        do {
            let results = OrderedResults<Taken>(count: files.count)
            let lanes = PerWorker<StoreLane>(pool)
            try pool.forEachBatch(count: files.count, batch: 64, cancellation: cancellation) { worker, range in
                let lane = try lanes.value(of: worker) { try session.lane() }
                results.store(try files[range].map { try take($0, lane) }, at: range)
            }
            let taken = results.all
            try session.finish()
            return taken
        } catch {
            session.abandon()
            throw error
        }
    }

    /// What files would become; nothing is stored.
    ///
    /// - Throws: where a file cannot be read.
    package static func identify(
        _ files: [FilePath], pool: WorkerPool, cancellation: Cancellation
    ) throws -> [Taken] {
        try pool.map(count: files.count, batch: 64, cancellation: cancellation) { position in
            let file = files[position]
            let input = try OpenFile.reading(file)
            let status = try input.status()
            if let known = try known(input, status, file) { return known }
            let id = try ContentHasher.id(of: input, cancellation: cancellation)
            return Taken(pointer: Pointer(id: id, size: status.size), isExecutable: status.isExecutable)
        }
    }

    /// What a file becomes that has no bytes to store: it is empty, or a pointer itself.
    private static func known(
        _ input: borrowing OpenFile, _ status: FileStat, _ file: FilePath
    ) throws -> Taken? {
        var start = [UInt8](repeating: 0, count: Pointer.maximumLength + 1)
        let count = try start.withUnsafeMutableBytes { try input.read(at: 0, into: $0) }
        if count == 0 { return Taken(pointer: nil, isExecutable: status.isExecutable) }
        return try Pointer.checked(start[..<count], at: RepoPath(file.string)).map {
            Taken(pointer: $0, isExecutable: status.isExecutable, isText: true)
        }
    }

    /// Gives the bytes of one file to a session of the store; they are in the store when that is finished.
    ///
    /// - Throws: where the file cannot be read or keeps changing.
    package static func take(_ file: FilePath, _ lane: StoreLane) throws -> Taken {
        for _ in 1...3 {
            let input = try OpenFile.reading(file)
            let before = try input.status()
            if let known = try known(input, before, file) { return known }
            let (id, size) = try lane.add { try input.read(into: $0) }
            if try input.status() == before, size == before.size {
                return Taken(pointer: Pointer(id: id, size: size), isExecutable: before.isExecutable)
            }
        }
        throw VxError(
            "\(file) changed while it was being read", because: "something is still writing to it",
            hint: "wait until it is complete, then repeat the command; nothing was added")
    }
}

extension Workspace {
    /// The edit that gives folders to vx in a commit's `.gitattributes`; none where it says so already.
    package func attributeEdits(for folders: [RepoPath], inTree tree: GitObjectID?) throws -> [TreeEdit] {
        let entry = try tree.flatMap { try repository.entry(at: Self.attributesPath, inTree: $0) }
        let old = try entry.flatMap { try repository.blob($0.id, limit: 16 << 20) } ?? []
        var file = AttributesFile(old)
        file.track(
            folders.map { ($0, true) }, plain: ["snapshots", "manifests", configuration.tracking.path])
        if file.bytes == old { return [] }
        return [.put(Self.attributesPath, .regular, try repository.writeBlobs([file.bytes])[0])]
    }
}
