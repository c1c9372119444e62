import CLibgit2
import VxModel

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// One line of one tree object, before paths are put together.
struct RawTreeEntry: Equatable {
    var name: [UInt8]
    /// The mode as git wrote it; old repositories hold `100664`, which must survive a rewrite of the tree.
    var rawMode: UInt32
    var id: GitObjectID

    var mode: FileMode {
        FileMode(rawValue: rawMode) ?? (rawMode & 0o170000 == 0o100000 && rawMode & 0o100 != 0 ? .executable : .regular)
    }

    var item: TreeItem { TreeItem(mode: mode, id: id) }

    /// git sorts a folder as though its name ended with a slash.
    static func < (left: RawTreeEntry, right: RawTreeEntry) -> Bool {
        left.sortKey.lexicographicallyPrecedes(right.sortKey)
    }

    private var sortKey: [UInt8] { mode == .tree ? name + [UInt8(ascii: "/")] : name }
}

extension Repository {
    /// Calls `visit` for every file below `folder` in git's order: blobs, symlinks and submodules.
    ///
    /// - Parameter isHere: says of each tree whether to look into it.
    /// - Throws: where a tree is missing or damaged, and what `visit` throws.
    package func walkTree(
        _ tree: GitObjectID, under folder: RepoPath = .root, where isHere: (GitObjectID) -> Bool = { _ in true },
        _ visit: (TreeEntry) throws -> Void
    ) throws {
        noteTree(tree)
        if folder.isRoot { return try walk(tree, below: .root, isHere, visit) }
        guard let entry = try entry(at: folder, inTree: tree) else { return }
        if entry.mode == .tree { try walk(entry.id, below: folder, isHere, visit) } else { try visit(entry) }
    }

    private func walk(
        _ tree: GitObjectID, below folder: RepoPath, _ isHere: (GitObjectID) -> Bool,
        _ visit: (TreeEntry) throws -> Void
    ) throws {
        try Self.requireShort(folder)
        guard isHere(tree) else { return }
        for entry in try entries(ofTree: tree) {
            let path = folder.appending(entry.name)
            if entry.mode == .tree {
                try walk(entry.id, below: path, isHere, visit)
            } else {
                try visit(TreeEntry(path: path, mode: entry.mode, id: entry.id))
            }
        }
    }

    /// Calls `visit` for every file of a tree; folders in `seen` are left out, and those it has gone through are added.
    ///
    /// - Throws: where a tree is missing or damaged, and what `visit` throws.
    package func walkTree(
        _ tree: GitObjectID, seen: inout Set<GitObjectID>, _ visit: (TreeEntry) throws -> Void
    ) throws {
        noteTree(tree)
        try walk(tree, below: .root, seen: &seen, visit)
    }

    private func walk(
        _ tree: GitObjectID, below folder: RepoPath, seen: inout Set<GitObjectID>, _ visit: (TreeEntry) throws -> Void
    ) throws {
        guard seen.insert(tree).inserted else { return }
        for entry in try entries(ofTree: tree) {
            let path = folder.appending(entry.name)
            if entry.mode == .tree {
                try walk(entry.id, below: path, seen: &seen, visit)
            } else {
                try visit(TreeEntry(path: path, mode: entry.mode, id: entry.id))
            }
        }
    }

    /// What a tree has at `path`, a folder too; `nil` where it has nothing.
    ///
    /// - Throws: where a tree is missing or damaged.
    package func entry(at path: RepoPath, inTree tree: GitObjectID) throws(VxError) -> TreeEntry? {
        if path.isRoot { return TreeEntry(path: .root, mode: .tree, id: tree) }
        noteTree(tree)
        let top = try treeHandle(tree)
        var pointer: OpaquePointer?
        var status = path.withCString { git_tree_entry_bypath(&pointer, top.pointer, $0) }
        // A folder on the way may have been left out, which libgit2 does not tell from a path that there is not.
        if status == GIT_ENOTFOUND.rawValue, path.bytes.contains(UInt8(ascii: "/")),
            try fetchFolders(above: path, in: tree)
        {
            status = path.withCString { git_tree_entry_bypath(&pointer, top.pointer, $0) }
        }
        guard try Libgit2.found(status, "cannot look \(path) up in tree \(tree.short)"), let pointer else { return nil }
        let found = Handle(pointer, release: git_tree_entry_free)
        guard let entry = Self.read(found.pointer) else { return nil }
        return TreeEntry(path: path, mode: entry.mode, id: entry.id)
    }

    /// What differs between two trees, in git's order; `nil` stands for no tree at all. Equal folders are not looked
    /// into, so the cost follows what changed. Renames show as a removal and an addition.
    ///
    /// - Throws: where a tree is missing or damaged.
    package func diffTrees(_ old: GitObjectID?, _ new: GitObjectID?) throws(VxError) -> [TreeChange] {
        noteTree(old)
        noteTree(new)
        var changes: [TreeChange] = []
        try compare(old, new, below: .root, into: &changes)
        return changes
    }

    private func compare(
        _ old: GitObjectID?, _ new: GitObjectID?, below folder: RepoPath, into changes: inout [TreeChange]
    ) throws(VxError) {
        if old == new { return }
        try Self.requireShort(folder)
        let before = try entries(ofTree: old)
        let after = try entries(ofTree: new)
        var (first, second) = (0, 0)
        while first < before.count || second < after.count {
            var left = first < before.count ? before[first] : nil
            var right = second < after.count ? after[second] : nil
            if let one = left, let two = right, one != two {
                // A file and a folder of one name sort apart, so each is then met alone.
                if one < two { right = nil } else if two < one { left = nil }
            }
            if left != nil { first += 1 }
            if right != nil { second += 1 }
            if left != nil, right != nil, left == right { continue }
            let path = folder.appending(left?.name ?? right?.name ?? [])
            if left?.mode == .tree || right?.mode == .tree {
                try compare(left?.id, right?.id, below: path, into: &changes)
            } else if left?.item != right?.item {
                changes.append(TreeChange(path: path, old: left?.item, new: right?.item))
            }
        }
    }

    /// Folders in folders without end are made by nobody but to exhaust whoever walks them.
    ///
    /// - Throws: `corrupt` where a folder's path is longer than the system takes.
    static func requireShort(_ folder: RepoPath) throws(VxError) {
        guard folder.bytes.count > PathFault.longestPath else { return }
        let start = RepoPath(bytes: Array(folder.bytes.prefix(60)) + Array("…".utf8))
        throw PathFault.longPath.error(start, in: "a tree of this repository")
    }

    /// Whether the top of a tree has a name that some file systems take for `name`: in other case, or with signs they
    /// do not see.
    ///
    /// - Throws: where there is no such tree.
    package func hasAlias(of name: String, inTree id: GitObjectID) throws(VxError) -> Bool {
        func folded(_ bytes: some Sequence<UInt8>) -> [UInt8] {
            bytes.filter { $0 < 0x80 }.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }
        }
        let wanted = Array(name.utf8)
        return try entries(ofTree: id).contains { $0.name != wanted && folded($0.name) == folded(wanted) }
    }

    /// The lines of one tree object, in git's order; none for `nil`.
    func entries(ofTree id: GitObjectID?) throws(VxError) -> [RawTreeEntry] {
        guard let id else { return [] }
        let tree = try treeHandle(id)
        return (0..<git_tree_entrycount(tree.pointer)).compactMap { position in
            git_tree_entry_byindex(tree.pointer, position).flatMap(Self.read)
        }
    }

    /// Whether a folder that a path goes through was left out by a partial clone, and is here now.
    private func fetchFolders(above path: RepoPath, in tree: GitObjectID) throws(VxError) -> Bool {
        let remotes = try promisorRemotes()
        if !fetchesMissing || remotes.isEmpty { return false }
        var folder = tree
        for name in path.components.dropLast() {
            guard let entry = try entries(ofTree: folder).first(where: { $0.name.elementsEqual(name) }),
                entry.mode == .tree
            else { return false }
            folder = entry.id
            if !hasObject(folder) { return try fetchMissing(folder) }
        }
        return false
    }

    private func treeHandle(_ id: GitObjectID) throws(VxError) -> Handle {
        var name = id.libgit2
        var pointer: OpaquePointer?
        if git_tree_lookup(&pointer, raw.pointer, &name) == GIT_ENOTFOUND.rawValue { _ = try fetchMissing(id) }
        if let pointer { return Handle(pointer, release: git_tree_free) }
        return try handle("tree", id, release: git_tree_free) { git_tree_lookup(&$0, raw.pointer, &name) }
    }

    private static func read(_ entry: OpaquePointer) -> RawTreeEntry? {
        guard let name = git_tree_entry_name(entry), let id = git_tree_entry_id(entry) else { return nil }
        let bytes = UnsafeRawBufferPointer(start: name, count: strlen(name))
        return RawTreeEntry(
            name: Array(bytes), rawMode: git_tree_entry_filemode_raw(entry).rawValue, id: GitObjectID(id.pointee))
    }
}
