/// The SHA-1 name of a git object: blob, tree, commit or tag.
package struct GitObjectID: Hashable, Sendable, Comparable {
    package static let byteCount = 20
    package static let zero = GitObjectID(bytes: [UInt8](repeating: 0, count: byteCount))

    private let word0: UInt64
    private let word1: UInt64
    private let word2: UInt32

    /// Takes exactly 20 bytes; the caller has checked that there are as many.
    package init(_ bytes: UnsafeRawBufferPointer) {
        precondition(bytes.count >= Self.byteCount, "a git object id takes 20 bytes")
        word0 = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self))
        word1 = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        word2 = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 16, as: UInt32.self))
    }

    package init(bytes: some Sequence<UInt8>) {
        let array = Array(bytes)
        self = array.withUnsafeBytes { GitObjectID($0) }
    }

    /// Reads 40 lower-case hex digits; anything else is `nil`.
    package init?(hex: String) {
        let text = Array(hex.utf8)
        guard text.count == 40, let bytes = Hex.decode(text) else { return nil }
        self.init(bytes: bytes)
    }

    /// Writes the 20 bytes to the start of `buffer`.
    package func write(to buffer: UnsafeMutableRawBufferPointer) {
        buffer.storeBytes(of: word0.bigEndian, toByteOffset: 0, as: UInt64.self)
        buffer.storeBytes(of: word1.bigEndian, toByteOffset: 8, as: UInt64.self)
        buffer.storeBytes(of: word2.bigEndian, toByteOffset: 16, as: UInt32.self)
    }

    /// What packs sort their ids into buckets by.
    package var firstByte: UInt8 { UInt8(truncatingIfNeeded: word0 >> 56) }

    package var bytes: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Self.byteCount) { buffer, count in
            write(to: UnsafeMutableRawBufferPointer(buffer))
            count = Self.byteCount
        }
    }

    /// 40 lower-case hex digits.
    package var hex: String { Hex.encode(bytes) }

    /// The first ten digits, for people.
    package var short: String { String(hex.prefix(10)) }

    package static func < (left: GitObjectID, right: GitObjectID) -> Bool {
        if left.word0 != right.word0 { return left.word0 < right.word0 }
        if left.word1 != right.word1 { return left.word1 < right.word1 }
        return left.word2 < right.word2
    }

    /// The bytes are already uniformly distributed, so one word of them is a good hash.
    package func hash(into hasher: inout Hasher) {
        hasher.combine(word1)
    }
}

extension GitObjectID: CustomStringConvertible {
    package var description: String { hex }
}
