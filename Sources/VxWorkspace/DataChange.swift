import VxGit
import VxModel
import VxStore
import VxSystem

/// One data file that differs between two states.
package struct DataChange: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        case added, removed, modified, moved
    }

    package var kind: Kind
    /// Where the file is, or was where it was removed.
    package var path: RepoPath
    /// For a moved file, where it was.
    package var oldPath: RepoPath?
    /// Bytes before and after.
    package var oldSize: UInt64?
    package var newSize: UInt64?

    /// Bytes of all the files after the changes, less those before.
    package static func growth(of changes: [DataChange]) -> Int64 {
        Int64(changes.sum(ofSizes: { $0.newSize ?? 0 })) - Int64(changes.sum(ofSizes: { $0.oldSize ?? 0 }))
    }
}

/// One side of a comparison.
package enum DiffSide: Sendable {
    /// No files: what a branch without a commit has.
    case nothing
    case commit(GitObjectID)
    case index
    case workspace
}

extension Workspace {
    /// The data files that differ between two states, moved ones found by their content.
    package func diff(from old: DiffSide, to new: DiffSide) throws -> [DataChange] {
        var sides: [RepoPath: (old: Content?, new: Content?)] = [:]
        switch (old, new) {
        case (.commit(let old), .commit(let new)):
            let (before, after) = try (repository.tree(ofCommit: old), repository.tree(ofCommit: new))
            try collect(
                try repository.diffTrees(before, after), TreeAttributes(repository, before),
                TreeAttributes(repository, after), &sides)
        case (.nothing, .commit(let new)):
            let tree = try repository.tree(ofCommit: new)
            try collect(try repository.diffTrees(nil, tree), NoAttributes(), TreeAttributes(repository, tree), &sides)
        case (.nothing, .index):
            try collect(fromIndexTo: nil, &sides)
        case (.commit(let old), .index):
            try collect(fromIndexTo: repository.tree(ofCommit: old), &sides)
        case (.commit(let old), .workspace):
            try collect(fromIndexTo: repository.tree(ofCommit: old), &sides)
            try collectWorkspace(&sides)
        case (.index, .workspace):
            try collectWorkspace(&sides)
        default:
            throw VxError(.usage, "cannot compare in that direction", hint: "name the older state first")
        }
        return Self.changes(sides)
    }

    /// What a data file holds on one side.
    private struct Content: Equatable {
        var id: ContentID
        var size: UInt64
    }

    private func collect(
        fromIndexTo tree: GitObjectID?, _ sides: inout [RepoPath: (old: Content?, new: Content?)]
    ) throws {
        let index = try repository.readIndex()
        let filters = try FilterRules(self, index)
        let changes = try repository.diffIndex(index, to: tree)
        guard let tree else { return try collect(changes, filters, filters, &sides) }
        try collect(changes, TreeAttributes(repository, tree), filters, &sides)
    }

    private func collect(
        _ changes: [TreeChange], _ before: some PathOwner, _ after: some PathOwner,
        _ sides: inout [RepoPath: (old: Content?, new: Content?)]
    ) throws {
        for change in changes {
            let old = try repository.soundPointer(of: change.old, at: change.path, owner: before)
            let new = try repository.soundPointer(of: change.new, at: change.path, owner: after)
            if old == nil, new == nil { continue }
            sides[change.path] = (
                old.map { Content(id: $0.id, size: $0.size) }, new.map { Content(id: $0.id, size: $0.size) }
            )
        }
    }

    /// Replaces the index by the workspace as the newer side.
    private func collectWorkspace(_ sides: inout [RepoPath: (old: Content?, new: Content?)]) throws {
        let index = try repository.readIndex()
        let scan = try scan(index)
        let filters = try FilterRules(self, index)
        func indexContent(_ entry: IndexEntry) throws -> Content? {
            guard entry.mode.isFile else { return nil }
            return try repository.pointer(inBlob: entry.id, at: entry.path, owner: filters).map {
                Content(id: $0.id, size: $0.size)
            }
        }
        for item in scan.suspects {
            let entry = index.entries[item.position]
            guard let content = try indexContent(entry) else { continue }
            let pointer = Pointer(id: content.id, size: content.size)
            guard try compare(item.status, at: entry.path, with: pointer) == .different else { continue }
            sides[entry.path] = (sides[entry.path]?.old ?? content, try workspaceContent(entry.path))
        }
        for position in scan.missing {
            let entry = index.entries[position]
            guard let content = try indexContent(entry) else { continue }
            sides[entry.path] = (sides[entry.path].map(\.old) ?? content, nil)
        }
        for path in try scan.untracked.map(\.path) + filesBelow(scan.untrackedFolders)
        where try filters.isTracked(path) && !Self.isGitOwn(path) {
            sides[path] = (sides[path]?.old, try workspaceContent(path))
        }
    }

    private func workspaceContent(_ path: RepoPath) throws -> Content? {
        let location = root.appending(path)
        guard let status = try Files.status(location), status.kind == .regular else { return nil }
        if let text = status.size <= UInt64(Pointer.maximumLength) ? try Files.read(location) : nil,
            let pointer = Pointer(workTreeText: text)
        {
            return Content(id: pointer.id, size: pointer.size)
        }
        let file = try OpenFile.reading(location, followSymlinks: false)
        return Content(id: try ContentHasher.id(of: file, cancellation: cancellation), size: status.size)
    }

    /// Every file below untracked folders that is not ignored.
    private func filesBelow(_ folders: [RepoPath]) throws -> [RepoPath] {
        var files: [RepoPath] = []
        try DirectoryWalk.run(below: root, from: folders, pool: pool, cancellation: cancellation) { listing in
            listing.items.filter { $0.name != Self.gitName && Files.owner(ofTemporaryName: $0.name) == nil }.map {
                (listing.path.appending($0.name), $0.kind)
            }
        } collect: { results in
            var next: [RepoPath] = []
            for (path, kind) in results.joined() {
                if try repository.isIgnored(path, isDirectory: kind == .directory) { continue }
                if kind == .directory { next.append(path) } else if kind == .regular { files.append(path) }
            }
            return next
        }
        return files
    }

    private static func changes(_ sides: [RepoPath: (old: Content?, new: Content?)]) -> [DataChange] {
        var removed: [ContentID: [(path: RepoPath, size: UInt64)]] = [:]
        for (path, side) in sides.sorted(by: { $0.key < $1.key }) {
            if let old = side.old, side.new == nil { removed[old.id, default: []].append((path, old.size)) }
        }
        var changes: [DataChange] = []
        var movedAway: Set<RepoPath> = []
        for (path, side) in sides.sorted(by: { $0.key < $1.key }) {
            guard let new = side.new else { continue }
            if let old = side.old {
                guard old != new else { continue }
                changes.append(DataChange(kind: .modified, path: path, oldSize: old.size, newSize: new.size))
            } else if var origins = removed[new.id], !origins.isEmpty {
                let origin = origins.removeFirst()
                removed[new.id] = origins
                movedAway.insert(origin.path)
                changes.append(
                    DataChange(kind: .moved, path: path, oldPath: origin.path, oldSize: new.size, newSize: new.size))
            } else {
                changes.append(DataChange(kind: .added, path: path, newSize: new.size))
            }
        }
        for (path, side) in sides where side.new == nil && !movedAway.contains(path) {
            guard let old = side.old else { continue }
            changes.append(DataChange(kind: .removed, path: path, oldSize: old.size))
        }
        return changes.sorted { $0.path < $1.path }
    }
}
