import VxConfig
import VxGit
import VxModel
import VxRemote
import VxStore
import VxSystem

import struct SystemPackage.FilePath

/// How `vx fsck --remote` is to work.
package struct RemoteFsckOptions: Sendable {
    /// Whether every byte is read, and not only what says where the bytes are.
    package var full = false
    package var repair = false
    /// More repositories, or stores, to take good copies from.
    package var sources: [FilePath] = []

    package init() {}
}

/// What `vx fsck --remote` found, and what it mended.
package struct RemoteFsckResult: Sendable {
    /// What was wrong before any repair.
    package var faults: [RemoteFault] = []
    /// Contents that commits name and that were not on the remote as they should be, each with the first place that names
    /// it: those of commits that git's remotes have, and those that are not here either.
    package var missing: [NamedContent] = []
    /// Contents that only commits of this clone name, and that are here.
    package var notPushed = 0
    /// Contents that stand only in packs a collection has marked to go.
    package var onlyMarked = 0
    /// What is on the remote; after a repair, what it has left there.
    package var packs = 0
    package var indexes = 0
    /// Bytes of the packs on the remote.
    package var bytes: UInt64 = 0
    /// Bytes read by all looks at it.
    package var bytesRead: UInt64 = 0
    /// Packs that no index names.
    package var unnamedPacks = 0
    /// Contents looked for.
    package var contents = 0

    package var repair = RemoteRepair.Result()
    /// Contents that came here from other remotes and stores, to be put back.
    package var gathered = 0
    /// Contents put back.
    package var sent = 0
    /// Other remotes that could not be asked.
    package var problems: [VxError] = []
    /// What is wrong after the repair, if there was one.
    package var faultsLeft: [RemoteFault] = []
    package var missingLeft: [NamedContent] = []
}

extension Workspace {
    /// Proves that a remote holds what its indexes say and what commits name. See ``VxRemote/RemoteInspection``.
    ///
    /// - Throws: where the remote fails or is none; damage is in the answer.
    package func fsckRemote(
        _ options: RemoteFsckOptions, on entry: RemoteList.Entry, _ access: RemoteAccess
    ) async throws -> RemoteFsckResult {
        let sources = try options.sources.map { try otherStore($0) }
        let backend = try connect(entry, access)
        let named = try await contentsNamedHere()
        var result = RemoteFsckResult()
        let inspection = try inspect(backend, options, access, &result)
        result.faults = try inspection.faults()
        result.contents = named.published.count + named.others.count
        result.missing = try missing(named, inspection, &result)
        result.faultsLeft = result.faults
        result.missingLeft = result.missing
        guard options.repair, !result.faults.isEmpty || !result.missing.isEmpty else { return result }

        result.repair = try RemoteRepair(inspection).run(needsUnnamed: !result.missing.isEmpty)
        var after = try inspect(backend, options, access, &result, known: inspection.sound)
        let wanted = try missing(named, after, &result).map(\.pointer)
        if !wanted.isEmpty {
            try gather(wanted, from: sources, besides: entry, access, &result)
            let here = try wanted.filter { try store.isComplete($0.id) }
            result.sent = try Push(
                from: store, to: backend, progress: access.progress, cancellation: cancellation
            ).run(here).contents
            after = try inspect(backend, options, access, &result, known: after.sound)
        }
        result.faultsLeft = try after.faults()
        result.missingLeft = try missing(named, after, &result)
        return result
    }

    /// Looks at the remote, and notes what is on it now.
    private func inspect(
        _ backend: any RemoteBackend, _ options: RemoteFsckOptions, _ access: RemoteAccess,
        _ result: inout RemoteFsckResult, known: [PackID: PackContents] = [:]
    ) throws -> RemoteInspection {
        var inspection = try RemoteInspection(
            backend, store: store, progress: access.progress, cancellation: cancellation)
        try inspection.prove(Set(inspection.packs.keys), by: options.full ? .bytes : .footer, known: known)
        try inspection.proveRecipes(fully: options.full)
        result.packs = inspection.packs.count
        result.indexes = inspection.catalog.indexCount + inspection.catalog.damaged.count
        result.bytes = inspection.packs.values.sum(ofSizes: \.size)
        result.bytesRead += inspection.bytesRead
        result.unnamedPacks = inspection.unnamed.count
        return inspection
    }

    /// What commits name: those that git's remotes have, as far as is known here, and those that only this clone has.
    private func contentsNamedHere() async throws -> (published: [NamedContent], others: [NamedContent]) {
        var published: [GitObjectID] = []
        for name in try repository.references(withPrefix: "refs/remotes/") {
            if let commit = try attempting({ try repository.findCommit(name) }) ?? nil { published.append(commit) }  // one that leads nowhere
        }
        var tips = try allTips()
        if let head = try attempting({ try repository.findCommit("HEAD") }) ?? nil { tips.append(head) }  // a branch without a commit
        return (
            try await contents(namedBy: published, without: []),
            try await contents(namedBy: tips, without: published)
        )
    }

    private func missing(
        _ named: (published: [NamedContent], others: [NamedContent]), _ inspection: RemoteInspection,
        _ result: inout RemoteFsckResult
    ) throws -> [NamedContent] {
        let all = named.published + named.others
        let missing = try inspection.missing(all.map(\.pointer), takingMarked: true)
        let shaky = try inspection.missing(all.map(\.pointer), takingMarked: false)
        result.onlyMarked = shaky.subtracting(missing).count
        let notThere = named.others.filter { missing.contains($0.pointer.id) }
        let lost = try notThere.filter { try !store.isComplete($0.pointer.id) }
        result.notPushed = notThere.count - lost.count
        return named.published.filter { missing.contains($0.pointer.id) } + lost
    }

    /// Brings contents here from wherever else they can be had.
    private func gather(
        _ pointers: [Pointer], from sources: [FilePath], besides entry: RemoteList.Entry, _ access: RemoteAccess,
        _ result: inout RemoteFsckResult
    ) throws {
        func absent() throws -> [Pointer] { try pointers.filter { try !store.isComplete($0.id) } }
        let before = try absent().count
        if before == 0 { return }
        let wanted = Set(try absent().map(\.id))
        _ = try store.takeBack(wanted, pool: pool, cancellation: cancellation)
        _ = try store.restoreFromTrash(wanted)
        for source in sources { _ = try store.link(from: source) }
        _ = try fetchFromLocalOrigins()
        try store.expelLies(about: wanted, cancellation: cancellation)
        result.problems += try fetchFromRemotes(try absent(), besides: entry.name, access)
        result.gathered = try before - absent().count
    }

    /// Fetches contents from one remote after the other, until all are here; the default one first.
    ///
    /// - Returns: why remotes could not be asked.
    func fetchFromRemotes(
        _ pointers: [Pointer], besides name: String? = nil, _ access: RemoteAccess
    ) throws -> [VxError] {
        var problems: [VxError] = []
        let standard = remotes.default
        for other in remotes.entries.sorted(by: { $0 == standard && $1 != standard }) where other.name != name {
            let absent = try pointers.filter { try !store.isComplete($0.id) }
            if absent.isEmpty { break }
            do {
                _ = try fetch(absent, from: try connect(other, access), access)
            } catch let error as VxError where error.code != .interrupted {
                problems.append(error.wrapped("the remote '\(other.name)' could not be asked"))
            }
        }
        return problems
    }
}
