import SystemPackage
import VxModel
import VxSystem

/// What reading a whole pack, wherever it is, has shown.
package struct PackInspection: Sendable {
    /// Everything it holds; `nil` where its footer is damaged.
    package var contents: PackContents?
    /// What is wrong with it, as a sentence; `nil` where it is sound.
    package var damage: String?
    /// Of its contents, those whose bytes are wrong.
    package var damagedIDs: Set<ContentID> = []

    /// Reads a pack and proves every byte of it.
    ///
    /// - Parameters:
    ///   - path: a file that need not be in a store.
    ///   - name: what the pack is called.
    /// - Throws: where the work was interrupted, or the system keeps the file from being read; damage is in the answer.
    package init(_ path: FilePath, named name: PackID, cancellation: Cancellation) throws(VxError) {
        let file = PackFile(name: name, at: path)
        let found = try PackChecker().check(file, cancellation: cancellation)
        if let table = try attempting({ try file.checkedFooter() })?.table {
            contents = PackContents(
                name: name, records: (0..<table.count).compactMap { try? table.record(at: $0) })
        }
        guard let damaged = found.damage else { return }
        damage = damaged.reason
        damagedIDs = Set(damaged.ids)
    }
}

extension PackContents {
    /// Bytes at the end of a pack that say where its footer begins.
    package static var trailerLength: Int { PackFormat.trailerLength }

    /// How many bytes at the end of a pack are its footer, trailer included.
    ///
    /// - Parameters:
    ///   - trailer: the last ``trailerLength`` bytes of the pack.
    ///   - size: bytes of the whole pack.
    /// - Throws: `VxError.Code.corrupt` where that cannot be the end of such a pack.
    package static func footerLength(trailer: [UInt8], packSize size: UInt64) throws(VxError) -> Int {
        let (end, count, version) = trailer.withUnsafeBytes { bytes in
            (bytes.number64(at: 0), UInt64(bytes.number32(at: 8)), bytes.number32(at: 12))
        }
        let fixed = UInt64(PackFormat.trailerLength)
        guard version == PackFormat.version else {
            throw VxError(.corrupt, "it is not of version 1: a newer vx may have written it")
        }
        guard count >= 1, end >= UInt64(PackFormat.headerLength), size >= fixed, end <= size - fixed,
            size - fixed - end == count * UInt64(PackRecord.byteCount)
        else { throw VxError(.corrupt, "its length does not fit its trailer: it may be cut short") }
        return Int(size - end)
    }

    /// Reads hostile bytes as the footer of a pack.
    ///
    /// - Parameters:
    ///   - footer: the bytes ``footerLength(trailer:packSize:)`` tells of.
    ///   - size: bytes of the whole pack.
    /// - Throws: `VxError.Code.corrupt` where they are none, or of another pack.
    package init(name: PackID, footer: [UInt8], packSize size: UInt64) throws(VxError) {
        let result = footer.withUnsafeBytes { bytes -> Result<[PackRecord], FormatProblem> in
            let named = UnsafeRawBufferPointer(rebasing: bytes[..<(bytes.count - ContentID.byteCount)])
            guard bytes.id(at: named.count) == name else { return .failure("its trailer carries another name") }
            guard ContentHasher.id(of: named) == name else {
                return .failure("its footer does not have the hash in its trailer")
            }
            var records: [PackRecord] = []
            let count = (bytes.count - PackFormat.trailerLength) / PackRecord.byteCount
            records.reserveCapacity(count)
            for index in 0..<count {
                switch PackRecord.read(
                    bytes, at: index * PackRecord.byteCount, payloadEnd: size - UInt64(bytes.count))
                {
                case .success(let record):
                    if let last = records.last, last.id >= record.id {
                        return .failure("its records are out of order")
                    }
                    records.append(record)
                case .failure(let problem): return .failure(problem)
                }
            }
            return .success(records)
        }
        switch result {
        case .success(let records): self.init(name: name, records: records)
        case .failure(let problem): throw VxError(.corrupt, problem.text)
        }
    }

    /// The record of `id`; `nil` where the pack does not have it.
    package func find(_ id: ContentID) -> PackRecord? {
        let index = lowerBound(id, in: 0..<records.count) { records[$0].id }
        return index < records.count && records[index].id == id ? records[index] : nil
    }
}
