import VxGit
import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// The worktrees that `vx reproduce` makes, in a folder of git's own folder. Beside each stands a note: its name says which
/// process it belongs to, its text where the worktree is.
package struct OwnWorktrees {
    /// The folder they are in.
    package let parent: FilePath
    private let repository: Repository

    package init(_ repository: Repository) {
        self.repository = repository
        parent = repository.commonDirectory.appending("vx").appending("reproduce")
    }

    /// Removes those of processes that were killed. git keeps one that was killed while git made it locked, would not remove
    /// it, and where a file of it is empty, no git runs here any more.
    ///
    /// - Throws: where something cannot be removed.
    package func sweep() throws {
        for name in try Files.unsortedNames(in: parent) ?? [] {
            let note = parent.appending(RepoPath(bytes: name))
            guard let owner = Files.owner(ofTemporaryName: name), let status = try Files.status(note),
                owner.isForsaken(modified: status.modified)
            else { continue }
            if status.kind == .regular, let bytes = try Files.read(note) {
                let folder = FilePath(byteArray: bytes)
                if folder.removingLastComponent() == parent { try Files.removeTree(folder) }
                for worktree in try repository.worktrees() where worktree.path == folder && !worktree.isMain {
                    try Files.removeTree(worktree.gitDirectory)
                }
                try removeBegun(folder)
            }
            try Files.remove(note)
        }
    }

    /// What git has written of a worktree before it wrote where that is.
    private func removeBegun(_ folder: FilePath) throws {
        guard let name = folder.lastComponent else { return }
        // A random name, which git has taken for its own folder.
        let begun = repository.commonDirectory.appending("worktrees").appending(name)
        guard try Files.isDirectory(begun), try Files.read(begun.appending("gitdir"))?.isEmpty ?? true else { return }
        try Files.removeTree(begun)
    }
}
