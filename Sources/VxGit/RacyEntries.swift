import Crypto
import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// The racy entries of an index that is written anew (racy-git(7)), and what keeps a change of their files from being
/// overlooked.
///
/// Git compares the content of each and gives those that differ the size 0. That says "modified" to every git command that
/// does not refresh the index first, so it must not be said of a file that is as it was. Content costs, of data files most:
/// so the new index gets the time of the old one wherever that keeps every entry as racy, or not, as it was.
struct RacyEntries {
    private let positions: [Int]
    private let original: GitIndex
    /// The time of last modification that the new index is to get; `nil` for now.
    let timestamp: FileTime?

    /// - Parameters:
    ///   - positions: of the entries of `original` that are racy and stay.
    ///   - edits: what else the new index gets. Where one of their files is not older than the old index, that entry would
    ///     become racy with the old time.
    init(_ positions: [Int], of original: GitIndex, edits: [IndexEdit]) {
        self.positions = positions
        self.original = original
        guard !positions.isEmpty, let old = original.timestamp else {
            timestamp = nil
            return
        }
        let isYoung = edits.contains { edit in
            if case .put(let entry) = edit { Int64(entry.stat.modifiedSeconds) >= old.seconds } else { false }
        }
        timestamp = isYoung ? nil : old
    }

    /// Positions of those whose file has changed although its stat data have not, or where that cannot be told here. None
    /// where the new index gets the old one's time.
    func changed(in repository: Repository) -> [Int] {
        if timestamp != nil { return [] }
        return positions.filter { !isUnchanged(original.entries[$0], in: repository) }
    }

    private func isUnchanged(_ entry: IndexEntry, in repository: Repository) -> Bool {
        guard let root = repository.workTree else { return false }
        let place = root.appending(entry.path)
        do throws(VxError) {
            // A file whose stat data differ shows as changed by itself: to every git, those that look at seconds only as well,
            // and at nothing else where their settings say so.
            guard let status = try Files.status(place), entry.stat.size == UInt32(truncatingIfNeeded: status.size),
                entry.stat.modifiedSeconds == UInt32(truncatingIfNeeded: status.modified.seconds)
            else { return true }
            if status.kind == .symlink, entry.mode == .symlink {
                return ObjectKind.blob.id(of: try Files.linkTarget(place)) == entry.id
            }
            guard status.kind == .regular, entry.mode.isFile else { return false }
            if let pointer = Pointer(try repository.blob(entry.id, limit: Pointer.maximumLength) ?? []) {
                return try isContent(of: pointer, at: place, status)
            }
            return try repository.blobID(ofFile: place) == entry.id
        } catch {
            return false  // git looks for itself, and says what is wrong
        }
    }

    /// Data of more bytes is left to git, which has vx look at it when somebody asks.
    private static let largestData = 16 << 20

    private func isContent(of pointer: Pointer, at place: FilePath, _ status: FileStat) throws(VxError) -> Bool {
        guard status.size == pointer.size, status.size <= Self.largestData,
            let bytes = try Files.read(place, limit: Self.largestData)
        else { return false }
        return ContentID(bytes: SHA256.hash(data: bytes)) == pointer.id
    }
}
