import SystemPackage
import VxModel
import VxSystem

/// Writes records of packs that will go into packs that stay, each proven on the way.
final class Survivors {
    private let layout: StoreLayout
    private let checker: PackChecker
    private let cancellation: Cancellation
    private let buffer = Buffer(1 << 20)
    private var builder: PackBuilder?
    private var sealed: [SealedPack] = []
    private var written: Set<ContentID> = []

    init(_ layout: StoreLayout, _ checker: PackChecker, _ cancellation: Cancellation) {
        self.layout = layout
        self.checker = checker
        self.cancellation = cancellation
    }

    /// Copies the chosen records of one pack, in the order of their payloads, so that what was read in one go still is.
    ///
    /// - Parameter isChosen: by the record's place in the table.
    /// - Returns: an id whose bytes do not prove right; the pack must stay then.
    func take(
        _ table: PackTable, from file: PackFile, where isChosen: (Int) -> Bool
    ) throws(VxError) -> ContentID? {
        let input = try file.opened()
        let chosen = (0..<table.count).filter(isChosen).compactMap { try? table.record(at: $0) }
            .sorted { $0.offset < $1.offset }
        var end: UInt64 = 0
        for record in chosen where written.insert(record.id).inserted {
            try cancellation.check()
            guard let payload = try checker.soundPayload(record, input, file) else {
                written.remove(record.id)
                return record.id
            }
            let pack = try room(isRun: record.offset == end)
            // The start of a segment that a file system could clone stays one.
            if record.encoding == .raw, record.offset != end, record.offset % PackFormat.alignment == 0 {
                try pack.align()
            }
            try pack.append(
                record.id, kind: record.kind, encoding: record.encoding, raw: Int(record.raw), payload)
            end = record.offset + UInt64(record.stored)
        }
        return nil
    }

    private func room(isRun: Bool) throws(VxError) -> PackBuilder {
        if let builder, builder.end >= PackFormat.target, !isRun { try seal() }
        if let builder { return builder }
        let fresh = try PackBuilder(in: layout, buffer: buffer)
        builder = fresh
        return fresh
    }

    private func seal() throws(VxError) {
        guard let full = builder else { return }
        builder = nil
        if full.isEmpty { return try Files.remove(full.path) }
        sealed.append(try full.seal())
    }

    /// Makes all of it part of the store.
    ///
    /// - Returns: the new packs, with the bytes of each.
    ///
    /// - Parameter prepare: called with the names of the new packs before they are in their place.
    func place(
        _ prepare: ([PackID]) throws(VxError) -> Void = { _ in }
    ) throws(VxError) -> [(name: PackID, bytes: UInt64)] {
        try seal()
        try prepare(sealed.map(\.name))
        var placed: [(PackID, UInt64)] = []
        for pack in sealed {
            placed.append((pack.name, try Files.status(pack.path)?.size ?? 0))
            try Files.rename(pack.path, to: layout.packs.appending(PackFile.fileName(pack.name)))
        }
        if !sealed.isEmpty { try Files.syncDirectory(layout.packs) }
        sealed = []
        return placed
    }

    /// Removes what has not been placed. What cannot be removed is swept by a later operation.
    func discard() {
        if let builder { try? Files.remove(builder.path) }
        for pack in sealed { try? Files.remove(pack.path) }
    }
}
