import VxConfig
import VxGit
import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// What `vx add` found under the paths it was given, before it reads any content.
struct AddPlan {
    struct File: Sendable {
        var path: RepoPath
        var status: FileStat
    }

    /// Files whose content has to be read: new ones, and those that git's index does not prove unchanged.
    var toRead: [File] = []
    /// Small files that git and vx read themselves (`.gitattributes`, `.gitignore`, `vx.yaml`): added as they are, never as pointers.
    var plain: [File] = []
    /// Tracked files that are gone from the workspace.
    var removed: [RepoPath] = []
    var unchanged = 0
    /// What was passed over, and why, for the user to know.
    var notes: [String] = []
}

extension Workspace {
    /// Finds what there is to add below `paths`.
    ///
    /// - Parameter trusted: whether git's index may prove a file unchanged; not where the files were not under vx before.
    func planAdd(_ paths: [RepoPath], index: GitIndex, trusted: Bool) throws -> AddPlan {
        var plan = AddPlan()
        var folders: [RepoPath] = []
        for path in paths {
            switch try Files.status(root.appending(path)) {
            case let status? where status.kind == .directory:
                folders.append(path)
            case let status? where status.kind == .regular:
                try consider(named: .init(path: path, status: status), index: index, trusted: trusted, &plan)
            case let status?:
                let what =
                    status.kind == .symlink
                    ? "a symlink: git keeps those itself ('git add \(typed: path)')" : "no regular file"
                throw VxError(.usage, "cannot add \(path)", because: "it is \(what)", hint: "name a file or a folder")
            case nil:
                let gone = index.entries(under: path).filter { !$0.skipWorktree }.map(\.path)
                guard !gone.isEmpty else {
                    throw VxError(
                        .usage, "cannot add \(path)", because: "there is no such file or folder",
                        hint: "check the name with 'ls'")
                }
                plan.removed += gone
            }
        }
        try walk(folders, index: index, trusted: trusted, &plan)
        plan.removed = Array(Set(plan.removed)).sorted()
        return plan
    }

    private func walk(_ folders: [RepoPath], index: GitIndex, trusted: Bool, _ plan: inout AddPlan) throws {
        if folders.isEmpty { return }
        let root = root
        let trackedRange = folders.count == 1 ? index.positions(below: folders[0]) : 0..<index.count
        let tracked = TrackedFolders(index.entries, trackedRange)
        var ignored = try IgnoreRules(repository)
        for folder in folders {
            var above = folder
            while !above.isRoot {
                above = above.parent
                try ignored.take(above, root: root)
            }
        }
        var visited: Set<RepoPath> = []
        try DirectoryWalk.run(below: root, from: folders, pool: pool, cancellation: cancellation) { listing in
            try FolderComparison(listing, index, tracked, trusted: trusted)
        } collect: { results in
            try ignored.take(results, root: root)
            var next: [RepoPath] = []
            for folder in results where visited.insert(folder.path).inserted {
                next += try consider(folder, index: index, ignored: ignored, &plan)
            }
            return next
        }
        for (folder, positions) in tracked.all
        where !visited.contains(folder) && folders.contains(where: { folder.isInside($0) }) {
            for position in positions { try considerMissing(index[position], &plan) }
        }
    }

    /// Takes what a folder has to add, and says which folders in it to go on with.
    private func consider(
        _ folder: FolderComparison, index: GitIndex, ignored: IgnoreRules, _ plan: inout AddPlan
    ) throws -> [RepoPath] {
        for file in folder.leftovers {
            guard let owner = Files.owner(ofTemporaryName: file.path.name.bytes) else { continue }
            if owner.isForsaken(modified: file.status.modified) { try files.removeTree(file.path) }
        }
        plan.unchanged += folder.unchanged
        for item in folder.suspects {
            let entry = index[item.position]
            if entry.isUnwatched {
                plan.notes.append(Self.unwatched(entry.path))
                continue
            }
            guard item.status.kind == .regular else {
                try considerMissing(entry, &plan)
                continue
            }
            take(.init(path: entry.path, status: item.status), &plan)
        }
        for file in folder.newFiles where try !ignored.isIgnored(file.path, isDirectory: false) {
            take(.init(path: file.path, status: file.status), &plan)
        }
        for position in folder.missing { try considerMissing(index[position], &plan) }
        plan.notes += folder.newOthers.map { "\($0) is no regular file: passed over" }
        for link in folder.newSymlinks {
            plan.notes.append("\(link) is a symlink: git keeps those itself ('git add \(typed: link)')")
        }
        return try folder.folders.filter { child in
            if try ignored.isIgnored(child, isDirectory: true), index.positions(below: child).isEmpty { return false }
            guard let own = try whereReadable({ try Files.status(root.appending(child).appending(".git")) }) else {
                plan.notes.append("\(child) may not be read: passed over")
                return false
            }
            if own == nil { return true }
            plan.notes.append("\(child) is a repository of its own: passed over")
            return false
        }
    }

    private static func unwatched(_ path: RepoPath) -> String {
        "\(path) is left as it is: git has been told not to look at it"
    }

    private func take(_ file: AddPlan.File, _ plan: inout AddPlan) {
        if Self.isGitOwn(file.path) { plan.plain.append(file) } else { plan.toRead.append(file) }
    }

    /// An entry whose file is not there, or is something else now.
    private func considerMissing(_ entry: IndexEntry, _ plan: inout AddPlan) throws {
        guard entry.mode.isFile, !entry.isUnwatched else { return }
        switch try Files.status(root.appending(entry.path))?.kind {
        case nil: plan.removed.append(entry.path)
        case .symlink:
            plan.notes.append(
                "\(entry.path) is a symlink now and stays staged as the file it was: 'git add \(typed: entry.path)' stages the link"
            )
        default: break  // in a repository of its own, or behind a symlink: passed over
        }
    }

    /// Takes a file that the user names.
    private func consider(named file: AddPlan.File, index: GitIndex, trusted: Bool, _ plan: inout AddPlan) throws {
        let entry = index.find(file.path)
        if let entry, entry.skipWorktree { throw entry.leftOut }
        if let entry, entry.assumeValid {
            plan.notes.append(Self.unwatched(entry.path))
            return
        }
        if let entry, entry.isProvenUnchanged(file.status, index: index.timestamp),
            try Self.isGitOwn(file.path) || (trusted && isByVx(entry, file.status))
        {
            if !Self.isGitOwn(file.path) { plan.unchanged += 1 }
            return
        }
        if entry == nil, try repository.isIgnored(file.path, isDirectory: false) {
            throw VxError(
                .usage, "cannot add \(file.path)", because: "a .gitignore file names it",
                hint: "see which line with 'git check-ignore -v \(typed: file.path)', and take it out")
        }
        take(file, &plan)
    }

    /// Whether an entry is a pointer, and not content that was added where vx is not installed. Asked for files the user
    /// names; for each of a hundred thousand it would cost too much.
    private func isByVx(_ entry: IndexEntry, _ status: FileStat) throws -> Bool {
        try status.size == 0 || repository.pointer(inBlob: entry.id, at: entry.path) != nil
    }

    static let gitName = Array(".git".utf8)

    /// Files that git or vx itself reads, and has to where no store is in reach; as pointers they could not be read.
    package static func isGitOwn(_ path: RepoPath) -> Bool {
        path.isForGit || path == Configuration.path
    }

    /// As above, without a path for nearly every name.
    static func isGitOwn(_ name: [UInt8], in folder: RepoPath) -> Bool {
        guard let first = name.first, first == UInt8(ascii: ".") || first == Configuration.path.bytes[0] else {
            return false
        }
        return isGitOwn(folder.appending(name))
    }
}
