import CLibgit2
import VxModel

import struct SystemPackage.FilePath

extension Repository {
    /// What differs between a tree and the index, in git's order: what `git diff --cached` compares.
    ///
    /// - Parameter tree: `nil` stands for no tree at all, as before the first commit.
    /// - Throws: where a tree is missing or damaged.
    package func diffIndex(_ index: GitIndex, to tree: GitObjectID?) throws -> [TreeChange] {
        var changes: [TreeChange] = []
        var position = 0
        let entries = index.entries
        func addEntries(before path: RepoPath?) {
            while position < entries.count, path.map({ entries[position].path < $0 }) ?? true {
                let entry = entries[position]
                position += 1
                guard entry.stage == 0, !entry.intentToAdd else { continue }
                changes.append(TreeChange(path: entry.path, old: nil, new: TreeItem(mode: entry.mode, id: entry.id)))
            }
        }
        if let tree {
            try walkTree(tree) { old in
                addEntries(before: old.path)
                let oldItem = TreeItem(mode: old.mode, id: old.id)
                guard position < entries.count, entries[position].path == old.path else {
                    changes.append(TreeChange(path: old.path, old: oldItem, new: nil))
                    return
                }
                let entry = entries[position]
                position += 1
                while position < entries.count, entries[position].path == old.path { position += 1 }  // stages of a conflict
                let newItem = TreeItem(mode: entry.mode, id: entry.id)
                if newItem != oldItem { changes.append(TreeChange(path: old.path, old: oldItem, new: newItem)) }
            }
        }
        addEntries(before: nil)
        return changes
    }
}

extension Repository {
    /// The name a file's bytes would have as a blob if it were added now, by libgit2's own filters (line endings).
    ///
    /// - Throws: where the file cannot be read.
    package func blobID(ofFile path: FilePath) throws(VxError) -> GitObjectID {
        var id = git_oid()
        let status = path.withPlatformString { git_repository_hashfile(&id, raw.pointer, $0, GIT_OBJECT_BLOB, nil) }
        try Libgit2.check(status, "cannot hash \(path)")
        return GitObjectID(id)
    }
}
