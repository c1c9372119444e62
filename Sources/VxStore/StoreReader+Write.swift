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
    /// Writes a content of any size to the start of an open file: every chunk and the whole are proven on the way.
    ///
    /// Blocks of 4 MiB are read, proven and written by the pool's threads; their bytes go through the hash of the whole
    /// in order. Segments that stand in a pack as they are share its blocks where the file system can; their bytes are read
    /// and hashed all the same.
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
        let blocks = recipe.blocks
        guard pool.width > 1, blocks.count > 2 else {
            var offset: UInt64 = 0
            return try stream(id, size: size) { bytes in
                try cancellation.check()
                try file.write(at: offset, bytes)
                offset += UInt64(bytes.count)
            }
        }
        let cloned = cloneSegments(of: recipe, to: file)
        let store = store
        let next = Counter()
        let hash = Monitor(HashInOrder())
        // More threads than this only wait for the hash of the whole.
        try WorkerPool(width: min(pool.width, blocks.count, LargeInput.mostBlocks)).run { _ in
            do {
                let reader = store.reader()
                while true {
                    try cancellation.check()
                    let number = next.add(1) - 1
                    guard number < blocks.count else { return }
                    let block = blocks[number]
                    let bytes = reader.room(block.length)
                    try reader.fill(bytes, from: recipe, block.chunks, of: id, verifying: true)
                    for part in UInt64.uncovered(block.offset..<block.offset + UInt64(block.length), by: cloned) {
                        let start = Int(part.lowerBound - block.offset)
                        let piece = UnsafeRawBufferPointer(
                            rebasing: UnsafeRawBufferPointer(bytes)[start..<start + part.count])
                        try file.write(at: part.lowerBound, piece)
                    }
                    let goesOn = hash.wait { $0.add(number, UnsafeRawBufferPointer(bytes)) }
                    if !goesOn { return }
                }
            } catch {
                hash.update { $0.failed = true }
                throw error
            }
        }
        try StoreReader.prove(hash.update { $0.hasher.finish() }, is: id)
    }

    /// The hash of the whole, fed by several threads in the order of the file.
    private struct HashInOrder: Sendable {
        var hasher = ContentHasher()
        var turn = 0
        var failed = false

        /// Adds block `number`; `nil` where it is not its turn yet, `false` where another thread has failed.
        mutating func add(_ number: Int, _ bytes: UnsafeRawBufferPointer) -> Bool? {
            if failed { return false }
            guard turn == number else { return nil }
            hasher.update(bytes)
            turn += 1
            return true
        }
    }

    static func prove(_ found: ContentID, is id: ContentID) throws(VxError) {
        if found == id { return }
        throw VxError(
            .corrupt, "content \(id) is damaged", because: "its chunks together have the hash \(found)",
            hint: "its recipe is wrong: add the file again from where it still is")
    }

    static func missing(_ id: ContentID, of content: ContentID? = nil) -> VxError {
        VxError(
            .missing, "content \(content ?? id) is not in the store",
            because: content.map { _ in "its chunk \(id) is missing" },
            hint: "run 'vx fsck --repair' here, or 'vx add' where a good copy of the file still is")
    }
}
