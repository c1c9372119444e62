import VxGit
import VxModel
import VxStore
import VxSystem

import struct SystemPackage.FilePath

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

    /// One file to write.
    struct Job: Sendable {
        var file: DataFile
        /// What stood in its place when that was decided; anything else standing there by then is the user's, and stays.
        var standing: FileStat?
    }

    /// What became of one file.
    enum Outcome: Sendable {
        /// With its stat data, or `nil` where it has been written to since.
        case written(FileStat?)
        /// Nothing was touched; the content cannot be had.
        case failed(VxError)
    }

    /// Lays the files down and says of each what became of it, in the order given.
    ///
    /// A file whose content is missing or damaged, or whose place somebody else has written to meanwhile, does not stop
    /// the others.
    /// - Throws: what stops everything: a full disk, an interruption.
    func write(_ jobs: [Job]) throws -> [Outcome] {
        try makeFolders(for: jobs)
        var outcomes = [Outcome?](repeating: nil, count: jobs.count)
        let order = store.readOrder(jobs.map(\.file.pointer.id))
        let small = order.filter { jobs[$0].file.pointer.size <= Self.smallLimit }
        let results = try writeSmall(small.map { jobs[$0] })
        for (position, outcome) in zip(small, results) { outcomes[position] = outcome }
        let reader = store.reader()
        for position in order where jobs[position].file.pointer.size > Self.smallLimit {
            let pointer = jobs[position].file.pointer
            outcomes[position] = try attempt(jobs[position]) { output in
                try reader.write(pointer.id, size: pointer.size, to: output, pool: pool, cancellation: cancellation)
            }
        }
        return outcomes.compactMap { $0 }
    }

    private func writeSmall(_ jobs: [Job]) throws -> [Outcome] {
        let results = OrderedResults<Outcome>(count: jobs.count)
        let readers = PerWorker<StoreReader>(pool)
        try pool.forEachBatch(count: jobs.count, batch: 256, cancellation: cancellation) { worker, range in
            let reader = readers.value(of: worker) { store.reader() }
            var part: [Outcome] = []
            for job in jobs[range] {
                try cancellation.check()
                part.append(
                    try attempt(job) { output in
                        try reader.withContent(job.file.pointer.id, size: job.file.pointer.size) {
                            try output.write($0)
                        }
                    })
            }
            results.store(part, at: range)
        }
        return results.all
    }

    private func attempt(_ job: Job, fill: (borrowing OpenFile) throws -> Void) throws -> Outcome {
        let file = job.file
        let target = root.appending(file.path)
        let temporary = Files.temporarySibling(of: target)
        do {
            let output = try OpenFile.creating(temporary, permissions: file.isExecutable ? 0o777 : 0o666)
            try fill(output)
            try output.setModified(stamp)
            guard try Files.status(target) == job.standing else { throw Self.changed(file.path) }
            try Files.rename(temporary, to: target)
            // Of the file itself, not of whatever stands at its path by now. A later time means somebody is writing to it
            // already: then git is to look for itself.
            let status = try output.status()
            try output.close()
            return .written(status.modified.seconds == stamp.seconds ? status : nil)
        } catch {
            try Files.remove(temporary)
            guard let error = error as? VxError, error.isAboutContent else { throw error }
            return .failed(error.wrapped("cannot lay down \(file.path)"))
        }
    }

    /// The error for a file that is not what it was when the plan was made.
    static func changed(_ path: RepoPath) -> VxError {
        VxError(
            .refused, "\(path) was changed while vx was about to replace it", because: "it was left as it is now",
            hint: "keep it with 'vx add \(path)', or repeat the command with --force to discard it")
    }

    /// Makes the folders the files go to.
    ///
    /// - Throws: where one of them is a symlink: writing through it would reach outside the workspace.
    private func makeFolders(for jobs: [Job]) throws {
        var made: Set<RepoPath> = [.root]
        for job in jobs { try makeFolder(job.file.path.parent, &made) }
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
                .refused, "cannot write below \(folder)",
                because: "it is a symlink, and the files would land outside the workspace",
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
    /// Whether one content is missing or damaged, or one place was changed, which says nothing of the others.
    var isAboutContent: Bool { code == .corrupt || code == .missing || code == .refused }
}
