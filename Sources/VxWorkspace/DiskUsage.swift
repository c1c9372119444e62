import VxConfig
import VxGit
import VxModel
import VxRemote
import VxStore
import VxSystem

import struct SystemPackage.FilePath

/// What a repository's data costs.
package struct DiskUsage: Sendable {
    /// The cost of some contents.
    package struct Size: Sendable, Equatable {
        /// Contents, each once.
        package var contents = 0
        /// Their bytes as files.
        package var logical: UInt64 = 0
        /// Bytes they take in the store here; what several share counts once.
        package var stored: UInt64 = 0
        /// Of those, the bytes nothing else shares: what would go with this.
        package var own: UInt64 = 0
        /// Contents that are not here, or not all of them, and their bytes as files.
        package var missing = 0
        package var missingBytes: UInt64 = 0
        /// Contents that a remote was asked for and holds, and their bytes as files.
        package var onRemote = 0
        package var onRemoteBytes: UInt64 = 0

        package init() {}
    }

    package struct Row: Sendable {
        package var name: String
        package var size: Size
    }

    package var rows: [Row] = []
    package var total = Size()
    /// The whole store, with what others or nobody need.
    package var store = Store.Statistics()
    package var trashBytes: UInt64 = 0
    /// Objects of git's that a partial clone has left out: what they name is not counted.
    package var absentObjects = 0
    /// Whether the history here ends before its beginning: what lies beyond is not counted.
    package var isShallow = false
}

extension Workspace {
    /// The cost of each branch and tag with all its history, and of what only other references, reflogs, stashes and
    /// indexes name.
    ///
    /// One walk over the history of all of them: what each commit brings is told once, and counts for every reference that
    /// leads to the commit.
    ///
    /// - Parameter remote: a remote to ask what it holds; it must answer.
    package func diskUsageByReference(on remote: RemoteList.Entry? = nil) throws -> DiskUsage {
        repository.fetchesMissing = false
        defer { repository.fetchesMissing = true }
        var history = try ReferenceHistory(repository, cancellation: cancellation)
        for (prefix, kind) in [("refs/heads/", "branch"), ("refs/tags/", "tag")] {
            for name in try repository.references(withPrefix: prefix) {
                guard let id = try repository.reference(name) else { continue }
                try history.add("\(kind) \(name.dropFirst(prefix.count))", id)
            }
        }
        try history.walk()
        var table = history.table
        let others = table.addRow("only in reflogs, stashes, indexes, other references")
        var isNamed: Set<ContentID> = Set(table.contents.map(\.pointer.id))
        let walk = try ObjectWalk(repository)
        for root in try repository.rootObjects() {
            try walk.walk(from: root, cancellation: cancellation) { file in
                let tree = try file.commit.map { try repository.tree(ofCommit: $0) }
                guard let pointer = try history.pointer(inBlob: file.id, at: file.path, of: tree),
                    isNamed.insert(pointer.id).inserted
                else { return }
                table.add(pointer, to: table.sets.single(others))
            }
        }
        if !table.contents.contains(where: { table.sets.rows(of: $0.rows).contains(others) }) { table.dropLastRow() }
        var usage = try measured(table, on: remote)
        usage.absentObjects = Set(walk.absent).union(history.absent).count
        usage.isShallow = walk.isShallow
        return usage
    }

    /// The cost of a commit's data files, or of those in the index where none is named, by folder.
    ///
    /// - Parameters:
    ///   - depth: how many folders of a path tell rows apart, one at least.
    ///   - remote: a remote to ask what it holds; it must answer.
    package func diskUsageByPath(
        _ revision: GitObjectID?, inside paths: [RepoPath] = [], depth: Int, on remote: RemoteList.Entry? = nil
    ) throws -> DiskUsage {
        var groups: [String: [Pointer]] = [:]
        for file in try dataFiles(revision, inside: paths) {
            let parts = file.path.description.split(separator: "/", omittingEmptySubsequences: false)
            let name =
                parts.count > depth ? parts.prefix(depth).joined(separator: "/") + "/" : file.path.description
            groups[name, default: []].append(file.pointer)
        }
        var table = UsageTable()
        for (name, pointers) in groups.sorted(by: { $0.key < $1.key }) {
            let row = table.sets.single(table.addRow(name))
            for pointer in pointers { table.add(pointer, to: row) }
        }
        return try measured(table, on: remote)
    }

    /// What contents cost beside others: ``DiskUsage/Size/own`` is what only they need.
    package func storedCost(of new: [Pointer], beyond old: [Pointer]) -> DiskUsage.Size {
        var table = UsageTable()
        for (name, pointers) in [("before", old), ("after", new)] {
            let row = table.sets.single(table.addRow(name))
            for pointer in pointers { table.add(pointer, to: row) }
        }
        return UsageMeter(store, table, onRemote: []).result.rows[1].size
    }

    private func measured(_ table: UsageTable, on remote: RemoteList.Entry?) throws -> DiskUsage {
        let meter = UsageMeter(store, table, onRemote: try held(by: remote, of: table))
        var usage = meter.result
        usage.store = store.statistics
        usage.trashBytes = try store.trashBytes()
        return usage
    }

    /// Of some contents, those a remote holds; none where none is to be asked.
    private func held(by remote: RemoteList.Entry?, of table: UsageTable) throws -> Set<ContentID> {
        guard let remote, let access else { return [] }
        let pointers = table.contents.map(\.pointer)
        let backend = try connect(remote, access)
        let catalog = try RemoteCatalog.load(
            backend, cache: RemoteCatalog.cache(in: store, for: backend), cancellation: cancellation)
        return Set(pointers.map(\.id)).subtracting(
            try catalog.missing(pointers, on: backend, local: store, cancellation: cancellation))
    }
}
