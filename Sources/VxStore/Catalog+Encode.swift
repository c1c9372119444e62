import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// A pack's records as a catalog takes them: sorted by id, without repetition.
protocol CatalogSource {
    var name: PackID { get }
    var count: Int { get }
    func id(at index: Int) -> ContentID
    func appendRecord(at index: Int, to bytes: inout [UInt8])
}

extension PackFile.Footer: CatalogSource {
    var name: PackID { table.name }
    var count: Int { table.count }

    func id(at index: Int) -> ContentID { table.id(at: index) }

    func appendRecord(at index: Int, to bytes: inout [UInt8]) {
        bytes.append(contentsOf: table.bytes(at: index))
    }
}

/// What one pack holds, whether or not the pack is here.
package struct PackContents: Sendable, CatalogSource {
    package let name: PackID
    /// Ascending by id, no id twice.
    package let records: [PackRecord]

    package init(name: PackID, records: [PackRecord]) {
        self.name = name
        self.records = records
    }

    var count: Int { records.count }

    func id(at index: Int) -> ContentID { records[index].id }

    func appendRecord(at index: Int, to bytes: inout [UInt8]) {
        let start = bytes.count
        bytes.append(contentsOf: repeatElement(0, count: PackRecord.byteCount))
        bytes.withUnsafeMutableBytes { records[index].write(to: $0, at: start) }
    }
}

extension Catalog {
    /// The bytes of the catalog over packs whose contents were checked.
    ///
    /// An id in several packs is listed once, with the pack whose name comes first, so that the same packs always give
    /// the same catalog.
    static func encode(_ packs: [some CatalogSource]) -> [UInt8] {
        let packs = packs.sorted { $0.name < $1.name }
        var entries: [(id: ContentID, pack: Int32, index: Int32)] = []
        entries.reserveCapacity(packs.reduce(0) { $0 + $1.count })
        for (number, pack) in packs.enumerated() {
            for index in 0..<pack.count { entries.append((pack.id(at: index), Int32(number), Int32(index))) }
        }
        entries.sort { $0.id != $1.id ? $0.id < $1.id : $0.pack < $1.pack }
        var bytes = Array(magic.utf8)
        bytes.reserveCapacity(entries.count * recordLength + packs.count * 32 + 2048)
        var unique = entries.count
        for index in entries.indices.dropFirst() where entries[index].id == entries[index - 1].id { unique -= 1 }
        bytes.append(version)
        bytes.append(UInt32(packs.count))
        bytes.append(UInt64(unique))
        for pack in packs { bytes.append(pack.name) }
        var ends = [UInt32](repeating: 0, count: 256)
        for index in entries.indices where index == 0 || entries[index].id != entries[index - 1].id {
            ends[entries[index].id.firstByte] += 1
        }
        for byte in 1..<256 { ends[byte] += ends[byte - 1] }
        for end in ends { bytes.append(end) }
        for index in entries.indices where index == 0 || entries[index].id != entries[index - 1].id {
            let entry = entries[index]
            bytes.append(UInt32(entry.pack))
            packs[Int(entry.pack)].appendRecord(at: Int(entry.index), to: &bytes)
        }
        bytes.append(ContentHasher.id(of: bytes))
        return bytes
    }

    /// The bytes of a catalog over packs that need not be here: an index of a remote.
    package static func encode(contents: [PackContents]) -> [UInt8] { encode(contents) }

    /// Maps a catalog that came from elsewhere, and checks all of it.
    ///
    /// - Throws: `VxError.Code.corrupt` where it is not as the format asks.
    package static func checked(_ path: FilePath) throws(VxError) -> Catalog {
        let catalog = try Catalog(path)
        do throws(FormatProblem) {
            try catalog.check()
        } catch {
            throw VxError(.corrupt, "the index \(path) is damaged", because: error.text)
        }
        return catalog
    }
}
