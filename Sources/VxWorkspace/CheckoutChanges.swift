import VxGit
import VxModel
import VxSystem

extension Workspace {
    /// What is left of the differences of two trees when no path of either is believed.
    ///
    /// A path that only the old tree has, and that nothing may be written at, never stood in this workspace: it is left out,
    /// so that there is a way back from such a commit.
    ///
    /// - Throws: `corrupt` where the new tree has such a path, or one name for a file and a folder.
    static func sound(_ changes: [TreeChange]) throws(VxError) -> [TreeChange] {
        var sound: [TreeChange] = []
        sound.reserveCapacity(changes.count)
        var folders: Set<RepoPath> = []
        var last = RepoPath.root
        for change in changes {
            guard let new = change.new else {
                if change.path.fault() == nil { sound.append(change) }
                continue
            }
            if let fault = change.path.fault(isSymlink: new.mode == .symlink) {
                throw fault.error(change.path, in: "the commit")
            }
            sound.append(change)
            if change.path.isDirectly(in: last) { continue }
            var folder = change.path.parent
            last = folder
            while !folder.isRoot, folders.insert(folder).inserted { folder = folder.parent }
        }
        if let clash = sound.first(where: { $0.new != nil && folders.contains($0.path) }) {
            throw VxError(
                .corrupt, "the commit has \(clash.path.printable) as a file and as a folder",
                because: "no work tree can hold both; nothing was changed",
                hint: "git itself never makes such a commit: 'git fsck' tells more")
        }
        return sound
    }

    /// What `--force` has to look at to make everything git tracks as it is in a tree: what the index has otherwise, and what
    /// the workspace has otherwise than the index.
    ///
    /// - Throws: as ``sound(_:)``.
    func changesToForce(_ tree: GitObjectID) throws -> [TreeChange] {
        let index = try repository.readIndex()
        var changes: [RepoPath: TreeChange] = [:]
        // The other way round than git's question: the index is what becomes the tree.
        for change in try repository.diffIndex(index, to: tree) {
            changes[change.path] = TreeChange(path: change.path, old: change.new, new: change.old)
        }
        for position in index.entries.indices where index.entries.stage(position) != 0 {
            let path = index.entries[position].path
            if changes[path] != nil { continue }
            let item = try repository.entry(at: path, inTree: tree).flatMap { $0.mode == .tree ? nil : $0 }
            changes[path] = TreeChange(path: path, old: nil, new: item.map { TreeItem(mode: $0.mode, id: $0.id) })
        }
        let scan = try scan(index)
        for position in scan.suspects.map(\.position) + scan.missing where index.entries.stage(position) == 0 {
            let entry = index.entries[position]
            if changes[entry.path] != nil || entry.mode == .submodule || entry.skipWorktree { continue }
            changes[entry.path] = TreeChange(path: entry.path, old: entry.item, new: entry.item)
        }
        return try Self.sound(changes.values.sorted { $0.path < $1.path })
    }
}
