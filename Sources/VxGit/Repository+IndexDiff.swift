import CLibgit2
import VxModel

import struct SystemPackage.FilePath

extension Repository {
    /// What differs between a tree and the index, in git's order: what `git diff --cached` compares.
    ///
    /// - Parameter tree: `nil` stands for no tree at all, as before the first commit.
    /// - Throws: where a tree is missing or damaged.
    package func diffIndex(_ index: GitIndex, to tree: GitObjectID?) throws -> [TreeChange] {
        noteTree(tree)
        var comparison = IndexComparison(repository: self, entries: index.entries)
        try comparison.compare(tree, at: .root, 0..<index.count, cached: index.format.trees?.root)
        return comparison.changes
    }
}

/// Goes through a tree and the index side by side. A folder whose tree is noted in the index as the very one is not
/// looked into, so the cost follows what changed.
private struct IndexComparison {
    let repository: Repository
    let entries: IndexEntries
    var changes: [TreeChange] = []

    init(repository: Repository, entries: IndexEntries) {
        self.repository = repository
        self.entries = entries
    }

    /// Compares a folder of the tree with its entries in the index, which are those in `range`.
    ///
    /// - Parameter cached: what the index notes of the folder.
    mutating func compare(
        _ tree: GitObjectID?, at folder: RepoPath, _ range: Range<Int>, cached: TreeCache.Node?
    ) throws {
        if let tree, let cached, cached.tree == tree, cached.entryCount == range.count { return }
        var position = range.lowerBound
        for item in try repository.entries(ofTree: tree) {
            let path = folder.appending(item.name)
            let isFolder = item.mode == .tree
            let key = isFolder ? path.bytes + [UInt8(ascii: "/")] : path.bytes
            let next = key.withUnsafeBytes { min(entries.firstPosition(of: $0, from: position), range.upperBound) }
            addEntries(position..<next)
            position = next
            let end = key.withUnsafeBytes { key in
                range.suffix(from: next).first { position in
                    isFolder
                        ? !PathBytes.hasPrefix(entries.pathBytes(position), key)
                        : !PathBytes.isEqual(entries.pathBytes(position), key)
                } ?? range.upperBound
            }
            if isFolder {
                let node = cached?.children.first { $0.name == item.name }
                try compare(item.id, at: path, position..<end, cached: node)
            } else {
                compare(TreeItem(mode: item.mode, id: item.id), at: path, position..<end)
            }
            position = end
        }
        addEntries(position..<range.upperBound)
    }

    /// Of the stages of a conflict, the first is compared.
    private mutating func compare(_ old: TreeItem, at path: RepoPath, _ range: Range<Int>) {
        let new = range.first.map { TreeItem(mode: entries.mode($0), id: entries.id($0)) }
        if new != old { changes.append(TreeChange(path: path, old: old, new: new)) }
    }

    /// What only the index has.
    private mutating func addEntries(_ range: Range<Int>) {
        for position in range where entries.stage(position) == 0 && !entries.isIntentToAdd(position) {
            let entry = entries[position]
            changes.append(TreeChange(path: entry.path, old: nil, new: TreeItem(mode: entry.mode, id: entry.id)))
        }
    }
}

extension Repository {
    /// The name a file's bytes would have as a blob if it were added now, by libgit2's own filters (line endings).
    ///
    /// - Throws: where the file cannot be read.
    package func blobID(ofFile path: FilePath) throws(VxError) -> GitObjectID {
        try lendAttributes()
        var id = git_oid()
        let status = path.withPlatformString { git_repository_hashfile(&id, raw.pointer, $0, GIT_OBJECT_BLOB, nil) }
        try Libgit2.check(status, "cannot hash \(path)")
        return GitObjectID(id)
    }

    /// Gives libgit2, which reads neither a split nor a sparse index, the files of attributes that git's index has: it looks
    /// there for those that are not checked out.
    func lendAttributes() throws(VxError) {
        if hasLentAttributes { return }
        let index = try readIndex()
        hasLentAttributes = true
        if !index.format.isPartial { return }
        let lent = try Handle("cannot make an index", release: git_index_free) { git_index_new(&$0) }
        for entry in index.entries where entry.stage == 0 && entry.path.name == ".gitattributes" {
            var item = git_index_entry()
            item.mode = entry.mode.rawValue
            item.id = entry.id.libgit2
            let status = entry.path.withCString { path in
                item.path = path
                return git_index_add(lent.pointer, &item)
            }
            try Libgit2.check(status, "cannot read the attributes of \(entry.path)")
        }
        try Libgit2.check(git_repository_set_index(raw.pointer, lent.pointer), "cannot read attributes")
    }
}
