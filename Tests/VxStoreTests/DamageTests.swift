import SystemPackage
import Testing
import VxModel
import VxSystem

@testable import VxStore

@Suite("Store: damage, loss and repair")
struct DamageTests {
    private let pool = WorkerPool(width: 2)

    /// Changes one byte of a file in place.
    private func damage(_ path: FilePath, at offset: UInt64) throws {
        var bytes = try #require(try Files.read(path, limit: .max))
        bytes[Int(offset)] ^= 0xff
        try Files.replace(path, with: bytes)
    }

    /// Two packs that both hold `content`: made apart, then put into one store.
    private func storeWithTwoCopies(_ scratch: Scratch, of content: [UInt8]) throws -> (store: Store, id: ContentID) {
        let store = try scratch.store()
        let id = try store.add([content, [1]])[0]
        let other = try scratch.store("other")
        try other.add([[2], content])
        #expect(try store.link(from: other.root) == 1)
        #expect(store.index.copies(of: id).count == 2)
        return (store, id)
    }

    @Test("a pack that proves right by now is not put aside")
    func salvageSound() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let contents = (0..<3).map { SplitMix64.bytes(300_000, seed: $0) }
        try store.add(contents)
        let pack = try #require(store.packs.first)
        #expect(try store.salvage(pack, cancellation: Cancellation()) == nil)
        try store.refresh()
        #expect(contents.allSatisfy(store.holds))
    }

    @Test("a damaged chunk is an error that names pack, id and what to do")
    func damagedChunk() throws {
        let scratch = try Scratch()
        let content = SplitMix64.bytes(1000, seed: 1)
        let store = try scratch.store()
        let ids = try store.add([content, [1, 2, 3]])
        let pack = try onlyPack(store)
        let place = try #require(store.location(of: ids[0]))
        try damage(store.path(ofPack: pack), at: place.record.offset + 10)
        let error = try #require(failure { _ = try scratch.store().read(ids[0], content.count) })
        #expect(error.code == .corrupt)
        #expect(error.message.contains(pack.hex) && error.message.contains(ids[0].hex))
        #expect(error.hint?.contains("vx fsck") == true)
        #expect(try scratch.store().read(ids[1], 3) == [1, 2, 3])
    }

    @Test("where one copy of a chunk is damaged, another is used", arguments: [1000, 600_000])
    func otherCopy(size: Int) throws {
        let scratch = try Scratch()
        let content = SplitMix64.bytes(size, seed: 2)
        let (store, id) = try storeWithTwoCopies(scratch, of: content)
        let first = try #require(store.location(of: try store.parts(of: id).last ?? id))
        try damage(store.path(ofPack: first.pack), at: first.record.offset + 10)
        let fresh = try scratch.store()
        #expect(try fresh.read(id, size) == content)
        try fresh.reader().withContent(id, size: UInt64(size)) { #expect($0.elementsEqual(content)) }
        #expect(try !fresh.verify(pool: pool, cancellation: Cancellation()).isSound)
    }

    @Test("where the pack of one copy is gone, another is used")
    func missingPack() throws {
        let scratch = try Scratch()
        let (store, id) = try storeWithTwoCopies(scratch, of: [5, 6, 7])
        let first = try #require(store.location(of: id))
        try Files.remove(store.path(ofPack: first.pack))
        #expect(try store.read(id, 3) == [5, 6, 7])
    }

    @Test("a damaged footer hides one pack and no other")
    func damagedFooter() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let first = try store.add([[1, 2, 3]])[0]
        let pack = try onlyPack(store)
        let second = try store.add([[4, 5, 6]])[0]
        try Files.replace(store.path(ofPack: pack), with: [1, 2, 3])
        let fresh = try scratch.store()
        #expect(try fresh.read(second, 3) == [4, 5, 6])
        #expect(!fresh.contains(first))
        #expect(fresh.warnings.contains { $0.contains(pack.hex) })
        let report = try fresh.verify(pool: pool, cancellation: Cancellation())
        #expect(report.damaged.map(\.isUnreadable) == [true])
    }

    @Test("verify tells which ids are damaged, and those which contents are hit")
    func affectedContents() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let big = SplitMix64.bytes(1 << 20, seed: 3)
        let ids = try store.add([big, [1, 2, 3], Array(big.dropLast(10))])
        let chunk = try #require(try store.recipe(of: ids[0]))[0].id
        let place = try #require(store.location(of: chunk))
        try damage(store.path(ofPack: place.pack), at: place.record.offset)
        let report = try store.verify(pool: pool, cancellation: Cancellation())
        #expect(report.damagedIDs == [chunk])
        #expect(store.contents(affectedBy: report.damagedIDs) == [chunk, ids[0], ids[2]])
    }

    @Test("setting a damaged pack aside lets adding the file again heal it", arguments: [1000, 300_000, 900_000])
    func quarantineThenAdd(size: Int) throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let content = SplitMix64.bytes(size, seed: 4)
        // The chunks in one pack, the recipe in another: the recipe survives, and must not hide the loss.
        let lengths = content.withUnsafeBytes { Chunker.lengths($0) }
        let chunk = Array(content[..<lengths[0]])
        try store.add([chunk])
        let pack = try onlyPack(store)
        let id = try store.add([content])[0]
        let aside = try store.quarantine(pack)
        #expect(try Files.status(aside) != nil)
        #expect(try !store.isComplete(id))
        #expect(failure { _ = try store.read(id, size) }?.message.contains("is not in the store") == true)
        if lengths.count > 1 {
            #expect(try store.verify(pool: pool, cancellation: Cancellation()).incomplete == [id])
        }
        try store.add([content])
        #expect(try store.read(id, size) == content)
        #expect(try store.verify(pool: pool, cancellation: Cancellation()).isSound)
    }

    @Test("linking brings packs over, heals one set aside, and leaves damaged ones where they are")
    func linking() throws {
        let scratch = try Scratch()
        let theirs = try scratch.store("theirs")
        let id = try theirs.add([[1, 2, 3]])[0]
        let ours = try scratch.store()
        #expect(try ours.link(from: theirs.root) == 1)
        #expect(try ours.link(from: theirs.root) == 0)
        #expect(try ours.read(id, 3) == [1, 2, 3])
        let pack = try onlyPack(ours)
        try ours.quarantine(pack)
        #expect(!ours.contains(id))
        #expect(try ours.link(from: theirs.root) == 1)
        #expect(try ours.read(id, 3) == [1, 2, 3])
        try ours.quarantine(pack)
        try damage(theirs.path(ofPack: pack), at: 17)
        #expect(try ours.link(from: theirs.root) == 0)
        try damage(theirs.path(ofPack: pack), at: 60)
        #expect(try scratch.store("third").link(from: theirs.root) == 0)
    }

    @Test("a pack from elsewhere becomes ours only once every byte proved right")
    func adopting() throws {
        let scratch = try Scratch()
        let theirs = try scratch.store("theirs")
        let id = try theirs.add([[1, 2, 3]])[0]
        let pack = try onlyPack(theirs)
        let ours = try scratch.store()
        var bytes = try #require(try Files.read(theirs.path(ofPack: pack)))
        for sound in [false, true] {
            bytes[16] ^= 0xff
            if sound { bytes[16] = try #require(try Files.read(theirs.path(ofPack: pack)))[16] }
            let path = try ours.temporaryPath()
            try Files.replace(path, with: bytes)
            #expect((failure { try ours.adopt(pack, at: path) } == nil) == sound)
            try ours.refresh()
            #expect(ours.contains(id) == sound)
        }
        #expect(try ours.read(id, 3) == [1, 2, 3])
    }

    @Test("a store of many packs without a catalog makes one when it is opened")
    func manyPacks() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        var ids: [ContentID] = []
        for number in 0..<40 { ids += try store.add([[UInt8(number)]]) }
        #expect(store.index.catalog != nil)
        #expect(store.index.outside.count <= 32)
        try Files.remove(store.layout.catalog)
        let fresh = try scratch.store()
        #expect(fresh.index.catalog?.count == 40)
        #expect(ids.allSatisfy { fresh.contains($0) })
    }

    @Test("losing the catalog, or finding it damaged, loses nothing", arguments: ["gone", "empty", "short", "foreign"])
    func lostCatalog(kind: String) throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let contents = (0..<1500).map { SplitMix64.bytes(20, seed: UInt64($0)) }
        let ids = try store.add(contents)
        #expect(store.index.outside.isEmpty)
        let catalog = store.layout.catalog
        let bytes = try #require(try Files.read(catalog))
        switch kind {
        case "gone": try Files.remove(catalog)
        case "empty": try Files.replace(catalog, with: [])
        case "short": try Files.replace(catalog, with: Array(bytes.dropLast(1)))
        default: try Files.replace(catalog, with: golden("catalog.hex"))
        }
        let fresh = try scratch.store()
        #expect(fresh.warnings.isEmpty == (kind == "gone"))
        for (id, content) in zip(ids, contents) { #expect(try fresh.read(id, 20) == content) }
        try fresh.rebuildCatalog()
        #expect(fresh.warnings.isEmpty)
        #expect(try Files.read(catalog) == bytes)
    }

    @Test("adding a little to a large store does not rewrite its catalog; adding much does")
    func catalogPolicy() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        try store.add((0..<5000).map { SplitMix64.bytes(16, seed: UInt64($0)) })
        let before = try Files.status(store.layout.catalog)
        try store.add((0..<100).map { SplitMix64.bytes(17, seed: UInt64($0)) })
        #expect(try Files.status(store.layout.catalog) == before)
        #expect(store.index.outside.count == 1)
        try store.add((0..<2000).map { SplitMix64.bytes(18, seed: UInt64($0)) })
        #expect(store.index.outside.isEmpty)
        #expect(store.index.catalog?.count == 7100)
    }

    @Test("what a killed process left in tmp is swept once it is old and its process gone")
    func leftovers() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        try store.add([[1]])
        let folder = store.layout.temporary
        let names = [".vx-999999999-old", ".vx-1-old", ".vx-999999999-new"]
        for name in names {
            let file = try OpenFile.creating(folder.appending(name))
            if name.hasSuffix("old") { try file.setModified(FileTime(seconds: 1_000_000, nanoseconds: 0)) }
        }
        try store.add([[2]])
        #expect(try Files.names(in: folder).map(\.string) == [".vx-1-old", ".vx-999999999-new"])
    }

    @Test("an error while writing leaves the store as before and its folder clean")
    func failedWrite() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        try store.add([[1]])
        let session = try store.session(pool: pool, cancellation: Cancellation())
        let id = try session.lane().add(all: [2, 3])
        try Files.rename(store.layout.packs, to: scratch.path.appending("packs"))
        #expect(failure { try session.finish() } != nil)
        #expect(try Files.names(in: store.layout.temporary).isEmpty)
        try Files.rename(scratch.path.appending("packs"), to: store.layout.packs)
        #expect(!(try scratch.store().contains(id)))
        #expect(throws: VxError.self) { _ = try session.lane() }
    }

    @Test("adding a file again heals its damaged recipe", arguments: [600_000, 9_000_000])
    func healedRecipe(size: Int) throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let content = SplitMix64.bytes(size, seed: 9)
        let id = try store.add([content])[0]
        let place = try #require(store.location(of: id))
        try damage(store.path(ofPack: place.pack), at: place.record.offset + 30)
        let fresh = try scratch.store()
        #expect(failure { _ = try fresh.read(id, size) }?.code == .corrupt)
        try fresh.add([content])
        #expect(try fresh.read(id, size) == content)
    }

    @Test("a catalog that cannot be written fails no addition, and leaves a warning")
    func unwritableCatalog() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        // A folder of its name cannot be replaced by a file, whoever tries.
        try Files.createDirectories(store.layout.catalog.appending("x"))
        let ids = try store.add((0..<1500).map { SplitMix64.bytes(20, seed: UInt64($0)) })
        #expect(ids.allSatisfy { store.contains($0) })
        #expect(store.warnings.contains { $0.contains("the catalog cannot be written") })
    }

    @Test("a damaged recipe is named, and reading never gives wrong bytes")
    func damagedRecipe() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let content = SplitMix64.bytes(600_000, seed: 8)
        let id = try store.add([content])[0]
        let place = try #require(store.location(of: id))
        try damage(store.path(ofPack: place.pack), at: place.record.offset + 30)
        let fresh = try scratch.store()
        #expect(failure { _ = try fresh.read(id, content.count) }?.code == .corrupt)
        let report = try fresh.verify(pool: pool, cancellation: Cancellation())
        #expect(report.damagedIDs == [id])
    }
}
