import CVxKernels
import VxModel

/// The hash of a content that is cut as well: with SHA instructions the two are done together, in little more than the time
/// of the hash (sha256_scan.c); elsewhere one after the other, with the same result.
struct CuttingHasher {
    private static let worksTogether = vx_sha256_instructions_exist() != 0
    private static let blockLength = 64

    /// Used where the two are not done together.
    private var plain = ContentHasher()
    private var state = [UInt32](repeating: 0, count: 8)
    private var length: UInt64 = 0
    /// Of what was given last, the whole blocks that are not hashed, and after them the bytes that are not a block.
    private var waiting = UnsafeRawBufferPointer(start: nil, count: 0)
    /// Bytes after the last whole block of the content.
    private var rest: [UInt8] = []

    init() { vx_sha256_begin(&state) }

    /// The id of bytes that are all in memory, and the lengths of their chunks.
    static func cut(_ bytes: UnsafeRawBufferPointer) -> (id: ContentID, lengths: [Int]) {
        var hasher = CuttingHasher()
        hasher.begin(bytes)
        let lengths = Chunker.lengths(bytes) { hasher.cut($0) }
        hasher.flush()
        return (hasher.finish(), lengths)
    }

    /// Goes on with the bytes that follow in the content. They must stay where they are until ``flush()``.
    ///
    /// - Parameter bytes: a whole number of 64 bytes, unless the content ends with them.
    mutating func begin(_ bytes: UnsafeRawBufferPointer) {
        precondition(waiting.isEmpty && rest.isEmpty, "what was given before is hashed, and was whole blocks")
        length += UInt64(bytes.count)
        if Self.worksTogether { waiting = bytes } else { plain.update(bytes) }
    }

    /// ``Chunker/cut(_:)``, and meanwhile hashes of what waits as much as that takes.
    mutating func cut(_ bytes: UnsafeRawBufferPointer) -> Int {
        if !Self.worksTogether { return Chunker.cut(bytes) }
        return Chunker.cut(bytes) { scan in
            let most = min(waiting.count, scan.end - scan.position) / Self.blockLength
            guard most > 0, let block = waiting.baseAddress else { return }
            let done = vx_sha256_scan(
                &state, block.assumingMemoryBound(to: UInt8.self), most, scan.base + scan.position, &scan.hash,
                scan.limit, scan.gear)
            scan.position += done * Self.blockLength
            waiting = UnsafeRawBufferPointer(rebasing: waiting[(done * Self.blockLength)...])
        }
    }

    /// Hashes what still waits.
    mutating func flush() {
        let blocks = waiting.count / Self.blockLength
        if let start = waiting.baseAddress {
            vx_sha256_blocks(&state, start.assumingMemoryBound(to: UInt8.self), blocks)
        }
        rest = Array(waiting[(blocks * Self.blockLength)...])
        waiting = UnsafeRawBufferPointer(start: nil, count: 0)
    }

    /// The id of everything given.
    func finish() -> ContentID {
        precondition(waiting.isEmpty, "all is hashed")
        if !Self.worksTogether { return plain.finish() }
        var ending = state
        return withUnsafeTemporaryAllocation(byteCount: ContentID.byteCount, alignment: 16) { digest in
            vx_sha256_end(&ending, rest, length, digest.baseAddress?.assumingMemoryBound(to: UInt8.self))
            return ContentID(UnsafeRawBufferPointer(digest))
        }
    }
}
