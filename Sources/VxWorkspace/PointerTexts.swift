import VxGit
import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// Pointer text that stands in the files of a work tree, whatever git's index says of them: also in files that git does not
/// know, as `git stash pop` leaves those that `git stash -u` has taken, and in those it ignores.
enum PointerTexts {
    /// No pointer is shorter.
    private static let shortest: UInt64 = 96

    /// Calls `body` with each pointer and where it stands.
    ///
    /// - Throws: where a folder, or a file that may be pointer text, cannot be read: what it names is not known then.
    static func each(
        below top: FilePath, cancellation: Cancellation, _ body: (FilePath, Pointer) throws -> Void
    ) throws {
        var folders = [top]
        while let folder = folders.popLast() {
            try cancellation.check()
            // What goes meanwhile is nothing that stays.
            for name in try Files.unsortedNames(in: folder) ?? [] where !name.elementsEqual(".git".utf8) {
                let path = folder.appending(RepoPath(bytes: name))
                guard let status = try Files.status(path) else { continue }
                if status.kind == .directory {
                    folders.append(path)
                } else if status.kind == .regular, status.size >= shortest,
                    status.size <= UInt64(Pointer.maximumLength),
                    let text = try Files.read(path, limit: Pointer.maximumLength),
                    let pointer = Pointer(workTreeText: text)
                {
                    try body(path, pointer)
                }
            }
        }
    }

    /// The same for every work tree of a repository.
    ///
    /// - Throws: `refused` where one is away, for it may come back, and where the main one is a folder that only a setting or a
    ///   variable names: it may hold anything, and the files of this repository may be elsewhere.
    static func each(
        in repository: Repository, cancellation: Cancellation, _ body: (FilePath, Pointer) throws -> Void
    ) throws {
        for tree in try repository.worktrees() {
            guard let path = tree.path else {
                if tree.isMain {
                    if try repository.configBool("core.bare") == true { continue }
                    throw VxError(
                        .refused,
                        "the main work tree of \(repository.commonDirectory) cannot be looked at for pointers",
                        because: "nothing in git's folder says where it is", hint:
                            "run 'vx status' in it; where it is no more: 'git --git-dir=\(typed: repository.commonDirectory) config core.bare true'"
                    )
                }
                throw VxError(
                    .refused, "a work tree of \(repository.commonDirectory) cannot be looked at for pointers",
                    because: "\(tree.gitDirectory.appending("gitdir")) does not say where it is",
                    hint:
                        "'git worktree repair PATH' writes it again (PATH: where the work tree is); where it is no more, 'git worktree prune'"
                )
            }
            if tree.isPresent {
                if tree.isMain { try requireOwn(path, of: repository) }
                try each(below: path, cancellation: cancellation, body)
            } else if try !repository.isBegun(worktree: tree.gitDirectory) {
                let isLocked = try Files.status(tree.gitDirectory.appending("locked")) != nil
                throw VxError(
                    .refused, "the work tree \(path) cannot be looked at for pointers",
                    because: (isLocked ? "it is locked, and not there" : "it is not there")
                        + (try Files.status(path) == nil ? "" : ": another folder, or another repository, is in its place"),
                    hint: try tree.isMain && Files.status(repository.mainWorkTreesFile) != nil
                        ? "mount its disk; where it is elsewhere: 'rm \(typed: repository.mainWorkTreesFile)', then 'vx status' in it; where it is no more, "
                            + "the same 'rm', then 'git --git-dir=\(typed: repository.commonDirectory) config core.bare true'"
                        : "mount its disk; where it was moved, say so in it: 'git worktree repair'; where it is no more, "
                            + (isLocked ? "'git worktree unlock \(typed: path)' and " : "") + "'git worktree prune'")
            }
        }
    }

    private static func requireOwn(_ path: FilePath, of repository: Repository) throws {
        if try repository.isOwn(workTree: path) { return }
        let git = repository.commonDirectory
        let setting = try repository.configString("core.worktree") != nil
        let away =
            setting
            ? "take the setting away: 'git --git-dir=\(typed: git) config --unset core.worktree'"
            : "repeat the command without GIT_WORK_TREE"
        throw VxError(
            .refused,
            "the work tree \(path) is not looked at for pointers: nothing in it says that it is one of \(git)",
            because: setting ? "only git's setting core.worktree names it" : "only GIT_WORK_TREE or GIT_DIR names it",
            hint:
                "\(away); where its files are there, say so in the folder: 'echo \"gitdir: \(git)\" > \(path.appending(".git"))'"
        )
    }
}
