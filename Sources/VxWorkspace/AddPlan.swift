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
                try consider(.init(path: path, status: status), index: index, trusted: trusted, named: true, &plan)
            case let status?:
                let what =
                    status.kind == .symlink
                    ? "a symlink: git keeps those itself ('git add \(path)')" : "no regular file"
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
        struct Folder: Sendable {
            var files: [AddPlan.File] = []
            var folders: [RepoPath] = []
            var symlinks: [RepoPath] = []
        }
        let root = root
        var seen: Set<RepoPath> = []
        try DirectoryWalk.run(below: root, from: folders, pool: pool, cancellation: cancellation) { listing in
            var result = Folder()
            for item in listing.items {
                let path = listing.path.appending(item.name)
                switch item.kind {
                case .directory where item.name != Self.gitName: result.folders.append(path)
                case .regular:
                    guard let status = listing.status(of: item) else { break }
                    if let owner = Files.owner(ofTemporaryName: item.name) {
                        // What a vx that was killed left behind is no data.
                        try Files.sweep(root.appending(path), modified: status.modified, owner: owner)
                    } else {
                        result.files.append(.init(path: path, status: status))
                    }
                case .symlink: result.symlinks.append(path)
                default: break
                }
            }
            return result
        } collect: { results in
            var next: [RepoPath] = []
            for folder in results {
                for file in folder.files {
                    seen.insert(file.path)
                    try consider(file, index: index, trusted: trusted, named: false, &plan)
                }
                for link in folder.symlinks where index.find(link) == nil {
                    plan.notes.append("\(link) is a symlink: git keeps those itself ('git add \(link)')")
                }
                for child in folder.folders {
                    if try repository.isIgnored(child, isDirectory: true), index.entries(under: child).isEmpty {
                        continue
                    }
                    if try Files.status(root.appending(child).appending(".git")) != nil {
                        plan.notes.append("\(child) is a repository of its own: passed over")
                    } else {
                        next.append(child)
                    }
                }
            }
            return next
        }
        for folder in folders {
            for entry in index.entries(under: folder)
            where entry.mode.isFile && !seen.contains(entry.path) && !entry.skipWorktree {
                switch try Files.status(root.appending(entry.path))?.kind {
                case nil: plan.removed.append(entry.path)
                case .symlink:
                    plan.notes.append(
                        "\(entry.path) is a symlink now and stays staged as the file it was: 'git add \(entry.path)' stages the link"
                    )
                default: break  // in a repository of its own, or behind a symlink: passed over
                }
            }
        }
    }

    private func consider(
        _ file: AddPlan.File, index: GitIndex, trusted: Bool, named: Bool, _ plan: inout AddPlan
    ) throws {
        let entry = index.find(file.path)
        if let entry, entry.stage == 0, entry.isProvenUnchanged(file.status, index: index.timestamp),
            try Self.isGitOwn(file.path) || (trusted && (!named || isByVx(entry, file.status)))
        {
            plan.unchanged += 1
            return
        }
        if entry == nil, try repository.isIgnored(file.path, isDirectory: false) {
            if named {
                throw VxError(
                    .usage, "cannot add \(file.path)", because: "a .gitignore file names it",
                    hint: "see which line with 'git check-ignore -v \(file.path)', and take it out")
            }
            return
        }
        if Self.isGitOwn(file.path) { plan.plain.append(file) } else { plan.toRead.append(file) }
    }

    /// Whether an entry is a pointer, and not content that was added where vx is not installed. Asked for files the user
    /// names; for each of a hundred thousand it would cost too much.
    private func isByVx(_ entry: IndexEntry, _ status: FileStat) throws -> Bool {
        try status.size == 0 || repository.pointer(inBlob: entry.id, at: entry.path) != nil
    }

    static let gitName = Array(".git".utf8)

    /// Files that git or vx itself reads, and has to where no store is in reach; as pointers they could not be read.
    static func isGitOwn(_ path: RepoPath) -> Bool {
        path == Configuration.path
            || [".gitattributes", ".gitignore", ".gitkeep", ".gitmodules"].contains { path.name == RepoPath($0) }
    }
}
