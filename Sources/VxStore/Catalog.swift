import SystemPackage
import VxModel
import VxSystem

/// A merged, memory-mapped index over many packs (docs/formats/catalog.md). Derived: it can always be made again.
///
/// `@unchecked Sendable`: only the pointer into the mapping needs it; the mapping is never written to and lives as long.
package final class Catalog: @unchecked Sendable {
    static let magic = "vx cat \n"
    static let version: UInt32 = 1
    static let headerLength = 24
    static let fanOutLength = 256 * 4
    /// A pack record, and in front of it the number of its pack.
    static let recordLength = 4 + PackRecord.byteCount

    private let map: MappedFile
    private let bytes: UnsafeRawBufferPointer
    /// Packs it covers, in ascending order of name.
    package let packCount: Int
    /// Ids it holds.
    package let count: Int
    private let fanOut: Int
    private let records: Int

    /// Maps a catalog and checks what can be checked without reading all of it: header, lengths and bounds.
    init(_ path: FilePath) throws(VxError) {
        map = try MappedFile(path)
        bytes = map.bytes
        do throws(FormatProblem) {
            (packCount, count) = try Self.layout(bytes)
        } catch {
            throw VxError(.corrupt, "the catalog \(path) is damaged", because: error.text)
        }
        fanOut = Self.headerLength + packCount * ContentID.byteCount
        records = fanOut + Self.fanOutLength
    }

    private static func layout(_ bytes: UnsafeRawBufferPointer) throws(FormatProblem) -> (Int, Int) {
        guard try byteCount(header: bytes) == UInt64(bytes.count) else { throw "its length does not fit its header" }
        return (Int(bytes.number32(at: 12)), Int(bytes.number64(at: 16)))
    }

    /// How long a catalog is that begins with these bytes; `nil` where none does. One of another length need not be read.
    package static func byteCount(header: [UInt8]) -> UInt64? {
        let count = header.withUnsafeBytes { header in
            Result { () throws(FormatProblem) in try byteCount(header: header) }
        }
        return try? count.get()
    }

    private static func byteCount(header: UnsafeRawBufferPointer) throws(FormatProblem) -> UInt64 {
        guard header.count >= headerLength, header.starts(with: magic) else {
            throw "it does not start as a catalog does"
        }
        guard header.number32(at: 8) == version else { throw "it is not of version 1" }
        let packs = UInt64(header.number32(at: 12)) * UInt64(ContentID.byteCount)
        let entries = header.number64(at: 16).multipliedReportingOverflow(by: UInt64(recordLength))
        let fixed = UInt64(headerLength + fanOutLength + ContentID.byteCount)
        guard !entries.overflow, entries.partialValue < UInt64(Int64.max) else {
            throw "its length does not fit its header"
        }
        return fixed + packs + entries.partialValue
    }

    package func pack(at index: Int) -> PackID { bytes.id(at: Self.headerLength + index * ContentID.byteCount) }

    package func id(at index: Int) -> ContentID { bytes.id(at: records + index * Self.recordLength + 4) }

    /// The record at `index`, with its limits checked; `nil` where it is damaged.
    package func record(at index: Int) -> Location? {
        let start = records + index * Self.recordLength
        let pack = Int(bytes.number32(at: start))
        // The pack's length is not known here: a payload outside it shows when it is read.
        guard pack < packCount,
            let record = try? PackRecord.read(bytes, at: start + 4, payloadEnd: UInt64(Int64.max)).get()
        else { return nil }
        return Location(pack: self.pack(at: pack), record: record)
    }

    package func find(_ id: ContentID) -> Location? {
        let byte = id.firstByte
        let low = byte == 0 ? 0 : Int(bytes.number32(at: fanOut + (byte - 1) * 4))
        let high = Int(bytes.number32(at: fanOut + byte * 4))
        guard low <= high, high <= count else { return nil }
        let index = lowerBound(id, in: low..<high) { self.id(at: $0) }
        return index < high && self.id(at: index) == id ? record(at: index) : nil
    }

    /// Everything the format asks for, the checksum first: reads the whole file.
    func check() throws(FormatProblem) {
        let end = bytes.count - ContentID.byteCount
        guard ContentHasher.id(of: UnsafeRawBufferPointer(rebasing: bytes[..<end])) == bytes.id(at: end) else {
            throw "it does not have the hash it ends with"
        }
        for index in 0..<max(0, packCount - 1) where pack(at: index) >= pack(at: index + 1) {
            throw "its pack names are out of order"
        }
        var below = 0
        for index in 0..<count {
            guard index == 0 || id(at: index - 1) < id(at: index) else { throw "its records are out of order" }
            guard record(at: index) != nil else { throw "it has a record outside the limits" }
            let byte = id(at: index).firstByte
            while below < byte {
                guard Int(bytes.number32(at: fanOut + below * 4)) == index else {
                    throw "its fan-out does not fit its records"
                }
                below += 1
            }
        }
        for byte in below..<256 where Int(bytes.number32(at: fanOut + byte * 4)) != count {
            throw "its fan-out does not fit its records"
        }
    }
}

/// Where a chunk or recipe is: in which pack, and where in it.
package struct Location: Sendable, Equatable {
    package let pack: PackID
    package let record: PackRecord

    package init(pack: PackID, record: PackRecord) {
        self.pack = pack
        self.record = record
    }

    /// Whether another place has the same kind of thing, of the same length.
    package func isAlike(_ other: Location) -> Bool {
        record.kind == other.record.kind && record.raw == other.record.raw
    }
}
