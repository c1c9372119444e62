import Synchronization
import SystemPackage
import Testing
import VxModel
import VxStore
import VxSystem

/// A collection with no grace period, as of now.
func atOnce(_ change: (inout CollectionOptions) -> Void = { _ in }) -> CollectionOptions {
    var options = CollectionOptions(grace: 0, now: .now())
    options.now.seconds += 1
    change(&options)
    return options
}

extension Store {
    @discardableResult
    func collect(
        _ options: CollectionOptions = atOnce(), keeping roots: [ContentID],
        step: (CollectionStep) throws -> Void = { _ in }
    ) throws -> CollectionReport {
        try collect(options, cancellation: Cancellation(), roots: { Set(roots) }, step: step)
    }

    func holds(_ bytes: [UInt8]) -> Bool {
        (try? read(ContentHasher.id(of: bytes), bytes.count)) == bytes
    }
}

@Suite("Collecting takes out what nobody names, and nothing else")
struct CollectionTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private let needed = (0..<5).map { text(20_000, seed: $0) }
    private let dead = (10..<25).map { text(20_000, seed: $0) }

    @Test("a pack nobody needs goes to the trash, and from there when its time has come")
    func drop() throws {
        let store = try scratch.store()
        let kept = try store.add(needed)
        try store.add(dead)
        let report = try store.collect(keeping: kept)
        #expect(report.packs.map(\.fate) == [.dropped])
        #expect(report.packs.first.map { $0.records >= dead.count && $0.needed == 0 } == true)
        #expect(report.freedBytes > 0 && store.packs.count == 1)
        #expect(needed.allSatisfy(store.holds) && !dead.contains(where: store.holds))
        #expect(try store.trashBytes() == report.packs.first?.bytes)
        // It stays in the trash as long as packs stay in the store.
        var later = CollectionOptions(grace: 1000, now: .now())
        later.now.seconds += 900
        #expect(try store.collect(later, keeping: kept).emptied == 0)
        later.now.seconds += 200
        let last = try store.collect(later, keeping: kept)
        #expect(last.emptied == 1 && last.emptiedBytes == report.packs.first?.bytes)
        #expect(try store.trashBytes() == 0)
        #expect(try Files.names(in: store.root.appending("trash")).isEmpty)
    }

    @Test("what is young stays, and is not even looked at")
    func grace() throws {
        let store = try scratch.store()
        try store.add(dead)
        var options = CollectionOptions(grace: CollectionOptions.usualGrace, now: .now())
        options.now.seconds += CollectionOptions.usualGrace - 60
        let report = try store.collect(options, keeping: [])
        #expect(report.packs.isEmpty && report.youngPacks == 1 && report.youngDeadBytes > 0)
        options.now.seconds += 120
        #expect(try store.collect(options, keeping: []).packs.map(\.fate) == [.dropped])
    }

    @Test("a pack with much that is dead is written anew; one with little stays, unless asked for exactly")
    func rewrite() throws {
        let store = try scratch.store()
        let large = SplitMix64.bytes(3 << 20, seed: 7)
        let kept = try store.add(needed + dead + [large])
        let little = Array(kept.prefix(needed.count)) + [ContentHasher.id(of: large)]
        #expect(try store.collect(keeping: little).packs.isEmpty)
        let report = try store.collect(atOnce { $0.isExact = true }, keeping: little)
        #expect(report.packs.map(\.fate) == [.rewritten])
        #expect(needed.allSatisfy(store.holds) && store.holds(large) && !dead.contains(where: store.holds))
        let most = try store.collect(keeping: Array(kept.prefix(needed.count)))
        #expect(most.packs.map(\.fate) == [.rewritten])
        #expect(needed.allSatisfy(store.holds) && !store.holds(large))
        #expect(try store.verify(pool: WorkerPool(width: 2), cancellation: store.quiet).isSound)
    }

    @Test("a dry run says the same and changes nothing")
    func dryRun() throws {
        let store = try scratch.store()
        let kept = try store.add(needed + dead)
        try store.add([text(50_000, seed: 99)])
        func files() throws -> [String] {
            try Files.names(in: store.root.appending("packs")).map(\.string)
                + Files.names(in: store.root).map(\.string)
        }
        let before = try files()
        let said = try store.collect(atOnce { $0.dryRun = true }, keeping: Array(kept.prefix(needed.count)))
        #expect(try files() == before)
        let done = try store.collect(keeping: Array(kept.prefix(needed.count)))
        #expect(said.packs.map(\.name) == done.packs.map(\.name))
        #expect(said.packs.map(\.reason) == done.packs.map(\.reason))
    }

    @Test("second copies go only where the copy that stays proves right")
    func copies() throws {
        let store = try scratch.store("one")
        let other = try scratch.store("two")
        let kept = try store.add(needed)
        try other.add(needed + [text(30_000, seed: 77)])
        _ = try store.link(from: other.root)
        #expect(store.packs.count == 2)
        // Damage the copy that the index leads to.
        let location = try #require(store.location(of: kept[0]))
        let path = store.path(ofPack: location.pack)
        let bytes = try #require(try Files.read(path))
        var broken = bytes
        broken[Int(location.record.offset) + 3] ^= 0xff
        try Files.remove(path)
        try Files.replace(path, with: broken)
        let report = try store.collect(keeping: kept)
        #expect(report.packs.allSatisfy { $0.fate == .kept })
        #expect(needed.allSatisfy(store.holds))
        // Sound again, one of the two is enough.
        try Files.remove(path)
        try Files.replace(path, with: bytes)
        let again = try store.collect(atOnce { $0.isExact = true }, keeping: kept)
        #expect(again.packs.contains { $0.fate != .kept && $0.copies == needed.count })
        #expect(needed.allSatisfy(store.holds))
    }

    @Test("a damaged store is not collected")
    func damage() throws {
        let store = try scratch.store()
        let kept = try store.add(needed)
        try store.add(dead)
        let path = store.path(ofPack: try #require(store.packs.first))
        let bytes = try #require(try Files.read(path))
        try Files.remove(path)
        try Files.replace(path, with: Array(bytes.dropLast(10)))
        let damaged = try scratch.store()
        let error = failure { try damaged.collect(keeping: kept) }
        #expect(error?.code == .corrupt && error?.hint?.contains("vx fsck --repair") == true)
        #expect(damaged.packs.count == 2)
    }

    @Test("what something names again comes back from the trash, with the chunks its recipe names")
    func restore() throws {
        let store = try scratch.store()
        let large = SplitMix64.bytes(2 << 20, seed: 3)
        let ids = try store.add([large])
        try store.collect(keeping: [])
        #expect(!store.holds(large))
        #expect(try store.restoreFromTrash(Set(ids)) == 1)
        #expect(store.holds(large))
        try store.collect(keeping: [])
        // Even where it is to be emptied.
        let report = try store.collect(atOnce { $0.emptyTrash = true }, keeping: ids)
        #expect(report.restored.count == 1 && report.emptied == 0)
        #expect(store.holds(large))
    }

    @Test("chunks in the store stay as long as their recipe is in the trash and somebody names it")
    func recipeInTrash() throws {
        let store = try scratch.store()
        let start = SplitMix64.bytes(1 << 20, seed: 5)
        let longer = start + SplitMix64.bytes(1 << 20, seed: 6)
        let first = try store.add([start])
        let second = try store.add([longer])
        try store.collect(keeping: first)
        #expect(store.holds(start) && !store.holds(longer))
        // Now only the longer one is named: its recipe is in the trash, and most of its chunks are in the store.
        try store.collect(atOnce { $0.isExact = true }, keeping: second)
        #expect(store.holds(longer))
        #expect(try store.verify(pool: WorkerPool(width: 2), cancellation: store.quiet).incomplete.count <= 1)
    }

    @Test("a writer that found content in an old pack keeps it, until it lets go of the store")
    func hold() throws {
        let store = try scratch.store()
        try store.add(dead)
        let writer = try scratch.store()
        let hold = Mutex<StoreHold?>(try writer.hold())
        let names = Mutex<[ContentID]>([])
        _ = try store.collect(
            atOnce(), cancellation: Cancellation(), roots: { Set(names.withLock { $0 }) },
            step: { step in
                guard step == .rewritten else { return }
                // It finds all there, and says so; only then does it let go.
                let ids = try writer.add(dead)
                #expect(writer.packs.count == 1)
                names.withLock { $0 = ids }
                hold.withLock { $0 = nil }
            })
        #expect(dead.allSatisfy(store.holds))
    }

    @Test("what was named and missing, and is added while the collector works, keeps the chunks it needs")
    func addedMeanwhile() throws {
        let store = try scratch.store()
        let start = SplitMix64.bytes(1 << 20, seed: 8)
        let longer = start + SplitMix64.bytes(300_000, seed: 9)
        try store.add([start])
        let name = ContentHasher.id(of: longer)
        let writer = try scratch.store()
        try store.collect(keeping: [name]) { step in
            if step == .rewritten { try writer.add([longer]) }
        }
        #expect(store.holds(longer))
    }

    @Test("two collectors, or a collector and a writer that does not end: the second says who is at work")
    func locked() throws {
        let store = try scratch.store()
        try store.add(dead)
        let other = try scratch.store()
        let lock = try FileLock(store.root.appending("maintenance"))
        // The lock is waited for; a process of another number would be named.
        #expect(throws: VxError.self) {
            _ = try FileLock(other.root.appending("maintenance"), waitingUpTo: 0.1)
        }
        withExtendedLifetime(lock) {}
    }
}
