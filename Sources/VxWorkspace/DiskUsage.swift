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
}

extension Workspace {
    /// The cost of each branch and tag with all its history, and of what only other references, reflogs, stashes and
    /// indexes name.
    ///
    /// - Parameter remote: a remote to ask what it holds; it must answer.
    package func diskUsageByReference(on remote: RemoteList.Entry? = nil) throws -> DiskUsage {
        var rows: [UsageRow] = []
        var pointers: [GitObjectID: Pointer?] = [:]
        func collect(_ roots: [RootObject]) throws -> [Pointer] {
            var found: [Pointer] = []
            let walk = try ObjectWalk(repository)
            for root in roots {
                try walk.walk(from: root, cancellation: cancellation) { file in
                    let pointer: Pointer?
                    if let known = pointers[file.id] {
                        pointer = known
                    } else {
                        pointer =
                            if case .pointer(let read) = try repository.reading(ofBlob: file.id) { read } else { nil }
                        pointers.updateValue(pointer, forKey: file.id)
                    }
                    if let pointer { found.append(pointer) }
                }
            }
            return found
        }
        let roots = try repository.rootObjects()
        for (prefix, kind) in [("refs/heads/", "branch"), ("refs/tags/", "tag")] {
            for name in try repository.references(withPrefix: prefix) {
                guard let id = try repository.reference(name) else { continue }
                let root = RootObject(id: id, place: name, isRequired: true)
                rows.append(("\(kind) \(name.dropFirst(prefix.count))", try collect([root])))
            }
        }
        let named = Set(rows.flatMap { $0.pointers.map(\.id) })
        let others = try collect(roots).filter { !named.contains($0.id) }
        if !others.isEmpty { rows.append(("only in reflogs, stashes, indexes, other references", others)) }
        return try measured(rows, on: remote)
    }

    private typealias UsageRow = (name: String, pointers: [Pointer])

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
        return try measured(groups.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }, on: remote)
    }

    /// What contents cost beside others: ``DiskUsage/Size/own`` is what only they need.
    package func storedCost(of new: [Pointer], beyond old: [Pointer]) -> DiskUsage.Size {
        var meter = UsageMeter(store, onRemote: [])
        meter.add("before", old)
        meter.add("after", new)
        return meter.result.rows[1].size
    }

    private func measured(_ rows: [UsageRow], on remote: RemoteList.Entry?) throws -> DiskUsage {
        var meter = UsageMeter(store, onRemote: try held(by: remote, of: rows))
        for row in rows {
            try cancellation.check()
            meter.add(row.name, row.pointers)
        }
        var usage = meter.result
        usage.store = store.statistics
        usage.trashBytes = try store.trashBytes()
        return usage
    }
}

extension Workspace {
    /// Of some contents, those a remote holds; none where none is to be asked.
    private func held(by remote: RemoteList.Entry?, of rows: [UsageRow]) throws -> Set<ContentID> {
        guard let remote, let access else { return [] }
        var seen: Set<ContentID> = []
        let pointers = rows.flatMap(\.pointers).filter { seen.insert($0.id).inserted }
        let backend = try connect(remote, access)
        let catalog = try RemoteCatalog.load(
            backend, cache: RemoteCatalog.cache(in: store, for: backend), cancellation: cancellation)
        return seen.subtracting(
            try catalog.missing(pointers, on: backend, local: store, cancellation: cancellation))
    }
}

/// Adds up what groups of contents take in a store, and what they share.
private struct UsageMeter {
    private let store: Store
    private let onRemote: Set<ContentID>
    private var rows: [DiskUsage.Row] = []
    private var total = DiskUsage.Size()
    /// All contents seen so far.
    private var contents: Set<ContentID> = []
    /// The parts of each content, as places in the two lists below; `nil` where some are missing.
    private var parts: [ContentID: [Int32]?] = [:]
    private var places: [ContentID: Int32] = [:]
    private var stored: [UInt32] = []
    /// The row a part was seen in, or ``several``.
    private var owners: [Int32] = []
    private static let several: Int32 = -1
    private static let nobody: Int32 = -2

    init(_ store: Store, onRemote: Set<ContentID>) {
        self.store = store
        self.onRemote = onRemote
    }

    mutating func add(_ name: String, _ pointers: [Pointer]) {
        var size = DiskUsage.Size()
        var seen: Set<ContentID> = []
        var counted: Set<Int32> = []
        let row = Int32(rows.count)
        for pointer in pointers where seen.insert(pointer.id).inserted {
            let isFirst = contents.insert(pointer.id).inserted
            size.contents += 1
            size.logical += pointer.size
            if isFirst {
                total.contents += 1
                total.logical += pointer.size
            }
            if onRemote.contains(pointer.id) {
                size.onRemote += 1
                size.onRemoteBytes += pointer.size
                if isFirst {
                    total.onRemote += 1
                    total.onRemoteBytes += pointer.size
                }
            }
            guard let parts = partsOf(pointer.id) else {
                size.missing += 1
                size.missingBytes += pointer.size
                if isFirst {
                    total.missing += 1
                    total.missingBytes += pointer.size
                }
                continue
            }
            for part in parts where counted.insert(part).inserted {
                size.stored += UInt64(stored[Int(part)])
                switch owners[Int(part)] {
                case Self.nobody: owners[Int(part)] = row
                case row: break
                default: owners[Int(part)] = Self.several
                }
            }
        }
        rows.append(.init(name: name, size: size))
    }

    private mutating func partsOf(_ id: ContentID) -> [Int32]? {
        if let known = parts[id] { return known }
        var found: [Int32]? = []
        if let ids = try? store.parts(of: id) {  // what is missing or damaged is not here
            for part in ids {
                guard let place = place(of: part) else {
                    found = nil
                    break
                }
                found?.append(place)
            }
        } else {
            found = nil
        }
        parts.updateValue(found, forKey: id)
        return found
    }

    private mutating func place(of part: ContentID) -> Int32? {
        if let known = places[part] { return known }
        guard let location = store.location(of: part) else { return nil }
        let place = Int32(stored.count)
        stored.append(location.record.stored)
        owners.append(Self.nobody)
        places[part] = place
        return place
    }

    var result: DiskUsage {
        var usage = DiskUsage(rows: rows, total: total)
        for (part, owner) in owners.enumerated() where owner != Self.nobody {
            usage.total.stored += UInt64(stored[part])
            if owner >= 0 { usage.rows[Int(owner)].size.own += UInt64(stored[part]) }
        }
        usage.total.own = usage.total.stored
        return usage
    }
}
