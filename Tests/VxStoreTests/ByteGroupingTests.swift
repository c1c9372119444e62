import SystemPackage
import Testing
import VxModel
import VxSystem

@testable import VxStore

@Suite("Grouped bytes")
struct ByteGroupingTests {
    /// The planes of some bytes, one after the other.
    static func planes(_ bytes: [UInt8], _ width: Int) -> [[UInt8]] {
        let targets = (0..<width).map { plane in
            let length = ByteGrouping.length(of: plane, count: bytes.count, width: width)
            return UnsafeMutableRawBufferPointer.allocate(byteCount: length, alignment: 1)
        }
        defer { for target in targets { target.deallocate() } }
        bytes.withUnsafeBytes { ByteGrouping.split($0, into: targets) }
        return targets.map { Array($0) }
    }

    static func join(_ planes: [[UInt8]], count: Int) -> [UInt8] {
        var target = [UInt8](repeating: 0, count: count)
        let buffers = planes.map { plane in
            let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: plane.count, alignment: 1)
            copy.copyBytes(from: plane)
            return UnsafeRawBufferPointer(copy)
        }
        defer { for buffer in buffers { buffer.deallocate() } }
        target.withUnsafeMutableBytes { ByteGrouping.merge(buffers, into: $0) }
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

    static func choice(for bytes: [UInt8]) throws -> EncodingMethod {
        let scratch = Buffer(1 << 20)
        return try bytes.withUnsafeBytes { try Codec().choose($0, scratch: scratch.bytes) }
    }

    static let vector: [UInt8] = [0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99]

    @Test("the planes of docs/formats/pack.md")
    func planesOfTheVector() {
        #expect(Self.planes(Self.vector, 2) == [[0x00, 0x22, 0x44, 0x66, 0x88], [0x11, 0x33, 0x55, 0x77, 0x99]])
        #expect(
            Self.planes(Self.vector, 4) == [[0x00, 0x44, 0x88], [0x11, 0x55, 0x99], [0x22, 0x66], [0x33, 0x77]])
    }

    @Test("the payload of docs/formats/pack.md is decoded, and nothing that differs from it in a length")
    func payloadOfTheVector() throws {
        let words: [UInt8] = [0, 0, 0, 5, 0, 0, 0, 5]
        let payload = words + Self.planes(Self.vector, 2).joined()
        func decode(_ payload: [UInt8]) throws -> [UInt8]? {
            var target = [UInt8](repeating: 0xee, count: Self.vector.count)
            let isRight = try payload.withUnsafeBytes { source in
                try target.withUnsafeMutableBytes { try Codec().decompress(source, .grouped2, into: $0) }
            }
            return isRight ? target : nil
        }
        #expect(try decode(payload) == Self.vector)
        #expect(try decode(payload + [0]) == nil)
        for length in 0..<payload.count { #expect(try decode(Array(payload[..<length])) == nil) }
        for place in 0..<8 {
            for bit in 0..<8 {
                var damaged = payload
                damaged[place] ^= 1 << UInt8(bit)
                #expect(try decode(damaged) == nil)
            }
        }
    }

    @Test("joining undoes splitting at every length", arguments: [2, 4])
    func roundTrip(width: Int) {
        for count in 0..<40 {
            let bytes = SplitMix64.bytes(count, seed: UInt64(count))
            #expect(Self.join(Self.planes(bytes, width), count: count) == bytes)
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
                try target.withUnsafeMutableBytes { try codec.compress(source, .zstd, into: $0) }
            }
            plain += packed ?? length
            offset += length
        }
        #expect(records.reduce(0) { $0 + Int($1.stored) } < plain * 95 / 100)
        #expect(try store.read(id, bytes.count) == bytes)
    }

    @Test("a plane is compressed where the chunk gains 5 % by it, and not where only the plane does")
    func worthwhilePlanes() throws {
        var generator = SplitMix64(seed: 4)
        // The lowest byte is even, which saves an eighth of its plane; the highest has one of two values.
        let numbers = (0..<1 << 16).flatMap { _ -> [UInt8] in
            let word = generator.next()
            return [UInt8(truncatingIfNeeded: word) & 0xfe, UInt8(truncatingIfNeeded: word >> 8)]
                + [UInt8(truncatingIfNeeded: word >> 16), word >> 24 & 1 == 0 ? 0x3e : 0xbe]
        }
        #expect(try Self.choice(for: numbers) == EncodingMethod(encoding: .grouped4, planes: 0b1000))
    }

    @Test("repetitions within a plane are used where they gain more than the counts of its bytes")
    func repetitivePlanes() throws {
        var generator = SplitMix64(seed: 5)
        let numbers = (0..<1 << 16).flatMap { index -> [UInt8] in
            let noise = SplitMix64.bytes(3, seed: generator.next())
            return [noise[0], UInt8(index % 50), noise[1], noise[2]]
        }
        #expect(
            try Self.choice(for: numbers) == EncodingMethod(encoding: .grouped4, planes: 0b0010, repetitive: 0b0010))
    }

    @Test("rows of equal length are grouped: single bytes say little, their repetitions much")
    func rowsOfEqualLength() throws {
        let rows = (5...20_000).flatMap { Array("\($0)\n".utf8) }
        #expect(try Self.choice(for: rows) == EncodingMethod(encoding: .grouped2, planes: 0b11, repetitive: 0b11))
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
