import VxGit
import VxModel
import VxStore
import VxSystem

import struct SystemPackage.FilePath

extension Workspace {
    /// Looks for good copies of what is hit, and puts damaged packs aside.
    ///
    /// - Parameter others: stores to take them from.
    func repair(_ result: inout FsckResult, from others: [FilePath]) throws {
        let wanted = Set(result.hits.map(\.pointer.id))
        let sought = wanted.union(result.claimed)
        try setAside(&result)
        result.returnedPacks = try store.takeBack(sought, pool: pool, cancellation: cancellation)
        if !sought.isEmpty {
            result.restoredPacks = try store.restoreFromTrash(sought)
            if try sought.contains(where: { try !store.isComplete($0) }) {
                for other in others { result.linkedPacks += try store.link(from: other) }
            }
            if try wanted.contains(where: { try !store.isComplete($0) }) {
                result.linkedPacks += try LocalOrigins(repository, root: root).link(into: store)
            }
            // What came along is believed no more than what was here.
            try store.expelLies(about: sought, cancellation: cancellation)
            try rescue(wanted.filter { try !store.isComplete($0) }, &result)
            try fetchHits(&result)
        }
        try store.refresh()
        result.healed = try wanted.filter { try store.isComplete($0) }
        result.reclaimed = try result.claimed.count { try store.isComplete($0) }
    }

    private func fetchHits(_ result: inout FsckResult) throws {
        guard let access else { return }
        var seen: Set<ContentID> = []
        let absent = try result.hits.map(\.pointer).filter {
            try seen.insert($0.id).inserted && !store.isComplete($0.id)
        }
        if absent.isEmpty { return }
        result.problems = try fetchFromRemotes(absent, access)
        result.fetched = try absent.count { try store.isComplete($0.id) }
    }

    /// Alone: a collector must not count on a pack that is put aside meanwhile.
    private func setAside(_ result: inout FsckResult) throws {
        if result.report.damaged.isEmpty, result.report.catalogProblem == nil { return }
        let lock = try store.maintenance()
        defer { withExtendedLifetime(lock) {} }
        for pack in result.report.damaged {
            if let aside = try store.salvage(
                pack.pack, wrongRecipes: pack.wrongRecipes, cancellation: cancellation)
            {
                result.quarantined.append(aside)
            }
        }
        if result.report.catalogProblem != nil { try store.rebuildCatalog() }
    }

    /// Adds contents again from files of the workspace that still hold them: often the only other copy there is.
    private func rescue(_ wanted: Set<ContentID>, _ result: inout FsckResult) throws {
        var wanted = wanted
        let session = try store.session(pool: pool, cancellation: cancellation)
        do {
            let lane = try session.lane()
            let places = Places(root)
            for hit in result.hits.sorted(by: { $0.path < $1.path })
            where wanted.contains(hit.pointer.id) && hit.path.fault() == nil {
                let location = root.appending(hit.path)
                guard let status = try places.status(hit.path), status.kind == .regular,
                    status.size == hit.pointer.size,
                    // Proven before it is stored, so that nothing useless lands in the store.
                    try ContentHasher.id(of: OpenFile.reading(location), cancellation: cancellation) == hit.pointer.id
                else { continue }
                guard try store(location, lane) == hit.pointer.id else { continue }
                wanted.remove(hit.pointer.id)
                result.rescued.append(hit.path)
            }
            try session.finish()
        } catch {
            session.abandon()
            throw error
        }
    }

    private func store(_ location: FilePath, _ lane: StoreLane) throws -> ContentID {
        let file = try OpenFile.reading(location, followSymlinks: false)
        let (id, _) = try lane.add { try file.read(into: $0) }
        return id
    }
}
