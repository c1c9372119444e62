import SystemPackage
import VxModel
import VxSystem

/// What a pack that is elsewhere must be, byte for byte, put together from its footer and what this store has.
package struct PackReplica {
    private let store: Store
    /// In the order of their payloads: each record there, and where the same is here.
    private let parts: [(record: PackRecord, here: Location)]
    private let payloadEnd: UInt64
    private let ending: [UInt8]

    /// - Parameters:
    ///   - size: bytes of the pack.
    /// - Returns: `nil` where the store does not have all of its parts, encoded as they are there.
    package init?(_ contents: PackContents, size: UInt64, from store: Store) {
        var parts: [(PackRecord, Location)] = []
        parts.reserveCapacity(contents.records.count)
        for record in contents.records {
            guard let here = Self.location(of: record, in: contents.name, store) else { return nil }
            parts.append((record, here))
        }
        let footer = UInt64(contents.records.count * PackRecord.byteCount + PackFormat.trailerLength)
        guard size > footer else { return nil }
        payloadEnd = size - footer
        ending = PackFormat.ending(contents.records, payloadEnd: payloadEnd).bytes
        self.parts = parts.sorted { $0.0.offset < $1.0.offset }
        self.store = store
    }

    private static func location(of record: PackRecord, in pack: PackID, _ store: Store) -> Location? {
        func isSame(_ other: PackRecord) -> Bool {
            other.kind == record.kind && other.encoding == record.encoding && other.stored == record.stored
                && other.raw == record.raw
        }
        if let here = store.location(of: record.id), isSame(here.record) { return here }
        return store.index.copies(of: record.id).first { isSame($0.record) }
    }

    /// Gives the bytes from front to back, in pieces. They are as they are in the store, and not proven.
    ///
    /// - Throws: where the store cannot be read, or the footer has payloads that overlap.
    package func forEachPiece(
        cancellation: Cancellation, _ body: (UnsafeRawBufferPointer) -> Void
    ) throws(VxError) {
        let buffer = Buffer(1 << 20)
        PackFormat.header.withUnsafeBytes(body)
        var position = UInt64(PackFormat.headerLength)
        var open: (pack: PackID, file: Held)?
        for (record, here) in parts {
            try cancellation.check()
            guard record.offset >= position else {
                throw VxError(.corrupt, "two payloads share bytes")
            }
            zeros(record.offset - position, buffer, body)
            if open?.pack != here.pack {
                open = (here.pack, Held(try OpenFile.reading(store.path(ofPack: here.pack))))
            }
            let length = Int(record.stored)
            buffer.reserve(length)
            let target = UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[..<length])
            guard let file = open?.file, try file.file.read(at: here.record.offset, into: target) == length else {
                throw VxError(.corrupt, "the pack \(store.path(ofPack: here.pack)) is cut short")
            }
            body(UnsafeRawBufferPointer(target))
            position = record.offset + UInt64(length)
        }
        guard payloadEnd >= position else { throw VxError(.corrupt, "a payload reaches into the footer") }
        zeros(payloadEnd - position, buffer, body)
        ending.withUnsafeBytes(body)
    }

    private final class Held {
        let file: OpenFile
        init(_ file: consuming OpenFile) { self.file = file }
    }

    private func zeros(_ count: UInt64, _ buffer: Buffer, _ body: (UnsafeRawBufferPointer) -> Void) {
        var left = count
        while left > 0 {
            let piece = Int(min(left, UInt64(buffer.bytes.count)))
            let target = UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[..<piece])
            target.initializeMemory(as: UInt8.self, repeating: 0)
            body(buffer.prefix(piece))
            left -= UInt64(piece)
        }
    }
}
