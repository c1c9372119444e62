import VxGit
import VxModel
import VxStore
import VxSystem

import struct SystemPackage.FilePath

/// What has become of a file on the list of those to be laid down.
enum PendingFile {
    /// The text of the pointer that the index has stands there.
    case text(LayDown.Job, IndexEntry)
    /// Pointer text that the index does not name, by now or yet: a git was killed before it wrote its index, or has put
    /// another version there.
    case otherText(LayDown.Job)
    /// The file itself, of which git's index has the pointer's stat data: a vx was killed before it could say so.
    case unsaid(DataFile, FileStat)
    /// Nothing that is to be laid down.
    case settled
}

extension Workspace {
    var pending: PendingFiles { PendingFiles(gitDirectory: repository.gitDirectory) }

    /// The pointer texts that stand where the list says so and the index as well.
    func standingPending(_ list: PendingFiles.List, _ index: GitIndex) throws -> [(job: LayDown.Job, entry: IndexEntry)]
    {
        if list.entries.isEmpty { return [] }
        let (places, filters) = (Places(root), try FilterRules(self, index))
        return try list.entries.compactMap { entry in
            guard case .text(let job, let found) = try look(at: entry.path, index, places, filters) else { return nil }
            return (job, found)
        }
    }

    private func look(
        at path: RepoPath, _ index: GitIndex, _ places: Places, _ filters: FilterRules
    ) throws -> PendingFile {
        guard let status = try places.status(path), status.kind == .regular, try filters.isTracked(path) else {
            return .settled
        }
        if let job = try standingPointer(at: path, index, places, filters) {
            for entry in index.entries(under: path) where entry.path == path && entry.mode.isFile {
                if try soundPointer(of: entry.item) == job.file.pointer { return .text(job, entry) }
            }
            return .otherText(job)
        }
        guard let entry = index.find(path), entry.mode.isFile,
            Pointer.couldBeWorkTreeText(ofLength: UInt64(entry.stat.size)),
            !entry.stat.matches(status), let pointer = try soundPointer(of: entry.item),
            try compare(status, at: path, with: pointer) == .same
        else { return .settled }
        return .unsaid(DataFile(path: path, pointer: pointer, isExecutable: entry.mode == .executable), status)
    }

    /// Hydrates what git's filter has left to the hooks, and puts right what git has since said of earlier ones.
    ///
    /// What cannot be had is tried once. From then on it is laid down as soon as its content is in the store, and remotes are
    /// asked for it by commands of the user's: a hook that asked each time would make every git command wait for them.
    ///
    /// While git is in a series of commits, all stays as git wrote it (``Repository/isInSeries(_:)``).
    ///
    /// - Parameters:
    ///   - looksAgain: whether to look at those that were tried, and to tell of what stays.
    ///   - isInSeries: whether the git that runs this may be one that is in such a series; that another is does no harm.
    package func hydratePending(looksAgain: Bool = true, isInSeries: Bool = true) throws -> HydrateResult {
        let laidDown = LaidDownFiles(gitDirectory: repository.gitDirectory)
        if try pending.read().entries.isEmpty, try laidDown.read().isEmpty { return HydrateResult() }
        let lock = try lock(.layingDown)
        defer { withExtendedLifetime(lock) {} }
        let list = try pending.read()
        let earlier = try laidDown.read()
        let index = try repository.readIndex()
        let (places, filters) = (Places(root), try FilterRules(self, index))
        let wanted = try wantedData
        var files: [LayDown.Job] = []
        var unsaid: [(DataFile, FileStat)] = []
        var kept: [PendingFiles.Entry] = []
        var waiting: [RepoPath] = []
        let isHeld = try isInSeries && repository.isInSeries(index)
        for entry in list.entries {
            if isHeld || (entry.hasFailed && !looksAgain) {
                kept.append(entry)
                continue
            }
            switch try look(at: entry.path, index, places, filters) {
            case .settled: break
            case .unsaid(let file, let status): unsaid.append((file, status))
            // It is to stay text.
            case .otherText(let job) where try !laysDown(job.file, wanted),
                .text(let job, _) where try !laysDown(job.file, wanted):
                break
            case .otherText(let job), .text(let job, _):
                if try entry.hasFailed && !store.isComplete(job.file.pointer.id) {
                    kept.append(entry)
                    waiting.append(entry.path)
                } else {
                    files.append(job)
                }
            }
        }
        try refreshIndex(unsaid)
        var result = try hydrate(files)
        result.waiting = waiting
        var records = try refreshEarlier(earlier, index)
        for file in result.files {
            if let status = result.statuses[file.path] { records[file.path] = .init(file.pointer.id, status) }
        }
        if records != earlier { try laidDown.write(records) }
        // Not before: until here a kill leaves all of it to whoever comes next.
        kept += result.failures.map { .init(path: $0.file.path, hasFailed: true) }
        try pending.settle(list, keeping: kept.sorted { $0.path < $1.path })
        return result
    }

    /// Gives the index the stat data of files laid down earlier where git has written those of their pointers again.
    ///
    /// - Returns: the files that still stand as they were laid down.
    private func refreshEarlier(
        _ records: [RepoPath: LaidDownFiles.Record], _ index: GitIndex
    ) throws -> [RepoPath: LaidDownFiles.Record] {
        var standing: [RepoPath: LaidDownFiles.Record] = [:]
        var stale: [(DataFile, FileStat)] = []
        for (path, record) in records {
            guard let status = try Files.status(root.appending(path)), status.kind == .regular,
                LaidDownFiles.Record(record.id, status) == record
            else { continue }
            standing[path] = record
            guard let entry = index.find(path), entry.mode.isFile, !entry.stat.matches(status),
                let pointer = try repository.pointer(inBlob: entry.id, at: path), pointer.id == record.id
            else { continue }
            stale.append((DataFile(path: path, pointer: pointer, isExecutable: entry.mode == .executable), status))
        }
        try refreshIndex(stale)
        return standing
    }
}
