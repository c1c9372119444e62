import VxModel
import VxSystem

/// Adds content for one thread. Not thread-safe: each thread takes its own from ``StoreSession/lane()``.
package final class StoreLane {
    let session: StoreSession
    let writer: PackWriter
    private let codec = Codec()
    private let scratch = Buffer(Chunker.maximum)
    /// A content that fits here is read at once and never passes through the machinery for large ones.
    private let input = Buffer(512 << 10)

    init(_ session: StoreSession, _ writer: PackWriter) {
        self.session = session
        self.writer = writer
    }

    /// Adds content that is in memory.
    ///
    /// - Parameter bytes: not empty: an empty file needs no store. Meant for up to 4 MiB; more works on one thread.
    /// - Returns: the content id.
    /// - Throws: where the pack cannot be written; the session cannot finish then.
    package func add(_ bytes: UnsafeRawBufferPointer) throws(VxError) -> ContentID {
        let (id, lengths) = CuttingHasher.cut(bytes)
        try add(bytes, id, chunks: lengths)
        return id
    }

    /// Adds contents that lie one after the other in memory, which is cheaper than one by one.
    ///
    /// - Parameter lengths: of the contents, none of them 0; together they are all of `bytes`.
    /// - Returns: the content ids, in order.
    /// - Throws: as ``add(_:)``.
    package func add(_ bytes: UnsafeRawBufferPointer, lengths: [Int]) throws(VxError) -> [ContentID] {
        let offsets = ContentHasher.offsets(of: lengths)
        // Short ones are hashed several at a time. Those that are sure to be cut are hashed meanwhile, which is faster still.
        let short = lengths.indices.filter { lengths[$0] <= Chunker.maximum }
        let hashed = ContentHasher.ids(of: bytes, at: short.map { offsets[$0] }, lengths: short.map { lengths[$0] })
        var ids = [ContentID](repeating: .empty, count: lengths.count)
        for (index, id) in zip(short, hashed) { ids[index] = id }
        for (index, length) in lengths.enumerated() {
            let content = UnsafeRawBufferPointer(rebasing: bytes[offsets[index]..<offsets[index] + length])
            if length <= Chunker.maximum {
                try add(content, ids[index])
            } else {
                ids[index] = try add(content)
            }
        }
        return ids
    }

    /// - Parameter chunks: their lengths, where they are known.
    private func add(_ bytes: UnsafeRawBufferPointer, _ id: ContentID, chunks: [Int]? = nil) throws(VxError) {
        try session.check()
        guard !bytes.isEmpty else {
            throw VxError("cannot add empty content to the store", because: "it has no chunks")
        }
        var chunks = chunks
        let isKnown = isKnown(bytes, id, &chunks) || !session.claim(id)
        session.count {
            $0.contents += 1
            $0.bytes += UInt64(bytes.count)
            $0.duplicateContents += isKnown ? 1 : 0
        }
        do throws(VxError) {
            if !isKnown { try addNew(bytes, id, chunks ?? Chunker.lengths(bytes)) }
            try publish()
        } catch {
            session.poison(error)
            throw error
        }
    }

    private func addNew(_ bytes: UnsafeRawBufferPointer, _ id: ContentID, _ lengths: [Int]) throws(VxError) {
        let pack = try writer.begin(isSegment: false)
        if lengths.count == 1 {
            try store(bytes, id, in: pack, trying: .zstd)
        } else {
            try addChunks(bytes, id, lengths, in: pack)
        }
    }

    /// Where the session keeps a journal, makes all that was added survive the death of this process. Content that was
    /// known needs it too: its chunks may come from a content whose source failed half-way, which nobody published.
    func publish() throws(VxError) {
        if session.keepsJournal { try writer.publish() }
    }

    /// Adds content from a source that is read once, front to back.
    ///
    /// - Parameter read: fills the buffer as far as it can and returns the number of bytes; 0 at the end.
    /// - Returns: the content id and the number of bytes. Where there were none, the id is that of no bytes and nothing
    ///   is stored.
    /// - Throws: what `read` throws, or where the pack cannot be written; after the latter the session cannot finish.
    package func add(
        read: (UnsafeMutableRawBufferPointer) throws -> Int
    ) throws -> (id: ContentID, size: UInt64) {
        try session.check()
        let count = try Self.fill(input.bytes, read)
        if count < input.bytes.count {
            let bytes = input.prefix(count)
            if count == 0 { return (ContentHasher.id(of: bytes), 0) }
            return (try add(bytes), UInt64(count))
        }
        return try LargeInput.add(to: self, start: input.prefix(count), read: read)
    }

    /// Reads until the buffer is full or the source ends, for sources that give less than asked for, as pipes do.
    static func fill(
        _ buffer: UnsafeMutableRawBufferPointer, _ read: (UnsafeMutableRawBufferPointer) throws -> Int
    ) throws -> Int {
        var filled = 0
        while filled < buffer.count {
            let count = try read(UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]))
            if count == 0 { break }
            filled += count
        }
        return filled
    }

    /// Whether the store has all of a content, as these bytes are cut: its own recipe is not believed, nor is it enough that
    /// the store has one. So adding a file again heals it after a pack with some of its chunks was lost, or where the store
    /// was taken over with a recipe that makes something else.
    ///
    /// - Parameter chunks: their lengths, set where they had to be found out.
    private func isKnown(_ bytes: UnsafeRawBufferPointer, _ id: ContentID, _ chunks: inout [Int]?) -> Bool {
        guard let location = session.index.locate(id) else { return false }
        if location.record.kind == .chunk { return session.hasChunk(id, length: bytes.count) }
        let lengths = chunks ?? Chunker.lengths(bytes)
        chunks = lengths
        var recipe = Recipe.Builder()
        for (chunk, length) in zip(ContentHasher.ids(of: bytes, lengths: lengths), lengths) {
            recipe.append(chunk, length: length)
        }
        return session.hasContent(id, as: recipe)
    }

    private func addChunks(
        _ bytes: UnsafeRawBufferPointer, _ id: ContentID, _ lengths: [Int], in pack: PackBuilder
    ) throws(VxError) {
        var recipe = Recipe.Builder()
        var offset = 0
        let trying = try codec.choose(bytes, scratch: scratch.bytes)
        for (chunkID, length) in zip(ContentHasher.ids(of: bytes, lengths: lengths), lengths) {
            recipe.append(chunkID, length: length)
            if !session.hasChunk(chunkID, length: length), session.claim(chunkID) {
                let chunk = UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + length])
                try store(chunk, chunkID, in: pack, trying: trying.forChunk(at: offset))
            }
            offset += length
        }
        try Self.store(recipe, id, in: pack)
    }

    /// Writes one new chunk, encoded as is to be tried where that is worth it.
    private func store(
        _ chunk: UnsafeRawBufferPointer, _ id: ContentID, in pack: PackBuilder, trying method: EncodingMethod
    ) throws(VxError) {
        var stored = chunk.count
        if method != .raw, let length = try codec.compress(chunk, method, into: scratch.bytes) {
            stored = length
            try pack.append(id, kind: .chunk, encoding: method.encoding, raw: chunk.count, scratch.prefix(length))
        } else {
            try pack.append(id, kind: .chunk, encoding: .raw, raw: chunk.count, chunk)
        }
        session.count {
            $0.newBytes += UInt64(chunk.count)
            $0.storedBytes += UInt64(stored)
        }
    }

    /// Writes the recipe of a file under its content id.
    static func store(_ recipe: Recipe.Builder, _ id: ContentID, in pack: PackBuilder) throws(VxError) {
        let encoded = try recipe.encoded()
        let result = encoded.withUnsafeBytes { bytes in
            Result { () throws(VxError) in
                try pack.append(id, kind: .recipe, encoding: .raw, raw: bytes.count, bytes)
            }
        }
        try result.get()
    }
}
