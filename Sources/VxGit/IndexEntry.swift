import VxModel
import VxSystem

/// One line of git's index.
package struct IndexEntry: Sendable, Hashable {
    /// From the top of the repository.
    package var path: RepoPath
    /// Regular, executable, symlink or submodule.
    package var mode: FileMode
    /// The staged content.
    package var id: GitObjectID
    /// 0 for an ordinary entry; 1 (base), 2 (ours) and 3 (theirs) for a conflict.
    package var stage: Int
    /// What git remembers of the file in the work tree.
    package var stat: Stat
    /// `git update-index --assume-unchanged`
    package var assumeValid: Bool
    /// Sparse checkout leaves this file out of the work tree.
    package var skipWorktree: Bool
    /// `git add --intent-to-add`: the file is known, its content is not.
    package var intentToAdd: Bool

    /// An entry; without `stat`, git looks at the file's content when it next refreshes.
    package init(
        path: RepoPath, mode: FileMode, id: GitObjectID, stage: Int = 0, stat: Stat = .unknown,
        assumeValid: Bool = false, skipWorktree: Bool = false, intentToAdd: Bool = false
    ) {
        self.path = path
        self.mode = mode
        self.id = id
        self.stage = stage
        self.stat = stat
        self.assumeValid = assumeValid
        self.skipWorktree = skipWorktree
        self.intentToAdd = intentToAdd
    }

    /// What git remembers of a file to know without reading it that it has not changed. All fields are cut to 32 bits,
    /// as in gitformat-index(5).
    package struct Stat: Sendable, Hashable {
        /// When the content last changed.
        package var modifiedSeconds: UInt32
        /// The fraction of that second; 0 where whoever wrote it had none.
        package var modifiedNanoseconds: UInt32
        /// When the file, its mode included, last changed.
        package var changedSeconds: UInt32
        /// The fraction of that second; 0 where whoever wrote it had none.
        package var changedNanoseconds: UInt32
        /// Written, and never compared.
        package var device: UInt32
        /// The number of the file in its file system.
        package var inode: UInt32
        /// The number of its owner.
        package var user: UInt32
        /// The number of its group.
        package var group: UInt32
        /// Its length, modulo 2^32; 0 asks git to look at the content.
        package var size: UInt32

        /// Matches no file.
        package static let unknown = Stat()

        init() {
            (modifiedSeconds, modifiedNanoseconds, changedSeconds, changedNanoseconds) = (0, 0, 0, 0)
            (device, inode, user, group, size) = (0, 0, 0, 0, 0)
        }

        /// What git would write for a file in this state.
        package init(_ file: FileStat) {
            modifiedSeconds = UInt32(truncatingIfNeeded: file.modified.seconds)
            modifiedNanoseconds = file.modified.nanoseconds
            changedSeconds = UInt32(truncatingIfNeeded: file.changed.seconds)
            changedNanoseconds = file.changed.nanoseconds
            device = UInt32(truncatingIfNeeded: file.device)
            inode = UInt32(truncatingIfNeeded: file.inode)
            user = file.user
            group = file.group
            size = UInt32(truncatingIfNeeded: file.size)
        }

        /// Whether the file is, as far as its stat data can prove it, the one this was taken from, by git's rule:
        /// size, mtime, ctime, inode, user and group, and never the device. Nanoseconds are compared where the index
        /// has them. The caller looks at ``isRacy(_:)`` too.
        ///
        /// - Parameter trustChangeTime: git's `core.trustctime`.
        package func matches(_ file: FileStat, trustChangeTime: Bool = true) -> Bool {
            let now = Stat(file)
            guard size == now.size, modifiedSeconds == now.modifiedSeconds, inode == now.inode, user == now.user,
                group == now.group, modifiedNanoseconds == 0 || modifiedNanoseconds == now.modifiedNanoseconds
            else { return false }
            guard trustChangeTime else { return true }
            return changedSeconds == now.changedSeconds
                && (changedNanoseconds == 0 || changedNanoseconds == now.changedNanoseconds)
        }

        /// Whether the file was written in the same second as the index, or later: it may then have changed after it
        /// was added without its stat data showing it, so equality proves nothing. Seconds, as git is usually built.
        package func isRacy(_ index: FileTime?) -> Bool {
            guard let index, index.seconds != 0 else { return false }
            return Int64(modifiedSeconds) >= index.seconds
        }

        /// Whether git has written the size 0 to say "look at the content" (racy-git(7)).
        func isSmudged(of id: @autoclosure () -> GitObjectID) -> Bool { size == 0 && id() != .emptyBlob }
    }

    /// Whether the file is proven unchanged since it was added: its stat data match and are older than the index.
    package func isProvenUnchanged(_ file: FileStat, index: FileTime?, trustChangeTime: Bool = true) -> Bool {
        mode.describes(file.kind) && !intentToAdd && stat.matches(file, trustChangeTime: trustChangeTime)
            && !stat.isRacy(index) && !stat.isSmudged(of: id)
    }

    /// Whether git has been told not to look at the file: `git update-index --assume-unchanged` and `--skip-worktree`, and
    /// where a sparse workspace leaves it out.
    package var isUnwatched: Bool { assumeValid || skipWorktree }

    /// git's order: by the path's bytes, then by stage.
    static func < (left: IndexEntry, right: IndexEntry) -> Bool {
        left.path == right.path ? left.stage < right.stage : left.path < right.path
    }
}

extension FileMode {
    /// Whether a file of this kind is what the mode says.
    fileprivate func describes(_ kind: FileStat.Kind) -> Bool {
        switch self {
        case .regular, .executable: kind == .regular
        case .symlink: kind == .symlink
        case .tree, .submodule: false
        }
    }
}

/// An index in memory, as it was when it was read.
package struct GitIndex: Sendable {
    /// In git's order.
    package let entries: IndexEntries
    /// When the file was last written; `nil` where there is none yet.
    package let timestamp: FileTime?
    let format: IndexFormat

    /// How many entries there are, those of conflicts included.
    package var count: Int { entries.count }

    /// The entry at a place in git's order.
    package subscript(position: Int) -> IndexEntry { entries[position] }

    /// The paths of which git has the sides of a conflict: those in one, and those whose conflict was resolved since the last
    /// commit, of which `git checkout --merge` makes it anew.
    package var conflictPaths: Set<RepoPath> {
        Set(entries.indices.filter { entries.stage($0) != 0 }.map { entries[$0].path } + format.resolved.map(\.path))
    }

    /// Where the ordinary entry of a path is; `nil` where there is none, or only a conflict.
    package func position(of path: RepoPath) -> Int? {
        path.bytes.withUnsafeBytes { bytes in
            let position = entries.firstPosition(of: bytes)
            guard position < entries.count, entries.stage(position) == 0,
                PathBytes.isEqual(entries.pathBytes(position), bytes)
            else { return nil }
            return position
        }
    }

    /// The ordinary entry of a path; `nil` where there is none, or only a conflict.
    package func find(_ path: RepoPath) -> IndexEntry? { position(of: path).map { entries[$0] } }

    /// Where the entries of a path, or of what would sort behind it, begin.
    package func firstPosition(of path: RepoPath) -> Int {
        path.bytes.withUnsafeBytes { entries.firstPosition(of: $0) }
    }

    /// Where the entries below a folder are. All of them for the root.
    package func positions(below folder: RepoPath) -> Range<Int> {
        if folder.isRoot { return 0..<entries.count }
        let slash = UInt8(ascii: "/")
        let first = firstPosition(of: RepoPath(bytes: folder.bytes + [slash]))
        return first..<firstPosition(of: RepoPath(bytes: folder.bytes + [slash + 1]))
    }

    /// The entries at and below a folder, in git's order. All of them for the root.
    package func entries(under folder: RepoPath) -> [IndexEntry] {
        if folder.isRoot { return Array(entries) }
        let own = entries[firstPosition(of: folder)...].prefix { $0.path == folder }
        return own + positions(below: folder).map { entries[$0] }
    }

    /// Whether a file is proven unchanged since its entry was written: see
    /// ``IndexEntry/isProvenUnchanged(_:index:trustChangeTime:)``.
    package func isProvenUnchanged(_ position: Int, _ file: FileStat) -> Bool {
        let stat = entries.stat(position)
        return entries.mode(position).describes(file.kind) && !entries.isIntentToAdd(position) && stat.matches(file)
            && !stat.isRacy(timestamp) && !stat.isSmudged(of: entries.id(position))
    }

    /// Whether a merge left conflicts in it.
    package var hasConflicts: Bool { entries.indices.contains { entries.stage($0) != 0 } }
}
