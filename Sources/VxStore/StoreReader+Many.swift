import VxModel
import VxSystem

extension StoreReader {
    /// Bytes of small contents that are read and proven together: some dozens of files, and no more than a processor's own
    /// cache has room for.
    private static let groupLength = 512 << 10

    /// Gives small contents one after the other, each as ``withContent(_:size:_:)`` would, which is cheaper than one by one:
    /// neighbours are hashed in step.
    ///
    /// - Parameter body: takes the place in `pointers` and the bytes, valid during the call, or why they cannot be had.
    /// - Throws: what `body` throws.
    package func forEachContent(
        _ pointers: [Pointer], _ body: (Int, Result<UnsafeRawBufferPointer, any Error>) throws -> Void
    ) throws {
        var next = 0
        while next < pointers.count {
            let lengths = loadGroup(pointers[next...])
            let bytes = UnsafeRawBufferPointer(group.bytes)
            var start = 0
            for (id, length) in zip(ContentHasher.ids(of: bytes, lengths: lengths), lengths) {
                if id == pointers[next].id {
                    try body(next, .success(UnsafeRawBufferPointer(rebasing: bytes[start..<start + length])))
                } else {
                    try giveAlone(pointers[next], at: next, body)
                }
                start += length
                next += 1
            }
            // The one that ended the group: it is of several chunks, or missing, or there was no more room.
            if lengths.isEmpty {
                try giveAlone(pointers[next], at: next, body)
                next += 1
            }
        }
    }

    /// Loads as many of the first contents as are single chunks and fit together, unproven; gives their lengths.
    private func loadGroup(_ pointers: ArraySlice<Pointer>) -> [Int] {
        group.reserve(Self.groupLength)
        var lengths: [Int] = []
        var end = 0
        for pointer in pointers {
            guard let size = Int(exactly: pointer.size), size <= Self.groupLength - end,
                case .chunk? = try? find(pointer.id, size: pointer.size)
            else { break }
            let target = UnsafeMutableRawBufferPointer(rebasing: group.bytes[end..<end + size])
            // Who asks for it alone is told what is wrong.
            guard (try? loadChunk(pointer.id, into: target, verifying: false)) != nil else { break }
            lengths.append(size)
            end += size
        }
        return lengths
    }

    private func giveAlone(
        _ pointer: Pointer, at place: Int, _ body: (Int, Result<UnsafeRawBufferPointer, any Error>) throws -> Void
    ) throws {
        var isGiven = false
        do {
            try withContent(pointer.id, size: pointer.size) { bytes in
                isGiven = true
                try body(place, .success(bytes))
            }
        } catch {
            if isGiven { throw error }
            try body(place, .failure(error))
        }
    }
}
