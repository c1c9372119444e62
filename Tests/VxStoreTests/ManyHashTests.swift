import Testing
import VxModel

@testable import VxStore

/// `ContentHasher.ids(of:lengths:)` beside the hash of each piece by itself, which swift-crypto makes.
@Suite("Hashing many pieces")
struct ManyHashTests {
    @Test("every length around the ends of blocks, alone and beside others")
    func lengths() {
        var generator = SplitMix64(seed: 4)
        let near = (0...300).map { $0 }
        let far = (0..<64).map { _ in Int.random(in: 0...70_000, using: &generator) }
        // From one message to more than are hashed in step.
        let few = (1...20).map { count in (0..<count).map { _ in Int.random(in: 0...5_000, using: &generator) } }
        for lengths in [near, far, near.reversed(), [0], [], [0, 0, 64], [1 << 20, 1]] + few {
            let bytes = (0..<lengths.reduce(0, +)).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
            bytes.withUnsafeBytes { buffer in
                var start = 0
                var expected: [ContentID] = []
                for length in lengths {
                    expected.append(
                        ContentHasher.id(of: UnsafeRawBufferPointer(rebasing: buffer[start..<start + length])))
                    start += length
                }
                #expect(ContentHasher.ids(of: buffer, lengths: lengths) == expected)
            }
        }
    }

    @Test("the example of FIPS 180-4: the message \"abc\", twice")
    func published() {
        let id = ContentID(hex: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        Array("abcabc".utf8).withUnsafeBytes { #expect(ContentHasher.ids(of: $0, lengths: [3, 3]) == [id, id]) }
    }
}
