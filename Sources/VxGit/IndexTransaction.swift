import VxModel
import VxSystem

import struct SystemPackage.FilePath

extension Repository {
    /// The index as it is now: `GIT_INDEX_FILE` where the environment names one. Empty where there is no file yet.
    ///
    /// What was read last is given again while the file is still the same: git and vx replace it and never write into it.
    ///
    /// - Throws: `.corrupt` for damage; `.refused` for a sparse or split index that git cannot write out in full, with the
    ///   command that mends it.
    package func readIndex() throws(VxError) -> GitIndex {
        guard let status = try Files.targetStatus(indexPath) else { return Self.emptyIndex }
        if let lastIndex, lastIndex.status == status { return lastIndex.index }
        let index = try Self.readIndex(indexPath, of: gitDirectory, status)
        lastIndex = (status, index)
        return index
    }

    /// When the index was written last; `nil` where there is none, or it cannot be looked at.
    package var indexTime: FileTime? { (try? Files.targetStatus(indexPath))?.modified }

    /// The index at `path`, of another work tree say, whose git folder is `directory`.
    static func readIndex(_ path: FilePath, of directory: FilePath) throws(VxError) -> GitIndex {
        guard let status = try Files.targetStatus(path) else { return emptyIndex }
        return try readIndex(path, of: directory, status)
    }

    /// Removes what vx processes that were killed have left in a folder: their temporary files, and the locks they held.
    package func sweep(_ folder: FilePath) throws(VxError) { try LockedFile.sweep(folder) }

    private static var emptyIndex: GitIndex {
        GitIndex(entries: IndexEntries(), timestamp: nil, format: IndexFormat())
    }

    /// - Parameter status: taken before the bytes: a file that is replaced in between then only looks racier than it is.
    private static func readIndex(
        _ path: FilePath, of directory: FilePath, _ status: FileStat
    ) throws(VxError) -> GitIndex {
        let file = try OpenFile.reading(path)
        let storage = IndexBytes(count: Int(try file.status().size))
        guard try file.read(into: storage.memory) == storage.memory.count else {
            throw VxError("cannot read the index \(path)", because: "it became shorter while it was read")
        }
        var format: IndexFormat
        let entries: IndexEntries
        do throws(VxError) {
            (format, entries) = try IndexFormat.read(storage, path)
        } catch {
            // Split or sparse: git reads it, and writes it out.
            guard error.code == .refused else { throw error }
            let full: [UInt8]
            do throws(VxError) {
                full = try FullIndex.bytes(of: path, in: directory)
            } catch let other {
                throw other.isSystemFailure || other.code == .interrupted ? other : error
            }
            let storage = IndexBytes(count: full.count)
            storage.memory.copyBytes(from: full)
            (format, entries) = try IndexFormat.read(storage, path)
            format.isPartial = true
        }
        return GitIndex(entries: entries, timestamp: status.modified, format: format)
    }
}

/// A change of the index under `index.lock` from reading to writing, so that no concurrent git loses its own change.
///
/// Edits are collected and merged into the sorted entries once, at ``commit()``. Letting go of it without committing
/// leaves the index as it was and frees the lock.
package final class IndexTransaction {
    /// The index as it was when the lock was taken.
    package let original: GitIndex
    private let repository: Repository
    private var lock: LockedFile?
    private var edits: [IndexEdit] = []
    /// Whether each edit's path comes after the one before it.
    private var isSorted = true
    /// Whether conflicts that were resolved cannot be made anew by `git checkout --merge`, as after a move to another commit.
    package var forgetsConflicts = false

    /// Takes the lock, waiting for another process to free it, and reads the index.
    ///
    /// - Throws: `.locked` naming who holds it, or the lock file; what ``Repository/readIndex()`` throws.
    package init(_ repository: Repository, _ patience: LockPatience = .command()) throws(VxError) {
        let lock = try LockedFile(repository.indexPath, patience)
        original = try repository.readIndex()
        self.repository = repository
        self.lock = consume lock
    }

    /// Puts an entry in place of whatever its path has: conflicts of that path, a file where the entry needs a folder,
    /// or everything below the path. Its stat data are written exactly as given. A later edit of one path wins.
    ///
    /// - Throws: where git would not take the path or the mode.
    package func add(_ entry: IndexEntry) throws(VxError) {
        try Repository.validate(entry.path, entry.mode)
        guard entry.mode != .tree else { throw VxError("the index holds files, and '\(entry.path)' is a folder") }
        append(.put(entry))
    }

    /// Removes a path, with its conflicts; nothing there is fine.
    package func remove(_ path: RepoPath) {
        append(.remove(path))
    }

    private func append(_ edit: IndexEdit) {
        if let last = edits.last, !(last.path < edit.path) { isSorted = false }
        edits.append(edit)
    }

    /// Writes blobs that the entries name and git does not have (``Repository/missing(_:)``), then the index, and frees the
    /// lock. Without any edit the file is left alone.
    ///
    /// Where the blobs become a pack, it gets the trees of their folders as well, and the index names those: `git commit`
    /// then has nothing left to work out, and no file of its own to make for each folder.
    ///
    /// - Returns: the tree of the whole index, where it was worked out.
    /// - Throws: where the file cannot be written; it is then as it was. `.failed` on a second call.
    @discardableResult
    package func commit(
        storing missing: [NewObject] = [], _ pool: WorkerPool = WorkerPool(width: 1)
    ) throws(VxError) -> GitObjectID? {
        guard let lock = lock.take() else { throw Self.written }
        if edits.isEmpty {
            try repository.store(missing, pool)
            return nil
        }
        let new = try encoded(storing: missing, pool)
        try lock.commit(new.bytes, modified: new.modified, sync: repository.syncsIndex())
        return new.tree
    }

    private static let written = VxError("this change of the index was already written")

    /// Writes the new index under another name, has git complete it, and puts it in the old one's place: what fails or is killed
    /// before leaves the old index as it was.
    ///
    /// - Parameter complete: gets the new index's path, for `GIT_INDEX_FILE`.
    /// - Throws: what `complete` throws, and as ``commit(storing:_:)``.
    package func commit(completedBy complete: (FilePath) async throws -> Void) async throws {
        guard let lock = lock.take() else { throw Self.written }
        let (bytes, modified, _) = try encoded(storing: [], WorkerPool(width: 1))
        let place = Files.temporarySibling(of: repository.indexPath)
        do {
            try Files.replace(place, with: bytes)
            if let modified { try OpenFile.updating(place).setModified(modified) }
            try await complete(place)
            guard let completed = try Files.read(place, limit: .max) else {
                throw VxError("cannot read the new index \(place)", because: "it went while git completed it")
            }
            let time = try Files.status(place)?.modified
            try Files.remove(place)
            try lock.commit(completed, modified: time, sync: repository.syncsIndex())
        } catch {
            try? Files.remove(place)  // the first error is the one to report
            throw error
        }
    }

    /// The new index, with the time it gets, and its tree where that was worked out; what its entries name is stored first.
    private func encoded(
        storing missing: [NewObject], _ pool: WorkerPool
    ) throws(VxError) -> (bytes: [UInt8], modified: FileTime?, tree: GitObjectID?) {
        let new = missing.count < Repository.packThreshold ? nil : NewTrees(isStored: repository.isStored)
        let latest = isSorted ? edits : IndexEdit.latest(edits)
        let merge = IndexMerge(original, latest, forgetsConflicts: forgetsConflicts)
        let racy = RacyEntries(merge.racy(), of: original, edits: latest, in: repository)
        let bytes = merge.encoded(newTrees: new)
        try repository.store(missing + repository.missing(new?.trees ?? []), pool)
        return (bytes, racy.timestamp, new?.root)
    }
}

/// An entry to put at its path, or a path to remove what is there.
enum IndexEdit {
    case put(IndexEntry)
    case remove(RepoPath)

    var path: RepoPath {
        switch self {
        case .put(let entry): entry.path
        case .remove(let path): path
        }
    }

    var isRemoval: Bool {
        if case .remove = self { true } else { false }
    }

    /// In git's order, and of several edits of one path only the last.
    static func latest(_ edits: [IndexEdit]) -> [IndexEdit] {
        let order = edits.indices.sorted {
            edits[$0].path == edits[$1].path ? $0 < $1 : edits[$0].path < edits[$1].path
        }
        var result: [IndexEdit] = []
        for position in order {
            if result.last?.path == edits[position].path { result.removeLast() }
            result.append(edits[position])
        }
        return result
    }
}
