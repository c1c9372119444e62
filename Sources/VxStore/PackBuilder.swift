import SystemPackage
import VxModel
import VxSystem

/// A pack being written under a temporary name. One thread at a time.
final class PackBuilder {
    private let file: OpenFile
    let path: FilePath
    private let sharing: FolderSharing
    private let buffer: Buffer
    private var buffered = 0
    /// Bytes in the file and the buffer: where the next payload goes.
    private(set) var end: UInt64
    private var records: [PackRecord] = []
    private var journal: PackJournal?
    /// Records that are in the journal, always the first ones.
    private var journaled = 0
    /// Why a write failed: what the file holds is not known any more, and the pack is to be thrown away.
    private var failure: VxError?

    /// - Parameters:
    ///   - buffer: collects small payloads; its content before does not matter.
    ///   - isJournaled: whether ``publish()`` will be called.
    init(in layout: StoreLayout, buffer: Buffer, isJournaled: Bool = false) throws(VxError) {
        // What cannot take its place at the end is better not begun, and git not told that it is stored.
        try Files.requireWritable(layout.packs)
        path = layout.temporary.appending(Files.temporaryName())
        sharing = layout.sharing
        file = try OpenFile.creating(path, permissions: 0o444, sharing: sharing)
        self.buffer = buffer
        end = 0
        // Held until the file is closed, it tells that this process lives (see ForsakenPacks). Where the file system has
        // no locks, the process number in the name has to do.
        if isJournaled { _ = try? file.tryLock() }
        let result = PackFormat.header.withUnsafeBytes { header in
            Result { () throws(VxError) in try write(header) }
        }
        try result.get()
    }

    var isEmpty: Bool { records.isEmpty }

    /// What it holds so far; after ``seal(sync:)`` in the order of the footer.
    var contents: [PackRecord] { records }

    /// Whether something in it has been published and must not be lost any more.
    var isPublished: Bool { journal != nil }

    /// Hands everything appended so far to the system, and then the journal that names it: from here on the death of this
    /// process loses none of it. Nothing is synced.
    func publish() throws(VxError) {
        if let failure { throw failure }
        if journaled == records.count { return }
        try flush()
        if journal == nil { journal = try PackJournal(of: path, sharing: sharing) }
        try journal?.append(records[journaled...])
        journaled = records.count
    }

    /// Moves to the next place where a file system could clone from.
    func align() throws(VxError) {
        try skip(Int((PackFormat.alignment - end % PackFormat.alignment) % PackFormat.alignment))
    }

    /// Leaves a gap of zero bytes.
    func skip(_ gap: Int) throws(VxError) {
        let zeros = [UInt8](repeating: 0, count: gap)
        let result = zeros.withUnsafeBytes { bytes in Result { () throws(VxError) in try write(bytes) } }
        try result.get()
    }

    func append(
        _ id: ContentID, kind: PackRecord.Kind, encoding: Encoding, raw: Int, _ payload: UnsafeRawBufferPointer
    ) throws(VxError) {
        try append(
            PackRecord(
                id: id, kind: kind, encoding: encoding, offset: end, stored: UInt32(payload.count), raw: UInt32(raw)))
        try write(payload)
    }

    /// One that no reader takes would make all of the pack unreadable: better to fail while the content is still elsewhere.
    private func append(_ record: PackRecord) throws(VxError) {
        guard record.lengthsAreValid else {
            throw VxError(
                "cannot store \(record.id)",
                because:
                    "\(record.stored) bytes of encoding \(record.encoding.rawValue) for \(record.raw) are no record of a pack"
            )
        }
        records.append(record)
    }

    /// One chunk of several that lie one after the other: its bytes before and after encoding.
    typealias Part = (id: ContentID, raw: Int, stored: Int)

    /// Adds records for chunks of one encoding that lie one after the other in `run` and writes them with one call.
    func append(run: UnsafeRawBufferPointer, _ chunks: [Part], _ encoding: Encoding) throws(VxError) {
        var offset = end
        for chunk in chunks {
            try append(
                PackRecord(
                    id: chunk.id, kind: .chunk, encoding: encoding, offset: offset, stored: UInt32(chunk.stored),
                    raw: UInt32(chunk.raw)))
            offset += UInt64(chunk.stored)
        }
        try write(run)
    }

    /// Adds chunks of another pack that lie one after the other there, and in `run`, and writes them with one call.
    func append(run: UnsafeRawBufferPointer, _ copied: ArraySlice<PackRecord>) throws(VxError) {
        guard let first = copied.first else { return }
        for var record in copied {
            record.offset = end + (record.offset - first.offset)
            try append(record)
        }
        try write(run)
    }

    private func write(_ bytes: UnsafeRawBufferPointer) throws(VxError) {
        if buffered + bytes.count > buffer.bytes.count { try flush() }
        if bytes.count > buffer.bytes.count / 2 {
            try flush()
            try noting { () throws(VxError) in try file.write(bytes) }
        } else if let source = bytes.baseAddress, let target = buffer.bytes.baseAddress {
            target.advanced(by: buffered).copyMemory(from: source, byteCount: bytes.count)
            buffered += bytes.count
        }
        end += UInt64(bytes.count)
    }

    private func flush() throws(VxError) {
        if let failure { throw failure }
        if buffered == 0 { return }
        try noting { () throws(VxError) in try file.write(buffer.prefix(buffered)) }
        buffered = 0
    }

    /// Does a write, and keeps why it failed: a pack whose bytes lie elsewhere than its records say must not be sealed, whoever
    /// asks for it.
    private func noting(_ write: () throws(VxError) -> Void) throws(VxError) {
        do throws(VxError) {
            try write()
        } catch {
            failure = error
            throw error
        }
    }

    /// Writes footer and trailer. Not to be used afterwards.
    ///
    /// - Parameter sync: whether to wait until all of it is on the disk.
    /// - Throws: where that fails, or any write before did.
    func seal(sync: Bool = true) throws(VxError) -> SealedPack {
        records.sort { $0.id < $1.id }
        let ending = PackFormat.ending(records, payloadEnd: end)
        try flush()
        try noting { () throws(VxError) in
            try file.write(ending.bytes)
            if sync { try file.sync() }
        }
        return SealedPack(path: path, name: ending.name)
    }
}

/// A finished pack that still has its temporary name.
struct SealedPack: Sendable {
    let path: FilePath
    let name: PackID
}

/// The packs one lane writes, one after the other.
///
/// `@unchecked Sendable`: one thread at a time uses it; the lane's own, or, for a large content, whichever helper has its
/// turn (``LargeInput``), and the session's once the lanes have ended.
final class PackWriter: @unchecked Sendable {
    private let layout: StoreLayout
    private let isJournaled: Bool
    private let syncs: Bool
    private let sealed: @Sendable (SealedPack) throws(VxError) -> Void
    private let buffer = Buffer(1 << 20)
    private var current: PackBuilder?

    /// - Parameters:
    ///   - isJournaled: whether ``publish()`` will be called.
    ///   - syncs: whether packs are on the disk when `sealed` takes them; else it has to see to that.
    ///   - sealed: takes each pack that is complete.
    init(
        in layout: StoreLayout, isJournaled: Bool, syncs: Bool = true,
        sealed: @escaping @Sendable (SealedPack) throws(VxError) -> Void
    ) {
        self.layout = layout
        self.isJournaled = isJournaled
        self.syncs = syncs
        self.sealed = sealed
    }

    /// The pack to write to, for content that starts here. Contents stay whole: packs change only between them.
    ///
    /// - Parameter isSegment: whether a segment of a large file follows. Those begin a new pack once half the target is
    ///   reached, so that packs end near the target and not near twice as much.
    func begin(isSegment: Bool) throws(VxError) -> PackBuilder {
        if let current, current.end >= (isSegment ? PackFormat.target / 2 : PackFormat.target) { try seal() }
        return try open()
    }

    /// The pack being written, made where there is none.
    func open() throws(VxError) -> PackBuilder {
        if let current { return current }
        let fresh = try PackBuilder(in: layout, buffer: buffer, isJournaled: isJournaled)
        current = fresh
        return fresh
    }

    /// Ends the pack being written.
    func seal() throws(VxError) {
        guard let pack = current else { return }
        if pack.isEmpty {
            try discard()
            return
        }
        try sealed(try pack.seal(sync: syncs))
        // One that cannot be removed names a pack that is no longer there; whoever opens the store clears it away.
        if pack.isPublished { try? Files.remove(PackJournal.path(of: pack.path)) }
        current = nil
    }

    /// Makes what was added so far survive the death of this process: see ``PackBuilder/publish()``.
    func publish() throws(VxError) { try current?.publish() }

    /// Removes the pack being written, but for one that holds published content: that is left for ``ForsakenPacks``.
    ///
    /// - Returns: whether it was removed, or there was none.
    @discardableResult
    func discard() throws(VxError) -> Bool {
        guard let pack = current else { return true }
        current = nil
        if pack.isPublished { return false }
        try Files.remove(pack.path)
        return true
    }
}
