import SystemPackage
import Testing
import VxModel
import VxSystem
import VxTestSupport

@testable import VxStore

@Suite("Store: a list of chunks is believed for the file it makes, and for nothing else")
struct ForgeryTests {
    private let pool = WorkerPool(width: 2)
    private var quiet: Cancellation { Cancellation() }

    /// One short content of several chunks, and one that is read in blocks.
    private static let sizes = [400_000, 3_000_000]

    /// Changes the packs of a store; what was in them is gone.
    private func forge(_ store: Store, _ change: (inout ForgedPack) -> Void) throws {
        for name in store.packs {
            let path = store.path(ofPack: name)
            var pack = try ForgedPack(try #require(try Files.read(path)))
            change(&pack)
            let (forged, bytes) = pack.sealed
            try Files.remove(path)
            try Files.replace(store.path(ofPack: forged), with: bytes)
        }
        try Files.remove(store.layout.catalog)
    }

    private func verify(_ store: Store) throws -> StoreReport { try store.verify(pool: pool, cancellation: quiet) }

    /// Whether a report leaves no doubt that a content cannot be had.
    private func names(_ id: ContentID, _ report: StoreReport, in store: Store) -> Bool {
        store.contents(affectedBy: report.damagedIDs).contains(id) || report.incomplete.contains(id)
    }

    @Test("a recipe that lies is named, and adding the good bytes heals it", arguments: RecipeLie.allCases, sizes)
    func lyingRecipe(lie: RecipeLie, size: Int) throws {
        let scratch = try Scratch()
        let content = SplitMix64.bytes(size, seed: 1)
        let other = SplitMix64.bytes(size, seed: 2)
        let ids = try scratch.store().add([content, other])
        var isTold = false
        try forge(scratch.store()) { isTold = $0.tell(lie, of: [ids[0]]) || isTold }
        try #require(isTold)
        let store = try scratch.store()
        #expect(failure { _ = try store.read(ids[0], size) }?.code == .corrupt)
        let report = try verify(store)
        #expect(!report.isSound && names(ids[0], report, in: store) && !names(ids[1], report, in: store))
        #expect(report.damaged.flatMap(\.wrongRecipes) == [ids[0]])
        #expect(try store.unproven(among: ids, pool: pool, cancellation: quiet) == [ids[0]])

        try store.add([content])
        #expect(try store.read(ids[0], size) == content && store.read(ids[1], size) == other)
        #expect(try verify(scratch.store()).isSound, "nothing that lies is left")
        #expect(try Files.names(in: store.layout.quarantine).count == 1, "and nothing was deleted")
        #expect(try scratch.store().takeBack(Set(ids), pool: pool, cancellation: quiet) == 0)
    }

    @Test(
        "a record that calls a content a chunk of another length is put aside by adding the good bytes",
        arguments: sizes)
    func lyingKind(size: Int) throws {
        let scratch = try Scratch()
        let content = SplitMix64.bytes(size, seed: 3)
        let id = try scratch.store().add([content])[0]
        try forge(scratch.store()) { $0.claimChunk(id) }
        let store = try scratch.store()
        #expect(try names(id, verify(store), in: store))
        try store.add([content])
        #expect(try store.read(id, size) == content)
        #expect(try verify(scratch.store()).isSound)
    }

    @Test("a chunk whose footer gives it another length is stored again")
    func lyingLength() throws {
        let scratch = try Scratch()
        let content = SplitMix64.bytes(3_000_000, seed: 4)
        let id = try scratch.store().add([content])[0]
        let chunk = try #require(try scratch.store().recipe(of: id))[3].id
        try forge(scratch.store()) { pack in
            for position in pack.entries.indices where pack.entries[position].id == chunk {
                pack.entries[position].payload.removeLast()
                pack.entries[position].raw -= 1
            }
        }
        let store = try scratch.store()
        #expect(try names(id, verify(store), in: store))
        try store.add([content])
        #expect(try store.read(id, content.count) == content)
        #expect(try verify(scratch.store()).isSound)
    }

    @Test(
        "where one pack lies and another does not, nothing of a file that can be had is lost",
        arguments: RecipeLie.allCases)
    func lieBesideTruth(lie: RecipeLie) throws {
        let scratch = try Scratch()
        let content = SplitMix64.bytes(900_000, seed: 5)
        let ours = try scratch.store()
        let id = try ours.add([content])[0]
        let theirs = try scratch.store("theirs")
        try theirs.add([content, [1]])
        try forge(theirs) { _ = $0.tell(lie, of: [id]) }
        #expect(try ours.link(from: theirs.root) == 1)
        try ours.add([content])
        #expect(try scratch.store().read(id, content.count) == content)
        #expect(try verify(scratch.store()).isSound)
    }

    /// Lays a content down as a checkout does.
    private func layDown(_ id: ContentID, _ size: Int, from store: Store, in scratch: Scratch) throws -> [UInt8]? {
        let path = scratch.path.appending("laid-down")
        let file = try OpenFile.creating(path)
        try store.reader().write(id, size: UInt64(size), to: file, pool: pool, cancellation: quiet)
        return try Files.read(path)
    }

    @Test(
        "a pack that came from another store is proven before its lists of chunks are laid down",
        arguments: RecipeLie.allCases)
    func lieFromElsewhere(lie: RecipeLie) throws {
        let scratch = try Scratch()
        let content = SplitMix64.bytes(3_000_000, seed: 10)
        let theirs = try scratch.store("theirs")
        let id = try theirs.add([content])[0]
        try forge(theirs) { _ = $0.tell(lie, of: [id]) }
        let ours = try scratch.store()
        #expect(try ours.link(from: theirs.root) == 1)
        #expect(failure { _ = try layDown(id, content.count, from: ours, in: scratch) }?.code == .corrupt)
        let pipeline = ContentPipeline(ours, [Pointer(id: id, size: UInt64(content.count))], pool: pool)
        #expect(failure { try pipeline.take { _ in Issue.record("git would get this") } }?.code == .corrupt)
        #expect(try ours.unproven(among: [id], trustingOwn: true, pool: pool, cancellation: quiet) == [id])
        try ours.add([content])
        let healed = try scratch.store()
        try Files.remove(scratch.path.appending("laid-down"))
        #expect(try layDown(id, content.count, from: healed, in: scratch) == content)
        #expect(try verify(healed).isSound)
        #expect(try ours.link(from: theirs.root) == 1, "what was put aside here")
        #expect(try scratch.store().read(id, content.count) == content, "stays aside")
        #expect(try verify(scratch.store()).isSound)
    }

    @Test(
        "what comes from another store and is right is used at once, and is as good as our own once all of it was read")
    func truthFromElsewhere() throws {
        let scratch = try Scratch()
        let content = SplitMix64.bytes(3_000_000, seed: 11)
        let theirs = try scratch.store("theirs")
        let id = try theirs.add([content])[0]
        let ours = try scratch.store()
        #expect(try ours.link(from: theirs.root) == 1)
        #expect(ours.index.unproven == Set(ours.packs))
        #expect(try layDown(id, content.count, from: ours, in: scratch) == content)
        #expect(try ours.unproven(among: [id], trustingOwn: true, pool: pool, cancellation: quiet).isEmpty)
        try ours.add([content])
        #expect(ours.packs == theirs.packs, "nothing is stored twice")
        #expect(try verify(ours).isSound)
        #expect(try scratch.store().index.unproven.isEmpty)
    }

    @Test("wrong bytes in a pack from another store keep no good ones out", arguments: [900, 400_000, 3_000_000])
    func garbageFromElsewhere(size: Int) throws {
        let scratch = try Scratch()
        let content = SplitMix64.bytes(size, seed: 12)
        let theirs = try scratch.store("theirs")
        let id = try theirs.add([content])[0]
        try forge(theirs) { pack in
            for position in pack.entries.indices where pack.entries[position].kind == 0 {
                pack.entries[position].payload[10] ^= 1
            }
        }
        let ours = try scratch.store()
        #expect(try ours.link(from: theirs.root) == 1)
        try ours.add([content])
        #expect(try scratch.store().read(id, size) == content)
        #expect(try verify(scratch.store()).isSound)
    }

    @Test("a list of chunks that is longer than the file's size allows is not read")
    func longList() throws {
        let scratch = try Scratch()
        let content = SplitMix64.bytes(3_000_000, seed: 13)
        let id = try scratch.store().add([content])[0]
        try forge(scratch.store()) { pack in
            for position in pack.entries.indices where pack.entries[position].id == id {
                pack.entries[position].payload += [UInt8](repeating: 0, count: 1 << 20)
                pack.entries[position].raw += 1 << 20
            }
        }
        let error = failure { _ = try scratch.store().read(id, content.count) }
        #expect(
            error?.code == .corrupt && error?.message.contains("longer than a file of 3000000 bytes can have") == true)
        #expect(Recipe.longest(forContentOf: .max) == UInt64(Recipe.maximumLength))
    }

    @Test(
        "a catalog that claims what no pack has is named, and keeps no good bytes out",
        arguments: [1000, 400_000, 3_000_000])
    func lyingCatalog(size: Int) throws {
        let scratch = try Scratch()
        let content = SplitMix64.bytes(size, seed: 6)
        // Another store tells how the records would look.
        let other = try scratch.store("other")
        let id = try other.add([content])[0]
        let records = try other.records(inPack: try onlyPack(other))
        let store = try scratch.store()
        try store.add([[1, 2, 3]])
        let name = try onlyPack(store)
        let lies = try (store.records(inPack: name) + records).sorted { $0.id < $1.id }
        try Files.replace(
            store.layout.catalog, with: Catalog.encode(contents: [PackContents(name: name, records: lies)]))
        let misled = try scratch.store()
        #expect(misled.contains(id))
        #expect(try verify(misled).catalogProblem?.contains("where that is not") == true)
        try misled.add([content])
        #expect(try scratch.store().read(id, size) == content)
        #expect(try verify(scratch.store()).isSound)
    }

    @Test("nothing is collected where the catalog hides what a pack has")
    func hidingCatalog() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let id = try store.add([SplitMix64.bytes(900, seed: 7), [1, 2, 3]])[0]
        let name = try onlyPack(store)
        let shown = try store.records(inPack: name).filter { $0.id != id }
        try Files.replace(
            store.layout.catalog, with: Catalog.encode(contents: [PackContents(name: name, records: shown)]))
        let blind = try scratch.store()
        let options = CollectionOptions(grace: 0, now: FileTime(seconds: .max / 2, nanoseconds: 0))
        let error = failure { _ = try blind.collect(options, cancellation: quiet, roots: { [id] }) }
        #expect(error?.code == .corrupt)
        #expect(try verify(blind).catalogProblem?.contains("does not name") == true)
        try blind.rebuildCatalog()
        #expect(try scratch.store().read(id, 900) == SplitMix64.bytes(900, seed: 7))
    }

    @Test(
        "nothing is collected where two packs have different lists of chunks under one id",
        arguments: RecipeLie.allCases)
    func disputedList(lie: RecipeLie) throws {
        let scratch = try Scratch()
        let content = SplitMix64.bytes(900_000, seed: 14)
        let store = try scratch.store()
        let id = try store.add([content])[0]
        let truth = try #require(try Files.read(store.path(ofPack: onlyPack(store))))
        let name = try onlyPack(store)
        try forge(store) { pack in
            _ = pack.tell(lie, of: [id])
            pack.add(chunk: [9])
        }
        // Put there by somebody who does not ask vx.
        try Files.replace(store.path(ofPack: name), with: truth)
        let both = try scratch.store()
        try #require(both.packs.count == 2)
        let options = CollectionOptions(grace: 0, now: FileTime(seconds: .max / 2, nanoseconds: 0))
        #expect(failure { _ = try both.collect(options, cancellation: quiet, roots: { [id] }) }?.code == .corrupt)
        try both.expelLies(about: [id], cancellation: quiet)
        _ = try scratch.store().collect(options, cancellation: quiet, roots: { [id] })
        #expect(try scratch.store().read(id, content.count) == content)
    }

    @Test(
        "what was put in quarantine wrongly comes back; of the rest, what proves right and is needed",
        arguments: [false, true])
    func takingBack(isDamaged: Bool) throws {
        let scratch = try Scratch()
        let contents = [SplitMix64.bytes(900_000, seed: 8), SplitMix64.bytes(700, seed: 9), [1, 2, 3]]
        let store = try scratch.store()
        let ids = try store.add(contents)
        let place = try #require(store.location(of: ids[2]))
        let aside = try store.quarantine(place.pack)
        if isDamaged {
            var bytes = try #require(try Files.read(aside))
            bytes[Int(place.record.offset)] ^= 1
            try Files.replace(aside, with: bytes)
        }
        #expect(try !store.isComplete(ids[0]))
        #expect(try store.takeBack(Set(ids), pool: pool, cancellation: quiet) == 1)
        for (id, content) in zip(ids.dropLast(), contents) { #expect(try store.read(id, content.count) == content) }
        #expect(try store.isComplete(ids[2]) == !isDamaged)
        #expect((try Files.status(aside) != nil) == isDamaged)
        #expect(try verify(scratch.store()).isSound)
    }
}
