import VxModel
import VxSystem

/// What the threads that add one large content share: the queue of blocks, and those that are encoded.
///
/// Blocks are encoded in any order and appended in theirs. Nobody waits for a turn: whoever finishes a block leaves it, and
/// appends what is next if nobody else is at it.
///
/// `@unchecked Sendable`: `writer`, `recipe` and `segmentIsOpen` are touched only by the thread that appends, one at a time,
/// and by the lane's once all others have ended.
final class BlockWork: @unchecked Sendable {
    let session: StoreSession
    private let writer: PackWriter
    private(set) var recipe = Recipe.Builder()
    /// Whether the segment being appended has something in the pack already.
    private var segmentIsOpen = false

    private struct State {
        var free: [Block]
        var queue: [Block] = []
        var closed = false
        /// Blocks whose turn to be appended has not come, by number.
        var encoded: [Int: EncodedBlock] = [:]
        /// The number of the block that is appended next.
        var turn = 0
        var isAppending = false
        var failure: VxError?

        /// The next block to append, where it is encoded and nobody appends; whoever gets it does.
        mutating func takeTurn() -> EncodedBlock? {
            guard failure == nil, !isAppending, let next = encoded.removeValue(forKey: turn) else { return nil }
            isAppending = true
            return next
        }

        mutating func endTurn(_ block: Block) {
            isAppending = false
            turn += 1
            free.append(block)
        }
    }

    private let state: Monitor<State>

    init(_ session: StoreSession, _ writer: PackWriter, blocks: Int) {
        self.session = session
        self.writer = writer
        state = Monitor(State(free: (0..<blocks).map { _ in Block() }))
    }

    /// A block to fill; works on waiting ones while there is none. `nil` after a failure.
    func freeBlock(_ codec: Codec) -> Block? {
        enum Step {
            case fill(Block), work(Block), stop
        }
        while true {
            let step: Step = state.wait { state in
                if state.failure != nil { return .stop }
                if let block = state.free.popLast() { return .fill(block) }
                return state.queue.isEmpty ? nil : .work(state.queue.removeFirst())
            }
            switch step {
            case .fill(let block): return block
            case .work(let block): process(block, codec)
            case .stop: return nil
            }
        }
    }

    func handOut(_ block: Block) { state.update { $0.queue.append(block) } }

    func giveBack(_ block: Block) { state.update { $0.free.append(block) } }

    /// Says that no more blocks will come.
    func close() { state.update { $0.closed = true } }

    /// The next block to work on; `nil` once there will be none.
    func next() -> Block? {
        state.wait { state -> Block?? in
            if state.failure != nil { return .some(nil) }
            if !state.queue.isEmpty { return state.queue.removeFirst() }
            return state.closed ? .some(nil) : nil
        }
    }

    /// Works on blocks until there are no more.
    func help() {
        let codec = Codec()
        while let block = next() { process(block, codec) }
    }

    func rethrow() throws(VxError) {
        if let failure = state.update({ $0.failure }) { throw failure }
    }

    /// One chunk of a block, hashed and maybe compressed.
    private struct Piece {
        var id: ContentID
        /// In the block's input.
        var range: Range<Int>
        var isNew: Bool
        /// In the block's output, where compression was worth it.
        var compressed: Range<Int>?

        /// What goes into the pack: in the output where it was compressed, else in the input.
        var stored: Range<Int> { compressed ?? range }
    }

    /// A block on its way from encoding to the pack.
    private struct EncodedBlock {
        var block: Block
        var pieces: [Piece]
        /// Of the compressed pieces; raw where none was tried.
        var encoding: Encoding
    }

    /// Hashes and compresses the chunks of a block, and appends what is ready.
    func process(_ block: Block, _ codec: Codec) {
        do throws(VxError) {
            let encoded = try encode(block, codec)
            var next = state.update { state in
                state.encoded[block.number] = encoded
                return state.takeTurn()
            }
            while let current = next {
                try append(current)
                next = state.update { state in
                    state.endTurn(current.block)
                    return state.takeTurn()
                }
            }
        } catch {
            // The block's chunks are claimed and will never be written: nothing of the session may be used.
            session.poison(error)
            state.update { if $0.failure == nil { $0.failure = error } }
        }
    }

    private func encode(_ block: Block, _ codec: Codec) throws(VxError) -> EncodedBlock {
        let bytes = block.input.prefix(block.count)
        var pieces: [Piece] = []
        pieces.reserveCapacity(block.lengths.count)
        var offset = 0
        var anyNew = false
        for (id, length) in zip(ContentHasher.ids(of: bytes, lengths: block.lengths), block.lengths) {
            let range = offset..<offset + length
            let isNew = !session.hasChunk(id, length: length) && session.claim(id)
            pieces.append(Piece(id: id, range: range, isNew: isNew))
            anyNew = anyNew || isNew
            offset += length
        }
        guard anyNew else { return EncodedBlock(block: block, pieces: pieces, encoding: .raw) }
        block.output.reserve(Chunker.maximum)
        let method = try codec.choose(bytes, scratch: block.output.bytes)
        if method == .raw { return EncodedBlock(block: block, pieces: pieces, encoding: .raw) }
        block.output.reserve(LargeInput.blockLength + Chunker.maximum)
        var written = 0
        for index in pieces.indices where pieces[index].isNew {
            let source = UnsafeRawBufferPointer(rebasing: bytes[pieces[index].range])
            // What is kept is shorter than its chunk, so the output never needs more room than the input has.
            let room = UnsafeMutableRawBufferPointer(
                rebasing: block.output.bytes[written..<written + source.count])
            let own = method.forChunk(at: pieces[index].range.lowerBound)
            if let length = try codec.compress(source, own, into: room) {
                pieces[index].compressed = written..<written + length
                written += length
            }
        }
        return EncodedBlock(block: block, pieces: pieces, encoding: method.encoding)
    }

    private func append(_ encoded: EncodedBlock) throws(VxError) {
        let (block, pieces, encoding) = (encoded.block, encoded.pieces, encoded.encoding)
        if block.startsSegment { segmentIsOpen = false }
        var newBytes = 0
        var storedBytes = 0
        var index = 0
        while index < pieces.count {
            let piece = pieces[index]
            guard piece.isNew else {
                index += 1
                continue
            }
            let pack = try packForSegment(aligned: encoding == .raw)
            // Chunks that are kept in the same way lie one after the other and are written with one call.
            let isCompressed = piece.compressed != nil
            let start = piece.stored.lowerBound
            var end = start
            var run: [PackBuilder.Part] = []
            while index < pieces.count, pieces[index].isNew, (pieces[index].compressed != nil) == isCompressed {
                let part = pieces[index]
                run.append((part.id, raw: part.range.count, stored: part.stored.count))
                newBytes += part.range.count
                end = part.stored.upperBound
                index += 1
            }
            let source = isCompressed ? block.output : block.input
            let payload = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(source.bytes)[start..<end])
            try pack.append(run: payload, run, isCompressed ? encoding : .raw)
            storedBytes += payload.count
        }
        for piece in pieces { recipe.append(piece.id, length: piece.range.count) }
        session.count {
            $0.newBytes += UInt64(newBytes)
            $0.storedBytes += UInt64(storedBytes)
        }
    }

    private func packForSegment(aligned: Bool) throws(VxError) -> PackBuilder {
        if segmentIsOpen { return try writer.open() }
        segmentIsOpen = true
        let pack = try writer.begin(isSegment: true)
        if aligned { try pack.align() }
        return pack
    }
}
