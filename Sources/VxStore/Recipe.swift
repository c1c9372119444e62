import VxModel

/// The ordered chunks of a file that has several (docs/formats/recipe.md).
///
/// Kept as its encoded bytes: 36 bytes a chunk, whatever the size of the file.
package struct Recipe: Sendable, Equatable {
    static let magic = "vxrecipe"
    static let version: UInt32 = 1
    static let headerLength = 24
    static let entryLength = 36
    /// Two chunks: a file of one has no recipe.
    static let minimumLength = headerLength + 2 * entryLength + ContentID.byteCount
    /// 1 GiB: about 29 million chunks, a file of about 1.9 TiB.
    static let maximumLength = 1 << 30

    /// The longest a recipe of a content of `size` bytes can be: no chunk but the last of a segment is shorter than
    /// ``Chunker/minimum``. A longer one is not read at all.
    package static func longest(forContentOf size: UInt64) -> UInt64 {
        let chunks = size / UInt64(Chunker.minimum) + 2
        let length = chunks.multipliedReportingOverflow(by: UInt64(entryLength))
        return length.overflow ? UInt64(maximumLength) : min(UInt64(maximumLength), length.partialValue + 56)
    }

    let encoded: [UInt8]
    /// Number of chunks, two at least.
    package let count: Int
    /// Bytes of the file.
    package let size: UInt64

    /// The id and length of the chunk at `index`, in the order of the file.
    package subscript(index: Int) -> (id: ContentID, length: Int) {
        encoded.withUnsafeBytes { bytes in
            let start = Self.headerLength + index * Self.entryLength
            return (bytes.id(at: start), Int(bytes.number32(at: start + 32)))
        }
    }

    /// Reads hostile bytes and checks every rule of the format.
    init(_ encoded: [UInt8]) throws(FormatProblem) {
        let result = encoded.withUnsafeBytes { bytes in
            Result { () throws(FormatProblem) in try Self.check(bytes) }
        }
        (count, size) = try result.get()
        self.encoded = encoded
    }

    private static func check(_ bytes: UnsafeRawBufferPointer) throws(FormatProblem) -> (Int, UInt64) {
        guard bytes.count >= minimumLength, bytes.count <= maximumLength, bytes.starts(with: magic) else {
            throw "the recipe does not start as one does"
        }
        guard bytes.number32(at: 8) == version else {
            throw "the recipe is not of version 1: a newer vx may have written it"
        }
        let count = Int(bytes.number32(at: 12))
        let size = bytes.number64(at: 16)
        let end = bytes.count - ContentID.byteCount
        guard count >= 2, headerLength + count * entryLength == end else {
            throw "the recipe's length does not fit its count"
        }
        var total: UInt64 = 0
        for index in 0..<count {
            let length = bytes.number32(at: headerLength + index * entryLength + 32)
            guard length >= 1, length <= Chunker.maximum else { throw "the recipe has a chunk of impossible length" }
            total += UInt64(length)
        }
        guard total == size else { throw "the recipe's chunks do not add up to its size" }
        guard ContentHasher.id(of: UnsafeRawBufferPointer(rebasing: bytes[..<end])) == bytes.id(at: end) else {
            throw "the recipe does not have the hash it ends with"
        }
        return (count, size)
    }

    /// Collects chunks in order and gives the recipe's bytes.
    struct Builder {
        private var entries: [UInt8] = []
        private(set) var count = 0
        private(set) var size: UInt64 = 0

        mutating func append(_ id: ContentID, length: Int) {
            entries.append(id)
            entries.append(UInt32(length))
            count += 1
            size += UInt64(length)
        }

        /// Whether a recipe names these chunks in this order.
        func isSame(as recipe: Recipe) -> Bool {
            recipe.count == count
                && recipe.encoded.dropFirst(Recipe.headerLength).dropLast(ContentID.byteCount).elementsEqual(entries)
        }

        /// - Throws: where the file has more chunks than a recipe can name.
        func encoded() throws(VxError) -> [UInt8] {
            let length = Recipe.headerLength + entries.count + ContentID.byteCount
            guard length <= Recipe.maximumLength else {
                throw VxError(
                    "a file of \(ByteCount.text(size)) is more than the store can hold",
                    because: "it has \(count) chunks", hint: "split the file")
            }
            var bytes = Array(Recipe.magic.utf8)
            bytes.reserveCapacity(length)
            bytes.append(Recipe.version)
            bytes.append(UInt32(count))
            bytes.append(size)
            bytes += entries
            bytes.append(ContentHasher.id(of: bytes))
            return bytes
        }
    }
}
