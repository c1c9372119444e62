import VxModel
import VxStore
import VxSystem

/// What a collection on a remote did, or would do.
package struct RemoteCollectionReport: Sendable {
    package enum Fate: String, Sendable {
        /// Marked now: pushes no longer rely on it.
        case marked
        /// Marked now, after what is still needed of it was stored again in other packs.
        case rewritten
        /// Marked earlier; its time has not come.
        case waiting
        /// Marked earlier, and needed all the same: the mark is gone.
        case rescued
        /// Deleted.
        case deleted
    }

    package struct Pack: Sendable {
        package var name: PackID
        package var fate: Fate
        package var bytes: UInt64
        /// Seconds since it was stored or, where it is marked, since it was.
        package var age: Int64
        package var reason: String
    }

    package var packs: [Pack] = []
    package var packsBefore = 0
    package var bytesBefore: UInt64 = 0
    /// Contents, chunks and recipes that are named here and not on the remote.
    package var missingParts = 0
    /// Packs that would be marked if they were older, and their bytes.
    package var youngPacks = 0
    package var youngBytes: UInt64 = 0
    /// Packs that hold something needed and bytes that nothing names, and are too young to be written anew.
    package var youngMixedPacks = 0
    package var youngMixedBytes: UInt64 = 0
    /// Packs that hold something needed and bytes that nothing names, too few of them for the pack to be written anew.
    package var keptPacks = 0
    package var keptBytes: UInt64 = 0
    /// Seconds that packs were let live: what was asked for, or the shortest time there is.
    package var grace: Int64 = 0
    /// What killed pushes had left in the remote's folder for temporary files.
    package var leftovers = RemoteLeftovers()

    package init() {}
}

/// Takes packs that nobody needs off a remote, in two steps and without a lock (docs/formats/remote.md, "Collection").
package struct RemoteCollection {
    private let backend: any RemoteBackend
    private let store: Store
    private let cancellation: Cancellation
    private let trash: RemoteTrash

    /// - Parameter store: keeps copies of the remote's indexes, and has, or has not, what packs are written anew from.
    package init(_ backend: any RemoteBackend, store: Store, cancellation: Cancellation) {
        self.backend = backend
        self.store = store
        self.cancellation = cancellation
        trash = RemoteTrash(backend)
    }

    /// - Parameters:
    ///   - grace: packs younger than so many seconds stay, and marked ones are deleted so long after the mark. Less than
    ///     ``RemoteTrash/window`` counts as that.
    ///   - isExact: whether packs are written anew for every byte nothing needs, not only where it is worth it.
    ///   - now: the time where nothing may be stored to ask the storage for it: for a dry run.
    ///   - roots: gives all contents that anything names, looked at after this was called.
    /// - Throws: where the remote fails, an index or recipe on it is damaged, or the work took too long to be safe.
    package func run(
        grace: Int64, isExact: Bool = false, dryRun: Bool, now: Int64, roots: () throws -> Set<ContentID>
    ) throws -> RemoteCollectionReport {
        let grace = max(grace, RemoteTrash.window)
        let start = dryRun ? now : try trash.time()
        let view = try RemoteView(backend, store, cancellation)
        let judge = try RemoteJudge(view, needed: needed(try roots(), view), start: start, grace: grace, isExact: isExact)
        var report = RemoteCollectionReport()
        report.packsBefore = view.packs.count
        report.bytesBefore = view.packs.values.sum(ofSizes: \.size)
        report.missingParts = judge.absent.count
        report.grace = grace
        for object in judge.youngDead {
            report.youngPacks += 1
            report.youngBytes.add(size: object.size)
        }
        let mixed = judge.partlyDead
        report.youngMixedPacks = mixed.young.count
        report.youngMixedBytes = mixed.young.sum(ofSizes: \.self)
        report.keptPacks = mixed.little.count
        report.keptBytes = mixed.little.sum(ofSizes: \.self)
        let verdicts = judge.verdicts()
        report.packs = verdicts.map(\.pack)
        if dryRun { return report }
        try carryOut(verdicts, view, start)
        return report
    }

    /// Every id that the contents need, with what recipes name, wherever the recipes are.
    private func needed(_ roots: Set<ContentID>, _ view: RemoteView) throws -> Set<ContentID> {
        var needed = roots
        var places: [Location] = []
        var onlyThere: Set<ContentID> = []
        for id in roots {
            try cancellation.check()
            // Whatever any recipe of it names, here or there: one of them may make something else.
            if store.contains(id) { needed.formUnion(try store.parts(of: id)) } else { onlyThere.insert(id) }
            places += view.catalog.locations(of: id).filter {
                $0.record.kind == .recipe && view.packs[$0.pack] != nil
            }
        }
        let reader = RemoteRecipes(backend: backend, cancellation: cancellation)
        for start in stride(from: 0, to: places.count, by: 4096) {
            let wave = places[start..<min(start + 4096, places.count)]
            // Where nothing is here, one that cannot be read would hide what is needed.
            let recipes = try reader.read(wave.filter { onlyThere.contains($0.record.id) })
            let others = try reader.readable(wave.filter { !onlyThere.contains($0.record.id) })
            for recipe in Array(recipes.values) + others.values.flatMap({ $0.map(\.recipe) }) {
                for part in 0..<recipe.count { needed.insert(recipe[part].id) }
            }
        }
        return needed
    }

    // MARK: - Doing it

    private func carryOut(
        _ verdicts: [RemoteJudge.Verdict], _ view: RemoteView, _ start: Int64
    ) throws {
        for verdict in verdicts where verdict.pack.fate == .rescued { try trash.unmark(verdict.pack.name) }
        // As soon after the look as can be: what follows may take long.
        let deleted = verdicts.filter { $0.pack.fate == .deleted }.map(\.pack.name)
        if !deleted.isEmpty { try delete(Set(deleted), view, start) }
        for (pack, since) in view.marks where view.packs[pack] == nil && start - since >= RemoteTrash.window {
            try trash.unmark(pack)  // a collection was killed after it had deleted the pack
        }
        let going = verdicts.filter { $0.pack.fate == .marked || $0.pack.fate == .rewritten }
        // Before any mark: wherever this ends, everything needed stands in a pack that is not marked.
        try RemoteRewrite(backend, store: store, view, besides: Set(going.map(\.pack.name)), cancellation)
            .run(going.filter { $0.pack.fate == .rewritten })
        for verdict in going { try trash.mark(verdict.pack.name, because: verdict.pack.reason) }
    }

    /// First the indexes that name the packs make way for one that does not; then the packs go, then their marks.
    private func delete(_ packs: Set<PackID>, _ view: RemoteView, _ start: Int64) throws {
        let old = view.catalog.indexes.filter { index in
            (0..<index.catalog.packCount).contains { number in
                let pack = index.catalog.pack(at: number)
                return packs.contains(pack) || view.packs[pack] == nil
            }
        }
        let kept = Set(old.flatMap { index in (0..<index.catalog.packCount).map { index.catalog.pack(at: $0) } })
            .filter { !packs.contains($0) && view.packs[$0] != nil }
        if !kept.isEmpty {
            let bytes = Catalog.encode(contents: kept.sorted().map { view.contents(of: $0) })
            try onRemote { () throws(RemoteError) in
                _ = try backend.put(RemoteLayout.key(ofIndex: ContentHasher.id(of: bytes)), bytes)
            }
        }
        for index in old {
            try onRemote { () throws(RemoteError) in try backend.delete(RemoteLayout.key(ofIndex: index.id)) }
        }
        for pack in packs.sorted() {
            try cancellation.check()
            // A computer that slept in between must not go on with what it knew before.
            guard try trash.time() - start < RemoteTrash.window / 4 else {
                throw VxError(
                    "the collection took too long to be safe", because: "pushes may have begun and ended meanwhile",
                    hint: "repeat the command: it goes on where it was")
            }
            try onRemote { () throws(RemoteError) in try backend.delete(RemoteLayout.key(ofPack: pack)) }
            try trash.unmark(pack)
        }
    }
}
