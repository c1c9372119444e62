import SystemPackage
import VxModel
import VxSystem

/// A pack made of parts of others, to be sent elsewhere. Its file is removed by whoever asked for it.
package struct ComposedPack: Sendable {
    package let path: FilePath
    package let contents: PackContents
}

extension Store {
    /// Makes a pack of stored chunks and recipes, as they are encoded, in the store's folder for temporary files.
    ///
    /// The same parts in the same order always make the same pack. Each is proven on the way; where one copy is damaged,
    /// another is taken.
    ///
    /// - Parameter variant: another number makes another pack of the same parts, with another name: it begins with a gap of
    ///   so many times 8 bytes.
    /// - Throws: `VxError.Code.corrupt` where no copy of a part is sound.
    package func compose(
        _ parts: [Location], variant: Int = 0, cancellation: Cancellation
    ) throws(VxError) -> ComposedPack {
        try layout.make()
        let builder = try PackBuilder(in: layout, buffer: Buffer(1 << 20))
        do throws(VxError) {
            if variant > 0 { try builder.skip(8 * variant) }
            let source = PartSource(self)
            for part in parts {
                try cancellation.check()
                let payload = try source.sound(part)
                try builder.append(
                    payload.record.id, kind: payload.record.kind, encoding: payload.record.encoding,
                    raw: Int(payload.record.raw), payload.bytes)
            }
            let sealed = try builder.seal(sync: false)
            return ComposedPack(
                path: sealed.path, contents: PackContents(name: sealed.name, records: builder.contents))
        } catch {
            try? Files.remove(builder.path)  // the first error is the one to report
            throw error
        }
    }

    /// Proves every byte of a pack.
    ///
    /// - Throws: `VxError.Code.corrupt` where one is wrong.
    package func prove(pack: PackID, cancellation: Cancellation) throws(VxError) {
        let file = PackFile(name: pack, in: layout.packs)
        if let damage = try PackChecker().check(file, cancellation: cancellation).damage {
            throw file.damage(damage.reason)
        }
    }
}

/// Gives the stored bytes of parts, from one open pack after the other.
private final class PartSource {
    private let store: Store
    private let checker = PackChecker()
    private var open: OpenPack?

    private final class OpenPack {
        let pack: PackFile
        let file: OpenFile

        init(_ pack: PackFile) throws(VxError) {
            self.pack = pack
            file = try pack.opened()
        }
    }

    init(_ store: Store) { self.store = store }

    /// The bytes are valid until the next call.
    func sound(_ part: Location) throws(VxError) -> (record: PackRecord, bytes: UnsafeRawBufferPointer) {
        if let bytes = try attempting({ try payload(part) }) ?? nil { return (part.record, bytes) }
        for copy in store.index.copies(of: part.record.id) where copy != part {
            if let bytes = try attempting({ try payload(copy) }) ?? nil { return (copy.record, bytes) }
        }
        throw VxError(
            .corrupt, "the store has no sound copy of \(part.record.id)",
            because: "its bytes in the pack \(store.path(ofPack: part.pack)) are not what the id says",
            hint: "run 'vx fsck' to see which files are hit; 'vx fsck --repair' looks for good copies")
    }

    private func payload(_ part: Location) throws(VxError) -> UnsafeRawBufferPointer? {
        if open?.pack.name != part.pack { open = try OpenPack(PackFile(name: part.pack, in: store.layout.packs)) }
        guard let open else { return nil }
        return try checker.soundPayload(part.record, open.file, open.pack)
    }
}
