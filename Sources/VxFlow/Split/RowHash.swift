import CVxKernels
import VxModel
import VxStore

/// Hashes of what texts and rows hold.
enum RowHash {
    /// Whether short texts are hashed here: the library makes an object for each.
    private static let isDirect = vx_sha256_instructions_exist() != 0

    static func key(_ bytes: [UInt8]) -> UInt128Key { UInt128Key(bytes.withUnsafeBytes { digest($0) }) }

    /// The SHA-256 of some bytes.
    static func digest(_ bytes: UnsafeRawBufferPointer) -> ContentID {
        guard isDirect, let base = bytes.assumingMemoryBound(to: UInt8.self).baseAddress else {
            return ContentHasher.id(of: bytes)
        }
        return withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 8) { state in
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: ContentID.byteCount) { digest in
                let blocks = bytes.count / 64
                vx_sha256_begin(state.baseAddress)
                vx_sha256_blocks(state.baseAddress, base, blocks)
                vx_sha256_end(state.baseAddress, base + 64 * blocks, UInt64(bytes.count), digest.baseAddress)
                return ContentID(UnsafeRawBufferPointer(digest))
            }
        }
    }
}
