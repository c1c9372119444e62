import SystemPackage
import VxModel
import VxSystem

/// A pack being written under a temporary name. One thread at a time.
final class PackBuilder {
    private let file: OpenFile
    let path: FilePath
    private let buffer: Buffer
    private var buffered = 0
    /// Bytes in the file and the buffer: where the next payload goes.
    private(set) var end: UInt64
    private var records: [PackRecord] = []

    /// - Parameter buffer: collects small payloads; its content before does not matter.
    init(in folder: FilePath, buffer: Buffer) throws(VxError) {
        path = folder.appending(Files.temporaryName())
        file = try OpenFile.creating(path, permissions: 0o444)
        self.buffer = buffer
        end = 0
        let result = PackFormat.header.withUnsafeBytes { header in
            Result { () throws(VxError) in try write(header) }
        }
        try result.get()
    }

    var isEmpty: Bool { records.isEmpty }

    /// Moves to the next place where a file system could clone from.
    func align() throws(VxError) {
        let gap = Int((PackFormat.alignment - end % PackFormat.alignment) % PackFormat.alignment)
        let zeros = [UInt8](repeating: 0, count: gap)
        let result = zeros.withUnsafeBytes { bytes in Result { () throws(VxError) in try write(bytes) } }
        try result.get()
    }

    func append(
        _ id: ContentID, kind: PackRecord.Kind, encoding: Encoding, raw: Int, _ payload: UnsafeRawBufferPointer
    ) throws(VxError) {
        records.append(
            PackRecord(
                id: id, kind: kind, encoding: encoding, offset: end, stored: UInt32(payload.count), raw: UInt32(raw)))
        try write(payload)
    }

    /// Adds records for raw chunks that lie one after the other in `run` and writes them with one call.
    func append(run: UnsafeRawBufferPointer, _ chunks: [(id: ContentID, length: Int)]) throws(VxError) {
        var offset = end
        for chunk in chunks {
            let length = UInt32(chunk.length)
            records.append(
                PackRecord(id: chunk.id, kind: .chunk, encoding: .raw, offset: offset, stored: length, raw: length))
            offset += UInt64(chunk.length)
        }
        try write(run)
    }

    private func write(_ bytes: UnsafeRawBufferPointer) throws(VxError) {
        if buffered + bytes.count > buffer.bytes.count { try flush() }
        if bytes.count > buffer.bytes.count / 2 {
            try flush()
            try file.write(bytes)
        } else if let source = bytes.baseAddress, let target = buffer.bytes.baseAddress {
            target.advanced(by: buffered).copyMemory(from: source, byteCount: bytes.count)
            buffered += bytes.count
        }
        end += UInt64(bytes.count)
    }

    private func flush() throws(VxError) {
        if buffered == 0 { return }
        try file.write(buffer.prefix(buffered))
        buffered = 0
    }

    /// Writes footer and trailer and waits until all of it is on the disk. Not to be used afterwards.
    func seal() throws(VxError) -> SealedPack {
        records.sort { $0.id < $1.id }
        let ending = PackFormat.ending(records, payloadEnd: end)
        try flush()
        try file.write(ending.bytes)
        try file.sync()
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
    private let folder: FilePath
    private let sealed: @Sendable (SealedPack) -> Void
    private let buffer = Buffer(1 << 20)
    private var current: PackBuilder?

    init(in folder: FilePath, sealed: @escaping @Sendable (SealedPack) -> Void) {
        self.folder = folder
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
        let fresh = try PackBuilder(in: folder, buffer: buffer)
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
        sealed(try pack.seal())
        current = nil
    }

    /// Removes the pack being written.
    func discard() throws(VxError) {
        guard let pack = current else { return }
        current = nil
        try Files.remove(pack.path)
    }
}
