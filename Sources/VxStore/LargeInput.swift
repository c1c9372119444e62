import VxModel
import VxSystem

/// Adds one content that does not fit a lane's own buffer.
///
/// The lane's thread reads blocks of 4 MiB, hashes the whole and finds the cuts (``CuttingHasher``); helpers hash and
/// compress the chunks of a block; blocks are appended in order, by whichever thread has the next one. When no block is free
/// the lane's thread helps too, so that this also works without helpers. Blocks, and with them memory, are bounded per
/// session.
enum LargeInput {
    /// New bytes of a block. Segments are a whole number of blocks long.
    static let blockLength = 4 << 20
    /// Blocks of all large contents of a session together: about 8.5 MiB each where chunks are compressed.
    static let mostBlocks = 8

    static func add(
        to lane: StoreLane, start: UnsafeRawBufferPointer, read: (UnsafeMutableRawBufferPointer) throws -> Int
    ) throws -> (id: ContentID, size: UInt64) {
        let session = lane.session
        let (blocks, helpers) = reserve(session)
        defer {
            session.budget.update {
                $0.blocks += blocks
                $0.helpers += helpers
            }
        }
        let work = BlockWork(session, lane.writer, blocks: blocks)
        let reader = BlockReader(work, start: start)
        try withoutActuallyEscaping(read) { read in
            // `nonisolated(unsafe)`: worker 0 runs on this very thread, and nobody else calls it.
            nonisolated(unsafe) let read = read
            nonisolated(unsafe) let reader = reader
            try WorkerPool(width: helpers + 1).run { worker in
                if worker == 0 { try reader.run(read) } else { work.help() }
            }
        }
        try work.rethrow()
        let id = reader.contentID
        let isKnown = session.hasContent(id, as: work.recipe) || !session.claim(id)
        session.count {
            $0.contents += 1
            $0.bytes += reader.size
            $0.duplicateContents += isKnown ? 1 : 0
        }
        do throws(VxError) {
            if !isKnown { try StoreLane.store(work.recipe, id, in: try lane.writer.open()) }
            try lane.publish()
        } catch {
            session.poison(error)
            throw error
        }
        return (id, reader.size)
    }

    /// Waits for one block, and takes helpers and a block for each where there are some left.
    private static func reserve(_ session: StoreSession) -> (blocks: Int, helpers: Int) {
        session.budget.wait { budget in
            guard budget.blocks > 0 else { return nil }
            // For each helper one to work on and one that waits, and two more for the thread that reads.
            let more = budget.helpers > 0 ? min(2 * budget.helpers + 2, budget.blocks - 1) : 0
            let helpers = min(budget.helpers, more)
            budget.blocks -= 1 + more
            budget.helpers -= helpers
            return (1 + more, helpers)
        }
    }
}

/// Some consecutive chunks of a content on their way into the pack.
///
/// `@unchecked Sendable`: one thread owns it at a time; it changes hands through the monitor of ``BlockWork``.
final class Block: @unchecked Sendable {
    let input = Buffer(LargeInput.blockLength + Chunker.maximum)
    let output = Buffer(0)
    /// Bytes of `input` that are whole chunks.
    var count = 0
    var lengths: [Int] = []
    /// Place in the content, from 0.
    var number = 0
    var startsSegment = false
}

/// Cuts a sequential source into blocks of whole chunks. Used by the thread of the lane only.
final class BlockReader {
    private let work: BlockWork
    private let start: UnsafeRawBufferPointer
    private let codec = Codec()
    private var hasher = CuttingHasher()
    private(set) var size: UInt64 = 0
    /// Bytes after the last cut of a block, which begin the next one; fewer than a chunk may have.
    private let carry = Buffer(Chunker.maximum)
    private var carried = 0

    init(_ work: BlockWork, start: UnsafeRawBufferPointer) {
        self.work = work
        self.start = start
    }

    var contentID: ContentID { hasher.finish() }

    /// Hands out all blocks of the source and works on them until none is left.
    ///
    /// Whatever happens, blocks that were handed out are finished: their chunks are claimed, and a later content may
    /// already count on them.
    func run(_ read: (UnsafeMutableRawBufferPointer) throws -> Int) throws {
        let result = Result { try produce(read) }
        work.close()
        while let block = work.next() { work.process(block, codec) }
        try result.get()
    }

    private func produce(_ read: (UnsafeMutableRawBufferPointer) throws -> Int) throws {
        var number = 0
        var atEnd = false
        while !atEnd {
            try work.session.cancellation.check()
            guard let block = work.freeBlock(codec) else { return }
            var returned = false
            defer { if !returned { work.giveBack(block) } }
            block.startsSegment = (size - UInt64(carried)) % UInt64(Chunker.segment) == 0
            atEnd = try fill(block, read)
            if block.count == 0 { return }
            block.number = number
            number += 1
            returned = true
            work.handOut(block)
        }
    }

    /// Fills a block; says whether the source has ended.
    private func fill(_ block: Block, _ read: (UnsafeMutableRawBufferPointer) throws -> Int) throws -> Bool {
        let buffer = block.input.bytes
        buffer.copyMemory(from: carry.prefix(carried))
        var filled = carried
        if size == 0 {
            buffer.copyMemory(from: start)
            filled = start.count
        }
        let end = carried + LargeInput.blockLength
        filled += try StoreLane.fill(UnsafeMutableRawBufferPointer(rebasing: buffer[filled..<end]), read)
        hasher.begin(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[carried..<filled]))
        size += UInt64(filled - carried)
        let atEnd = filled < end
        let isSegmentEnd = size % UInt64(Chunker.segment) == 0
        block.lengths.removeAll(keepingCapacity: true)
        var cut = 0
        while filled - cut >= Chunker.maximum || (cut < filled && (atEnd || isSegmentEnd)) {
            let length = hasher.cut(UnsafeRawBufferPointer(rebasing: buffer[cut..<filled]))
            block.lengths.append(length)
            cut += length
        }
        hasher.flush()
        block.count = cut
        carried = filled - cut
        carry.bytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[cut..<filled]))
        return atEnd
    }
}
