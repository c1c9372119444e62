import VxModel

/// The footer of a pack, read from hostile bytes.
///
/// Making one checks only the few fixed numbers, so that opening a store stays cheap; each record is checked when it is
/// asked for, and ``check()`` checks everything.
struct PackTable {
    /// The whole pack file.
    let bytes: UnsafeRawBufferPointer
    let count: Int
    /// The first byte after the payloads, where the footer starts.
    let payloadEnd: Int
    /// What the trailer says the pack is called.
    let name: PackID

    init(_ bytes: UnsafeRawBufferPointer) throws(FormatProblem) {
        let fixed = PackFormat.headerLength + PackFormat.trailerLength
        guard bytes.count > fixed else { throw "it is only \(bytes.count) bytes long" }
        guard bytes.starts(with: PackFormat.magic) else { throw "it does not start as a pack does" }
        let trailer = bytes.count - PackFormat.trailerLength
        guard bytes.number32(at: 8) == PackFormat.version, bytes.number32(at: 12) == 0,
            bytes.number32(at: trailer + 12) == PackFormat.version
        else { throw "it is not of version 1: a newer vx may have written it" }
        let end = bytes.number64(at: trailer)
        let count = Int(bytes.number32(at: trailer + 8))
        guard count >= 1, end >= UInt64(PackFormat.headerLength), end <= UInt64(trailer),
            Int(end) == trailer - count * PackRecord.byteCount
        else { throw "its length does not fit its trailer: it may be cut short" }
        self.bytes = bytes
        self.count = count
        self.payloadEnd = Int(end)
        self.name = bytes.id(at: trailer + 16)
    }

    func id(at index: Int) -> ContentID { bytes.id(at: payloadEnd + index * PackRecord.byteCount) }

    func record(at index: Int) throws(FormatProblem) -> PackRecord {
        try PackRecord.read(bytes, at: payloadEnd + index * PackRecord.byteCount, payloadEnd: UInt64(payloadEnd)).get()
    }

    /// The index of `id`; `nil` where it is not in this pack.
    func find(_ id: ContentID) -> Int? {
        let index = lowerBound(id, in: 0..<count) { self.id(at: $0) }
        return index < count && self.id(at: index) == id ? index : nil
    }

    /// Everything the format asks of a footer: its hash, the order of its records and each record's limits.
    func check() throws(FormatProblem) {
        let hashed = bytes[payloadEnd..<bytes.count - ContentID.byteCount]
        guard ContentHasher.id(of: UnsafeRawBufferPointer(rebasing: hashed)) == name else {
            throw "its footer does not have the hash in its trailer"
        }
        for index in 0..<count {
            let record = try record(at: index)
            guard index == 0 || id(at: index - 1) < record.id else { throw "its records are out of order" }
        }
    }
}
