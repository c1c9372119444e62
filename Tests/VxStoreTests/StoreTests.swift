import SystemPackage
import Testing
import VxModel
import VxStore
import VxSystem

@Suite("Store: adding and reading")
struct StoreTests {
    @Test("names content as sha256sum does")
    func identity() throws {
        let scratch = try Scratch()
        let ids = try scratch.store().add([Array("abc".utf8), Array("hello\n".utf8)])
        #expect(ids[0].hex == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(ids[1].hex == "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03")
    }

    @Test(
        "gives back what was added, whatever its size",
        arguments: [
            1, 2, 100, 16_383, 16_384, 65_536, 262_144, 262_145, 524_287, 524_288, 524_289, 4 << 20, (4 << 20) + 1,
            9_000_000,
        ])
    func roundTrip(size: Int) throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let contents = [SplitMix64.bytes(size, seed: 1), text(size, seed: 2)]
        let ids = try store.add(contents)
        for store in [store, try scratch.store()] {
            for (id, content) in zip(ids, contents) {
                #expect(ContentHasher.id(of: content) == id)
                #expect(store.contains(id))
                #expect(try store.isComplete(id))
                #expect(try store.read(id, size) == content)
            }
        }
    }

    @Test("an empty folder, or none, is an empty store that nothing is written to")
    func emptyStore() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        #expect(!store.contains(ContentHasher.id(of: [1])))
        #expect(store.statistics == Store.Statistics())
        #expect(try Files.status(store.root) == nil)
        #expect(store.readOrder([ContentHasher.id(of: [1])]) == [0])
    }

    @Test("says which content is missing and what to do")
    func missing() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let id = ContentHasher.id(of: [1])
        let error = failure { _ = try store.read(id, 1) }
        #expect(error?.code == .missing)
        #expect(error?.message == "content \(id) is not in the store")
        #expect(error?.hint == "run 'vx fsck --repair' here, or 'vx add' where a good copy of the file still is")
    }

    @Test("refuses a size the content does not have, and content above the limit")
    func sizes() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let id = try store.add([[1, 2, 3]])[0]
        #expect(failure { _ = try store.read(id, 4) }?.code == .corrupt)
        #expect(failure { _ = try store.contents(of: id, size: 3, limit: 2) } != nil)
    }

    @Test("keeps content given ten times once, across lanes that race and across sessions")
    func deduplication() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let content = SplitMix64.bytes(700_000, seed: 3)
        for _ in 0..<2 {
            let session = try store.session(pool: WorkerPool(width: 2), cancellation: Cancellation())
            try WorkerPool(width: 5).run { _ in
                let lane = try session.lane()
                for _ in 0..<2 { _ = try lane.add(all: content) }
            }
            try session.finish()
            #expect(session.counts.contents == 10)
        }
        let once = content.withUnsafeBytes { Chunker.lengths($0).count }
        #expect(store.statistics.chunks == once)
        #expect(store.statistics.recipes == 1)
        #expect(store.statistics.rawBytes == UInt64(content.count))
        #expect(store.packs.count >= 1)
    }

    @Test(
        "noise with parts that compress comes back, wherever they stand, in memory and from a file",
        arguments: [70_000, 300_000, 1_250_000, 5_000_000])
    func mixtures(count: Int) throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        var random = SplitMix64(seed: UInt64(count))
        var contents: [[UInt8]] = []
        for number in 0..<12 {
            var content = SplitMix64.bytes(count, seed: UInt64(number))
            // At the start, at the end, and anywhere.
            let length = Int.random(in: 1_000..<count / 2, using: &random)
            let start = [0, count - length, Int.random(in: 0...count - length, using: &random)][number % 3]
            content.replaceSubrange(start..<start + length, with: text(length, seed: UInt64(number)))
            contents.append(content)
        }
        let session = try store.session(pool: WorkerPool(width: 2), cancellation: Cancellation())
        let lane = try session.lane()
        for content in contents.prefix(6) {
            _ = try content.withUnsafeBytes { (bytes) throws(VxError) in try lane.add(bytes) }
        }
        for content in contents.dropFirst(6) { _ = try lane.add(all: content) }
        try session.finish()
        #expect(try store.verify(pool: WorkerPool(width: 2), cancellation: Cancellation()).damaged.isEmpty)
        for content in contents {
            #expect(try store.read(ContentHasher.id(of: content), content.count) == content)
        }
    }

    @Test("a file that changes a little costs the chunks that changed")
    func changedFile() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        var content = SplitMix64.bytes(8 << 20, seed: 5)
        try store.add([content])
        content[3 << 20] ^= 1
        let session = try store.session(pool: WorkerPool(width: 1), cancellation: Cancellation())
        _ = try session.lane().add(all: content)
        try session.finish()
        #expect(session.newBytes <= UInt64(2 * Chunker.maximum))
    }

    @Test("a file of 130 MiB crosses segments, starts raw segments where they can be cloned, and comes back")
    func bigFile() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let noise = SplitMix64.bytes(66 << 20, seed: 6)
        let content = noise + text(64 << 20, seed: 7)
        let id = try store.add([content])[0]
        #expect(id == ContentHasher.id(of: content))
        let recipe = try #require(try store.recipe(of: id))
        #expect(recipe.size == UInt64(content.count))
        let start = try #require(store.location(of: recipe[0].id))
        #expect(start.record.offset % 4096 == 0)
        #expect(store.statistics.storedBytes < UInt64(content.count) * 3 / 4)
        #expect(store.packs.count >= 2)

        let path = scratch.path.appending("out")
        let file = try OpenFile.creating(path)
        let pool = WorkerPool(width: 3)
        try store.reader().write(id, size: UInt64(content.count), to: file, pool: pool, cancellation: Cancellation())
        let written = try #require(try Files.read(path, limit: .max))
        #expect(written == content)
        #expect(try store.verify(pool: pool, cancellation: Cancellation()).isSound)
    }

    @Test("raw chunks of a segment lie one after the other in the pack")
    func contiguousSegments() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let id = try store.add([SplitMix64.bytes(12 << 20, seed: 8)])[0]
        let recipe = try #require(try store.recipe(of: id))
        var next = try #require(store.location(of: recipe[0].id)).record.offset
        for index in 0..<recipe.count {
            let record = try #require(store.location(of: recipe[index].id)).record
            #expect(record.offset == next && record.encoding == .raw)
            next += UInt64(record.raw)
        }
    }

    @Test("orders reads by place, missing contents last")
    func readOrder() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let contents = (0..<20).map { SplitMix64.bytes(1000, seed: 100 + UInt64($0)) }
        let ids = try store.add(contents)
        let shuffled = [ContentHasher.id(of: [9])] + ids.sorted()
        let order = store.readOrder(shuffled).map { shuffled[$0] }
        #expect(order == ids + [ContentHasher.id(of: [9])])
    }

    @Test("sees what another process added once it refreshes")
    func refresh() throws {
        let scratch = try Scratch()
        let mine = try scratch.store()
        let id = try scratch.store().add([[1, 2, 3]])[0]
        #expect(!mine.contains(id))
        try mine.refresh()
        #expect(mine.contains(id))
    }

    @Test("nothing of a session is found before it finishes, and nothing is left of an abandoned one")
    func abandon() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let session = try store.session(pool: WorkerPool(width: 1), cancellation: Cancellation())
        let id = try session.lane().add(all: [1, 2, 3])
        try store.refresh()
        #expect(!store.contains(id))
        session.abandon()
        try store.refresh()
        #expect(!store.contains(id))
        #expect(try Files.names(in: store.root.appending("tmp")).isEmpty)
        #expect(throws: VxError.self) { _ = try session.lane() }
    }

    @Test("a source that fails leaves the session usable: what it gave before is not counted on in vain")
    func failingSource() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let content = SplitMix64.bytes(20 << 20, seed: 12)
        let session = try store.session(pool: WorkerPool(width: 2), cancellation: Cancellation())
        let lane = try session.lane()
        var given = 0
        #expect(throws: VxError.self) {
            _ = try lane.add { buffer in
                if given > 15 << 20 { throw VxError("the disk is gone") }
                content.withUnsafeBytes {
                    buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[given..<given + buffer.count]))
                }
                given += buffer.count
                return buffer.count
            }
        }
        let id = try lane.add(all: content)
        try session.finish()
        #expect(try store.read(id, content.count) == content)
    }

    @Test("an interrupted addition ends at once and the store is as before")
    func cancellation() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let cancellation = Cancellation()
        let session = try store.session(pool: WorkerPool(width: 2), cancellation: cancellation)
        let lane = try session.lane()
        cancellation.cancel()
        #expect(failure { _ = try lane.add(all: SplitMix64.bytes(5 << 20, seed: 1)) }?.code == .interrupted)
        session.abandon()
        #expect(store.packs.isEmpty)
    }
}
