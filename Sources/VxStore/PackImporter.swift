import SystemPackage
import VxModel
import VxSystem

/// Takes chunks and recipes that arrive encoded, from a remote say, into packs of a store. One thread.
///
/// Nothing is written before it has proved to be what its id names. Packs appear in the store one by one as they fill,
/// so that an interrupted transfer goes on where it was; call ``finish()`` for the last one.
package final class PackImporter {
    private let store: Store
    private let checker = PackChecker()
    private let writer: PackWriter
    /// Where the last payload ended in the pack it came from: what follows there directly follows here, too.
    private var sourceEnd: UInt64 = 0

    /// - Throws: where the store's folder cannot be written.
    package init(_ store: Store) throws(VxError) {
        try store.layout.make()
        self.store = store
        writer = PackWriter(in: store.layout, isJournaled: false) { (pack) throws(VxError) in
            try Files.rename(pack.path, to: store.path(ofPack: pack.name))
            try Files.syncDirectory(store.layout.packs)
        }
    }

    /// Adds one chunk from its stored bytes.
    ///
    /// - Parameter record: the chunk's record in the pack it comes from.
    /// - Returns: `nil`, or why the bytes are not that chunk: nothing is written then.
    /// - Throws: where the pack cannot be written.
    package func add(_ record: PackRecord, _ stored: UnsafeRawBufferPointer) throws(VxError) -> String? {
        guard record.kind == .chunk, stored.count == Int(record.stored) else { return "it is no chunk of that length" }
        do throws(FormatProblem) {
            try checker.proveChunk(record, stored)
        } catch {
            return error.text
        }
        let pack = try writer.begin(isSegment: true)
        // A run that could be cloned where it comes from can be cloned here.
        if record.offset != sourceEnd, record.offset % PackFormat.alignment == 0 { try pack.align() }
        sourceEnd = record.offset + UInt64(record.stored)
        try pack.append(record.id, kind: .chunk, encoding: record.encoding, raw: Int(record.raw), stored)
        return nil
    }

    /// Adds the recipe of a content, proven with ``Store/prove(_:is:cancellation:)``.
    package func add(_ recipe: Recipe, of id: ContentID) throws(VxError) {
        let pack = try writer.begin(isSegment: false)
        let result = recipe.encoded.withUnsafeBytes { bytes in
            Result { () throws(VxError) in
                try pack.append(id, kind: .recipe, encoding: .raw, raw: bytes.count, bytes)
            }
        }
        try result.get()
    }

    /// Makes the last pack durable and part of the store. ``Store/refresh()`` shows it.
    package func finish() throws(VxError) { try writer.seal() }

    /// Drops what has not appeared yet.
    package func abandon() { _ = try? writer.discard() }  // what stays is swept by a later session
}

extension Store {
    /// Reads hostile bytes as a recipe.
    ///
    /// - Throws: `VxError.Code.corrupt` where they are none.
    package static func recipe(_ bytes: [UInt8], of id: ContentID) throws(VxError) -> Recipe {
        do throws(FormatProblem) {
            return try Recipe(bytes)
        } catch {
            throw VxError(.corrupt, "the recipe of \(id) is damaged", because: error.text)
        }
    }

    /// Proves that a recipe, which the store does not have yet, puts together the content `id`: reads all its chunks,
    /// which the store has, and hashes the whole.
    ///
    /// - Throws: `VxError.Code.corrupt` where it does not.
    package func prove(_ recipe: Recipe, is id: ContentID, cancellation: Cancellation) throws(VxError) {
        let reader = reader()
        var hasher = ContentHasher()
        for block in recipe.blocks {
            try cancellation.check()
            let target = reader.room(block.length)
            try reader.fill(target, from: recipe, block.chunks, of: id, verifying: false)
            hasher.update(UnsafeRawBufferPointer(target))
        }
        try StoreReader.prove(hasher.finish(), is: id)
    }
}
