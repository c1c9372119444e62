import SystemPackage
import Testing
import VxModel
import VxSystem
import VxTestSupport

@testable import VxStore

/// A vx of November 2026 wrote chunks that compress, of contents that do not as a whole, as if they were stored as they are.
@Suite("Packs whose records name the wrong encoding are good packs")
struct OldPackTests {
    private let pool = WorkerPool(width: 2)
    private var quiet: Cancellation { Cancellation() }

    private static let raw = Encoding.raw.rawValue
    private static let zstd = Encoding.zstd.rawValue

    /// Of one chunk and of several; the last stays as it is, for nothing compresses it.
    private let contents = [text(20_000, seed: 1), text(900_000, seed: 2), SplitMix64.bytes(30_000, seed: 3)]

    /// A store with one such pack.
    private func old(_ scratch: Scratch, leavingCatalog: Bool) throws -> (store: Store, ids: [ContentID], pack: PackID)
    {
        let store = try scratch.store()
        let ids = try store.add(contents)
        let path = store.path(ofPack: try onlyPack(store))
        var pack = try ForgedPack(try #require(try Files.read(path)))
        var changed = 0
        for position in pack.entries.indices where pack.entries[position].encoding == Self.zstd {
            guard pack.entries[position].payload.count < pack.entries[position].raw, pack.entries[position].kind == 0
            else { continue }
            pack.entries[position].encoding = Self.raw
            changed += 1
        }
        try #require(changed > 3)
        let (name, bytes) = pack.sealed
        try Files.remove(path)
        try Files.replace(store.path(ofPack: name), with: bytes)
        try Files.remove(store.layout.catalog)
        if leavingCatalog { try scratch.store().writeCatalog(leavingOut: []) }
        return (try scratch.store(), ids, name)
    }

    /// How many chunks of a pack say on the disk that they are stored as they are and are not.
    private func mislabelled(_ store: Store, _ pack: PackID) throws -> Int {
        let bytes = try #require(try Files.read(store.path(ofPack: pack)))
        // Records of 52 bytes end before the last 48 of the pack: its length, count, version, and name.
        let trailer = 48
        func number(_ at: Int, _ count: Int) -> Int { bytes[at..<at + count].reduce(0) { $0 << 8 | Int($1) } }
        let count = number(bytes.count - trailer + 8, 4)
        return (0..<count).count { position in
            let start = bytes.count - trailer - (count - position) * PackRecord.byteCount
            return bytes[start + 48] == 0 && bytes[start + 49] == Self.raw
                && number(start + 40, 4) < number(start + 44, 4)
        }
    }

    @Test("they are read, and nothing is wrong with them", arguments: [false, true])
    func reading(leavingCatalog: Bool) throws {
        let scratch = try Scratch()
        let (store, ids, pack) = try old(scratch, leavingCatalog: leavingCatalog)
        #expect(try mislabelled(store, pack) > 3)
        for (id, content) in zip(ids, contents) { #expect(try store.read(id, content.count) == content) }
        let report = try store.verify(pool: pool, cancellation: quiet)
        #expect(report.isSound && report.packs == 1)
        #expect(try store.unproven(among: ids, pool: pool, cancellation: quiet).isEmpty)
        // What is there is not stored again.
        try store.add(contents)
        #expect(store.packs == [pack])
    }

    @Test("written anew, they say what is so")
    func rewriting() throws {
        let scratch = try Scratch()
        let (store, ids, pack) = try old(scratch, leavingCatalog: false)
        let report = try store.collect(atOnce { $0.isExact = true }, keeping: Array(ids.dropFirst()))
        #expect(report.packs.map(\.fate) == [.rewritten] && report.packs.map(\.name) == [pack])
        let new = try onlyPack(store)
        #expect(new != pack)
        #expect(try mislabelled(store, new) == 0)
        #expect(store.holds(contents[1]) && store.holds(contents[2]) && !store.holds(contents[0]))
        #expect(try scratch.store().verify(pool: pool, cancellation: quiet).isSound)
        // From the trash as well.
        #expect(try store.restoreFromTrash(Set(ids)) == 1)
        #expect(contents.allSatisfy(store.holds))
        #expect(try scratch.store().verify(pool: pool, cancellation: quiet).isSound)
    }

    @Test("nobody needs them: they go as a whole")
    func dropping() throws {
        let scratch = try Scratch()
        let (store, _, pack) = try old(scratch, leavingCatalog: true)
        let report = try store.collect(keeping: [])
        #expect(report.packs.map(\.fate) == [.dropped] && report.packs.map(\.name) == [pack])
        #expect(store.packs.isEmpty && !contents.contains(where: store.holds))
    }
}
