import Synchronization
import Testing
import VxModel
import VxRemote
import VxStore
import VxSystem
import VxTestSupport

/// Writers that push, forget and push again, and a collector, in an order that a seed decides; each request to the remote
/// may be the moment at which another acts, or at which time passes.
///
/// `@unchecked Sendable`: one thread uses it; the backend's closure wants the promise.
final class RandomRun: @unchecked Sendable {
    private let sides: Sides
    private let clock: TestClock
    private let remote: MemoryBackend
    private let stores: [Store]
    private var generator: SeededGenerator
    /// What git's references name: all that a push that has ended promised, less what was forgotten.
    private var named: [ContentID: Pointer] = [:]
    private var depth = 0
    private(set) var deleted = 0
    private(set) var rewritten = 0

    init(_ sides: Sides, _ clock: TestClock, _ remote: MemoryBackend, seed: UInt64) throws {
        self.sides = sides
        self.clock = clock
        self.remote = remote
        stores = [try sides.store("one"), try sides.store("two"), try sides.store("collector")]
        generator = SeededGenerator(seed: seed)
    }

    private func chance(_ one: Int) -> Bool { Int.random(in: 0..<one, using: &generator) == 0 }

    func step() throws {
        switch Int.random(in: 0..<10, using: &generator) {
        case 0..<4: try push(stores[Int.random(in: 0..<2, using: &generator)])
        case 4..<6: forget()
        case 6..<9: try collect()
        default: clock.advance(Int64.random(in: 0..<3 * RemoteTrash.window, using: &generator))
        }
    }

    /// The remote as one actor sees it. Together the pauses of one operation stay below half the window, as they must.
    private func seen() -> InterleavingBackend {
        let left = Mutex<Int64>(RemoteTrash.window / 8)
        // One other acts in the middle of each operation, at a moment that is drawn beforehand.
        let countdown = Counter()
        countdown.add(Int.random(in: 1...25, using: &generator))
        let life = chance(5) ? Int.random(in: 1...40, using: &generator) : .max
        return InterleavingBackend(remote, killedAfter: life) { [self] in
            if chance(4) {
                let pause = left.withLock { left in
                    let pause = Int64.random(in: 0...left, using: &generator)
                    left -= pause
                    return pause
                }
                clock.advance(pause)
            }
            guard countdown.add(-1) == 0, depth < 2 else { return }
            try step(nested: true)
        }
    }

    private func step(nested: Bool) throws {
        depth += 1
        defer { depth -= 1 }
        switch Int.random(in: 0..<4, using: &generator) {
        case 0...1: try push(stores[Int.random(in: 0..<2, using: &generator)])
        case 2: forget()
        default: try collect()
        }
    }

    private static func content(_ number: Int) -> [UInt8] {
        let parts = [number % 2, 2 + number % 3, 5 + number % 4]
        return parts.flatMap { BackendConformance.bytes(120_000, seed: UInt8($0)) } + [UInt8(number)]
    }

    private func push(_ store: Store) throws {
        let begun = clock.now
        let numbers = (0..<Int.random(in: 1...3, using: &generator)).map { _ in
            Int.random(in: 0..<24, using: &generator)
        }
        let pointers = try Sides.add(numbers.map(Self.content), to: store)
        let backend = seen()
        let result: Push.Result
        do {
            result = try Push(
                from: store, to: backend, progress: TransferProgress(), cancellation: Cancellation(),
                timing: clock.timing
            ).run(pointers)
        } catch let error as VxError where error.description.contains(InterleavingBackend.killed) {
            return try backend.rethrow()
        }
        try backend.rethrow()
        #expect(result.missing.isEmpty)
        // Nested operations may have let more time pass than a push may take: git would be refused, and say so.
        guard clock.now - begun < RemoteTrash.window else { return }
        for pointer in pointers { named[pointer.id] = pointer }
    }

    private func forget() {
        for id in named.keys.sorted() where chance(2) { named[id] = nil }
    }

    private func collect() throws {
        let backend = seen()
        do {
            // One that has pushed some of it, or one that has nothing here.
            let report = try RemoteCollection(backend, store: stores[chance(2) ? 2 : 0], cancellation: Cancellation())
                .run(grace: 0, isExact: chance(2), dryRun: false, now: clock.now, roots: { Set(named.keys) })
            rewritten += report.packs.count { $0.fate == .rewritten }
            deleted += report.packs.count { $0.fate == .deleted }
        } catch let error as VxError {
            guard
                error.description.contains("took too long") || error.code == .missing
                    || error.description.contains(InterleavingBackend.killed)
            else { throw error }
        }
        try backend.rethrow()
    }

    /// Everything named can be fetched, whole.
    func check() throws {
        let fresh = try sides.store("fresh")
        let pointers = named.values.sorted { $0.id < $1.id }
        let result = try Sides.fetch(pointers, into: fresh, from: remote)
        #expect(result.missing.isEmpty && result.damaged.isEmpty)
        #expect(result.contents == pointers.count)
    }
}
