import Testing
import VxModel
import VxSystem

@testable import VxStore

@Suite("What is not worth compressing")
struct NoiseTests {
    /// What becomes of a chunk that is to be tried: its encoded length, `nil` where it is stored as it is.
    private static func compressed(_ bytes: [UInt8]) throws -> Int? {
        let scratch = Buffer(bytes.count)
        return try bytes.withUnsafeBytes { try Codec().compress($0, .zstd, into: scratch.bytes) }
    }

    private static func isNoise(_ bytes: [UInt8]) throws -> Bool {
        let scratch = Buffer(bytes.count)
        return try bytes.withUnsafeBytes { try Codec().isNoise($0, scratch.bytes) }
    }

    @Test("Random bytes are noise, and are stored as they are", arguments: [1024, 5000, 20_000, 65_536, 262_144])
    func random(_ count: Int) throws {
        let bytes = SplitMix64.bytes(count, seed: UInt64(count))
        #expect(try Self.isNoise(bytes))
        #expect(try Self.compressed(bytes) == nil)
    }

    @Test("What has fewer bytes than samples take is always tried", arguments: [1, 100, 1023])
    func short(_ count: Int) throws {
        #expect(try !Self.isNoise(SplitMix64.bytes(count, seed: 3)))
    }

    @Test("A part that is no noise is found wherever it stands", arguments: 0..<4)
    func partly(_ quarter: Int) throws {
        var bytes = SplitMix64.bytes(40_000, seed: 1)
        bytes.replaceSubrange(quarter * 10_000..<(quarter + 1) * 10_000, with: text(10_000, seed: 2))
        let length = try #require(try Self.compressed(bytes))
        #expect(length < 33_000)
    }

    @Test("Random bytes that repeat are no noise", arguments: [512, 3000, 9000])
    func repeated(_ period: Int) throws {
        let once = SplitMix64.bytes(period, seed: 4)
        let bytes = Array((0..<60_000 / period).map { _ in once }.joined())
        let length = try #require(try Self.compressed(bytes))
        #expect(length < period * 2)
    }

    @Test("Every even spread of bytes of which a code of single bytes would save 5 % is tried", arguments: 1...20)
    func skewed(_ seed: UInt64) throws {
        // 180 different bytes take 7.49 bits each, 250 take 7.97.
        let bytes = SplitMix64.bytes(30_000, seed: seed)
        #expect(try !Self.isNoise(bytes.map { UInt8(Int($0) * 180 / 256) }))
        #expect(try Self.isNoise(bytes.map { UInt8(Int($0) * 250 / 256) }))
    }
}
