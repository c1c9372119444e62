import Testing
import VxModel
import VxStore
import VxSystem

@Suite("Evicting takes the copies of what is elsewhere, and nothing else")
struct EvictTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private let going = (0..<12).map { text(20_000, seed: $0) }
    private let staying = (20..<24).map { text(20_000, seed: $0) }

    @discardableResult
    private func evict(
        _ ids: [ContentID], from store: Store, naming named: [ContentID] = [], dryRun: Bool = false,
        onLook: () throws -> Void = {}
    ) throws -> CollectionReport {
        try store.evict(Set(ids), dryRun: dryRun, cancellation: Cancellation()) {
            try onLook()
            return Set(named)
        }
    }

    @Test("what goes is gone at once, what shares its pack stays, whether anything names it or not")
    func mixedPack() throws {
        let store = try scratch.store()
        let ids = try store.add(going + staying)
        let plan = try evict(Array(ids.prefix(12)), from: store, dryRun: true)
        #expect(plan.freedBytes > 0 && going.allSatisfy(store.holds))
        try evict(Array(ids.prefix(12)), from: store)
        #expect(!going.contains(where: store.holds) && staying.allSatisfy(store.holds))
        #expect(try store.trashBytes() == 0)
        #expect(try store.verify(pool: WorkerPool(), cancellation: Cancellation()).isSound)
        // It can be stored again.
        #expect(try store.add(going) == Array(ids.prefix(12)))
        #expect(going.allSatisfy(store.holds))
    }

    @Test("chunks that a larger content which stays has in common stay")
    func sharedChunks() throws {
        let store = try scratch.store()
        let large = SplitMix64.bytes(3 << 20, seed: 5)
        let longer = large + SplitMix64.bytes(200_000, seed: 6)
        let ids = try store.add([large, longer])
        try evict([ids[0]], from: store)
        #expect(!store.contains(ids[0]) && store.holds(longer))
        #expect(try store.verify(pool: WorkerPool(), cancellation: Cancellation()).isSound)
        try evict([ids[1]], from: store)
        #expect(store.packs.isEmpty)
    }

    @Test("a file that is a chunk of what goes stays where something names it")
    func namedChunk() throws {
        let store = try scratch.store()
        let large = SplitMix64.bytes(3 << 20, seed: 7)
        let id = try store.add([large])[0]
        let chunk = try #require(try store.parts(of: id).dropFirst().first)
        try evict([id], from: store, naming: [chunk])
        #expect(!store.contains(id) && store.contains(chunk))
        #expect(store.packs.count == 1)
    }

    @Test("what a writer stored on top of it meanwhile keeps what it needs")
    func writerMeanwhile() throws {
        let store = try scratch.store()
        let large = SplitMix64.bytes(3 << 20, seed: 8)
        let id = try store.add([large])[0]
        let longer = large + SplitMix64.bytes(200_000, seed: 9)
        var looks = 0
        try evict(
            [id], from: store,
            onLook: {
                looks += 1
                // Another process, between the plan and the moment no writer is at work.
                if looks == 1 { try Store.open(store.root).add([longer]) }
            })
        #expect(looks == 2 && store.holds(longer))
        #expect(try store.verify(pool: WorkerPool(), cancellation: Cancellation()).isSound)
    }

    @Test("the trash of collections is left alone")
    func trash() throws {
        let store = try scratch.store()
        let kept = try store.add(staying)
        try store.add(going)
        try store.collect(keeping: kept)
        let before = try store.trashBytes()
        try evict([kept[0]], from: store)
        #expect(try store.trashBytes() == before && before > 0)
    }

    @Test("nothing is evicted from a damaged store")
    func damaged() throws {
        let store = try scratch.store()
        let ids = try store.add(going + staying)
        let path = store.path(ofPack: try onlyPack(store))
        var bytes = try #require(try Files.read(path))
        bytes[bytes.count - 60] ^= 1
        try Files.replace(path, with: bytes)
        let error = failure { try evict([ids[0]], from: Store.open(store.root)) }
        #expect(error?.code == .corrupt)
        #expect(try Files.read(path) == bytes)
    }
}
