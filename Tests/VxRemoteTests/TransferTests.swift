import Synchronization
import Testing
import VxModel
import VxRemote
import VxStore
import VxSystem
import VxTestSupport

import struct SystemPackage.FilePath

/// Stores on both sides of a remote.
struct Sides {
    let scratch: Scratch

    func store(_ name: String) throws -> Store { try Store.open(scratch.work.appending(name)) }

    /// Adds contents to a store, in one operation.
    static func add(_ contents: [[UInt8]], to store: Store) throws -> [Pointer] {
        let session = try store.session(pool: WorkerPool(width: 2), cancellation: Cancellation())
        let lane = try session.lane()
        let pointers = try contents.map { content in
            var position = 0
            let (id, size) = try lane.add { buffer in
                let count = min(buffer.count, content.count - position)
                buffer.copyBytes(from: content[position..<position + count])
                position += count
                return count
            }
            return Pointer(id: id, size: size)
        }
        try session.finish()
        return pointers
    }

    static func push(_ pointers: [Pointer], from store: Store, to backend: any RemoteBackend) throws -> Push.Result {
        try Push(from: store, to: backend, progress: TransferProgress(), cancellation: Cancellation()).run(pointers)
    }

    static func fetch(_ pointers: [Pointer], into store: Store, from backend: any RemoteBackend) throws -> Fetch.Result
    {
        try Fetch(from: backend, into: store, progress: TransferProgress(), cancellation: Cancellation()).run(pointers)
    }

    static func bytes(_ pointer: Pointer, in store: Store) throws -> [UInt8] {
        try store.contents(of: pointer.id, size: pointer.size, limit: 1 << 30)
    }
}

@Suite("Push and fetch")
struct TransferTests {
    private func remote() throws -> MemoryBackend {
        let backend = MemoryBackend { 1_700_000_000 }
        _ = try RemoteMarker.create(backend)
        return backend
    }

    /// Many small contents, one of several chunks, one of several segments' worth of blocks.
    private static let contents: [[UInt8]] =
        (0..<300).map { BackendConformance.bytes(500 + $0, seed: UInt8($0 % 250)) + [UInt8($0 & 0xff)] }
        + [BackendConformance.bytes(900_000, seed: 77), BackendConformance.bytes(5 << 20, seed: 78)]

    @Test func `what is pushed from one store is fetched into another`() throws {
        try Scratch.with { scratch in
            let sides = Sides(scratch: scratch)
            let remote = try remote()
            let a = try sides.store("a")
            let pointers = try Sides.add(Self.contents, to: a)
            let pushed = try Sides.push(pointers, from: a, to: remote)
            #expect(pushed.missing.isEmpty)
            #expect(pushed.objects <= 3, "small files travel together")
            let b = try sides.store("b")
            let fetched = try Sides.fetch(pointers, into: b, from: remote)
            #expect(fetched.contents == Set(pointers.map(\.id)).count)
            #expect(fetched.missing.isEmpty && fetched.damaged.isEmpty)
            for (pointer, content) in zip(pointers, Self.contents) {
                let back = try Sides.bytes(pointer, in: b)
                #expect(back == content)
            }
            let report = try b.verify(pool: WorkerPool(), cancellation: Cancellation())
            #expect(report.isSound)
        }
    }

    @Test func `pushing and fetching again moves nothing`() throws {
        try Scratch.with { scratch in
            let sides = Sides(scratch: scratch)
            let remote = try remote()
            let a = try sides.store("a")
            let pointers = try Sides.add(Self.contents, to: a)
            _ = try Sides.push(pointers, from: a, to: remote)
            let before = try remote.list("")
            let again = try Sides.push(pointers, from: a, to: remote)
            #expect(again == Push.Result())
            #expect(try remote.list("") == before)
            let b = try sides.store("b")
            _ = try Sides.fetch(pointers, into: b, from: remote)
            let packs = b.packs
            let nothing = try Sides.fetch(pointers, into: b, from: remote)
            #expect(nothing == Fetch.Result())
            #expect(b.packs == packs)
        }
    }

    @Test func `a file with a little appended sends a little`() throws {
        try Scratch.with { scratch in
            let sides = Sides(scratch: scratch)
            let remote = try remote()
            let a = try sides.store("a")
            let content = BackendConformance.bytes(20 << 20, seed: 5)
            let first = try Sides.add([content], to: a)
            let pushed = try Sides.push(first, from: a, to: remote)
            let second = try Sides.add([content + BackendConformance.bytes(200 << 10, seed: 6)], to: a)
            let appended = try Sides.push(second, from: a, to: remote)
            #expect(appended.bytes * 100 < pushed.bytes * 3, "1 % more sends under 3 %: \(appended.bytes)")
        }
    }

    @Test func `only what is asked for is sent`() throws {
        try Scratch.with { scratch in
            let sides = Sides(scratch: scratch)
            let remote = try remote()
            let a = try sides.store("a")
            let pointers = try Sides.add(Self.contents, to: a)
            _ = try Sides.push(Array(pointers.prefix(10)), from: a, to: remote)
            let b = try sides.store("b")
            let result = try Sides.fetch(pointers, into: b, from: remote)
            #expect(result.contents == 10)
            #expect(Set(result.missing) == Set(pointers.dropFirst(10).map(\.id)))
        }
    }

    @Test func `contents that are nowhere are named, the others are sent`() throws {
        try Scratch.with { scratch in
            let sides = Sides(scratch: scratch)
            let remote = try remote()
            let a = try sides.store("a")
            let pointers = try Sides.add([[1, 2, 3]], to: a)
            let ghost = Pointer(id: ContentHasher.id(of: [9, 9]), size: 2)
            let result = try Sides.push(pointers + [ghost], from: a, to: remote)
            #expect(result.missing == [ghost.id])
            #expect(result.contents == 1)
        }
    }

    @Test func `a clone that holds only some contents can push, where the remote has the rest`() throws {
        try Scratch.with { scratch in
            let sides = Sides(scratch: scratch)
            let remote = try remote()
            let a = try sides.store("a")
            let pointers = try Sides.add(Self.contents, to: a)
            _ = try Sides.push(pointers, from: a, to: remote)
            let b = try sides.store("b")
            let more = try Sides.add([[4, 5, 6]], to: b)
            let result = try Sides.push(pointers + more, from: b, to: remote)
            #expect(result.missing.isEmpty)
            #expect(result.contents == 1)
        }
    }

    @Test func `a place that is no remote is neither filled nor read`() throws {
        try Scratch.with { scratch in
            let sides = Sides(scratch: scratch)
            let backend = MemoryBackend { 0 }
            let a = try sides.store("a")
            let pointers = try Sides.add([[1, 2, 3]], to: a)
            #expect(throws: VxError.self) { try Sides.push(pointers, from: a, to: backend) }
            #expect(try backend.list("").isEmpty)
        }
    }

    @Test func `an index whose packs are gone is not believed`() throws {
        try Scratch.with { scratch in
            let sides = Sides(scratch: scratch)
            let remote = try remote()
            let a = try sides.store("a")
            let pointers = try Sides.add(Self.contents, to: a)
            _ = try Sides.push(pointers, from: a, to: remote)
            for object in try remote.list("packs/") { try remote.delete(object.key) }
            let again = try Sides.push(pointers, from: a, to: remote)
            #expect(again.contents == Set(pointers.map(\.id)).count)
            let b = try sides.store("b")
            #expect(try Sides.fetch(pointers, into: b, from: remote).damaged.isEmpty)
        }
    }

    // MARK: - Faults

    @Test(arguments: [FaultyBackend.Fault.flipsBit, .servesOther, .cutsBody])
    func `wrong bytes of a pack never get into a store`(fault: FaultyBackend.Fault) throws {
        try Scratch.with { scratch in
            let sides = Sides(scratch: scratch)
            let remote = try remote()
            let a = try sides.store("a")
            let pointers = try Sides.add(Self.contents, to: a)
            _ = try Sides.push(pointers, from: a, to: remote)
            let b = try sides.store("b")
            let bad = FaultyBackend(remote) { _, key in key.hasPrefix("packs/") ? fault : nil }
            let result = try Sides.fetch(pointers, into: b, from: bad)
            #expect(!result.damaged.isEmpty)
            #expect(result.missing.isEmpty)
            let report = try b.verify(pool: WorkerPool(), cancellation: Cancellation())
            #expect(report.isSound, "every byte that was stored is what its id says")
            for (pointer, content) in zip(pointers, Self.contents) {
                if b.isComplete(pointer.id) {
                    let back = try Sides.bytes(pointer, in: b)
                    #expect(back == content)
                } else {
                    #expect(result.damaged[pointer.id] != nil)
                }
            }
            // The line is good again.
            let healed = try Sides.fetch(pointers, into: b, from: remote)
            #expect(healed.damaged.isEmpty && healed.missing.isEmpty)
        }
    }

    @Test func `a bit that flips on the line now and then costs a second read`() throws {
        try Scratch.with { scratch in
            let sides = Sides(scratch: scratch)
            let remote = try remote()
            let a = try sides.store("a")
            let pointers = try Sides.add(Self.contents, to: a)
            _ = try Sides.push(pointers, from: a, to: remote)
            let b = try sides.store("b")
            let bad = FaultyBackend(remote) { call, key in key.hasPrefix("packs/") && call % 2 == 0 ? .flipsBit : nil }
            let result = try Sides.fetch(pointers, into: b, from: bad)
            #expect(result.damaged.isEmpty)
            #expect(result.contents == Set(pointers.map(\.id)).count)
        }
    }

    @Test func `a wrong list of chunks never becomes a content`() throws {
        try Scratch.with { scratch in
            let sides = Sides(scratch: scratch)
            let remote = try remote()
            let a = try sides.store("a")
            let pointers = try Sides.add(
                [BackendConformance.bytes(600_000, seed: 1), BackendConformance.bytes(600_000, seed: 2)], to: a)
            _ = try Sides.push(pointers, from: a, to: remote)
            // A liar with a sound index over sound packs: the recipe of one content under the id of the other.
            let liar = try RecipeSwap.remote(of: a, pointers[0], as: pointers[1].id)
            let b = try sides.store("b")
            _ = try Sides.fetch([pointers[0]], into: b, from: remote)
            let result = try Sides.fetch([pointers[1]], into: b, from: liar)
            #expect(result.damaged[pointers[1].id]?.code == .corrupt)
            #expect(b.location(of: pointers[1].id) == nil, "the false recipe is not in the store")
            #expect(try Sides.fetch([pointers[1]], into: b, from: remote).contents == 1)
        }
    }

    @Test func `a damaged index is passed over, and said`() throws {
        try Scratch.with { scratch in
            let sides = Sides(scratch: scratch)
            let remote = try remote()
            let a = try sides.store("a")
            let pointers = try Sides.add([[1, 2, 3]], to: a)
            _ = try Sides.push(pointers, from: a, to: remote)
            let bad = FaultyBackend(remote) { _, key in key.hasPrefix("index/") && key.count > 10 ? .flipsBit : nil }
            let b = try sides.store("b")
            let result = try Sides.fetch(pointers, into: b, from: bad)
            #expect(result.damaged[pointers[0].id]?.code == .corrupt)
            let pushed = try Sides.push(pointers, from: a, to: bad)
            #expect(pushed.missing.isEmpty)
        }
    }

    @Test func `a damaged pack here is not sent to everybody`() throws {
        try Scratch.with { scratch in
            let sides = Sides(scratch: scratch)
            let remote = try remote()
            let a = try sides.store("a")
            let pointers = try Sides.add(Self.contents, to: a)
            let path = a.path(ofPack: try #require(a.packs.first))
            var bytes = try #require(try Files.read(path))
            bytes[5000] ^= 1
            try Files.replace(path, with: bytes)
            let error = #expect(throws: VxError.self) { try Sides.push(pointers, from: a, to: remote) }
            #expect(error?.code == .corrupt)
            #expect(try remote.list("index/").isEmpty)
        }
    }

    @Test func `new objects that are listed late are sent again, harmlessly`() throws {
        try Scratch.with { scratch in
            let sides = Sides(scratch: scratch)
            let late = FaultyBackend(try remote(), listingDelay: 3)
            let a = try sides.store("a")
            let pointers = try Sides.add(Self.contents, to: a)
            _ = try Sides.push(pointers, from: a, to: late)
            let again = try Sides.push(pointers, from: a, to: late)
            #expect(again.objects == 0)
            #expect(again.present > 0)
        }
    }

    @Test(arguments: 0..<25)
    func `a push that fails anywhere goes on where it was`(failing: Int) throws {
        try Scratch.with { scratch in
            let sides = Sides(scratch: scratch)
            let remote = try remote()
            let a = try sides.store("a")
            let pointers = try Sides.add(Self.contents, to: a)
            let broken = FaultyBackend(remote) { call, _ in call > failing ? .forbidden : nil }
            let first = try? Sides.push(pointers, from: a, to: broken)
            _ = try Sides.push(pointers, from: a, to: remote)
            let b = try sides.store("b")
            let fetched = try Sides.fetch(pointers, into: b, from: remote)
            #expect(fetched.missing.isEmpty && fetched.damaged.isEmpty)
            let sound = try Sides.push(pointers, from: a, to: remote)
            #expect(sound == Push.Result())
            #expect(first == nil || failing > 3)
            #expect(try remote.list("").count <= 4, "the second push makes the packs of the first")
        }
    }
}

/// A remote that is sound to the last byte but for one lie.
enum RecipeSwap {
    /// Serves the recipe of `content` under the id `other`, and the content's chunks.
    static func remote(of store: Store, _ content: Pointer, as other: ContentID) throws -> MemoryBackend {
        let backend = MemoryBackend(location: "liar") { 0 }
        _ = try RemoteMarker.create(backend)
        let locations = try store.parts(of: content.id).compactMap { store.location(of: $0) }
        let pack = try store.compose(locations, cancellation: Cancellation())
        let bytes = try #require(try Files.read(pack.path))
        let records = pack.contents.records.map { record in
            var record = record
            if record.kind == .recipe { record.id = other }
            return record
        }
        let contents = PackContents(name: pack.contents.name, records: records.sorted { $0.id < $1.id })
        let index = Catalog.encode(contents: [contents])
        try backend.put(RemoteLayout.key(ofPack: contents.name), bytes)
        try backend.put(RemoteLayout.key(ofIndex: ContentHasher.id(of: index)), index)
        return backend
    }
}
