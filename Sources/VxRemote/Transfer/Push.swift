import VxModel
import VxStore
import VxSystem

/// Sends contents of a store to a remote: packs first, then one index that names them (docs/formats/remote.md).
package struct Push: Sendable {
    /// Stored bytes at which a composed pack ends.
    package static let packTarget: UInt64 = 64 << 20
    /// Bytes of contents that are planned and sent together, each time with an index: what bounds memory, and what a
    /// kill can cost.
    package static let waveTarget: UInt64 = 16 << 30

    package struct Result: Sendable, Equatable {
        /// Packs and indexes that were stored.
        package var objects = 0
        /// Bytes that were sent for them.
        package var bytes: UInt64 = 0
        /// Bytes that were there already, from a push that was interrupted or another's: packs, and parts of packs.
        package var reused: UInt64 = 0
        /// Packs that were there already, from a push that was interrupted or another's.
        package var present = 0
        /// Contents that are on the remote now and were not before.
        package var contents = 0
        /// Contents that are neither here nor there.
        package var missing: [ContentID] = []

        package init() {}
    }

    let store: Store
    let backend: any RemoteBackend
    let cancellation: Cancellation
    let progress: TransferProgress
    private let timing: Timing
    private let catalogs: Store

    /// - Parameters:
    ///   - timing: its clock decides whether what was found on the remote must be looked at again.
    ///   - catalogs: the store that keeps copies of the remote's indexes, where it is another.
    package init(
        from store: Store, to backend: any RemoteBackend, progress: TransferProgress, cancellation: Cancellation,
        timing: Timing? = nil, catalogs: Store? = nil
    ) {
        self.store = store
        self.catalogs = catalogs ?? store
        self.backend = backend
        self.progress = progress
        self.cancellation = cancellation
        self.timing = timing ?? .system(cancellation)
    }

    /// What has to be sent.
    struct Plan {
        /// Packs of the store of which the remote needs every part.
        var whole: [PackID] = []
        /// Parts of other packs, in groups that become one pack each.
        var groups: [[Location]] = []
        var contents = 0
        var missing: [ContentID] = []
        var bytes: UInt64 = 0
    }

    /// Sends what the remote does not have of some contents. Repeating it after a kill goes on where it was.
    ///
    /// When it returns, what it found on the remote was looked at less than ``RemoteTrash/window`` / 2 ago, and git's
    /// references have as long to follow (docs/formats/remote.md, "Collection").
    ///
    /// - Parameter histories: the first commits, in hex, of the histories that name them (``RemoteProjects``).
    /// - Throws: where the remote fails, is none, or the store is damaged. Missing contents are no error here: the others are sent.
    package func run(_ contents: [Pointer], noting histories: [String] = []) throws -> Result {
        var result = Result()
        try keepingUp(noting: histories) { there, remote in
            result.missing = []
            var sent: Set<ContentID> = []
            for wave in contents.waves(of: Self.waveTarget) {
                let plan = try plan(wave, remote, there, sent: &sent)
                result.missing += plan.missing
                try send(plan, there, remote, &result)
            }
        }
        return result
    }

    /// Sends those of some chunks and recipes that the remote does not have; the store has them all.
    ///
    /// - Parameter besides: packs of the remote that count as gone, as those do that a collection has marked.
    /// - Throws: where the remote fails or the store is damaged, or does not have one.
    package func run(parts: Set<ContentID>, besides: Set<PackID> = []) throws -> Result {
        var result = Result()
        try keepingUp(besides) { there, remote in
            var needed: [PackID: [PackRecord]] = [:]
            for part in parts where remote.locate(part, where: there.isLasting) == nil {
                guard let location = store.location(of: part) else {
                    throw VxError(.missing, "\(part) is not in the store", hint: "'vx fsck' shows what is hit")
                }
                needed[location.pack, default: []].append(location.record)
            }
            var plan = Plan()
            try group(needed, there, into: &plan)
            try send(plan, there, remote, &result)
        }
        return result
    }

    /// Looks at the remote and calls `body`; again, where that took so long that a collection may have come between.
    private func keepingUp(
        _ besides: Set<PackID> = [], noting histories: [String] = [],
        _ body: (RemotePacks, RemoteCatalog) throws -> Void
    ) throws {
        var start: Double
        repeat {
            try cancellation.check()
            start = timing.now()
            let (there, remote) = try RemotePacks.look(
                at: backend, besides: besides, noting: histories,
                cache: RemoteCatalog.cache(in: catalogs, for: backend), cancellation: cancellation)
            try body(there, remote)
        } while timing.now() - start > Double(RemoteTrash.window / 2)
    }

    // MARK: - Planning

    private func plan(
        _ wave: ArraySlice<Pointer>, _ remote: RemoteCatalog, _ there: RemotePacks, sent: inout Set<ContentID>
    ) throws -> Plan {
        var plan = Plan()
        var needed: [PackID: [PackRecord]] = [:]
        var elsewhere: [Location] = []
        for pointer in wave {
            try cancellation.check()
            let id = pointer.id
            if sent.contains(id) { continue }
            let known = remote.locate(id, where: there.isLasting)
            if let known, known.record.kind == .chunk, UInt64(known.record.raw) == pointer.size { continue }
            guard store.contains(id) else {
                // Its recipe is there. The chunks were put before it, and may have been collected since.
                if let known, RemoteRecipes.fits(known.record, pointer) {
                    elsewhere.append(known)
                } else {
                    plan.missing.append(id)
                }
                continue
            }
            var locations: [Location] = []
            var isComplete = true
            for part in try store.parts(of: id) where !sent.contains(part) {
                let location = store.location(of: part)
                // One that is something else there is not this one.
                let isThere = remote.locate(part) {
                    there.isLasting($0) && (location.map($0.isAlike) ?? true)
                }
                if isThere != nil { continue }
                // What came from another store unproven must not go to everybody else.
                if let location, try store.isTrusted(location, cancellation: cancellation) {
                    locations.append(location)
                } else {
                    isComplete = false
                }
            }
            guard isComplete else {
                plan.missing.append(id)
                continue
            }
            if locations.isEmpty { continue }
            plan.contents += 1
            for location in locations where sent.insert(location.record.id).inserted {
                needed[location.pack, default: []].append(location.record)
            }
        }
        let recipes = try RemoteRecipes(backend: backend, cancellation: cancellation).read(elsewhere)
        for (id, recipe) in recipes.sorted(by: { $0.key < $1.key }) {
            let isWhole = (0..<recipe.count).allSatisfy { part in
                let id = recipe[part].id
                return sent.contains(id) || remote.locate(id, where: there.isLasting) != nil
            }
            if !isWhole { plan.missing.append(id) }
        }
        try group(needed, there, into: &plan)
        return plan
    }

    private func group(_ needed: [PackID: [PackRecord]], _ there: RemotePacks, into plan: inout Plan) throws {
        var group: [Location] = []
        var size: UInt64 = 0
        for (pack, records) in needed.sorted(by: { $0.key < $1.key }) {
            if !there.marked.contains(pack), records.count == (try attempting { try store.records(inPack: pack).count })
            {
                plan.whole.append(pack)
                plan.bytes += records.reduce(0) { $0 + UInt64($1.stored) }
                continue
            }
            for record in records.sorted(by: { $0.offset < $1.offset }) {
                group.append(Location(pack: pack, record: record))
                size += UInt64(record.stored)
                plan.bytes += UInt64(record.stored)
                if size >= Self.packTarget {
                    plan.groups.append(group)
                    group = []
                    size = 0
                }
            }
        }
        if !group.isEmpty { plan.groups.append(group) }
    }
}

extension [Pointer] {
    /// Consecutive parts whose contents have about `target` bytes together.
    func waves(of target: UInt64) -> [ArraySlice<Pointer>] {
        var waves: [ArraySlice<Pointer>] = []
        var start = startIndex
        var size: UInt64 = 0
        for index in indices {
            size = size.addingReportingOverflow(self[index].size).partialValue
            if size >= target {
                waves.append(self[start...index])
                start = index + 1
                size = 0
            }
        }
        if start < endIndex { waves.append(self[start...]) }
        return waves
    }
}
