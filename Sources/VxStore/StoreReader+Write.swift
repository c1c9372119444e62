import VxModel
import VxSystem

extension Recipe {
    /// Consecutive chunks that are read and written together.
    struct Block: Sendable {
        var chunks: Range<Int>
        /// From the start of the file.
        var offset: UInt64
        var length: Int
    }

    /// The recipe's chunks in blocks of at most 4 MiB.
    var blocks: [Block] {
        var blocks: [Block] = []
        var block = Block(chunks: 0..<0, offset: 0, length: 0)
        for index in 0..<count {
            let length = self[index].length
            if block.length + length > LargeInput.blockLength {
                blocks.append(block)
                block = Block(chunks: index..<index, offset: block.offset + UInt64(block.length), length: 0)
            }
            block.chunks = block.chunks.lowerBound..<index + 1
            block.length += length
        }
        blocks.append(block)
        return blocks
    }
}

extension StoreReader {
    /// Writes a content of any size to the start of an open file, proven chunk by chunk.
    ///
    /// Blocks of 4 MiB are read and proven by the pool's threads and written by one of them at a time. Segments that stand in
    /// a pack as they are share its blocks where the file system can; their bytes are read and hashed all the same.
    ///
    /// That the chunks together are the content was proven when its recipe entered the store, or is now where that came with a
    /// pack of another; and the recipe carries a hash of itself (docs/decisions/0019): hashing the whole once more, in order, would take one thread longer than all of
    /// the rest.
    ///
    /// - Parameters:
    ///   - size: what the pointer says; another size is an error.
    ///   - file: empty, open for writing. After an error its content is undefined.
    /// - Throws: `VxError` where the content is missing or damaged or the file cannot be written.
    package func write(
        _ id: ContentID, size: UInt64, to file: borrowing OpenFile, pool: WorkerPool, cancellation: Cancellation
    ) throws {
        guard case .recipe(let recipe) = try find(id, size: size) else {
            return try withContent(id, size: size) { try file.write(at: 0, $0) }
        }
        try store.requireProven(recipe, of: id, cancellation: cancellation)
        let blocks = recipe.blocks
        let cloned = cloneSegments(of: recipe, to: file)
        let store = store
        let readers = PerWorker<StoreReader>(pool)
        let sink = BlockSink(threads: min(pool.width, blocks.count))
        try pool.forEachBatch(count: blocks.count, batch: 1, cancellation: cancellation) { worker, range in
            let reader = readers.value(of: worker) { store.reader() }
            for block in blocks[range] {
                let buffer = try sink.buffer()
                buffer.reserve(block.length)
                let bytes = UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[..<block.length])
                try reader.fill(bytes, from: recipe, block.chunks, of: id, verifying: true)
                let end = block.offset + UInt64(block.length)
                let parts = UInt64.uncovered(block.offset..<end, by: cloned)
                try sink.put(.init(buffer: buffer, offset: block.offset, parts: parts), to: file)
            }
        }
    }

    static func prove(_ found: ContentID, is id: ContentID) throws(VxError) {
        if found == id { return }
        throw VxError(
            .corrupt, "content \(id) is damaged", because: "its chunks together have the hash \(found)",
            hint: "its recipe is wrong: 'vx fsck --repair' looks for a good one; 'vx add' where a good copy of the file is")
    }

}

extension Store {
    /// The error for content that the index does not have.
    func missing(_ id: ContentID, of content: ContentID? = nil) -> VxError {
        if let problem = index.unreadable {
            return problem.wrapped("content \(content ?? id) cannot be had: a pack of the store cannot be read")
        }
        return VxError(
            .missing, "content \(content ?? id) is not in the store",
            because: content.map { _ in "its chunk \(id) is missing" },
            hint: "run 'vx fsck --repair' here, or 'vx add' where a good copy of the file still is")
    }
}
