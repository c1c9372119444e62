import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// One work tree of a repository: the main one or one that `git worktree add` made.
package struct WorktreeInfo: Sendable, Equatable {
    /// Where its files are; `nil` for the main one of a bare repository, and where nothing says where it is.
    package var path: FilePath?
    /// Its own `HEAD` and index are here.
    package var gitDirectory: FilePath
    /// Whether `git init` or `git clone` made it, and not `git worktree add`.
    package var isMain: Bool
    /// The short name of the branch it is on, or, in a rebase or bisect, of the branch that one will come back to.
    package var branch: String?
    /// Where its HEAD stands, if anywhere.
    package var commit: GitObjectID?
    /// Whether its folder is there. One that was deleted, or is on a disk that is away, is not, whatever is in its place: the
    /// folder of a linked one says by its `.git` whose it is.
    package var isPresent: Bool
}

extension Repository {
    /// The main work tree (several, where ``mainWorkTreesFile`` has another), then the linked ones by name.
    ///
    /// Reads git's own small files: libgit2 would open each work tree as a repository, and fail on one whose folder
    /// is away.
    ///
    /// - Throws: where a file of git's cannot be read.
    package func worktrees() throws(VxError) -> [WorktreeInfo] {
        var found = try mainWorktrees()
        let folder = commonDirectory.appending("worktrees")
        guard try Files.isDirectory(folder) else { return found }
        for name in try Files.names(in: folder) {
            let directory = folder.appending(name)
            let pointer = try line(directory.appending("gitdir")) ?? []
            // What is left of one that was removed, or begun and never made.
            if pointer.isEmpty, try isBegun(worktree: directory) { continue }
            // git 2.48 may write it relative to the file it is in.
            let path =
                pointer.isEmpty
                ? nil : directory.pushing(FilePath(byteArray: pointer)).lexicallyNormalized().removingLastComponent()
            found.append(try worktree(at: path, directory, isMain: false))
        }
        return found
    }

    /// Whether git's folder of a linked work tree has neither HEAD nor index: git is making it, or has given up.
    ///
    /// - Throws: where it cannot be looked at.
    package func isBegun(worktree directory: FilePath) throws(VxError) -> Bool {
        for file in ["HEAD", "index"] where try Files.status(directory.appending(file)) != nil { return false }
        return true
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
        guard let folder = try gitFolder(ofWorkTree: path) else { return false }
        return folder == Files.realPath(commonDirectory) || folder == Files.realPath(gitDirectory)
    }

    /// The git folder that the `.git` in a folder is or names, without symlinks; `nil` where there is none.
    private func gitFolder(ofWorkTree path: FilePath) throws(VxError) -> FilePath? {
        let mark = path.appending(".git")
        guard let target = try Files.targetStatus(mark) else { return nil }
        if target.kind == .directory { return Files.realPath(mark) }
        let prefix = Array("gitdir: ".utf8)
        guard target.kind == .regular, let text = try line(mark), text.starts(with: prefix) else { return nil }
        return Files.realPath(path.pushing(FilePath(byteArray: Array(text.dropFirst(prefix.count)))))
    }

    private func mainWorktrees() throws(VxError) -> [WorktreeInfo] {
        let path: FilePath?
        // Of a git folder that was opened by itself, libgit2 takes the folder for its work tree.
        if gitDirectory == commonDirectory, workTree != commonDirectory {
            path = workTree
        } else if try configBool("core.bare") == true {
            path = nil
        } else if let configured = try configString("core.worktree") {
            path = commonDirectory.pushing(FilePath(configured)).lexicallyNormalized()
        } else {
            path = commonDirectory.lastComponent == ".git" ? commonDirectory.removingLastComponent() : nil
        }
        var found: [WorktreeInfo] = []
        for noted in try notedMainWorkTrees() where noted != path {
            var info = try worktree(at: noted, commonDirectory, isMain: true)
            info.isPresent = try isOwn(workTree: noted)
            found.append(info)
        }
        if path == nil, !found.isEmpty { return found }
        return [try worktree(at: path, commonDirectory, isMain: true)] + found
    }

    private func worktree(at path: FilePath?, _ directory: FilePath, isMain: Bool) throws(VxError) -> WorktreeInfo {
        var info = WorktreeInfo(
            path: path, gitDirectory: directory, isMain: isMain, branch: nil, commit: nil, isPresent: false)
        if let path, try Files.isDirectory(path) {
            let own = isMain ? nil : try gitFolder(ofWorkTree: path)
            info.isPresent = isMain || own != nil && own == Files.realPath(directory)
        }
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
