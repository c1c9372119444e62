import VxGit
import VxModel
import VxStore
import VxSystem

import struct SystemPackage.FilePath

/// What of a worktree is changed by reading it, working out what it becomes, and replacing it. Each has its lock, so that of
/// two that change it at once none undoes what the other did.
enum WorkspaceLock: String {
    /// `.gitattributes`
    case attributes
    /// `vx.yaml`
    case configuration
    /// What hooks lay down: `vx/pending` and `vx/laid-down`. Held while they do it; whoever gives up waiting leaves the list
    /// to the next.
    case layingDown = "laying-down"
    /// Where HEAD is, with the index and the files.
    case moving
    /// The branches that are moved without being checked out, and the worktrees that have them; of the whole repository.
    case branches

    /// Takes the lock, waiting while another process has it.
    ///
    /// - Parameter gitDirectory: a worktree's, or the one they share.
    /// - Throws: `locked` naming that process where it keeps it too long; where the wait is interrupted.
    func take(in gitDirectory: FilePath, _ cancellation: Cancellation?) throws(VxError) -> FileLock {
        let folder = gitDirectory.appending("vx").appending("locks")
        try Files.createDirectories(folder)
        return try FileLock(folder.appending(rawValue), waitingUpTo: longest, cancellation: cancellation)
    }

    /// Seconds. What lays data down may be long at it.
    private var longest: Double { self == .branches ? 300 : 30 }
}

extension Workspace {
    /// Takes a lock of this worktree, waiting while another process has it.
    ///
    /// - Throws: `locked` naming that process where it keeps it too long; where the wait is interrupted.
    func lock(_ what: WorkspaceLock) throws(VxError) -> FileLock {
        try what.take(in: repository.gitDirectory, cancellation)
    }

    /// Removes what vx processes that were killed have left in git's folder, their locks among it, and in the workspace.
    ///
    /// A courtesy: in a repository that cannot be written, nothing is lost.
    package func sweepLeftovers() {
        let folders = [repository.gitDirectory, repository.commonDirectory].flatMap { [$0, $0.appending("vx")] }
        for folder in Set(folders + [store.root]) {
            try? repository.sweep(folder)
        }
        try? parts.sweep()
        try? OwnWorktrees(repository).sweep()
    }
}
