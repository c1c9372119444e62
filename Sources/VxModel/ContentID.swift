/// The SHA-256 of some bytes: of a whole file (its *content id*, what `sha256sum` prints) or of one chunk of it.
///
/// Stored as four big-endian words so that comparing and hashing never touch memory outside the value.
package struct ContentID: Hashable, Sendable, Comparable {
    package static let byteCount = 32

    /// The id of no bytes at all.
    package static let empty = ContentID(
        word0: 0xe3b0_c442_98fc_1c14, word1: 0x9afb_f4c8_996f_b924, word2: 0x27ae_41e4_649b_934c,
        word3: 0xa495_991b_7852_b855)

    package let word0: UInt64
    package let word1: UInt64
    package let word2: UInt64
    package let word3: UInt64

    private init(word0: UInt64, word1: UInt64, word2: UInt64, word3: UInt64) {
        self.word0 = word0
        self.word1 = word1
        self.word2 = word2
        self.word3 = word3
    }

    /// Reads 32 bytes; the caller has checked that there are as many.
    package init(_ bytes: UnsafeRawBufferPointer) {
        precondition(bytes.count >= Self.byteCount, "a content id takes 32 bytes")
        word0 = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self))
        word1 = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        word2 = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self))
        word3 = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 24, as: UInt64.self))
    }

    package init(bytes: some Sequence<UInt8>) {
        let array = Array(bytes)
        self = array.withUnsafeBytes { ContentID($0) }
    }

    /// Reads exactly 64 lower-case hex digits, without making anything on the way; anything else is `nil`.
    init?(hexDigits digits: UnsafeBufferPointer<UInt8>) {
        guard digits.count == 64 else { return nil }
        func word(_ start: Int) -> UInt64? {
            var word: UInt64 = 0
            for position in start..<start + 16 {
                guard let value = Hex.value(of: digits[position]) else { return nil }
                word = word << 4 | UInt64(value)
            }
            return word
        }
        guard let first = word(0), let second = word(16), let third = word(32), let fourth = word(48) else {
            return nil
        }
        self.init(word0: first, word1: second, word2: third, word3: fourth)
    }

    /// Reads 64 lower-case hex digits; anything else is `nil`.
    package init?(hex: some Collection<UInt8>) {
        guard hex.count == 64, let bytes = Hex.decode(hex) else { return nil }
        self.init(bytes: bytes)
    }

    package init?(hex: String) {
        self.init(hex: Array(hex.utf8))
    }

    /// Writes the 32 bytes to the start of `buffer`.
    package func write(to buffer: UnsafeMutableRawBufferPointer) {
        buffer.storeBytes(of: word0.bigEndian, toByteOffset: 0, as: UInt64.self)
        buffer.storeBytes(of: word1.bigEndian, toByteOffset: 8, as: UInt64.self)
        buffer.storeBytes(of: word2.bigEndian, toByteOffset: 16, as: UInt64.self)
        buffer.storeBytes(of: word3.bigEndian, toByteOffset: 24, as: UInt64.self)
    }

    package var bytes: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Self.byteCount) { buffer, count in
            write(to: UnsafeMutableRawBufferPointer(buffer))
            count = Self.byteCount
        }
    }

    /// 64 lower-case hex digits.
    package var hex: String { Hex.encode(bytes) }

    /// The first byte, which a fan-out table is indexed by.
    package var firstByte: Int { Int(word0 >> 56) }

    package static func < (left: ContentID, right: ContentID) -> Bool {
        if left.word0 != right.word0 { return left.word0 < right.word0 }
        if left.word1 != right.word1 { return left.word1 < right.word1 }
        if left.word2 != right.word2 { return left.word2 < right.word2 }
        return left.word3 < right.word3
    }

    /// The bytes are already uniformly distributed, so one word of them is a good hash.
    package func hash(into hasher: inout Hasher) {
        hasher.combine(word1)
    }
}

extension ContentID: CustomStringConvertible {
    package var description: String { hex }
}
