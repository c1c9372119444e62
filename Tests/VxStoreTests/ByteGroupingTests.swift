import SystemPackage
import Testing
import VxModel
import VxSystem

@testable import VxStore

@Suite("Grouped bytes")
struct ByteGroupingTests {
    static func split(_ bytes: [UInt8], _ width: Int) -> [UInt8] {
        var target = [UInt8](repeating: 0, count: bytes.count)
        bytes.withUnsafeBytes { source in
            target.withUnsafeMutableBytes { ByteGrouping.split(source, width: width, into: $0) }
        }
        return target
    }

    static func join(_ bytes: [UInt8], _ width: Int) -> [UInt8] {
        var target = [UInt8](repeating: 0, count: bytes.count)
        bytes.withUnsafeBytes { source in
            target.withUnsafeMutableBytes { ByteGrouping.join(source, width: width, into: $0) }
        }
        return target
    }

    /// Float32 weights of a small spread, as a layer of a trained model has them.
    static func weights(_ count: Int) -> [UInt8] {
        var generator = SplitMix64(seed: 9)
        var bytes: [UInt8] = []
        for _ in 0..<count {
            let sum = (0..<4).reduce(Float(0)) { total, _ in total + Float.random(in: -0.02...0.02, using: &generator) }
            withUnsafeBytes(of: sum.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
        }
        return bytes
    }

    @Test("the vector of docs/formats/pack.md")
    func vector() {
        let chunk: [UInt8] = [0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99]
        #expect(Self.split(chunk, 2) == [0x00, 0x22, 0x44, 0x66, 0x88, 0x11, 0x33, 0x55, 0x77, 0x99])
        #expect(Self.split(chunk, 4) == [0x00, 0x44, 0x88, 0x11, 0x55, 0x99, 0x22, 0x66, 0x33, 0x77])
    }

    @Test("joining undoes splitting at every length", arguments: [2, 4])
    func roundTrip(width: Int) {
        for count in 0..<40 {
            let bytes = SplitMix64.bytes(count, seed: UInt64(count))
            #expect(Self.join(Self.split(bytes, width), width) == bytes)
            #expect((0..<width).reduce(0) { $0 + ByteGrouping.length(of: $1, count: count, width: width) } == count)
        }
    }

    @Test("float32 weights are stored grouped by four, at least 5 % smaller than zstd makes them, and come back")
    func weightsAreGrouped() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        let bytes = Self.weights(3 << 16)
        let id = try store.add([bytes])[0]
        let records = try store.packs.flatMap { try store.records(inPack: $0) }.filter { $0.kind == .chunk }
        #expect(records.allSatisfy { $0.encoding == .grouped4 })
        let codec = Codec()
        var plain = 0
        var offset = 0
        for length in bytes.withUnsafeBytes({ Chunker.lengths($0) }) {
            let chunk = Array(bytes[offset..<offset + length])
            var target = chunk
            let packed = try chunk.withUnsafeBytes { source in
                try target.withUnsafeMutableBytes { try codec.compress(source, as: .zstd, into: $0) }
            }
            plain += packed ?? length
            offset += length
        }
        #expect(records.reduce(0) { $0 + Int($1.stored) } < plain * 95 / 100)
        #expect(try store.read(id, bytes.count) == bytes)
    }

    @Test("text is not grouped, and noise is stored as it is")
    func others() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        try store.add([text(1 << 20, seed: 1), SplitMix64.bytes(1 << 20, seed: 2)])
        let records = try store.packs.flatMap { try store.records(inPack: $0) }.filter { $0.kind == .chunk }
        #expect(Set(records.map(\.encoding)) == [.raw, .zstd])
    }

    @Test("a chunk of half floats is stored grouped by two")
    func halfFloats() throws {
        let scratch = try Scratch()
        let store = try scratch.store()
        // bf16 is the upper half of a float32.
        let weights = Self.weights(3 << 16)
        let halves = stride(from: 0, to: weights.count, by: 4).flatMap { weights[($0 + 2)..<($0 + 4)] }
        let id = try store.add([halves])[0]
        let records = try store.packs.flatMap { try store.records(inPack: $0) }.filter { $0.kind == .chunk }
        #expect(records.allSatisfy { $0.encoding == .grouped2 })
        #expect(try store.read(id, halves.count) == halves)
    }
}
