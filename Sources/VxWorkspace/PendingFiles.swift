import VxGit
import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// The files that git's filter left as pointer text for a hook to lay down: large ones, which must not pass through
/// git's memory, and those whose content was not here.
///
/// The list is a file of NUL-ended paths in the worktree's own git folder. It is a hint only: a path on it is looked
/// at again before anything is done with it, and `vx hydrate` finds the same files without it.
package struct PendingFiles: Sendable {
    private let list: FilePath

    package init(gitDirectory: FilePath) {
        list = gitDirectory.appending("vx").appending("pending")
    }

    package func append(_ path: RepoPath) throws(VxError) {
        try Files.createDirectories(list.removingLastComponent())
        let file = try OpenFile.appending(list)
        try file.write(path.bytes + [0])
        try file.close()
    }

    /// Takes the whole list; whoever calls next finds only what was added since.
    package func take() throws(VxError) -> [RepoPath] {
        guard try Files.status(list) != nil else { return [] }
        let taken = Files.temporarySibling(of: list)
        do {
            try Files.rename(list, to: taken)
        } catch {
            if try Files.status(list) == nil { return [] }  // another hook took it first
            throw error
        }
        let bytes = try Files.read(taken, limit: 1 << 30) ?? []
        try Files.remove(taken)
        let paths = bytes.split(separator: 0).map { RepoPath(bytes: Array($0)) }
        return Array(Set(paths)).sorted()
    }
}
