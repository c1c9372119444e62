import VxModel
import VxSystem

/// Where threads leave the decoded blocks of one file, to be written by one of them at a time.
///
/// A file system lets one thread at a time write to a file: a second one would spend its time waiting. Here whoever finishes a
/// block leaves it, writes if nobody else does, and goes on decoding otherwise.
final class BlockSink: Sendable {
    /// A decoded block and what of it is still to be written.
    struct Filled {
        /// Owned by one thread at a time; it changes hands through the sink.
        var buffer: Buffer
        /// From the start of the file.
        var offset: UInt64
        /// Of the file, within the block.
        var parts: [Range<UInt64>]
    }

    private struct State {
        var free: [Buffer]
        var filled: [Filled] = []
        var isWriting = false
        var failure: VxError?

        /// The next block to write, where nobody writes; whoever gets it does.
        mutating func takeTurn() -> Filled? {
            guard failure == nil, !isWriting, let next = filled.popLast() else { return nil }
            isWriting = true
            return next
        }
    }

    private let state: Monitor<State>

    /// - Parameter threads: that decode; two blocks more than that are on their way at most.
    init(threads: Int) {
        state = Monitor(State(free: (0..<threads + 2).map { _ in Buffer(0) }))
    }

    /// Room for a block.
    ///
    /// - Throws: why writing has failed, where it has.
    func buffer() throws(VxError) -> Buffer {
        let result = state.wait { state -> Result<Buffer, VxError>? in
            if let failure = state.failure { return .failure(failure) }
            return state.free.popLast().map { .success($0) }
        }
        return try result.get()
    }

    /// Leaves a block, and writes what is there while nobody else does.
    func put(_ block: Filled, to file: borrowing OpenFile) throws(VxError) {
        var next = state.update { state in
            state.filled.append(block)
            return state.takeTurn()
        }
        while let current = next {
            do throws(VxError) {
                for part in current.parts {
                    let start = Int(part.lowerBound - current.offset)
                    let piece = UnsafeRawBufferPointer(current.buffer.bytes)[start..<start + part.count]
                    try file.write(at: part.lowerBound, UnsafeRawBufferPointer(rebasing: piece))
                }
            } catch {
                state.update { $0.failure = error }
                throw error
            }
            next = state.update { state in
                state.free.append(current.buffer)
                state.isWriting = false
                return state.takeTurn()
            }
        }
    }
}
