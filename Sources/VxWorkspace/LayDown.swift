import struct SystemPackage.FilePath
import VxGit
import VxModel
import VxStore
import VxSystem

/// Writes data files from the store to the workspace.
///
/// Each file is written under a temporary name beside its place, proven against its content id on the way, and
/// renamed into place, so that no kill leaves half a file where a whole one is expected.
struct LayDown {
    /// Up to this size a file is read whole into a worker's buffer; larger ones are written in parallel pieces.
    static let smallLimit: UInt64 = 4 << 20

    let root: FilePath
    let store: Store
    let pool: WorkerPool
    let cancellation: Cancellation
    /// Given to every file written, so that it is older than the index written afterwards.
    let stamp: FileTime

    init(_ workspace: Workspace) {
        root = workspace.root
        store = workspace.store
        pool = workspace.pool
        cancellation = workspace.cancellation
        stamp = SettledTime.before(.now())
    }

    /// What became of one file.
    enum Outcome: Sendable {
        case written(FileStat)
        /// Nothing was touched; the content cannot be had.
        case failed(VxError)
    }

    /// Lays the files down and says of each what became of it, in the order given.
    ///
    /// A file whose content is missing or damaged does not stop the others.
    /// - Throws: what stops everything: a full disk, an interruption.
    func write(_ files: [DataFile]) throws -> [Outcome] {
        try makeFolders(for: files)
        var outcomes = [Outcome?](repeating: nil, count: files.count)
        let order = store.readOrder(files.map(\.pointer.id))
        let small = order.filter { files[$0].pointer.size <= Self.smallLimit }
        let results = try writeSmall(small.map { files[$0] })
        for (position, outcome) in zip(small, results) { outcomes[position] = outcome }
        let reader = store.reader()
        for position in order where files[position].pointer.size > Self.smallLimit {
            let file = files[position]
            outcomes[position] = try attempt(file) { output in
                try reader.write(
                    file.pointer.id, size: file.pointer.size, to: output, pool: pool, cancellation: cancellation)
            }
        }
        return outcomes.compactMap { $0 }
    }

    private func writeSmall(_ files: [DataFile]) throws -> [Outcome] {
        let results = OrderedResults<Outcome>(count: files.count)
        let readers = PerWorker<StoreReader>(pool)
        try pool.forEachBatch(count: files.count, batch: 256, cancellation: cancellation) { worker, range in
            let reader = readers.value(of: worker) { store.reader() }
            var part: [Outcome] = []
            for file in files[range] {
                try cancellation.check()
                part.append(
                    try attempt(file) { output in
                        try reader.withContent(file.pointer.id, size: file.pointer.size) { try output.write($0) }
                    })
            }
            results.store(part, at: range)
        }
        return results.all
    }

    private func attempt(_ file: DataFile, fill: (borrowing OpenFile) throws -> Void) throws -> Outcome {
        let target = root.appending(file.path)
        let temporary = Files.temporarySibling(of: target)
        do {
            let output = try OpenFile.creating(temporary, permissions: file.isExecutable ? 0o777 : 0o666)
            try fill(output)
            try output.setModified(stamp)
            try output.close()
            try Files.rename(temporary, to: target)
            guard let status = try Files.status(target) else {
                throw VxError("\(target) disappeared as soon as it was written")
            }
            return .written(status)
        } catch {
            try Files.remove(temporary)
            guard let error = error as? VxError, error.isAboutContent else { throw error }
            return .failed(error.wrapped("cannot lay down \(file.path)"))
        }
    }

    /// Makes the folders the files go to.
    ///
    /// - Throws: where one of them is a symlink: writing through it would reach outside the workspace.
    private func makeFolders(for files: [DataFile]) throws {
        var made: Set<RepoPath> = [.root]
        for file in files { try makeFolder(file.path.parent, &made) }
    }

    private func makeFolder(_ folder: RepoPath, _ made: inout Set<RepoPath>) throws {
        guard !made.contains(folder) else { return }
        try makeFolder(folder.parent, &made)
        let location = root.appending(folder)
        switch try Files.status(location)?.kind {
        case .directory: break
        case nil: try Files.createDirectories(location)
        case .symlink:
            throw VxError(
                .refused, "cannot write below \(folder)", because: "it is a symlink, and the files would land outside the workspace",
                hint: "remove the symlink with 'rm \(folder)', then repeat the command")
        default:
            throw VxError(
                .refused, "cannot write below \(folder)", because: "a file of that name is in the way",
                hint: "move it away, then repeat the command")
        }
        made.insert(folder)
    }
}

extension VxError {
    /// Whether one content is missing or damaged, which says nothing of the others.
    var isAboutContent: Bool { code == .corrupt || code == .missing }
}
