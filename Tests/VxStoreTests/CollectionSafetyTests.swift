import Synchronization
import SystemPackage
import Testing
import VxModel
import VxStore
import VxSystem

@Suite("A collector beside writers, and one that is killed, lose nothing")
struct CollectionSafetyTests {
    /// What a repository names, as writers and the collector see it.
    private final class Names: Sendable {
        private let contents = Mutex<[ContentID: [UInt8]]>([:])

        var all: [ContentID: [UInt8]] { contents.withLock { $0 } }
        var ids: Set<ContentID> { contents.withLock { Set($0.keys) } }

        func add(_ id: ContentID, _ bytes: [UInt8]) { contents.withLock { $0[id] = bytes } }

        func forgetOne(_ generator: inout SplitMix64) {
            contents.withLock { contents in
                guard let id = contents.keys.sorted().randomElement(using: &generator) else { return }
                contents[id] = nil
            }
        }
    }

    /// Contents that share chunks with each other in many ways.
    private static func content(_ number: Int) -> [UInt8] {
        let parts = [number % 3, 3 + number % 5, 8 + number % 7].map { SplitMix64.bytes(90_000, seed: UInt64($0)) }
        return number % 4 == 0 ? text(5_000 + number, seed: UInt64(number)) : Array(parts.joined())
    }

    /// One addition: stores contents, names them, and lets go of the store; sometimes something is no longer named.
    private static func write(_ root: FilePath, _ names: Names, _ generator: inout SplitMix64) throws {
        let store = try Store.open(root)
        let session = try store.session(pool: WorkerPool(width: 1), cancellation: Cancellation())
        let lane = try session.lane()
        var added: [(ContentID, [UInt8])] = []
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
            let bytes = content(Int.random(in: 0..<40, using: &generator))
            added.append((try lane.add(all: bytes), bytes))
        }
        try session.finish()
        for (id, bytes) in added { names.add(id, bytes) }
        withExtendedLifetime(session) {}
        if Bool.random(using: &generator) { names.forgetOne(&generator) }
    }

    private static func check(_ root: FilePath, _ contents: [ContentID: [UInt8]], _ when: String) throws {
        let store = try Store.open(root)
        for (id, bytes) in contents {
            let why = failure { _ = try store.read(id, bytes.count) }
            #expect(why == nil, "\(id) is lost \(when)")
        }
    }

    @Test("two writers and a collector at once", arguments: [1, 2, 3] as [UInt64])
    func interleaved(seed: UInt64) throws {
        let scratch = try Scratch()
        let root = scratch.path.appending("vx")
        let names = Names()
        let rounds = 25
        let ended = Counter()
        try WorkerPool(width: 3).run { worker in
            var generator = SplitMix64(seed: seed * 100 + UInt64(worker))
            if worker < 2 {
                defer { ended.add(1) }
                for _ in 0..<rounds { try Self.write(root, names, &generator) }
                return
            }
            while ended.value < 2 {
                let store = try Store.open(root)
                var options = atOnce()
                options.isExact = Bool.random(using: &generator)
                options.emptyTrash = Bool.random(using: &generator)
                _ = try store.collect(options, cancellation: Cancellation(), roots: { names.ids })
            }
        }
        try Self.check(root, names.all, "after the run with seed \(seed)")
        let report = try Store.open(root).verify(pool: WorkerPool(width: 1), cancellation: Cancellation())
        #expect(report.damaged.isEmpty)
    }

    @Test("a writer at every moment of a collection", arguments: [11, 12, 13, 14] as [UInt64])
    func between(seed: UInt64) throws {
        let scratch = try Scratch()
        let root = scratch.path.appending("vx")
        let names = Names()
        var generator = SplitMix64(seed: seed)
        for _ in 0..<6 { try Self.write(root, names, &generator) }
        for _ in 0..<6 {
            for _ in 0..<3 { names.forgetOne(&generator) }
            let store = try Store.open(root)
            _ = try store.collect(
                atOnce { $0.isExact = true }, cancellation: Cancellation(), roots: { names.ids },
                step: { step in
                    // Later a writer would wait for the collector, which waits for this.
                    guard step == .marked || step == .rewritten else { return }
                    try Self.write(root, names, &generator)
                })
            try Self.check(root, names.all, "with seed \(seed)")
        }
    }

    @Test("killed at any moment: the store as it is then has everything, and the next collection ends the same")
    func killed() throws {
        let scratch = try Scratch()
        let root = scratch.path.appending("vx")
        let names = Names()
        var generator = SplitMix64(seed: 21)
        for _ in 0..<12 { try Self.write(root, names, &generator) }
        for _ in 0..<5 { names.forgetOne(&generator) }
        // What a kill at some step leaves is the folder as it is at that step.
        var copies: [(CollectionStep, FilePath)] = []
        let contents = names.all
        let store = try Store.open(root)
        _ = try store.collect(
            atOnce { $0.isExact = true }, cancellation: Cancellation(), roots: { Set(contents.keys) },
            step: { step in
                let copy = scratch.path.appending("copy-\(copies.count)")
                try Self.copyTree(root, to: copy)
                copies.append((step, copy))
            })
        #expect(copies.contains { $0.0 == .moved } && copies.contains { $0.0 == .catalogued })
        for (step, copy) in copies {
            try Self.check(copy, contents, "in what a kill at \(step) leaves")
            let again = try Store.open(copy)
            try again.collect(atOnce { $0.isExact = true }, keeping: Array(contents.keys))
            try Self.check(copy, contents, "in what a kill at \(step) leaves, collected again")
            #expect(try again.collect(atOnce { $0.isExact = true }, keeping: Array(contents.keys)).packs.isEmpty)
        }
    }

    @Test("a cancelled collection leaves no temporary files and loses nothing")
    func cancelled() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let ids = try store.add((0..<30).map { text(20_000, seed: $0) })
        let stopped = Cancellation()
        #expect(throws: VxError.self) {
            _ = try store.collect(atOnce(), cancellation: stopped, roots: { Set(ids.prefix(3)) }) { step in
                if step == .marked { stopped.cancel() }
            }
        }
        #expect(try Files.names(in: store.root.appending("tmp")).isEmpty)
        #expect(store.packs.count == 1)
    }

    private static func copyTree(_ source: FilePath, to target: FilePath) throws {
        try Files.createDirectories(target)
        for name in try Files.names(in: source) {
            let from = source.appending(name)
            if try Files.isDirectory(from) {
                try copyTree(from, to: target.appending(name))
            } else {
                try Files.replace(target.appending(name), with: try Files.read(from, limit: .max) ?? [])
            }
        }
    }
}
