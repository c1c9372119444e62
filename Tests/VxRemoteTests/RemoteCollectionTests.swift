import Synchronization
import Testing
import VxModel
import VxRemote
import VxStore
import VxSystem
import VxTestSupport

/// A clock that tests move.
final class TestClock: Sendable {
    private let seconds = Mutex<Int64>(1_700_000_000)

    var now: Int64 { seconds.withLock { $0 } }

    func advance(_ by: Int64) { seconds.withLock { $0 += by } }

    var timing: Timing { Timing(now: { [self] in Double(now) }, sleep: { _ in }) }
}

/// Lets others act before requests, as though they ran at the same time.
final class InterleavingBackend: RemoteBackend {
    private let base: any RemoteBackend
    private let before: @Sendable () throws -> Void
    private let failure = Mutex<(any Error)?>(nil)
    /// Requests until the process is killed; what is asked for after that does not happen.
    private let life: Mutex<Int>
    static let killed = "the process was killed"

    init(
        _ base: any RemoteBackend, killedAfter requests: Int = .max, before: @escaping @Sendable () throws -> Void
    ) {
        self.base = base
        self.before = before
        life = Mutex(requests)
    }

    var location: String { base.location }

    private func act() throws(RemoteError) {
        let isDead = life.withLock { life in
            life -= 1
            return life < 0
        }
        if isDead { throw RemoteError(.unavailable, Self.killed) }
        do {
            try before()
        } catch let error {
            failure.withLock { if $0 == nil { $0 = error } }
        }
    }

    /// What went wrong in what the others did.
    func rethrow() throws { if let error = failure.withLock({ $0 }) { throw error } }

    func properties() throws(RemoteError) -> RemoteProperties {
        // One request at a time, so that a seed always gives the same run.
        RemoteProperties(putIfAbsent: try base.properties().putIfAbsent, connections: 1)
    }

    func put(_ key: String, _ body: RemoteBody, moved: (Int) -> Void) throws(RemoteError) -> Bool {
        try act()
        return try base.put(key, body, moved: moved)
    }

    func read(
        _ key: String, at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer, moved: (Int) -> Void
    ) throws(RemoteError) {
        try act()
        try base.read(key, at: offset, into: buffer, moved: moved)
    }

    func checksum(_ key: String) throws(RemoteError) -> RemoteChecksum? {
        try act()
        return try base.checksum(key)
    }

    func head(_ key: String) throws(RemoteError) -> RemoteObject? {
        try act()
        return try base.head(key)
    }

    func list(_ prefix: String, each: (RemoteObject) throws(RemoteError) -> Void) throws(RemoteError) {
        try act()
        try base.list(prefix, each: each)
    }

    func delete(_ key: String) throws(RemoteError) {
        try act()
        try base.delete(key)
    }
}

@Suite("Collecting on a remote takes what nobody needs, in two steps")
struct RemoteCollectionTests {
    private static let day: Int64 = 86_400

    /// A remote in memory with a clock, and a store that pushes to it.
    private struct World {
        let sides: Sides
        let clock = TestClock()
        let remote: MemoryBackend

        init(_ scratch: Scratch) throws {
            sides = Sides(scratch: scratch)
            let clock = clock
            remote = MemoryBackend { clock.now }
            _ = try RemoteMarker.create(remote)
        }

        /// A store whose contents were pushed two days ago.
        func pushed(_ seeds: ClosedRange<UInt8>) throws -> (Store, [Pointer]) {
            let store = try sides.store("a")
            let pointers = try Sides.add(RemoteCollectionTests.contents(seeds), to: store)
            _ = try push(pointers, store)
            clock.advance(2 * RemoteCollectionTests.day)
            return (store, pointers)
        }

        @discardableResult
        func collect(
            _ store: Store, keeping: Set<ContentID>, grace: Int64 = 0, exact: Bool = false, dryRun: Bool = false
        ) throws -> RemoteCollectionReport {
            try RemoteCollection(remote, store: store, cancellation: Cancellation())
                .run(grace: grace, isExact: exact, dryRun: dryRun, now: clock.now, roots: { keeping })
        }

        func push(_ pointers: [Pointer], _ store: Store) throws -> Push.Result {
            try Push(
                from: store, to: remote, progress: TransferProgress(), cancellation: Cancellation(),
                timing: clock.timing
            ).run(pointers)
        }

        func packs() throws -> Int { try remote.list(RemoteLayout.packPrefix).count }
    }

    private static func contents(_ seeds: ClosedRange<UInt8>) -> [[UInt8]] {
        seeds.map { BackendConformance.bytes(30_000 + Int($0), seed: $0) }
    }

    @Test func `a pack nobody needs is marked, then deleted, and needed ones stay readable`() throws {
        try Scratch.with { scratch in
            let world = try World(scratch)
            let store = try world.sides.store("a")
            let kept = try Sides.add(Self.contents(1...5), to: store)
            _ = try world.push(kept, store)
            let dead = try Sides.add(Self.contents(6...9), to: store)
            _ = try world.push(dead, store)
            let roots = Set(kept.map(\.id))
            #expect(try world.collect(store, keeping: roots).packs.isEmpty, "all is young")
            world.clock.advance(2 * Self.day)
            let plan = try world.collect(store, keeping: roots, dryRun: true)
            #expect(plan.packs.map(\.fate) == [.marked])
            #expect(try world.remote.list(RemoteLayout.trashPrefix).isEmpty)
            #expect(try world.collect(store, keeping: roots).packs.map(\.fate) == [.marked])
            #expect(try world.packs() == 2)
            #expect(try world.collect(store, keeping: roots).packs.map(\.fate) == [.waiting])
            world.clock.advance(2 * Self.day)
            #expect(try world.collect(store, keeping: roots).packs.map(\.fate) == [.deleted])
            #expect(try world.packs() == 1)
            #expect(try world.remote.list(RemoteLayout.trashPrefix).isEmpty)
            let other = try world.sides.store("b")
            #expect(try Sides.fetch(kept, into: other, from: world.remote).contents == kept.count)
            #expect(try Sides.fetch(dead, into: other, from: world.remote).missing.count == dead.count)
        }
    }

    @Test func `what is pushed again after the mark does not stand on the marked pack`() throws {
        try Scratch.with { scratch in
            let world = try World(scratch)
            let (store, pointers) = try world.pushed(1...4)
            try world.collect(store, keeping: [])
            #expect(try world.push(pointers, store).objects == 2, "a pack and an index")
            #expect(try world.packs() == 2)
            world.clock.advance(2 * Self.day)
            let report = try world.collect(store, keeping: Set(pointers.map(\.id)))
            #expect(report.packs.map(\.fate) == [.deleted])
            #expect(try Sides.fetch(pointers, into: world.sides.store("b"), from: world.remote).contents == 4)
        }
    }

    @Test func `a mark is taken back when something comes to need the pack`() throws {
        try Scratch.with { scratch in
            let world = try World(scratch)
            let (store, pointers) = try world.pushed(1...4)
            try world.collect(store, keeping: [])
            world.clock.advance(20 * Self.day)
            let report = try world.collect(store, keeping: [pointers[0].id])
            #expect(report.packs.map(\.fate) == [.rescued])
            #expect(try world.remote.list(RemoteLayout.trashPrefix).isEmpty && world.packs() == 1)
        }
    }

    @Test(arguments: [true, false])
    func `a pack with much that is dead is stored anew, from the store here or from the remote itself`(isHere: Bool)
        throws
    {
        try Scratch.with { scratch in
            let world = try World(scratch)
            let (origin, pointers) = try world.pushed(1...9)
            let store = isHere ? origin : try world.sides.store("empty")
            let roots = Set(pointers.prefix(2).map(\.id))
            #expect(try world.collect(store, keeping: roots).packs.map(\.fate) == [.rewritten])
            #expect(try isHere || store.packs.isEmpty, "what came from the remote does not stay")
            world.clock.advance(2 * Self.day)
            #expect(try world.collect(store, keeping: roots).packs.map(\.fate) == [.deleted])
            let fetched = try Sides.fetch(Array(pointers.prefix(2)), into: world.sides.store("b"), from: world.remote)
            #expect(fetched.contents == 2)
            #expect(try world.packs() == 1)
        }
    }

    @Test(arguments: [true, false])
    func `one small content that nothing names goes where every byte is asked for, and is told of where not`(
        isHere: Bool
    ) throws {
        try Scratch.with { scratch in
            let world = try World(scratch)
            let origin = try world.sides.store("a")
            let small = BackendConformance.bytes(2_000, seed: 99)
            let pointers = try Sides.add([BackendConformance.bytes(900_000, seed: 50), small], to: origin)
            _ = try world.push(pointers, origin)
            let store = isHere ? origin : try world.sides.store("empty")
            let roots = Set([pointers[0].id])
            let young = try world.collect(store, keeping: roots)
            #expect(young.youngMixedPacks == 1 && young.youngMixedBytes >= 2_000 && young.packs.isEmpty)
            world.clock.advance(2 * Self.day)
            let kept = try world.collect(store, keeping: roots)
            #expect(kept.keptPacks == 1 && kept.keptBytes >= 2_000 && kept.packs.isEmpty)
            #expect(try world.collect(store, keeping: roots, exact: true).packs.map(\.fate) == [.rewritten])
            world.clock.advance(2 * Self.day)
            #expect(try world.collect(store, keeping: roots, exact: true).packs.map(\.fate) == [.deleted])
            let fresh = try world.sides.store("b")
            let result = try Sides.fetch(pointers, into: fresh, from: world.remote)
            #expect(result.contents == 1 && result.missing == [pointers[1].id])
            for object in try world.remote.list("") {
                let bytes = try world.remote.read(object.key, at: 0, count: Int(object.size))
                #expect(bytes.firstRange(of: small) == nil, "\(object.key) still holds it")
            }
        }
    }

    @Test func `where what is needed of a pack cannot be read whole, no pack is marked`() throws {
        try Scratch.with { scratch in
            let world = try World(scratch)
            let (_, pointers) = try world.pushed(1...9)
            let key = try #require(try world.remote.list(RemoteLayout.packPrefix).first).key
            var bytes = try world.remote.read(key, at: 0, count: Int(try #require(try world.remote.head(key)).size))
            bytes[..<100_000].withUnsafeMutableBufferPointer { $0.update(repeating: 7) }
            try world.remote.delete(key)
            try world.remote.put(key, bytes)
            world.clock.advance(2 * Self.day)
            #expect(throws: VxError.self) {
                try world.collect(world.sides.store("empty"), keeping: Set(pointers.prefix(2).map(\.id)))
            }
            #expect(try world.remote.list(RemoteLayout.trashPrefix).isEmpty)
        }
    }

    @Test func `content whose recipe stays and whose chunks went counts as missing when it is pushed from elsewhere`()
        throws
    {
        try Scratch.with { scratch in
            let world = try World(scratch)
            let store = try world.sides.store("a")
            let large = BackendConformance.bytes(900_000, seed: 50)
            let start = try Sides.add([Array(large.prefix(600_000))], to: store)
            _ = try world.push(start, store)
            let whole = try Sides.add([large, BackendConformance.bytes(3 << 20, seed: 51)], to: store)
            _ = try world.push(whole, store)
            let roots = Set([whole[1].id])
            for _ in 0..<3 {
                world.clock.advance(2 * Self.day)
                try world.collect(store, keeping: roots)
            }
            let result = try world.push([whole[0]], world.sides.store("empty"))
            #expect(result.missing == [whole[0].id])
        }
    }

    /// Two people and two collectors, one of which has nothing here, each doing something in the middle of what another does,
    /// killed at any request, with days passing.
    @Test(arguments: 1...8 as ClosedRange<UInt64>)
    func `two writers and two collectors at once, and killed, lose nothing`(seed: UInt64) throws {
        try Scratch.with { scratch in
            let world = try World(scratch)
            let run = try RandomRun(world.sides, world.clock, world.remote, seed: seed)
            var steps = 0
            // A run in which nothing ever went shows nothing: such a one goes on.
            while steps < 30 || (run.deleted == 0 || run.rewritten == 0) && steps < 200 {
                try run.step()
                steps += 1
            }
            try run.check()
            #expect(run.deleted > 0, "with seed \(seed) nothing was ever deleted: the run shows nothing")
            #expect(run.rewritten > 0, "with seed \(seed) nothing was ever written anew: the run shows nothing")
        }
    }
}
