import VxModel

/// Where HEAD stands. Branch names are short: `main`, `dev/x`.
package enum Head: Sendable, Equatable {
    /// A branch that has no commit yet.
    case unborn(branch: String)
    /// On a branch.
    case branch(name: String, commit: GitObjectID)
    /// On a commit, and no branch.
    case detached(commit: GitObjectID)

    /// The commit, where there is one.
    package var commit: GitObjectID? {
        switch self {
        case .unborn: nil
        case .branch(_, let commit), .detached(let commit): commit
        }
    }

    /// The branch, where HEAD is on one.
    package var branch: String? {
        switch self {
        case .unborn(let name), .branch(let name, _): name
        case .detached: nil
        }
    }
}

/// A file in a tree: a blob, a symlink or a submodule.
package struct TreeEntry: Sendable, Hashable {
    /// From the top of the repository.
    package var path: RepoPath
    /// What kind of file it is.
    package var mode: FileMode
    /// The object it stands for.
    package var id: GitObjectID

    /// One entry.
    package init(path: RepoPath, mode: FileMode, id: GitObjectID) {
        self.path = path
        self.mode = mode
        self.id = id
    }
}

/// The two things a tree says of a name.
package struct TreeItem: Sendable, Hashable {
    /// What kind of file it is.
    package var mode: FileMode
    /// The object it stands for.
    package var id: GitObjectID

    /// One item.
    package init(mode: FileMode, id: GitObjectID) {
        self.mode = mode
        self.id = id
    }
}

/// One path that differs between two trees; `nil` on the side that does not have it.
package struct TreeChange: Sendable, Hashable {
    /// From the top of the repository.
    package var path: RepoPath
    /// In the first tree.
    package var old: TreeItem?
    /// In the second tree.
    package var new: TreeItem?

    /// A difference; both sides may be equal where only the path matters.
    package init(path: RepoPath, old: TreeItem?, new: TreeItem?) {
        self.path = path
        self.old = old
        self.new = new
    }
}

/// One edit of a tree: an item to put at a path, or `nil` to remove what is there.
package struct TreeEdit: Sendable, Hashable {
    /// From the top of the repository.
    package var path: RepoPath
    /// What to put there.
    package var item: TreeItem?

    /// Puts a blob, symlink or submodule at `path`.
    package static func put(_ path: RepoPath, _ mode: FileMode, _ id: GitObjectID) -> TreeEdit {
        TreeEdit(path: path, item: TreeItem(mode: mode, id: id))
    }

    /// Removes the file, or the folder and all in it, at `path`; nothing there is fine.
    package static func remove(_ path: RepoPath) -> TreeEdit {
        TreeEdit(path: path, item: nil)
    }
}

/// Who did something, and when.
package struct Identity: Sendable, Equatable {
    /// The name, as people write it.
    package var name: String
    /// The address, without angle brackets.
    package var email: String
    /// Seconds since 1970.
    package var time: Int64
    /// Minutes east of Greenwich.
    package var offsetMinutes: Int

    /// One person at one time.
    package init(name: String, email: String, time: Int64, offsetMinutes: Int) {
        self.name = name
        self.email = email
        self.time = time
        self.offsetMinutes = offsetMinutes
    }
}

/// What a commit says.
package struct CommitInfo: Sendable, Equatable {
    /// The object it stands for.
    package var id: GitObjectID
    /// Its top tree.
    package var tree: GitObjectID
    /// The commits it builds on: none, one, or several for a merge.
    package var parents: [GitObjectID]
    /// The message; bytes that are not UTF-8 show as replacement characters.
    package var message: String
    /// Who wrote the change.
    package var author: Identity
    /// Who made the commit.
    package var committer: Identity

    /// The first line of the message.
    package var subject: String {
        String(message.drop { $0.isNewline }.prefix { !$0.isNewline })
    }
}

extension GitObjectID {
    /// The file without a byte.
    package static let emptyBlob = ObjectKind.blob.id(of: [])
    /// The folder without a file.
    package static let emptyTree = ObjectKind.tree.id(of: [])
}
