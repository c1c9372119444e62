import VxModel
import VxSystem

/// Gives contents of any size one after the other, in the order of a list, each piece by piece.
///
/// While one piece is handed on, other threads read, decompress and prove the next ones, those of the next content as well:
/// whoever takes them, a pipe say, waits only where the store is slower than it is. Memory is bounded by ten blocks of 4 MiB,
/// whatever the contents' sizes and the number of cores.
///
/// Not thread-safe: one thread takes.
package final class ContentPipeline {
    /// Position in the list of the content that ``take(_:)`` gives next.
    package private(set) var position = 0

    private let plan: Plan
    private let reader: StoreReader
    private var hasThreads = false
    private let threads: Int

    /// More would only wait for the one who takes; each has up to 4 MiB in memory.
    private static let mostThreads = 8

    /// - Parameter contents: what will be taken, in this order.
    package init(_ store: Store, _ contents: [Pointer], pool: WorkerPool) {
        let blocks = contents.reduce(0) {
            min($0 + Int(clamping: $1.size / UInt64(LargeInput.blockLength)) + 1, Self.mostThreads)
        }
        threads = min(max(2, min(pool.width, Self.mostThreads)), max(1, blocks))
        plan = Plan(store, contents, threads: threads)
        reader = store.reader()
    }

    deinit { plan.stop() }

    /// Gives the next content piece by piece, in order. Every piece is proven before it is given.
    ///
    /// - Throws: what `sink` throws; `VxError` where the content is missing or damaged, which shows before, between or after
    ///   the pieces. The next call goes on with the next content.
    package func take(_ sink: (UnsafeRawBufferPointer) throws -> Void) throws {
        startThreads()
        let content = position
        position += 1
        while true {
            switch plan.next(content, reader) {
            case .work(let work): plan.finish(work, reader)
            case .piece(.block(let buffer, let length, let isLast)):
                defer { plan.release(buffer) }
                try sink(buffer.prefix(length))
                if isLast { return }
            case .piece(.failure(let error)): throw error
            }
        }
    }

    /// The thread that takes makes pieces as well where none is ready, so that it needs no other.
    private func startThreads() {
        if hasThreads { return }
        hasThreads = true
        for _ in 1..<threads {
            let plan = plan
            do throws(VxError) {
                try WorkerPool.detach { plan.work() }
            } catch {
                return  // fewer threads are slower, and still right
            }
        }
    }
}

/// Who reads what next, and what is ready.
private final class Plan: Sendable {
    /// A piece of a content, or why there are no more of it.
    enum Piece {
        case block(Buffer, length: Int, isLast: Bool)
        case failure(VxError)
    }

    /// A block to be read.
    struct Work {
        var number: Int
        var content: Int
        /// What the content is made of, or why it cannot be had.
        var parts: Result<StoreReader.Parts, VxError>
        var block: Recipe.Block
        var isLast: Bool
        var buffer: Buffer
    }

    enum Step {
        case piece(Piece)
        case work(Work)
    }

    private struct State {
        /// The content whose blocks are handed out, what it is made of, and the blocks still to be handed out.
        var content = 0
        var parts: Result<StoreReader.Parts, VxError>?
        var blocks: ArraySlice<Recipe.Block> = []
        /// Number of the next block to hand out, and of the next one to be taken.
        var issued = 0
        var taken = 0
        /// What is ready, by its number.
        var ready: [Int: (content: Int, piece: Piece)] = [:]
        var free: [Buffer]
        var isStopped = false
    }

    private let store: Store
    private let contents: [Pointer]
    private let state: Monitor<State>

    init(_ store: Store, _ contents: [Pointer], threads: Int) {
        self.store = store
        self.contents = contents
        state = Monitor(State(free: (0..<threads + 2).map { _ in Buffer(0) }))
    }

    func stop() { state.update { $0.isStopped = true } }

    /// What a thread that only reads does until there is nothing left to read.
    func work() {
        let reader = store.reader()
        while true {
            let work = state.wait { state -> Work?? in
                if state.isStopped || isDone(state) { return .some(nil) }
                return assign(&state, reader).map { .some($0) }
            }
            guard let work else { return }
            finish(work, reader)
        }
    }

    /// The next piece of `content` where it is ready; else a block that nobody reads yet.
    func next(_ content: Int, _ reader: StoreReader) -> Step {
        state.wait { state in
            // What was read ahead of a content that has failed, or that was not taken to its end.
            while let ready = state.ready[state.taken], ready.content < content {
                if case .block(let buffer, _, _) = ready.piece { state.free.append(buffer) }
                state.ready[state.taken] = nil
                state.taken += 1
            }
            if let ready = state.ready.removeValue(forKey: state.taken) {
                state.taken += 1
                return .piece(ready.piece)
            }
            return assign(&state, reader).map { .work($0) }
        }
    }

    func release(_ buffer: Buffer) { state.update { $0.free.append(buffer) } }

    /// Reads a block and leaves it for the one who takes.
    func finish(_ work: Work, _ reader: StoreReader) {
        let piece: Piece
        do throws(VxError) {
            work.buffer.reserve(work.block.length)
            let target = UnsafeMutableRawBufferPointer(rebasing: work.buffer.bytes[..<work.block.length])
            let id = contents[work.content].id
            switch try work.parts.get() {
            case .chunk: try reader.loadChunk(id, into: target)
            case .recipe(let recipe):
                // The first piece is given when this is done, and no other before it.
                if work.block.offset == 0 { try store.requireProven(recipe, of: id, cancellation: Cancellation()) }
                try reader.fill(target, from: recipe, work.block.chunks, of: id, verifying: true)
            }
            piece = .block(work.buffer, length: work.block.length, isLast: work.isLast)
        } catch {
            piece = .failure(error)
        }
        state.update { state in
            state.ready[work.number] = (work.content, piece)
            guard case .failure = piece else { return }
            state.free.append(work.buffer)
            // The rest of it is of no use to anybody.
            if state.content == work.content { skip(&state) }
        }
    }

    private func isDone(_ state: State) -> Bool { state.content == contents.count }

    private func skip(_ state: inout State) {
        state.content += 1
        state.parts = nil
        state.blocks = []
    }

    /// Hands out a block; `nil` where there is none, or no room for it.
    private func assign(_ state: inout State, _ reader: StoreReader) -> Work? {
        guard !isDone(state), let buffer = state.free.popLast() else { return nil }
        let content = state.content
        let parts = state.parts ?? find(contents[content], reader)
        if state.parts == nil, case .success(let found) = parts { state.blocks = blocks(of: found, contents[content]) }
        state.parts = parts
        let block = state.blocks.popFirst() ?? Recipe.Block(chunks: 0..<0, offset: 0, length: 0)
        let isLast = state.blocks.isEmpty
        if isLast { skip(&state) }
        defer { state.issued += 1 }
        return Work(
            number: state.issued, content: content, parts: parts, block: block, isLast: isLast, buffer: buffer)
    }

    private func find(_ pointer: Pointer, _ reader: StoreReader) -> Result<StoreReader.Parts, VxError> {
        Result { () throws(VxError) in try reader.find(pointer.id, size: pointer.size) }
    }

    private func blocks(of parts: StoreReader.Parts, _ pointer: Pointer) -> ArraySlice<Recipe.Block> {
        switch parts {
        case .chunk: [Recipe.Block(chunks: 0..<1, offset: 0, length: Int(pointer.size))]
        case .recipe(let recipe): recipe.blocks[...]
        }
    }
}
