import SystemPackage
import VxModel
import VxSystem

/// The list beside a temporary pack of what in it others rely on already (docs/formats/store.md): the records its footer
/// will have, in the order they were written, each appended once its payload is in the pack.
final class PackJournal {
    private static let suffix = ".journal"

    private let file: OpenFile

    /// Makes the journal of the temporary pack at `pack`.
    init(of pack: FilePath, sharing: FolderSharing) throws(VxError) {
        file = try OpenFile.creating(Self.path(of: pack), sharing: sharing)
    }

    /// Hands records to the system with one call. Half of one, where that fails, is no record.
    func append(_ records: ArraySlice<PackRecord>) throws(VxError) {
        var bytes = [UInt8](repeating: 0, count: records.count * PackRecord.byteCount)
        bytes.withUnsafeMutableBytes { buffer in
            for (index, record) in records.enumerated() { record.write(to: buffer, at: index * PackRecord.byteCount) }
        }
        try file.write(bytes)
    }

    /// Where the journal of the temporary pack at `pack` is.
    static func path(of pack: FilePath) -> FilePath {
        pack.removingLastComponent().appending((pack.lastComponent?.string ?? "") + suffix)
    }

    /// The file name of the pack whose journal has the name `journal`; `nil` for any other file.
    static func pack(ofJournal journal: [UInt8]) -> [UInt8]? {
        guard journal.count > suffix.utf8.count, journal.suffix(suffix.utf8.count).elementsEqual(suffix.utf8) else {
            return nil
        }
        return Array(journal.dropLast(suffix.utf8.count))
    }

    /// The whole records in a journal's bytes that name payloads before `payloadEnd`, each id once, in the order of the
    /// payloads; and whether those are all the journal has.
    static func records(in bytes: [UInt8], payloadEnd: UInt64) -> (records: [PackRecord], isAll: Bool) {
        var records: [PackRecord] = []
        var seen: Set<ContentID> = []
        var isAll = true
        bytes.withUnsafeBytes { bytes in
            for number in 0..<bytes.count / PackRecord.byteCount {
                switch PackRecord.read(bytes, at: number * PackRecord.byteCount, payloadEnd: payloadEnd) {
                case .success(let record): if seen.insert(record.id).inserted { records.append(record) }
                case .failure: isAll = false
                }
            }
        }
        return (records.sorted { $0.offset < $1.offset }, isAll)
    }
}
