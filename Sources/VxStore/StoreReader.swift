import SystemPackage
import VxModel
import VxSystem

/// Reads contents for one thread, with buffers and open packs that are kept and used again. Not thread-safe.
///
/// Nothing is handed out before it was hashed. Where one copy of a chunk proves damaged, other copies are tried.
package final class StoreReader {
    let store: Store
    private let codec = Codec()
    private let payload = Buffer(Chunker.maximum)
    private let whole = Buffer(Chunker.maximum)
    /// Small contents one after the other (``forEachContent(_:_:)``).
    let group = Buffer(0)
    private var files: [PackID: OpenPack] = [:]

    /// Open packs a reader keeps. There is a reader for each core, and all of them together must stay well below the usual
    /// limit of 1024 open files.
    private static let mostFiles = min(32, max(2, 256 / WorkerPool.coreCount))

    private final class OpenPack {
        let file: OpenFile

        init(_ pack: PackFile, release: () -> Void) throws(VxError) {
            file = try pack.opened(release: release)
        }
    }

    init(_ store: Store) {
        self.store = store
    }

    /// Gives a small content as a whole, proven, in a buffer that is valid during the call.
    ///
    /// - Parameter size: what the pointer says; another size is an error.
    /// - Throws: what `body` throws; `VxError` where the content is missing or damaged.
    package func withContent(
        _ id: ContentID, size: UInt64, _ body: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        switch try find(id, size: size) {
        case .chunk:
            try loadChunk(id, into: room(Int(size)))
        case .recipe(let recipe):
            let target = room(Int(size))
            try fill(target, from: recipe, 0..<recipe.count, of: id, verifying: false)
            if ContentHasher.id(of: UnsafeRawBufferPointer(target)) != id {
                // Some chunk is damaged: look at each, and use other copies where there are some.
                try fill(target, from: recipe, 0..<recipe.count, of: id, verifying: true)
                try StoreReader.prove(ContentHasher.id(of: UnsafeRawBufferPointer(target)), is: id)
            }
        }
        try body(whole.prefix(Int(size)))
    }

    /// Gives a content of any size piece by piece, in order. Every piece is proven before it is given; that the pieces
    /// together are the content shows only at the end.
    ///
    /// - Throws: what `sink` throws; `VxError` where the content is missing or damaged.
    package func stream(_ id: ContentID, size: UInt64, _ sink: (UnsafeRawBufferPointer) throws -> Void) throws {
        guard case .recipe(let recipe) = try find(id, size: size) else {
            return try withContent(id, size: size, sink)
        }
        var hasher = ContentHasher()
        for block in recipe.blocks {
            let target = room(block.length)
            try fill(target, from: recipe, block.chunks, of: id, verifying: true)
            hasher.update(UnsafeRawBufferPointer(target))
            try sink(UnsafeRawBufferPointer(target))
        }
        try StoreReader.prove(hasher.finish(), is: id)
    }

    /// A whole content, which must be small enough for memory.
    ///
    /// - Throws: where it is larger than `limit`, missing or damaged.
    package func contents(of id: ContentID, size: UInt64, limit: Int) throws(VxError) -> [UInt8] {
        guard size <= UInt64(max(0, limit)) else {
            throw VxError(
                "content \(id) is larger than \(ByteCount.text(UInt64(max(0, limit))))",
                because: "it is read as a whole")
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Int(size))
        do {
            try stream(id, size: size) { bytes.append(contentsOf: $0) }
        } catch let error as VxError {
            throw error
        } catch {
            throw VxError("cannot read content \(id)", because: "\(error)")
        }
        return bytes
    }

    /// What a content is made of.
    enum Parts {
        case chunk
        case recipe(Recipe)
    }

    func find(_ id: ContentID, size: UInt64) throws(VxError) -> Parts {
        guard let location = store.index.locate(id) else { throw store.missing(id) }
        let found: UInt64
        let parts: Parts
        switch location.record.kind {
        case .chunk:
            found = UInt64(location.record.raw)
            parts = .chunk
        case .recipe:
            guard UInt64(location.record.raw) <= Recipe.longest(forContentOf: size) else {
                throw VxError(
                    .corrupt, "the recipe of \(id) is longer than a file of \(size) bytes can have",
                    because: "the pointer and the store disagree", hint: "run 'vx fsck' to see which files are hit")
            }
            let recipe = try store.recipe(at: location, of: id)
            found = recipe.size
            parts = .recipe(recipe)
        }
        guard found == size else {
            throw VxError(
                .corrupt, "content \(id) has \(found) bytes in the store, not \(size)",
                because: "the pointer and the store disagree", hint: "add the file again from where it still is")
        }
        return parts
    }

    /// Room for a content or block, used again by the next call.
    func room(_ count: Int) -> UnsafeMutableRawBufferPointer {
        whole.reserve(count)
        return UnsafeMutableRawBufferPointer(rebasing: whole.bytes[..<count])
    }

    /// Puts consecutive chunks of a recipe into `target`, which has exactly their length.
    ///
    /// Chunks stored raw one after the other, as segments of large files are, are read with one call. Where the chunks are
    /// to be proven, that is done for all of them together, several at a time (``ContentHasher/ids(of:lengths:)``).
    func fill(
        _ target: UnsafeMutableRawBufferPointer, from recipe: Recipe, _ chunks: Range<Int>, of content: ContentID,
        verifying: Bool
    ) throws(VxError) {
        let index = store.index
        var position = 0
        var next = chunks.lowerBound
        var lengths: [Int] = []
        while next < chunks.upperBound {
            let first = recipe[next]
            guard let location = index.locate(first.id) else { throw store.missing(first.id, of: content) }
            let start = next
            var length = first.length
            next += 1
            if location.record.encoding == .raw {
                while next < chunks.upperBound {
                    let chunk = recipe[next]
                    guard let other = index.locate(chunk.id), other.pack == location.pack,
                        other.record.encoding == .raw, Int(other.record.raw) == chunk.length,
                        other.record.offset == location.record.offset + UInt64(length)
                    else { break }
                    length += chunk.length
                    next += 1
                }
            }
            let part = UnsafeMutableRawBufferPointer(rebasing: target[position..<position + length])
            if next - start == 1 {
                try loadChunk(first.id, into: part, verifying: false)
            } else if (try? read(location.pack, at: location.record.offset, into: part)) == nil {
                // A run that cannot be read whole is read chunk by chunk, which says what is wrong or finds other copies.
                try loadEach(start..<next, of: recipe, into: part)
            }
            for chunk in start..<next { lengths.append(recipe[chunk].length) }
            position += length
        }
        if verifying { try proveEach(chunks, lengths, of: recipe, in: target) }
    }

    private func loadEach(
        _ chunks: Range<Int>, of recipe: Recipe, into target: UnsafeMutableRawBufferPointer
    ) throws(VxError) {
        var position = 0
        for index in chunks {
            let chunk = recipe[index]
            try loadChunk(
                chunk.id, into: UnsafeMutableRawBufferPointer(rebasing: target[position..<position + chunk.length]))
            position += chunk.length
        }
    }

    /// Proves chunks that were loaded, and loads those that prove damaged from another copy.
    private func proveEach(
        _ chunks: Range<Int>, _ lengths: [Int], of recipe: Recipe, in target: UnsafeMutableRawBufferPointer
    ) throws(VxError) {
        var position = 0
        let found = ContentHasher.ids(of: UnsafeRawBufferPointer(target), lengths: lengths)
        for (index, id) in zip(chunks, found) {
            let chunk = recipe[index]
            if id != chunk.id {
                try loadChunk(
                    chunk.id, into: UnsafeMutableRawBufferPointer(rebasing: target[position..<position + chunk.length]))
            }
            position += chunk.length
        }
    }

    /// Puts one chunk into `target`, which has exactly its length, from the first copy that proves right.
    func loadChunk(
        _ id: ContentID, into target: UnsafeMutableRawBufferPointer, verifying: Bool = true
    ) throws(VxError) {
        guard let location = store.index.locate(id) else { throw store.missing(id) }
        do throws(VxError) {
            return try load(location, id, into: target, verifying: verifying)
        } catch let first {
            // A pack may have been replaced since the index was read, or another pack has the chunk as well.
            try? store.refresh()
            for copy in store.index.copies(of: id) {
                files[copy.pack] = nil
                do throws(VxError) {
                    return try load(copy, id, into: target, verifying: true)
                } catch {
                    continue  // the first copy's error is the one to report
                }
            }
            // Gone with its pack, and nowhere else.
            throw first.code == .missing ? store.missing(id) : first
        }
    }

    private func load(
        _ location: Location, _ id: ContentID, into target: UnsafeMutableRawBufferPointer, verifying: Bool
    ) throws(VxError) {
        let record = location.record
        guard record.kind == .chunk, Int(record.raw) == target.count else {
            throw damage(location.pack, id, "it has \(record.raw) bytes where \(target.count) are expected")
        }
        switch record.encoding {
        case .raw:
            try read(location.pack, at: record.offset, into: target)
        case .zstd, .grouped2, .grouped4:
            let source = UnsafeMutableRawBufferPointer(rebasing: payload.bytes[..<Int(record.stored)])
            try read(location.pack, at: record.offset, into: source)
            guard try codec.decompress(UnsafeRawBufferPointer(source), record.encoding, into: target) else {
                throw damage(location.pack, id, "it does not decompress")
            }
        }
        if verifying, ContentHasher.id(of: UnsafeRawBufferPointer(target)) != id {
            throw damage(location.pack, id, "its bytes have another hash")
        }
    }

    private func read(
        _ pack: PackID, at offset: UInt64, into target: UnsafeMutableRawBufferPointer
    ) throws(VxError) {
        let open: OpenPack
        if let known = files[pack] {
            open = known
        } else {
            if files.count >= Self.mostFiles { files.removeAll(keepingCapacity: true) }
            open = try OpenPack(PackFile(name: pack, in: store.layout.packs)) { files.removeAll(keepingCapacity: true) }
            files[pack] = open
        }
        guard offset <= UInt64(Int64.max) - UInt64(target.count),
            try open.file.read(at: offset, into: target) == target.count
        else {
            throw PackFile(name: pack, in: store.layout.packs).damage("it ends before the payload at byte \(offset)")
        }
    }

    private func damage(_ pack: PackID, _ id: ContentID, _ why: String) -> VxError {
        var error = PackFile(name: pack, in: store.layout.packs).damage("chunk \(id.hex): \(why)")
        error.message = "the chunk \(id) in the pack \(store.path(ofPack: pack)) is damaged"
        error.causes = [why]
        return error
    }
}
