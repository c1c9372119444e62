import SystemPackage
import VxModel
import VxSystem

/// Temporary packs with a journal whose process has died: what the journal names becomes a pack of the store.
///
/// Git writes blobs, index and commit once its filter has said "success", and the filter may be killed right after that.
/// What it said it for is in such a pack.
struct ForsakenPacks {
    private let layout: StoreLayout

    /// Looks for such packs, which costs one listing of a folder that is nearly always empty, and takes them in.
    ///
    /// - Returns: what could not be taken in, and why, as sentences; it stays for the next time.
    static func takeIn(_ layout: StoreLayout) -> [String] {
        let packs = ForsakenPacks(layout: layout)
        do throws(VxError) {
            if try packs.names().isEmpty { return [] }
            // Whoever comes second waits, so as not to call content missing that is being taken in.
            return try packs.takeInAll(holding: FileLock(layout.salvageLock, sharing: layout.sharing))
        } catch {
            return [sentence(error)]
        }
    }

    private static func sentence(_ error: VxError) -> String {
        error.wrapped("what a vx that was stopped had stored for git cannot be taken into the store").description
    }

    private func takeInAll(holding lock: borrowing FileLock) throws(VxError) -> [String] {
        var problems: [String] = []
        for name in try names() {
            do throws(VxError) {
                try takeIn(name)
            } catch {
                problems.append(Self.sentence(error))
            }
        }
        return problems
    }

    /// The file names of the packs that have a journal.
    private func names() throws(VxError) -> [[UInt8]] {
        (try Files.unsortedNames(in: layout.temporary) ?? []).compactMap { PackJournal.pack(ofJournal: $0) }
    }

    private func takeIn(_ name: [UInt8]) throws(VxError) {
        let path = layout.temporary.appending(FilePath(byteArray: name).string)
        guard try Files.status(path) != nil else {
            // Its pack is complete and has its final name.
            return try Files.remove(PackJournal.path(of: path))
        }
        let input = try OpenFile.reading(path)
        // Its process holds the lock as long as it lives; the number in the name may be another's by now.
        guard (try? input.tryLock()) ?? !Self.ownerIsRunning(name) else { return }
        // Its process may have completed it before the lock was ours, and then it is not forsaken.
        guard try Files.status(path) != nil, let journal = try Files.read(PackJournal.path(of: path), limit: .max)
        else {
            return
        }
        let (records, isWhole) = PackJournal.records(in: journal, payloadEnd: try input.status().size)
        let kept = try rewrite(records, of: input, at: path)
        if isWhole, kept == records.count {
            try Files.remove(path)
        } else {
            // Only a power cut or a bad disk does that: what does not prove right is not thrown away all the same.
            try Files.createDirectories(layout.quarantine, sharing: layout.sharing, sync: true)
            try Files.rename(path, to: layout.quarantine.appending(FilePath(byteArray: name).string))
        }
        try Files.remove(PackJournal.path(of: path))
    }

    private static func ownerIsRunning(_ name: [UInt8]) -> Bool {
        Files.owner(ofTemporaryName: name)?.isRunning ?? false
    }

    /// Makes a pack of the records that prove right, in the store when this returns; says how many there were.
    ///
    /// A copy, because the file may belong to somebody else, and because a kill half-way then changes nothing. Two that
    /// do this at once make the same pack.
    private func rewrite(
        _ records: [PackRecord], of input: borrowing OpenFile, at path: FilePath
    ) throws(VxError) -> Int {
        if records.isEmpty { return 0 }
        try layout.make()
        let checker = PackChecker()
        // For the checker's messages only.
        let file = PackFile(name: PackID(bytes: [UInt8](repeating: 0, count: ContentID.byteCount)), at: path)
        let builder = try PackBuilder(in: layout, buffer: Buffer(1 << 20))
        var kept = 0
        do throws(VxError) {
            for record in records {
                guard let payload = try checker.soundPayload(record, input, file) else { continue }
                try builder.append(
                    record.id, kind: record.kind, encoding: record.encoding, raw: Int(record.raw), payload)
                kept += 1
            }
            if kept > 0 {
                let pack = try builder.seal()
                try Files.rename(pack.path, to: layout.packs.appending(PackFile.fileName(pack.name)))
                try Files.syncDirectory(layout.packs)
            } else {
                try Files.remove(builder.path)
            }
        } catch {
            try? Files.remove(builder.path)  // the first error is the one to report
            throw error
        }
        return kept
    }
}
