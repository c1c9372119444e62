import VxModel
import VxSystem

import struct SystemPackage.FilePath

extension Repository {
    /// The index as it is now: `GIT_INDEX_FILE` where the environment names one. Empty where there is no file yet.
    ///
    /// - Throws: `.refused` for a sparse or split index, with the command that mends it; `.corrupt` for damage.
    package func readIndex() throws(VxError) -> GitIndex {
        try Self.readIndex(indexPath)
    }

    static func readIndex(_ path: FilePath) throws(VxError) -> GitIndex {
        // The time is taken before the bytes: a file that is replaced in between then only looks racier than it is.
        let status = try Files.targetStatus(path)
        guard let status, let bytes = try Files.read(path, limit: .max) else {
            return GitIndex(entries: [], timestamp: nil, format: IndexFormat())
        }
        let (format, entries) = try IndexFormat.read(bytes, path)
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
    private var lock: LockedFile?
    private var edits: [RepoPath: IndexEntry?] = [:]

    /// Takes the lock, waiting up to a second for another process to free it, and reads the index.
    ///
    /// - Throws: `.locked` naming the lock file; what ``Repository/readIndex()`` throws.
    package init(_ repository: Repository) throws(VxError) {
        let lock = try LockedFile(repository.indexPath)
        original = try Repository.readIndex(repository.indexPath)
        self.lock = consume lock
    }

    /// How many paths were added or removed so far.
    package var editCount: Int { edits.count }

    /// Puts an entry in place of whatever its path has: conflicts of that path, a file where the entry needs a folder,
    /// or everything below the path. Its stat data are written exactly as given. A later edit of one path wins.
    ///
    /// - Throws: where git would not take the path or the mode.
    package func add(_ entry: IndexEntry) throws(VxError) {
        try Repository.validate(entry.path)
        guard entry.mode != .tree else { throw VxError("the index holds files, and '\(entry.path)' is a folder") }
        edits.updateValue(entry, forKey: entry.path)
    }

    /// Removes a path, with its conflicts; nothing there is fine.
    package func remove(_ path: RepoPath) {
        edits.updateValue(nil, forKey: path)
    }

    /// The ordinary entry a path has now, edits included; `nil` for none.
    package func find(_ path: RepoPath) -> IndexEntry? {
        if let edit = edits[path] { return edit }
        return original.find(path)
    }

    /// Writes the index and frees the lock. Without any edit the file is left alone.
    ///
    /// - Throws: where the file cannot be written; it is then as it was. `.failed` on a second call.
    package func commit() throws(VxError) {
        guard let lock = lock.take() else { throw VxError("this change of the index was already written") }
        if edits.isEmpty { return }
        let (entries, touched) = merged()
        var format = original.format
        for path in touched { format.trees?.invalidate(path) }
        let edited = edits
        format.resolved.removeAll { edited.keys.contains($0.path) }
        // git syncs the index only when asked to: it can be rebuilt.
        try lock.commit(format.encode(entries), sync: false)
    }

    /// The new entries in git's order, and every path that came, changed or went.
    private func merged() -> (entries: [IndexEntry], touched: [RepoPath]) {
        let added = edits.values.compactMap { $0 }.sorted(by: <)
        let folders = Self.folders(above: added)
        var kept = added.filter { !folders.contains($0.path) }
        let replaced = folders.union(entriesBelow(kept))
        var touched = Array(edits.keys)
        var entries: [IndexEntry] = []
        entries.reserveCapacity(original.count + kept.count)
        kept.reverse()
        for old in original.entries {
            if edits[old.path] != nil { continue }
            if replaced.contains(old.path) {
                touched.append(old.path)
                continue
            }
            while let next = kept.last, next < old {
                entries.append(next)
                kept.removeLast()
            }
            entries.append(smudged(old))
        }
        entries += kept.reversed()
        return (entries, touched)
    }

    /// Every folder these entries lie in: a file of that name must go.
    private static func folders(above entries: [IndexEntry]) -> Set<RepoPath> {
        var folders: Set<RepoPath> = []
        var last = RepoPath.root
        for entry in entries {
            var folder = entry.path.parent
            if folder == last { continue }
            last = folder
            while !folder.isRoot, folders.insert(folder).inserted { folder = folder.parent }
        }
        return folders
    }

    /// Old entries that lie below a path which is a file now.
    private func entriesBelow(_ files: [IndexEntry]) -> Set<RepoPath> {
        var below: Set<RepoPath> = []
        for file in files {
            var position = original.firstPosition(of: RepoPath(bytes: file.path.bytes + [UInt8(ascii: "/")]))
            while position < original.count, original[position].path.isInside(file.path) {
                below.insert(original[position].path)
                position += 1
            }
        }
        return below
    }

    /// git's racy duty (racy-git(7)): an entry as new as the old index may have changed unseen, and the new index will
    /// be too young to show it. A size of 0 makes git look at its content; an empty file's size is 0 anyway.
    private func smudged(_ entry: IndexEntry) -> IndexEntry {
        guard entry.mode != .submodule, entry.stage == 0, entry.stat.isRacy(original.timestamp),
            entry.id != Self.emptyBlob
        else { return entry }
        var entry = entry
        entry.stat.size = 0
        return entry
    }

    private static let emptyBlob = ObjectKind.blob.id(of: [])
}
