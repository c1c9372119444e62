import Testing
import VxModel
import VxSystem

@testable import VxStore

/// `StoreReader.forEachContent` and `StoreLane.add(_:lengths:)`, beside one content at a time.
@Suite("Store: many small contents at once")
struct ManyContentsTests {
    private static func contents() -> [[UInt8]] {
        var generator = SplitMix64(seed: 6)
        // Single chunks of all sizes, some compressing, one of several chunks, one that comes twice.
        var contents = (0..<90).map { number in
            let size = Int.random(in: 1...20_000, using: &generator)
            return number % 2 == 0 ? SplitMix64.bytes(size, seed: UInt64(number)) : text(size, seed: UInt64(number))
        }
        contents.insert(SplitMix64.bytes(900_000, seed: 100), at: 40)
        contents.append(contents[3])
        return contents
    }

    @Test("contents added together have the ids they have alone, and come back")
    func add() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let contents = Self.contents()
        let session = try store.session(pool: WorkerPool(width: 1), cancellation: Cancellation())
        let ids = try Array(contents.joined()).withUnsafeBytes {
            try session.lane().add($0, lengths: contents.map(\.count))
        }
        try session.finish()
        #expect(ids == contents.map { ContentHasher.id(of: $0) })
        for (id, content) in zip(ids, contents) { #expect(try store.read(id, content.count) == content) }
    }

    @Test("each is given once, in order; one that is missing, damaged or of another size does not hide the others")
    func give() throws {
        let scratch = try Scratch()
        let contents = Self.contents()
        let ids = try scratch.store().add(contents)
        let place = try #require(try scratch.store().location(of: ids[10]))
        let path = try scratch.store().path(ofPack: place.pack)
        var bytes = try #require(try Files.read(path, limit: .max))
        bytes[Int(place.record.offset)] ^= 0xff
        try Files.replace(path, with: bytes)

        var pointers = zip(ids, contents).map { Pointer(id: $0, size: UInt64($1.count)) }
        pointers[20] = Pointer(id: ids[20], size: pointers[20].size + 1)
        pointers[30] = Pointer(id: ContentHasher.id(of: Array("nowhere".utf8)), size: 7)
        var given: [[UInt8]?] = []
        var codes: [VxError.Code] = []
        try scratch.store().reader().forEachContent(pointers) { number, result in
            #expect(number == given.count)
            switch result {
            case .success(let bytes): given.append([UInt8](bytes))
            case .failure(let error):
                given.append(nil)
                codes.append(try #require(error as? VxError).code)
            }
        }
        var expected: [[UInt8]?] = contents
        for number in [10, 20, 30] { expected[number] = nil }
        #expect(given == expected)
        #expect(codes == [.corrupt, .corrupt, .missing])
    }

    @Test("an error of the one who takes them ends it")
    func stop() throws {
        struct Enough: Error {}
        let scratch = try Scratch()
        let store = try scratch.store()
        let contents = Self.contents()
        let pointers = zip(try store.add(contents), contents).map { Pointer(id: $0, size: UInt64($1.count)) }
        for last in [5, 40] {
            var given = 0
            #expect(throws: Enough.self) {
                try store.reader().forEachContent(pointers) { number, _ in
                    given += 1
                    if number == last { throw Enough() }
                }
            }
            #expect(given == last + 1)
        }
    }
}
