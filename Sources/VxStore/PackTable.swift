import VxModel

/// The footer of a pack, read from hostile bytes.
///
/// Making one checks only the few fixed numbers, so that opening a store stays cheap; each record is checked when it is
/// asked for, and ``check()`` checks everything.
struct PackTable {
    /// The records, and the trailer behind them.
    private let tail: UnsafeRawBufferPointer
    let count: Int
    /// The first byte after the payloads, where the footer starts.
    let payloadEnd: Int
    /// What the trailer says the pack is called.
    let name: PackID

    /// - Parameter bytes: the whole pack.
    init(_ bytes: UnsafeRawBufferPointer) throws(FormatProblem) {
        let end = try Self.payloadEnd(
            header: Array(bytes.prefix(PackFormat.headerLength)), trailer: Array(bytes.suffix(PackFormat.trailerLength)),
            size: bytes.count)
        self.init(tail: UnsafeRawBufferPointer(rebasing: bytes[end...]), payloadEnd: end)
    }

    /// - Parameters:
    ///   - tail: all that is behind the payloads.
    ///   - payloadEnd: what ``payloadEnd(header:trailer:size:)`` says.
    init(tail: UnsafeRawBufferPointer, payloadEnd: Int) {
        self.tail = tail
        self.payloadEnd = payloadEnd
        let trailer = tail.count - PackFormat.trailerLength
        count = trailer / PackRecord.byteCount
        name = tail.id(at: trailer + 16)
    }

    /// Where the footer of a pack of `size` bytes starts.
    ///
    /// - Parameters:
    ///   - header: its first bytes, ``PackFormat/headerLength`` of them.
    ///   - trailer: its last bytes, ``PackFormat/trailerLength`` of them.
    static func payloadEnd(header: [UInt8], trailer: [UInt8], size: Int) throws(FormatProblem) -> Int {
        guard size > PackFormat.headerLength + PackFormat.trailerLength, header.count == PackFormat.headerLength,
            trailer.count == PackFormat.trailerLength
        else { throw "it is only \(size) bytes long" }
        guard header.withUnsafeBytes({ $0.starts(with: PackFormat.magic) }) else {
            throw "it does not start as a pack does"
        }
        let versions = header.withUnsafeBytes { ($0.number32(at: 8), $0.number32(at: 12)) }
        let (end, count, version) = trailer.withUnsafeBytes {
            ($0.number64(at: 0), Int($0.number32(at: 8)), $0.number32(at: 12))
        }
        guard versions == (PackFormat.version, 0), version == PackFormat.version else {
            throw "it is not of version 1: a newer vx may have written it"
        }
        let start = size - PackFormat.trailerLength
        guard count >= 1, end >= UInt64(PackFormat.headerLength), end <= UInt64(start),
            Int(end) == start - count * PackRecord.byteCount
        else { throw "its length does not fit its trailer: it may be cut short" }
        return Int(end)
    }

    /// The bytes of the whole pack.
    var packBytes: Int { payloadEnd + tail.count }

    /// A record as it stands there.
    func bytes(at index: Int) -> Slice<UnsafeRawBufferPointer> {
        tail[index * PackRecord.byteCount..<(index + 1) * PackRecord.byteCount]
    }

    func id(at index: Int) -> ContentID { tail.id(at: index * PackRecord.byteCount) }

    func record(at index: Int) throws(FormatProblem) -> PackRecord {
        try PackRecord.read(tail, at: index * PackRecord.byteCount, payloadEnd: UInt64(payloadEnd)).get()
    }

    /// The index of `id`; `nil` where it is not in this pack.
    func find(_ id: ContentID) -> Int? {
        let index = lowerBound(id, in: 0..<count) { self.id(at: $0) }
        return index < count && self.id(at: index) == id ? index : nil
    }

    /// Everything the format asks of a footer: its hash, the order of its records and each record's limits.
    func check() throws(FormatProblem) {
        let hashed = tail.prefix(tail.count - ContentID.byteCount)
        guard ContentHasher.id(of: UnsafeRawBufferPointer(rebasing: hashed)) == name else {
            throw "its footer does not have the hash in its trailer"
        }
        for index in 0..<count {
            let record = try record(at: index)
            guard index == 0 || id(at: index - 1) < record.id else { throw "its records are out of order" }
        }
    }
}
