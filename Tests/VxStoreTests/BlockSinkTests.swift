import SystemPackage
import Testing
import VxModel
import VxSystem

@testable import VxStore

@Suite("Blocks that many threads decode and one at a time writes")
struct BlockSinkTests {
    private static let length = 5000

    /// Has four threads put 300 blocks into a file; there are six buffers.
    private func fill(_ file: borrowing OpenFile) throws {
        let sink = BlockSink(threads: 4)
        try WorkerPool(width: 4).forEachBatch(count: 300, batch: 1, cancellation: Cancellation()) { _, range in
            for number in range {
                let buffer = try sink.buffer()
                buffer.reserve(Self.length)
                UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[..<Self.length])
                    .copyBytes(from: SplitMix64.bytes(Self.length, seed: UInt64(number)))
                let start = UInt64(number * Self.length)
                // The second half first: parts are where they say.
                let middle = start + UInt64(Self.length / 2)
                let parts = [middle..<start + UInt64(Self.length), start..<middle]
                try sink.put(.init(buffer: buffer, offset: start, parts: parts), to: file)
            }
        }
    }

    @Test("every block is written, in its place, though threads wait for buffers")
    func all() throws {
        let scratch = try Scratch()
        let path = scratch.path.appending("file")
        try fill(try OpenFile.creating(path, permissions: 0o644))
        let expected = (0..<300).flatMap { SplitMix64.bytes(Self.length, seed: UInt64($0)) }
        #expect(try Files.read(path) == expected)
    }

    @Test("a write that fails is the error of all, and nobody waits for ever")
    func failing() throws {
        let scratch = try Scratch()
        let path = scratch.path.appending("file")
        try Files.replace(path, with: [])
        let error = failure { try fill(try OpenFile.reading(path)) }
        #expect(error?.message.contains("cannot write \(path)") == true)
    }
}
