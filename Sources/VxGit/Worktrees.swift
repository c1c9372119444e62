import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// One work tree of a repository: the main one or one that `git worktree add` made.
package struct WorktreeInfo: Sendable, Equatable {
    /// Where its files are; `nil` for the main one of a bare repository.
    package var path: FilePath?
    /// Its own `HEAD` and index are here.
    package var gitDirectory: FilePath
    /// Whether `git init` or `git clone` made it, and not `git worktree add`.
    package var isMain: Bool
    /// The short name of the branch it is on, or, in a rebase or bisect, of the branch that one will come back to.
    package var branch: String?
    /// Where its HEAD stands, if anywhere.
    package var commit: GitObjectID?
    /// Whether its folder is there. A folder that was deleted, or is on a disk that is away, is not.
    package var isPresent: Bool
}

extension Repository {
    /// The main work tree, then the linked ones by name.
    ///
    /// Reads git's own small files: libgit2 would open each work tree as a repository, and fail on one whose folder
    /// is away.
    ///
    /// - Throws: where a file of git's cannot be read.
    package func worktrees() throws(VxError) -> [WorktreeInfo] {
        var found = [try mainWorktree()]
        let folder = commonDirectory.appending("worktrees")
        guard try Files.isDirectory(folder) else { return found }
        for name in try Files.names(in: folder) {
            let directory = folder.appending(name)
            guard let pointer = try line(directory.appending("gitdir")) else { continue }
            // git 2.48 may write it relative to the file it is in.
            let path = directory.pushing(FilePath(byteArray: pointer)).lexicallyNormalized().removingLastComponent()
            found.append(try worktree(at: path, directory, isMain: false))
        }
        return found
    }

    /// The work tree that is on this branch, or would come back to it after a rebase or bisect; `nil` for none.
    ///
    /// - Throws: where a file of git's cannot be read.
    package func worktree(havingBranch branch: String) throws(VxError) -> WorktreeInfo? {
        try worktrees().first { $0.branch == branch }
    }

    /// Whether a folder says itself, by its `.git`, that it is the main work tree of this repository or the one it was opened from.
    /// One that only a setting or a variable names may be any folder, up to the whole disk.
    ///
    /// - Throws: where it cannot be looked at.
    package func isOwn(workTree path: FilePath) throws(VxError) -> Bool {
        let mark = path.appending(".git")
        guard let target = try Files.targetStatus(mark) else { return false }
        var folder = mark
        if target.kind != .directory {
            let prefix = Array("gitdir: ".utf8)
            guard target.kind == .regular, let text = try line(mark), text.starts(with: prefix) else { return false }
            folder = path.pushing(FilePath(byteArray: Array(text.dropFirst(prefix.count))))
        }
        guard let real = Files.realPath(folder) else { return false }
        return real == Files.realPath(commonDirectory) || real == Files.realPath(gitDirectory)
    }

    private func mainWorktree() throws(VxError) -> WorktreeInfo {
        let path: FilePath?
        if gitDirectory == commonDirectory {
            path = workTree
        } else if try configBool("core.bare") == true {
            path = nil
        } else if let configured = try configString("core.worktree") {
            path = commonDirectory.pushing(FilePath(configured)).lexicallyNormalized()
        } else {
            path = commonDirectory.lastComponent == ".git" ? commonDirectory.removingLastComponent() : nil
        }
        return try worktree(at: path, commonDirectory, isMain: true)
    }

    private func worktree(at path: FilePath?, _ directory: FilePath, isMain: Bool) throws(VxError) -> WorktreeInfo {
        var info = WorktreeInfo(
            path: path, gitDirectory: directory, isMain: isMain, branch: nil, commit: nil, isPresent: false)
        if let path { info.isPresent = try Files.isDirectory(path) }
        let head = String(decoding: try line(directory.appending("HEAD")) ?? [], as: UTF8.self)
        if head.hasPrefix("ref: ") {
            let name = String(head.dropFirst(5).drop { $0 == " " })
            info.branch = Self.shortBranchName(name)
            info.commit = try reference(name)
        } else {
            // While git makes a work tree, it is nowhere.
            info.commit = GitObjectID(hex: head).flatMap { $0 == .zero ? nil : $0 }
            info.branch = try branchToComeBackTo(directory)
        }
        return info
    }

    private func branchToComeBackTo(_ directory: FilePath) throws(VxError) -> String? {
        for file in ["rebase-merge/head-name", "rebase-apply/head-name", "BISECT_START"] {
            guard let name = try line(directory.appending(file)) else { continue }
            let branch = Self.shortBranchName(String(decoding: name, as: UTF8.self))
            if branch != "detached HEAD", GitObjectID(hex: branch) == nil { return branch }
        }
        return nil
    }

    /// The first line of a small file, without its end.
    private func line(_ path: FilePath) throws(VxError) -> [UInt8]? {
        try Files.read(path, limit: 1 << 16).map { Array($0.prefix { $0 != UInt8(ascii: "\n") && $0 != 13 }) }
    }
}
