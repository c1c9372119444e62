import Crypto
import VxModel

/// SHA-256 over bytes that arrive in pieces.
package struct ContentHasher {
    private var state = SHA256()

    package init() {}

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        state.update(bufferPointer: bytes)
    }

    /// The id of everything given so far.
    package func finish() -> ContentID {
        state.finalize().withUnsafeBytes { ContentID($0) }
    }

    /// The id of bytes that are all in memory.
    package static func id(of bytes: UnsafeRawBufferPointer) -> ContentID {
        var hasher = ContentHasher()
        hasher.update(bytes)
        return hasher.finish()
    }

    /// The id of bytes that are all in memory.
    package static func id(of bytes: [UInt8]) -> ContentID {
        bytes.withUnsafeBytes { id(of: $0) }
    }
}
