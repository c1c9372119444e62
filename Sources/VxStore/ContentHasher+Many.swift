import CVxKernels
import VxModel

extension ContentHasher {
    private static let hashesTwoAtOnce = vx_sha256_many_is_supported() != 0

    /// The ids of consecutive pieces of some bytes: two are hashed at a time where the processor gains by it.
    ///
    /// - Parameter lengths: of the pieces, from the start of `bytes`; together no more than there is.
    static func ids(of bytes: UnsafeRawBufferPointer, lengths: [Int]) -> [ContentID] {
        var offsets: [Int] = []
        offsets.reserveCapacity(lengths.count)
        var end = 0
        for length in lengths {
            offsets.append(end)
            end += length
        }
        return ids(of: bytes, at: offsets, lengths: lengths)
    }

    /// The ids of pieces of some bytes, wherever those begin.
    ///
    /// - Parameters:
    ///   - offsets: from the start of `bytes`.
    ///   - lengths: as many; each piece lies within the bytes.
    static func ids(of bytes: UnsafeRawBufferPointer, at offsets: [Int], lengths: [Int]) -> [ContentID] {
        precondition(
            offsets.count == lengths.count
                && zip(offsets, lengths).allSatisfy { $0 >= 0 && $1 >= 0 && $0 + $1 <= bytes.count },
            "the pieces lie within the bytes")
        guard hashesTwoAtOnce, lengths.count > 1, let base = bytes.baseAddress else {
            return zip(offsets, lengths).map { id(of: UnsafeRawBufferPointer(rebasing: bytes[$0..<$0 + $1])) }
        }
        return withUnsafeTemporaryAllocation(byteCount: lengths.count * ContentID.byteCount, alignment: 16) { digests in
            vx_sha256_many(
                base.assumingMemoryBound(to: UInt8.self), offsets, lengths, lengths.count,
                digests.baseAddress?.assumingMemoryBound(to: UInt8.self))
            return lengths.indices.map { piece in
                let start = piece * ContentID.byteCount
                return ContentID(UnsafeRawBufferPointer(rebasing: digests[start..<start + ContentID.byteCount]))
            }
        }
    }
}
