import Synchronization
import SystemPackage
import VxModel
import VxSystem

/// One operation that adds content: packs are written under temporary names and all appear in ``finish()``.
///
/// Until then nothing of it is to be found in the store; after a failure nothing ever is.
package final class StoreSession: Sendable {
    let store: Store
    let pool: WorkerPool
    let cancellation: Cancellation
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
        var failure: VxError?
        var ended = false
    }

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

    init(_ store: Store, pool: WorkerPool, cancellation: Cancellation) {
        self.store = store
        self.pool = pool
        self.cancellation = cancellation
        index = store.index
        budget = Monitor(Budget(helpers: min(pool.width - 1, LargeInput.mostBlocks - 2), blocks: LargeInput.mostBlocks))
    }

    deinit { abandon() }

    /// A way to add content for one thread.
    ///
    /// - Throws: where the session has ended.
    package func lane() throws(VxError) -> StoreLane {
        let writer = PackWriter(in: store.layout.temporary) { [weak self] pack in
            self?.state.withLock { $0.sealed.append(pack) }
        }
        let ended = state.withLock { state in
            if !state.ended { state.writers.append(writer) }
            return state.ended
        }
        if ended { throw VxError("cannot add to the store", because: "the operation has ended") }
        return StoreLane(self, writer)
    }

    /// What was added so far.
    package var counts: Counts { counters.withLock { $0 } }

    /// Bytes of chunks that were new, before encoding.
    package var newBytes: UInt64 { counts.newBytes }

    func count(_ change: (inout Counts) -> Void) { counters.withLock { change(&$0) } }

    /// Whether the caller is the first in this session to add `id`.
    func claim(_ id: ContentID) -> Bool { claims.insert(id) }

    /// Remembers a failure that leaves claimed chunks unwritten: such a session must not finish.
    func poison(_ error: VxError) {
        state.withLock { if $0.failure == nil { $0.failure = error } }
    }

    /// Makes everything added durable and visible. Call it once, after all lanes have ended.
    ///
    /// - Throws: what a lane failed with, or what writing fails with; the store is as before then.
    package func finish() throws(VxError) {
        if let failure = state.withLock({ $0.failure }) {
            abandon()
            throw failure
        }
        do throws(VxError) {
            for writer in state.withLock({ $0.writers }) { try writer.seal() }
            let packs = state.withLock { $0.sealed }
            for pack in packs {
                try Files.rename(pack.path, to: store.path(ofPack: pack.name))
            }
            if !packs.isEmpty { try Files.syncDirectory(store.layout.packs) }
        } catch {
            abandon()
            throw error
        }
        let changed = state.withLock { state in
            state.ended = true
            state.writers = []
            defer { state.sealed = [] }
            return !state.sealed.isEmpty
        }
        guard changed else { return }
        try store.refresh()
        try store.mergeCatalogIfNeeded()
    }

    /// Removes everything the session has written; without effect after ``finish()``. Call it once all lanes have ended.
    package func abandon() {
        let (writers, sealed) = state.withLock { state in
            defer {
                state.writers = []
                state.sealed = []
                state.ended = true
            }
            return (state.writers, state.sealed)
        }
        // What cannot be removed now is swept by a later session; the error that led here is the one to report.
        for writer in writers { try? writer.discard() }
        for pack in sealed { try? Files.remove(pack.path) }
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
