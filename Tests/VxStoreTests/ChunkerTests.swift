import Testing
import VxModel
import VxStore
import VxSystem

@Suite("Chunker v1")
struct ChunkerTests {
    @Test("gives the lengths published in docs/formats/chunker.md")
    func publishedVectors() throws {
        let document = try document("chunker.md")
        for line in try vectors("vectors-chunks", in: document) {
            let fields = line.split(separator: " ")
            let seed = try #require(UInt64(fields[0]))
            let count = try #require(Int(fields[1]))
            let expected = fields[2...].compactMap { Int($0) }
            #expect(SplitMix64.bytes(count, seed: seed).withUnsafeBytes { Chunker.lengths($0) } == expected)
        }
    }

    @Test("uses the gear table published in docs/formats/chunker.md")
    func gearTable() throws {
        for line in try vectors("vectors-gear", in: try document("chunker.md")) {
            let fields = line.split(separator: " ")
            let byte = try #require(UInt8(fields[0], radix: 16))
            #expect(String(Chunker.gear(byte), radix: 16) == fields[1])
        }
    }

    @Test("keeps every chunk but the last between 16 KiB and 256 KiB, 64 KiB or so on average", arguments: 1...4)
    func limits(seed: UInt64) {
        let bytes = SplitMix64.bytes(4 << 20, seed: seed)
        let lengths = bytes.withUnsafeBytes { Chunker.lengths($0) }
        #expect(lengths.reduce(0, +) == bytes.count)
        #expect(lengths.dropLast().allSatisfy { (Chunker.minimum...Chunker.maximum).contains($0) })
        #expect((48 << 10...96 << 10).contains(bytes.count / lengths.count))
    }

    @Test("cuts bytes that never change at the maximum or at the minimum, nothing between")
    func constantBytes() {
        for byte in [0, 0x20, 0xff] as [UInt8] {
            let lengths = [UInt8](repeating: byte, count: 1 << 20).withUnsafeBytes { Chunker.lengths($0) }
            #expect(Set(lengths.dropLast()).count <= 1)
        }
    }

    @Test("finds the old cuts again soon after an insertion")
    func resynchronisation() {
        let before = SplitMix64.bytes(3 << 20, seed: 9)
        var after = before
        after.insert(contentsOf: Array("an insertion in the middle".utf8), at: 1 << 20)
        func chunks(_ bytes: [UInt8]) -> Set<ContentID> {
            bytes.withUnsafeBytes { buffer in
                var offset = 0
                return Set(
                    Chunker.lengths(buffer).map { length in
                        defer { offset += length }
                        return ContentHasher.id(of: UnsafeRawBufferPointer(rebasing: buffer[offset..<offset + length]))
                    })
            }
        }
        let changed = chunks(after).subtracting(chunks(before))
        #expect(changed.count <= 4)
    }

    @Test("cuts at 64 MiB whatever the content, and afresh behind it")
    func segments() {
        let tail = SplitMix64.bytes(300_000, seed: 4)
        var bytes = [UInt8](repeating: 7, count: Chunker.segment)
        bytes += tail
        let lengths = bytes.withUnsafeBytes { Chunker.lengths($0) }
        var offset = 0
        var cuts: Set<Int> = []
        for length in lengths {
            offset += length
            cuts.insert(offset)
        }
        #expect(cuts.contains(Chunker.segment))
        let after = lengths.suffix(tail.withUnsafeBytes { Chunker.lengths($0).count })
        #expect(Array(after) == tail.withUnsafeBytes { Chunker.lengths($0) })
    }

    @Test("gives the same cuts however the source hands out its bytes", arguments: [1 << 20, 65_537, 4_099])
    func feeds(step: Int) throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let bytes = SplitMix64.bytes((9 << 20) + 5, seed: 11)
        let session = try store.session(pool: WorkerPool(width: 2), cancellation: Cancellation())
        let id = try session.lane().add(all: bytes, step: step)
        try session.finish()
        let recipe = try #require(try store.recipe(of: id))
        #expect((0..<recipe.count).map { recipe[$0].length } == bytes.withUnsafeBytes { Chunker.lengths($0) })
    }
}
