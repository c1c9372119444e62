import Testing
import VxModel

@testable import VxStore

/// `CuttingHasher` beside the chunker and swift-crypto's hash, each by itself.
@Suite("Hashing and cutting together")
struct CuttingHasherTests {
    /// Gives `bytes` to the hasher in parts, as a reader does: what is left after the last cut of a part begins the next one.
    private func run(_ bytes: [UInt8], parts: [Int]) -> (id: ContentID, lengths: [Int]) {
        var hasher = CuttingHasher()
        var lengths: [Int] = []
        var (cut, end) = (0, 0)
        bytes.withUnsafeBytes { buffer in
            for part in parts {
                hasher.begin(UnsafeRawBufferPointer(rebasing: buffer[end..<end + part]))
                end += part
                while end - cut >= Chunker.maximum || (cut < end && end == buffer.count) {
                    lengths.append(hasher.cut(UnsafeRawBufferPointer(rebasing: buffer[cut..<end])))
                    cut += lengths[lengths.count - 1]
                }
                hasher.flush()
            }
        }
        return (hasher.finish(), lengths)
    }

    private func check(_ bytes: [UInt8], parts: [Int], _ location: SourceLocation = #_sourceLocation) {
        let (id, lengths) = run(bytes, parts: parts)
        #expect(id == ContentHasher.id(of: bytes), sourceLocation: location)
        #expect(lengths == bytes.withUnsafeBytes { Chunker.lengths($0) }, sourceLocation: location)
        let whole = bytes.withUnsafeBytes { CuttingHasher.cut($0) }
        #expect(whole.id == id && whole.lengths == lengths, sourceLocation: location)
    }

    @Test("random bytes, in parts of any whole number of blocks", arguments: 1...6)
    func random(seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        let bytes = SplitMix64.bytes(Int.random(in: 2 << 20...4 << 20, using: &generator), seed: seed)
        var parts: [Int] = []
        var left = bytes.count
        while left > 0 {
            let part = min(left, 64 * Int.random(in: 1...20_000, using: &generator))
            parts.append(part)
            left -= part
        }
        check(bytes, parts: parts)
    }

    @Test("every length of the rest, around the smallest chunk and around a block")
    func rests() {
        for base in [0, 64, 128, Chunker.minimum - 64, Chunker.minimum, Chunker.target] {
            let bytes = SplitMix64.bytes(base + 130, seed: UInt64(base))
            for rest in 0...130 { check(Array(bytes.prefix(base + rest)), parts: [base + rest]) }
        }
    }

    @Test("a cut at every place of the sixty-four bytes that are looked through in one step")
    func everyPlace() throws {
        // The bytes before a cut that is one before the target length too, brought to where they follow the bytes that a
        // chunk must have at least.
        let source = SplitMix64.bytes(4 << 20, seed: 3)
        let lengths = source.withUnsafeBytes { Chunker.lengths($0) }
        let early = try #require(lengths.firstIndex { (Chunker.minimum + 1..<Chunker.target).contains($0) })
        let cut = lengths[...early].reduce(0, +)
        let mark = Array(source[cut - Chunker.window..<cut])
        for shift in 0...130 {
            var bytes = [UInt8](repeating: 0xff, count: Chunker.minimum + shift) + mark
            let end = bytes.count
            bytes += [UInt8](repeating: 0xff, count: 100)
            #expect(bytes.withUnsafeBytes { Chunker.lengths($0) }[0] == end, "the mark makes a cut")
            check(bytes, parts: [bytes.count])
        }
    }

    @Test("bytes that never change: cuts at the maximum or the minimum only")
    func constant() {
        for byte in [0, 0x20, 0xff] as [UInt8] {
            check([UInt8](repeating: byte, count: 1 << 20), parts: [512 << 10, 512 << 10])
        }
    }

    @Test("nothing at all")
    func empty() {
        check([], parts: [])
        check([], parts: [0])
    }
}
