import Crypto
import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// The racy entries of an index that is written anew (racy-git(7)), and what keeps a change of their files from being
/// overlooked.
///
/// Git compares the content of each when it writes an index, and gives those that differ the size 0. That says "modified" to
/// every git command that does not refresh the index first, so it must not be said of a file that is as it was; and what another
/// filter, an encoding or a setting has made of a file, only git can compare. So no size is changed here: where the new index
/// gets the time of the old one, all its entries are as racy as they were, and every git looks for itself.
///
/// With the old time, files that were staged since are racy as well, and git reads them once more. Only for that it is worth
/// proving that no file has changed.
struct RacyEntries {
    /// The time of last modification that the new index is to get; `nil` for now.
    let timestamp: FileTime?

    /// - Parameters:
    ///   - positions: of the entries of `original` that are racy and stay.
    ///   - edits: what else the new index gets. Where one of their files is not older than the old index, that entry would
    ///     become racy with the old time.
    init(_ positions: [Int], of original: GitIndex, edits: [IndexEdit], in repository: Repository) {
        guard !positions.isEmpty, let old = original.timestamp else {
            timestamp = nil
            return
        }
        let isYoung = edits.contains { edit in
            if case .put(let entry) = edit { Int64(entry.stat.modifiedSeconds) >= old.seconds } else { false }
        }
        var comparison = Comparison(repository: repository)
        let isProven = isYoung && positions.allSatisfy { comparison.isUnchanged(original.entries[$0]) }
        timestamp = isProven ? nil : old
    }
}

/// Compares files with what an index has of them.
private struct Comparison {
    let repository: Repository
    /// How many bytes more are read: comparing costs no more than git's reading does, but it comes at once.
    var allowance: UInt64 = 256 << 20

    init(repository: Repository) { self.repository = repository }

    /// Whether a file is known to be as its entry says. `false` also where that cannot be told here.
    mutating func isUnchanged(_ entry: IndexEntry) -> Bool {
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
            guard status.kind == .regular, entry.mode.isFile, status.size <= allowance else { return false }
            allowance -= status.size
            if let pointer = Pointer(try repository.blob(entry.id, limit: Pointer.maximumLength) ?? []) {
                if status.size != pointer.size { return false }
                return try content(at: place) == pointer.id
            }
            return try repository.blobID(ofFile: place) == entry.id
        } catch {
            return false  // git looks for itself, and says what is wrong
        }
    }

    private func content(at place: FilePath) throws(VxError) -> ContentID {
        let file = try OpenFile.reading(place, followSymlinks: false)
        var hash = SHA256()
        var piece = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let result = piece.withUnsafeMutableBytes { piece in
                Result { () throws(VxError) in try file.read(into: piece) }
            }
            let count = try result.get()
            if count == 0 { return ContentID(bytes: hash.finalize()) }
            hash.update(data: piece[..<count])
        }
    }
}
