import VxModel

/// The name of a pack: the SHA-256 its trailer carries.
package typealias PackID = ContentID

/// One line of a pack's footer: what is stored under an id, and where (docs/formats/pack.md).
package struct PackRecord: Sendable, Equatable {
    package enum Kind: UInt8, Sendable {
        /// The bytes of one chunk. A file of one chunk has the chunk's id as content id.
        case chunk = 0
        /// The list of chunks of a file of several.
        case recipe = 1
    }

    package var id: ContentID
    package var kind: Kind
    package var encoding: Encoding
    /// From the start of the pack.
    package var offset: UInt64
    /// Bytes in the pack.
    package var stored: UInt32
    /// Bytes once decoded.
    package var raw: UInt32

    /// The first byte after it, from the start of the pack.
    package var end: UInt64 { offset + UInt64(stored) }

    /// Bytes of an encoded record.
    static let byteCount = 52

    func write(to bytes: UnsafeMutableRawBufferPointer, at start: Int) {
        bytes.store(id, at: start)
        bytes.store(offset, at: start + 32)
        bytes.store(stored, at: start + 40)
        bytes.store(raw, at: start + 44)
        bytes[start + 48] = kind.rawValue
        bytes[start + 49] = encoding.rawValue
        bytes[start + 50] = 0
        bytes[start + 51] = 0
    }

    /// Reads hostile bytes: what comes back obeys every limit of the format.
    ///
    /// - Parameter payloadEnd: the first byte after the payloads, from the start of the pack.
    /// - Returns: the record, or why it is none.
    static func read(
        _ bytes: UnsafeRawBufferPointer, at start: Int, payloadEnd: UInt64
    ) -> Result<PackRecord, FormatProblem> {
        guard let kind = Kind(rawValue: bytes[start + 48]) else { return .failure("a record of unknown kind") }
        guard let encoding = Encoding(rawValue: bytes[start + 49]) else {
            return .failure("a record of unknown encoding: a newer vx may have written it")
        }
        guard bytes[start + 50] == 0, bytes[start + 51] == 0 else {
            return .failure("a record with bytes that must be 0")
        }
        var record = PackRecord(
            id: bytes.id(at: start), kind: kind, encoding: encoding, offset: bytes.number64(at: start + 32),
            stored: bytes.number32(at: start + 40), raw: bytes.number32(at: start + 44))
        // Up to November 2026 a fault wrote chunks that compress, of contents that do not as a whole, under the wrong number.
        if record.kind == .chunk, record.encoding == .raw, record.stored < record.raw { record.encoding = .zstd }
        guard record.lengthsAreValid else { return .failure("a record of impossible length") }
        let (end, overflow) = record.offset.addingReportingOverflow(UInt64(record.stored))
        guard record.offset >= UInt64(PackFormat.headerLength), !overflow, end <= payloadEnd else {
            return .failure("a record that points outside the payloads")
        }
        return .success(record)
    }

    /// Whether the format has such a record.
    var lengthsAreValid: Bool {
        switch (kind, encoding) {
        case (.chunk, .raw): raw >= 1 && raw <= Chunker.maximum && stored == raw
        case (.chunk, .zstd), (.chunk, .grouped2), (.chunk, .grouped4):
            raw >= 1 && raw <= Chunker.maximum && stored >= 1 && stored < raw
        case (.recipe, .raw): raw >= Recipe.minimumLength && raw <= Recipe.maximumLength && stored == raw
        case (.recipe, _): false
        }
    }
}

/// Why bytes are not what they should be; becomes the cause of a `VxError`.
struct FormatProblem: Error, ExpressibleByStringLiteral, ExpressibleByStringInterpolation, Equatable {
    let text: String

    init(stringLiteral value: String) { text = value }
}

/// The fixed parts of a pack file.
enum PackFormat {
    static let magic = "vx pack\n"
    static let version: UInt32 = 1
    static let headerLength = 16
    static let trailerLength = 48
    /// Payload bytes at which a pack is closed, at the next end of a file or segment.
    static let target: UInt64 = 64 << 20
    /// Runs that a file system may clone start at multiples of this.
    static let alignment: UInt64 = 4096

    static var header: [UInt8] {
        var bytes = Array(magic.utf8)
        bytes.append(version)
        bytes.append(UInt32(0))
        return bytes
    }

    /// Footer and trailer of a pack, and the pack's name.
    ///
    /// - Parameter records: sorted by id, without repetition.
    static func ending(_ records: [PackRecord], payloadEnd: UInt64) -> (bytes: [UInt8], name: PackID) {
        let footer = records.count * PackRecord.byteCount
        var bytes = [UInt8](repeating: 0, count: footer)
        bytes.withUnsafeMutableBytes { buffer in
            for (index, record) in records.enumerated() { record.write(to: buffer, at: index * PackRecord.byteCount) }
        }
        bytes.append(payloadEnd)
        bytes.append(UInt32(records.count))
        bytes.append(version)
        let name = ContentHasher.id(of: bytes)
        bytes.append(name)
        return (bytes, name)
    }
}
