import CVxKernels
import VxModel

extension ContentHasher {
    private static let hashesManyAtOnce = vx_sha256_many_is_supported() != 0

    /// The ids of consecutive pieces of some bytes: several are hashed at a time where the processor gains by it.
    ///
    /// - Parameter lengths: of the pieces, from the start of `bytes`; together no more than there is.
    static func ids(of bytes: UnsafeRawBufferPointer, lengths: [Int]) -> [ContentID] {
        var pieces: [(number: Int, start: Int, length: Int)] = []
        pieces.reserveCapacity(lengths.count)
        var end = 0
        for (number, length) in lengths.enumerated() {
            pieces.append((number, end, length))
            end += length
        }
        precondition(end <= bytes.count, "the pieces lie within the bytes")
        guard hashesManyAtOnce, lengths.count > 1, let base = bytes.baseAddress else {
            return pieces.map { id(of: UnsafeRawBufferPointer(rebasing: bytes[$0.start..<$0.start + $0.length])) }
        }
        // The longest first, so that no long one is left to be hashed alone at the end.
        pieces.sort { $0.length > $1.length }
        return withUnsafeTemporaryAllocation(byteCount: lengths.count * ContentID.byteCount, alignment: 16) { digests in
            vx_sha256_many(
                base.assumingMemoryBound(to: UInt8.self), pieces.map(\.start), pieces.map(\.length), pieces.count,
                digests.baseAddress?.assumingMemoryBound(to: UInt8.self))
            var ids = [ContentID?](repeating: nil, count: lengths.count)
            for (place, piece) in pieces.enumerated() {
                let start = place * ContentID.byteCount
                ids[piece.number] = ContentID(
                    UnsafeRawBufferPointer(rebasing: digests[start..<start + ContentID.byteCount]))
            }
            return ids.compactMap { $0 }
        }
    }
}
