import VxGit
import VxModel
import VxStore
import VxSystem

import struct SystemPackage.FilePath

/// What hydrating did.
package struct HydrateResult: Sendable {
    package var files: [DataFile] = []
    /// Files that stay pointer text, and why.
    package var failures: [(file: DataFile, error: VxError)] = []

    /// Files that were tried before and stay pointer text, as their content is still not here.
    package var waiting: [RepoPath] = []

    /// How the files stand there now.
    var statuses: [RepoPath: FileStat] = [:]

    package init(files: [DataFile] = []) { self.files = files }

    package var bytes: UInt64 { files.sum(ofSizes: \.pointer.size) }
}

extension Workspace {
    /// Puts the real bytes where pointer text stands, below `paths` (everywhere where it is empty): those that the text names,
    /// whatever git's index says of the path.
    ///
    /// Files that are missing, or hold anything but a pointer's text, are the user's own doing and stay as they are; in a
    /// clone that `vx clone` has not finished, those that are missing are still to come.
    package func hydrate(_ paths: [RepoPath] = [], dryRun: Bool = false) throws -> HydrateResult {
        let index = try repository.readIndex()
        let places = Places(root)
        let filters = try FilterRules(self, index)
        let scan = try scan(index)
        var candidates = try strayPointers(scan, index, places, filters, inside: paths)
        try Self.requireEntries(
            of: index, at: paths.filter { path in !candidates.contains { $0.file.path.isInside(path) } })
        for path in Set((scan.suspects + scan.possiblePointers).map { index.entries[$0.position].path }).sorted()
        where paths.isEmpty || paths.contains(where: { path.isInside($0) }) {
            let job =
                try whereReadable {
                    // What the user names need not be vx's by a line.
                    try standingPointer(at: path, index, places, filters)
                        ?? (paths.contains(path) ? standingText(at: path, in: places) : nil)
                } ?? nil
            if let job { candidates.append(job) }
        }
        let toCome = try stillToCome(scan, index, filters)
        let missing = toCome.filter { job in paths.isEmpty || paths.contains { job.file.path.isInside($0) } }
        if dryRun { return HydrateResult(files: (candidates + missing).map(\.file)) }
        // Before any file is written: what the scan saw is what stands there.
        try refreshIndex(try laidDownUnsaid(scan.suspects, index, inside: paths))
        if toCome.isEmpty {
            let result = try hydrate(candidates)
            try pending.append(failed: result.failures.map(\.file.path))
            try UnfinishedClone(repository).end()
            return result
        }
        return try finishClone(candidates, missing, isLast: missing.count == toCome.count)
    }

    /// Files that git does not know and that hold the text of a pointer: vx's own, and whatever the user names.
    private func strayPointers(
        _ scan: WorkspaceScan, _ index: GitIndex, _ places: Places, _ filters: FilterRules, inside paths: [RepoPath]
    ) throws -> [LayDown.Job] {
        var found = scan.untracked.map(\.path)
        for folder in scan.untrackedFolders
        where paths.isEmpty || paths.contains(where: { folder.isInside($0) || $0.isInside(folder) }) {
            // What this user may not read he has not put there: 'vx status' tells of it.
            found += try whereReadable { try pointerTexts(inUntracked: folder).map(\.path) } ?? []
        }
        found = try found.filter { path in
            try paths.isEmpty ? filters.isTracked(path) : paths.contains { path.isInside($0) }
        }
        // Also what git ignores.
        found += Set(paths).subtracting(found).filter { index.entries(under: $0).isEmpty }
        return try found.compactMap { try standingText(at: $0, in: places) }
    }

    /// Pointer text in a folder in which git knows nothing; not in a repository of its own.
    func pointerTexts(inUntracked folder: RepoPath) throws -> [(path: RepoPath, pointer: Pointer)] {
        if try Files.status(root.appending(folder).appending(".git")) != nil { return [] }
        var found: [(path: RepoPath, pointer: Pointer)] = []
        try PointerTexts.each(below: root.appending(folder), cancellation: cancellation) { path, pointer in
            found.append((RepoPath(bytes: Array(path.byteArray.dropFirst(root.byteArray.count + 1))), pointer))
        }
        return found
    }

    /// The file that pointer text at a path names; `nil` where there is none.
    func standingText(at path: RepoPath, in places: Places) throws -> LayDown.Job? {
        guard let status = try places.status(path), status.kind == .regular,
            let pointer = try pointerText(at: path, size: status.size)
        else { return nil }
        return LayDown.Job(
            file: DataFile(path: path, pointer: pointer, isExecutable: status.isExecutable), standing: status)
    }

    /// Lays down what a clone still lacks; where its content cannot be had, its pointer's text, as in any other workspace.
    ///
    /// - Parameter isLast: whether nothing is missing then.
    private func finishClone(
        _ candidates: [LayDown.Job], _ missing: [LayDown.Job], isLast: Bool
    ) throws -> HydrateResult {
        let result: HydrateResult
        do {
            result = try hydrate(candidates + missing)
        } catch {
            if let error = error as? VxError, error.code == .interrupted { throw error }
            // A remote that does not answer, say: until it does, the clone is as one made by plain git.
            try layDownText(missing.map(\.file))
            if isLast { try UnfinishedClone(repository).end() }
            throw error
        }
        try layDownText(result.failures.map(\.file))
        if isLast { try UnfinishedClone(repository).end() }
        return result
    }

    /// Files that stand as their pointers name them while git's index still has the stat data of the pointers' text: a vx that
    /// laid them down was killed before it could say so. To git they look changed.
    private func laidDownUnsaid(
        _ suspects: [WorkspaceScan.Item], _ index: GitIndex, inside paths: [RepoPath]
    ) throws -> [(DataFile, FileStat)] {
        var files: [(DataFile, FileStat)] = []
        let filters = try FilterRules(self, index)
        for item in suspects {
            try cancellation.check()
            let entry = index.entries[item.position]
            // Whatever a user has changed has the size of data in the index, and is not read here.
            guard entry.stage == 0, entry.mode.isFile, Pointer.couldBeWorkTreeText(ofLength: UInt64(entry.stat.size)),
                paths.isEmpty || paths.contains(where: { entry.path.isInside($0) }),
                try filters.isTracked(entry.path),
                let pointer = try soundPointer(of: TreeItem(mode: entry.mode, id: entry.id)),
                try whereReadable({ try compare(item.status, at: entry.path, with: pointer) }) == .same
            else { continue }
            files.append(
                (
                    DataFile(path: entry.path, pointer: pointer, isExecutable: entry.mode == .executable), item.status
                ))
        }
        return files
    }

    /// Lays files down where their pointers' text stands.
    func hydrate(_ candidates: [LayDown.Job]) throws -> HydrateResult {
        var result = HydrateResult()
        // The versions of a conflict may be equal.
        var seen: Set<RepoPath> = []
        let jobs = candidates.filter { seen.insert($0.file.path).inserted }
        if jobs.isEmpty { return result }
        let reasons = try provide(jobs.map(\.file.pointer))
        let outcomes = try LayDown(self).write(jobs)
        var written: [(DataFile, FileStat)] = []
        for (file, outcome) in zip(jobs.map(\.file), outcomes) {
            switch outcome {
            case .written(let status):
                result.files.append(file)
                guard let status else { continue }
                written.append((file, status))
                result.statuses[file.path] = status
            case .failed(let error):
                // Another vx may have been at the same file, and faster.
                if error.code == .refused, let status = try Files.status(root.appending(file.path)),
                    try compare(status, at: file.path, with: file.pointer) == .same
                {
                    result.files.append(file)
                    written.append((file, status))
                    result.statuses[file.path] = status
                } else {
                    result.failures.append((file, reasons.error(for: file) ?? error))
                }
            }
        }
        try refreshIndex(written)
        return result
    }

    /// Tells git that the files it knows as pointers are up to date, so that it does not read them again.
    func refreshIndex(_ written: [(file: DataFile, status: FileStat)]) throws {
        if written.isEmpty { return }
        let transaction = try IndexTransaction(repository, lockPatience)
        for (file, status) in written {
            // Somebody may have staged another version meanwhile.
            guard var entry = transaction.original.find(file.path),
                try soundPointer(of: entry.item) == file.pointer
            else { continue }
            entry.stat = IndexEntry.Stat(status)
            try transaction.add(entry)
        }
        try transaction.commit()
    }

    /// The data file whose pointer text stands at a path that git knows, whatever the index says of it: `git restore --source`
    /// and `git checkout --theirs` put the text of other versions there.
    func standingPointer(
        at path: RepoPath, _ index: GitIndex, _ places: Places, _ filters: FilterRules
    ) throws -> LayDown.Job? {
        guard var job = try standingText(at: path, in: places), try filters.isTracked(path) else { return nil }
        for entry in index.entries(under: path) where entry.path == path && entry.mode.isFile {
            let isExecutable = entry.mode == .executable
            if isExecutable != job.file.isExecutable, try !repository.trustsFileMode,
                try soundPointer(of: entry.item) == job.file.pointer
            {
                job.file.isExecutable = isExecutable
            }
        }
        return job
    }
}
