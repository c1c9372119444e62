import CVxKernels
import VxModel

extension ContentHasher {
    private static let hashesManyAtOnce = vx_sha256_many_is_supported() != 0

    /// The ids of consecutive pieces of some bytes: several are hashed at a time where the processor gains by it.
    ///
    /// - Parameter lengths: of the pieces, from the start of `bytes`; together no more than there is.
    static func ids(of bytes: UnsafeRawBufferPointer, lengths: [Int]) -> [ContentID] {
        ids(of: bytes, at: offsets(of: lengths), lengths: lengths)
    }

    /// Where each of some consecutive pieces begins.
    static func offsets(of lengths: [Int]) -> [Int] {
        var offsets: [Int] = []
        offsets.reserveCapacity(lengths.count)
        var end = 0
        for length in lengths {
            offsets.append(end)
            end += length
        }
        return offsets
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
        guard hashesManyAtOnce, lengths.count > 1, let base = bytes.baseAddress else {
            return zip(offsets, lengths).map { id(of: UnsafeRawBufferPointer(rebasing: bytes[$0..<$0 + $1])) }
        }
        // The longest first, so that no long one is left to be hashed alone at the end.
        let order = lengths.indices.sorted { lengths[$0] > lengths[$1] }
        return withUnsafeTemporaryAllocation(byteCount: lengths.count * ContentID.byteCount, alignment: 16) { digests in
            vx_sha256_many(
                base.assumingMemoryBound(to: UInt8.self), order.map { offsets[$0] }, order.map { lengths[$0] },
                order.count, digests.baseAddress?.assumingMemoryBound(to: UInt8.self))
            var ids = [ContentID](repeating: .empty, count: lengths.count)
            for (place, piece) in order.enumerated() {
                let start = place * ContentID.byteCount
                ids[piece] = ContentID(UnsafeRawBufferPointer(rebasing: digests[start..<start + ContentID.byteCount]))
            }
            return ids
        }
    }
}
