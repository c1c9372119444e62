import Synchronization
import SystemPackage
import VxModel
import VxSystem

/// One operation that adds content: packs are written under temporary names and all appear in ``finish()``.
///
/// Until then nothing of it is to be found in the store; after a failure nothing ever is. One that keeps a journal is
/// different: what a lane has added survives the death of the process, and its packs appear one by one.
package final class StoreSession: Sendable {
    let store: Store
    let pool: WorkerPool
    let cancellation: Cancellation
    /// What the session finds in the store stays there until the session is let go of.
    private let hold: StoreHold
    /// Whether each content survives the death of this process from the moment it was added (docs/formats/store.md).
    let keepsJournal: Bool
    /// The store when the session began: what was there then is not stored again.
    let index: StoreIndex
    /// Threads that large contents may still start, and blocks they may still take (memory is bounded by these).
    let budget: Monitor<Budget>

    struct Budget: Sendable {
        var helpers: Int
        var blocks: Int
    }

    private struct State: Sendable {
        var writers: [PackWriter] = []
        var sealed: [SealedPack] = []
        /// Sealed packs on their way to the disk.
        var syncs: [BackgroundWork] = []
        var failure: VxError?
        var ended = false
        /// Packs that have appeared in the store.
        var placed = 0
        /// Ids of which the store has something else than what was added under them.
        var distrusted: Set<ContentID> = []
        /// Whether the catalog says what packs do not.
        var isCatalogWrong = false
    }

    /// Packs that are written to the disk behind the lanes' backs.
    private static let mostSyncs = 4

    private let state = Mutex(State())
    private let claims = Claims()
    private let counters = Mutex(Counts())

    /// What a session has added so far.
    package struct Counts: Sendable, Equatable {
        /// Contents given to the lanes.
        package var contents = 0
        /// Contents that were in the store or in this session already.
        package var duplicateContents = 0
        /// Bytes of all contents given.
        package var bytes: UInt64 = 0
        /// Bytes of chunks that were new, before encoding.
        package var newBytes: UInt64 = 0
        /// Bytes those take in the packs.
        package var storedBytes: UInt64 = 0
    }

    init(
        _ store: Store, _ hold: StoreHold, pool: WorkerPool, cancellation: Cancellation, keepsJournal: Bool
    ) {
        self.store = store
        self.hold = hold
        self.keepsJournal = keepsJournal
        self.pool = pool
        self.cancellation = cancellation
        index = store.index
        budget = Monitor(Budget(helpers: min(pool.width - 1, LargeInput.mostBlocks - 2), blocks: LargeInput.mostBlocks))
    }

    deinit { abandon() }

    /// A way to add content for one thread. Where a journal is kept there is one only: content of one lane may stand on
    /// chunks that another has taken on and not yet written, and would be acknowledged without them.
    ///
    /// - Throws: where the session has ended.
    package func lane() throws(VxError) -> StoreLane {
        let writer = PackWriter(in: store.layout, isJournaled: keepsJournal, syncs: keepsJournal) {
            [weak self] (pack) throws(VxError) in try self?.take(pack)
        }
        let problem: String? = state.withLock { state in
            if state.ended { return "the operation has ended" }
            if keepsJournal, !state.writers.isEmpty { return "a session with a journal has one lane" }
            state.writers.append(writer)
            return nil
        }
        if let problem { throw VxError("cannot add to the store", because: problem) }
        return StoreLane(self, writer)
    }

    /// Takes a pack that is complete. With a journal it appears at once: what is in it was acknowledged anyway.
    private func take(_ pack: SealedPack) throws(VxError) {
        guard keepsJournal else {
            // The lane goes on while the disk is written; a few at a time, so that what waits for it is bounded.
            let waiting = state.withLock { state in
                state.sealed.append(pack)
                state.syncs.append(BackgroundWork { () throws(VxError) in try OpenFile.reading(pack.path).sync() })
                return state.syncs.count > Self.mostSyncs ? state.syncs.removeFirst() : nil
            }
            try waiting?.wait()
            return
        }
        try place(pack)
        try Files.syncDirectory(store.layout.packs)
    }

    private func place(_ pack: SealedPack) throws(VxError) {
        try Files.rename(pack.path, to: store.path(ofPack: pack.name))
        state.withLock { $0.placed += 1 }
    }

    /// Whether content can still be added.
    ///
    /// - Throws: `interrupted`; after a failure that leaves the session useless, that failure.
    package func check() throws(VxError) {
        try cancellation.check()
        if let failure = state.withLock({ $0.failure }) { throw failure }
    }

    /// What was added so far.
    package var counts: Counts { counters.withLock { $0 } }

    /// Bytes of chunks that were new, before encoding.
    package var newBytes: UInt64 { counts.newBytes }

    func count(_ change: (inout Counts) -> Void) { counters.withLock { change(&$0) } }

    /// Whether the caller is the first in this session to add `id`.
    func claim(_ id: ContentID) -> Bool { claims.insert(id) }

    /// Whether the store has a chunk of that id and length, by the word of the pack it is in. What says otherwise is looked at
    /// in ``finish()``.
    func hasChunk(_ id: ContentID, length: Int) -> Bool {
        guard let location = index.locate(id) else { return false }
        guard isBorne(location) else { return false }
        // What cannot be read is not relied on.
        if location.record.kind == .chunk, Int(location.record.raw) == length,
            (try? store.isTrusted(location, cancellation: cancellation)) == true
        {
            return true
        }
        distrust(id)
        return false
    }

    /// Whether the store has all of a content, kept as it is to be now: the same recipe, and all its chunks.
    func hasContent(_ id: ContentID, as recipe: Recipe.Builder) -> Bool {
        guard let location = index.locate(id), isBorne(location) else { return false }
        // One that cannot be read is as good as none.
        guard location.record.kind == .recipe, let stored = try? store.recipe(at: location, of: id),
            recipe.isSame(as: stored)
        else {
            distrust(id)
            return false
        }
        return (0..<stored.count).allSatisfy { hasChunk(stored[$0].id, length: stored[$0].length) }
    }

    private func isBorne(_ location: Location) -> Bool {
        if index.bears(location) { return true }
        state.withLock { $0.isCatalogWrong = true }
        return false
    }

    func distrust(_ id: ContentID) { state.withLock { _ = $0.distrusted.insert(id) } }

    /// Remembers a failure that leaves claimed chunks unwritten: such a session must not finish.
    func poison(_ error: VxError) {
        state.withLock { if $0.failure == nil { $0.failure = error } }
    }

    /// Makes everything added durable and visible. Call it once, after all lanes have ended.
    ///
    /// - Throws: what a lane failed with, or what writing fails with; the store is as before then, but for what was
    ///   published with a journal: that is kept, and found by whoever opens the store next.
    package func finish() throws(VxError) {
        if let failure = state.withLock({ $0.failure }) {
            throw abandon() ? failure : Self.keeping(failure)
        }
        do throws(VxError) {
            for writer in state.withLock({ $0.writers }) { try writer.seal() }
            for work in state.withLock({ $0.syncs }) { try work.wait() }
            let packs = state.withLock { $0.sealed }
            for pack in packs { try place(pack) }
            if !packs.isEmpty { try Files.syncDirectory(store.layout.packs) }
        } catch {
            throw abandon() ? error : Self.keeping(error)
        }
        let (placed, distrusted, isCatalogWrong) = state.withLock { state in
            state.ended = true
            state.writers = []
            state.sealed = []
            state.syncs = []
            return (state.placed, state.distrusted, state.isCatalogWrong)
        }
        if placed > 0 { try store.refresh() }
        if isCatalogWrong {
            try store.rebuildCatalog()
        } else if placed > 0 {
            store.mergeCatalogIfNeeded()
        }
        if !distrusted.isEmpty { expelLies(about: distrusted) }
    }

    /// What was added is safe; what stood there instead must not stand in its way.
    private func expelLies(about ids: Set<ContentID>) {
        do throws(VxError) {
            try store.expelLies(about: ids, cancellation: cancellation)
        } catch {
            store.note([
                error.wrapped("something else than what was added stays in the store, until 'vx fsck --repair'")
                    .description
            ])
        }
    }

    private static func keeping(_ error: VxError) -> VxError {
        var error = error.wrapped("what git was told is stored is not safe yet")
        error.causes.append("it is kept in the store's folder 'tmp', where the next vx command finds it")
        error.hint =
            (error.hint.map { "\($0); " } ?? "")
            + "run 'vx fsck --repair' once the cause is gone, before you push or delete anything"
        return error
    }

    /// Removes everything the session has written, but for what was published with a journal; without effect after
    /// ``finish()``. Call it once all lanes have ended.
    ///
    /// - Returns: whether nothing was left for ``ForsakenPacks`` to take in.
    @discardableResult
    package func abandon() -> Bool {
        let (writers, sealed, syncs) = state.withLock { state in
            defer {
                state.writers = []
                state.sealed = []
                state.syncs = []
                state.ended = true
            }
            return (state.writers, state.sealed, state.syncs)
        }
        // Letting go of the background syncs joins their threads, and that may take as long as the disk: so they are kept
        // until here, outside the lock.
        withExtendedLifetime(syncs) {}
        // What cannot be removed now is swept by a later session; the error that led here is the one to report.
        var isClean = true
        for writer in writers where (try? writer.discard()) == false { isClean = false }
        for pack in sealed { try? Files.remove(pack.path) }
        return isClean
    }
}

/// The ids a session has taken on, in shards so that lanes rarely wait for each other.
private final class Claims: Sendable {
    private final class Shard: Sendable {
        let ids = Mutex<Set<ContentID>>([])
    }

    private let shards = (0..<16).map { _ in Shard() }

    func insert(_ id: ContentID) -> Bool {
        shards[id.firstByte & 15].ids.withLock { $0.insert(id).inserted }
    }
}
