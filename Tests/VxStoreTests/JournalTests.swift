import SystemPackage
import Testing
import VxModel
import VxSystem

@testable import VxStore

@Suite("Store: sessions with a journal")
struct JournalTests {
    private let pool = WorkerPool(width: 2)

    private func session(_ store: Store) throws -> StoreSession {
        try store.session(pool: pool, cancellation: Cancellation(), keepsJournal: true)
    }

    /// What a process that was killed now would leave of `store`, as another store: the same files, with nobody's lock.
    private func killed(_ store: Store, _ scratch: Scratch, _ name: String = "killed") throws -> StoreLayout {
        let copy = try StoreLayout(root: scratch.path.appending(name))
        try copy.make()
        for (from, to) in [(store.layout.packs, copy.packs), (store.layout.temporary, copy.temporary)] {
            for file in try Files.names(in: from) {
                let bytes = try #require(try Files.read(from.appending(file), limit: .max))
                try Files.replace(to.appending(file), with: bytes)
            }
        }
        return copy
    }

    private func temporary(_ layout: StoreLayout, isJournal: Bool) throws -> FilePath {
        let names = try Files.names(in: layout.temporary).filter { $0.string.hasSuffix(".journal") == isJournal }
        return layout.temporary.appending(try #require(names.first))
    }

    @Test("what was added survives a kill right after", arguments: [3, 400_000, 600_000, 9_000_000])
    func kill(size: Int) throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let lane = try session(store).lane()
        let contents = [[1], SplitMix64.bytes(size, seed: 1), text(size, seed: 2)]
        for (number, content) in contents.enumerated() {
            _ = try lane.add(all: content)
            let layout = try killed(store, scratch, "killed\(number)")
            let saved = try Store.open(layout.root)
            for content in contents[...number] {
                #expect(try saved.read(ContentHasher.id(of: content), content.count) == content)
            }
            #expect(try saved.verify(pool: pool, cancellation: Cancellation()).isSound)
            #expect(saved.warnings.isEmpty)
            #expect(try Files.names(in: layout.temporary).isEmpty)
            #expect(try Files.unsortedNames(in: layout.quarantine) == nil)
        }
    }

    @Test("a pack that is full appears at once, and its journal goes")
    func fullPack() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let session = try session(store)
        let lane = try session.lane()
        let contents = (0..<3).map { SplitMix64.bytes(40 << 20, seed: UInt64($0)) }
        let ids = try contents.map { try lane.add(all: $0) }
        try store.refresh()
        #expect(!store.packs.isEmpty)
        let saved = try Store.open(killed(store, scratch).root)
        for (id, content) in zip(ids, contents) { #expect(try saved.read(id, content.count) == content) }
        try session.finish()
        for id in ids { #expect(try store.isComplete(id)) }
        #expect(try Files.names(in: store.layout.temporary).isEmpty)
    }

    @Test("a live session is left alone, and finishes as any other")
    func alive() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let session = try session(store)
        let lane = try session.lane()
        let id = try lane.add(all: [1, 2, 3])
        let other = try scratch.store()
        #expect(!other.contains(id) && other.warnings.isEmpty)
        #expect(throws: VxError.self) { _ = try session.lane() }
        try session.finish()
        try other.refresh()
        #expect(try other.read(id, 3) == [1, 2, 3])
        #expect(try Files.names(in: store.layout.temporary).isEmpty)
    }

    @Test("chunks of a source that failed half-way are published with the content that counts on them")
    func failedSource() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let lane = try session(store).lane()
        let content = SplitMix64.bytes(20 << 20, seed: 5)
        var given = 0
        #expect(throws: VxError.self) {
            _ = try lane.add { buffer in
                if given > 15 << 20 { throw VxError("the pipe broke") }
                content.withUnsafeBytes {
                    buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[given..<given + buffer.count]))
                }
                given += buffer.count
                return buffer.count
            }
        }
        let chunk = Array(content[..<content.withUnsafeBytes { Chunker.lengths($0) }[0]])
        let id = try lane.add(all: chunk)
        let saved = try Store.open(killed(store, scratch).root)
        #expect(try saved.read(id, chunk.count) == chunk)
    }

    @Test("half a record, a payload cut short and wrong bytes cost what they hit and no more")
    func damage() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let lane = try session(store).lane()
        let contents = (0..<3).map { SplitMix64.bytes(1000, seed: UInt64($0)) }
        let ids = try contents.map { try lane.add(all: $0) }
        for kind in ["half", "short", "wrong", "nothing"] {
            let layout = try killed(store, scratch, kind)
            let pack = try temporary(layout, isJournal: false)
            let journal = try temporary(layout, isJournal: true)
            var bytes = try #require(try Files.read(pack))
            var list = try #require(try Files.read(journal))
            switch kind {
            case "half": list.removeLast(10)
            case "short": bytes.removeLast(10)
            case "wrong": bytes[bytes.count - 10] ^= 0xff
            default: list = []
            }
            try Files.replace(pack, with: bytes)
            try Files.replace(journal, with: list)
            let saved = try Store.open(layout.root)
            #expect(saved.contains(ids[0]) == (kind != "nothing"))
            #expect(saved.contains(ids[1]) == (kind != "nothing"))
            #expect(!saved.contains(ids[2]))
            #expect(try saved.verify(pool: pool, cancellation: Cancellation()).isSound)
            #expect(try Files.names(in: layout.temporary).isEmpty)
            let isAside = try Files.unsortedNames(in: layout.quarantine)?.count == 1
            #expect(isAside == (kind == "short" || kind == "wrong"))
        }
    }

    @Test("many that take in the same pack at once make one pack of it")
    func race() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let lane = try session(store).lane()
        let contents = (0..<50).map { SplitMix64.bytes(20_000, seed: UInt64($0)) }
        let ids = try contents.map { try lane.add(all: $0) }
        let root = try killed(store, scratch).root
        try WorkerPool(width: 8).run { _ in
            let saved = try Store.open(root)
            for id in ids { #expect(saved.contains(id)) }
            #expect(saved.warnings.isEmpty)
        }
        #expect(try Store.open(root).packs.count == 1)
    }

    @Test("a journal that was left behind by a kill after its pack was in place goes")
    func orphan() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        try store.add([[1]])
        let name = store.layout.temporary.appending(".vx-999999999-x.journal")
        _ = try OpenFile.creating(name)
        try store.refresh()
        #expect(try Files.status(name) == nil)
    }

    @Test("where finishing fails, what was added is kept and found later, however old it is")
    func failedFinish() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        try store.add([[1]])
        let session = try session(store)
        let id = try session.lane().add(all: [2, 3])
        let away = scratch.path.appending("packs")
        try Files.rename(store.layout.packs, to: away)
        let error = try #require(failure { try session.finish() })
        #expect(error.message == "what git was told is stored is not safe yet")
        #expect(error.hint?.contains("vx fsck --repair") == true)
        for name in try Files.names(in: store.layout.temporary) {
            let old = FileTime(seconds: 1_000_000, nanoseconds: 0)
            try OpenFile.reading(store.layout.temporary.appending(name)).setModified(old)
        }
        try store.layout.sweep()
        try Files.rename(away, to: store.layout.packs)
        #expect(try scratch.store().read(id, 2) == [2, 3])
    }

    @Test("after a failed write nothing more is acknowledged, and what was before it is kept")
    func poisoned() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let session = try session(store)
        let lane = try session.lane()
        let id = try lane.add(all: [2, 3])
        session.poison(VxError("the disk is full"))
        #expect(failure { _ = try lane.add(all: [4]) }?.message == "the disk is full")
        #expect(failure { _ = try lane.add(all: [2, 3]) }?.message == "the disk is full")
        #expect(throws: VxError.self) { try session.finish() }
        #expect(try scratch.store().read(id, 2) == [2, 3])
    }
}
