import Testing
import VxModel
import VxSystem

@testable import VxStore

/// `ContentPipeline`: contents one after the other, read ahead by several threads.
@Suite("Store: contents made ahead")
struct ContentPipelineTests {
    /// Of one chunk, of one block, of several blocks, of several segments; compressing and not; one that comes twice.
    private static func contents() -> [[UInt8]] {
        let contents = [
            SplitMix64.bytes(9_000_000, seed: 1), text(10, seed: 2), SplitMix64.bytes(70_000_000, seed: 3),
            text(5_000_000, seed: 4), SplitMix64.bytes(4 << 20, seed: 5), text(300_000, seed: 6),
        ]
        return contents + [contents[0]]
    }

    private static func pointers(_ ids: [ContentID], _ contents: [[UInt8]]) -> [Pointer] {
        zip(ids, contents).map { Pointer(id: $0, size: UInt64($1.count)) }
    }

    @Test("each comes whole and in order, whatever the number of threads", arguments: [1, 2, 8])
    func order(threads: Int) throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let contents = Self.contents()
        let pipeline = ContentPipeline(
            store, Self.pointers(try store.add(contents), contents), pool: WorkerPool(width: threads))
        for content in contents {
            var given: [UInt8] = []
            try pipeline.take { given += $0 }
            #expect(given == content)
        }
    }

    @Test("what is missing, damaged or of another size is an error of its own; the next ones come whole")
    func errors() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let contents = Self.contents()
        var pointers = Self.pointers(try store.add(contents), contents)
        pointers[0] = Pointer(id: pointers[0].id, size: 9_000_001)
        pointers[1] = Pointer(id: ContentHasher.id(of: Array("nowhere".utf8)), size: 7)
        // A chunk in the middle of the largest: what comes before it has been given by then.
        let recipe = try #require(try store.recipe(of: pointers[2].id))
        let place = try #require(try store.location(of: recipe[recipe.count / 2].id))
        let path = store.path(ofPack: place.pack)
        var bytes = try #require(try Files.read(path, limit: .max))
        bytes[Int(place.record.offset)] ^= 0xff
        try Files.replace(path, with: bytes)

        let pipeline = ContentPipeline(try scratch.store(), pointers, pool: WorkerPool(width: 3))
        var codes: [VxError.Code?] = []
        for content in contents {
            var given: [UInt8] = []
            let error = failure { try pipeline.take { given += $0 } }
            codes.append(error?.code)
            #expect(error == nil ? given == content : content.starts(with: given))
        }
        #expect(codes == [.corrupt, .missing, .corrupt, nil, nil, nil, nil])
    }

    @Test("after an error of the one who takes, it goes on with the next")
    func refusedBySink() throws {
        struct Enough: Error {}
        let scratch = try Scratch()
        let store = try scratch.store()
        let contents = Self.contents()
        let pipeline = ContentPipeline(
            store, Self.pointers(try store.add(contents), contents), pool: WorkerPool(width: 2))
        for (number, content) in contents.enumerated() {
            if number % 2 == 0 {
                #expect(throws: Enough.self) { try pipeline.take { _ in throw Enough() } }
                continue
            }
            var given: [UInt8] = []
            try pipeline.take { given += $0 }
            #expect(given == content)
        }
    }
}
