import Synchronization
import VxGit
import VxModel
import VxStore
import VxSystem

/// Writes data files from the store to the workspace.
///
/// Each file is proven against its content id on the way, and gets its name, or its new folder does, only when it is
/// complete: no kill leaves half a file where a whole one is expected.
struct LayDown {
    /// Up to this size a file is read whole into a worker's buffer; larger ones are written in parallel pieces.
    static let smallLimit: UInt64 = 4 << 20

    let files: WorkTree
    let parts: PartFiles
    let store: Store
    let pool: WorkerPool
    let cancellation: Cancellation
    /// Given to every file written, so that it is older than the index written afterwards.
    let stamp: FileTime

    init(_ workspace: Workspace) {
        files = workspace.files
        parts = workspace.parts
        store = workspace.store
        pool = workspace.pool
        cancellation = workspace.cancellation
        stamp = SettledTime.stamp(now: .now(), index: workspace.repository.indexTime)
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
    /// - Throws: what stops everything: a full disk, an interruption; `corrupt` for a path that may not be written at, and
    ///   then nothing is.
    func write(_ jobs: [Job]) throws -> [Outcome] {
        for job in jobs { try WorkTree.require(job.file.path) }
        var counts: [RepoPath: Int] = [:]
        let parents = jobs.map(\.file.path.parent)
        for folder in parents { counts[folder, default: 0] += 1 }
        // A new folder gets its temporary name in the one above.
        return try parts.noted(Set(counts.keys.flatMap { [$0, $0.parent] })) {
            let folders = try LayDownFolders(counts, in: files)
            do {
                return try write(jobs, parents, folders)
            } catch {
                try folders.discard()
                throw error
            }
        }
    }

    private func write(_ jobs: [Job], _ parents: [RepoPath], _ folders: LayDownFolders) throws -> [Outcome] {
        var outcomes = [Outcome?](repeating: nil, count: jobs.count)
        let order = store.readOrder(jobs.map(\.file.pointer.id))
        var inFolders: [RepoPath: [Int]] = [:]
        var sequence: [RepoPath] = []
        for position in order where jobs[position].file.pointer.size <= Self.smallLimit {
            let folder = parents[position]
            if inFolders[folder] == nil { sequence.append(folder) }
            inFolders[folder, default: []].append(position)
        }
        let parts = sequence.map { folder in
            (folder, (inFolders[folder] ?? []).map { (position: $0, job: jobs[$0]) })
        }
        for (position, outcome) in try writeSmall(parts, folders) { outcomes[position] = outcome }
        let writer = FileWriter(self, folders)
        for position in order where jobs[position].file.pointer.size > Self.smallLimit {
            let pointer = jobs[position].file.pointer
            outcomes[position] = try writer.write(jobs[position], in: parents[position]) { output in
                try writer.reader.write(
                    pointer.id, size: pointer.size, to: output, pool: pool, cancellation: cancellation)
            }
            try folders.finish(1, in: parents[position])
        }
        return outcomes.compactMap { $0 }
    }

    /// Each thread keeps to a folder of its own while there is one: in the same folder they would wait for each other.
    private func writeSmall(
        _ parts: [(folder: RepoPath, jobs: [(position: Int, job: Job)])], _ folders: LayDownFolders
    ) throws -> [(Int, Outcome)] {
        let queue = FolderQueue(counts: parts.map(\.jobs.count), batch: 256)
        let done = Mutex<[(Int, Outcome)]>([])
        try pool.run { _ in
            do {
                let writer = FileWriter(self, folders)
                var group: Int?
                while let (number, range) = queue.next(after: group) {
                    group = number
                    let (folder, jobs) = parts[number]
                    var part: [(Int, Outcome)] = []
                    part.reserveCapacity(range.count)
                    let some = jobs[range]
                    try writer.reader.forEachContent(some.map(\.job.file.pointer)) { place, bytes in
                        try cancellation.check()
                        let (position, job) = some[some.startIndex + place]
                        let outcome = try writer.write(job, in: folder) { try $0.write(bytes.get()) }
                        part.append((position, outcome))
                    }
                    done.withLock { $0 += part }
                    writer.leave(folder)
                    try folders.finish(range.count, in: folder)
                }
            } catch {
                queue.stop()
                throw error
            }
        }
        return done.withLock { $0 }
    }

    /// The error for a file that is not what it was when the plan was made.
    static func changed(_ path: RepoPath) -> VxError {
        VxError(
            .refused, "\(path) was changed while vx was about to replace it", because: "it was left as it is now",
            hint: "keep it with 'vx add \(typed: path)', or repeat the command with --force to discard it")
    }
}

/// Writes files for one thread.
private final class FileWriter {
    private let stamp: FileTime
    private let folders: LayDownFolders
    let reader: StoreReader
    private var names = TemporaryNames()
    private var current: WorkTree.Folder?

    init(_ layDown: LayDown, _ folders: LayDownFolders) {
        stamp = layDown.stamp
        self.folders = folders
        reader = layDown.store.reader()
    }

    /// Lets go of a folder: it may be about to get its name.
    func leave(_ folder: RepoPath) {
        if current?.path == folder { current = nil }
    }

    private func directory(_ folder: RepoPath) throws -> WorkTree.Folder {
        if let current, current.path == folder { return current }
        let directory = try folders.folder(folder)
        current = directory
        return directory
    }

    func write(
        _ job: LayDown.Job, in folder: RepoPath, fill: (borrowing OpenFile) throws -> Void
    ) throws -> LayDown.Outcome {
        let directory = try directory(folder)
        let name = job.file.path.platformName
        let isStaged = folders.isStaged(folder)
        let first = isStaged ? name : names.next()
        do {
            // A folder that is being made has nothing to be replaced in it.
            if isStaged, job.standing != nil { throw LayDown.changed(job.file.path) }
            let output = try OpenFile.creating(
                first, in: directory.file, permissions: job.file.isExecutable ? 0o777 : 0o666)
            try fill(output)
            try output.setModified(stamp)
            if !isStaged {
                guard try Files.status(name, in: directory.file) == job.standing else {
                    throw LayDown.changed(job.file.path)
                }
                try Files.rename(first, to: name, in: directory.file)
            }
            // Of the file itself, not of whatever stands at its path by now. A later time means somebody is writing to it
            // already: then git is to look for itself.
            let status = try output.status()
            try output.close()
            return .written(status.modified.seconds == stamp.seconds ? status : nil)
        } catch {
            try Files.remove(first, in: directory.file)
            guard let error = error as? VxError, error.isAboutContent else { throw error }
            return .failed(error.wrapped("cannot lay down \(job.file.path)"))
        }
    }
}

extension VxError {
    /// Whether one content is missing or damaged, or one place was changed, which says nothing of the others.
    var isAboutContent: Bool { code == .corrupt || code == .missing || code == .refused }
}
