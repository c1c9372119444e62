import Crypto
import VxModel

/// The hash of a whole object, as its storage tells it.
package enum RemoteChecksum: Sendable, Hashable {
    /// Against accidents, not against somebody who wants two packs to have the same: what S3 has for an `ETag`.
    case md5([UInt8])
    case sha256([UInt8])

    /// An `ETag` that is an MD5; `nil` for those of uploads in parts, and others that are none.
    init?(entityTag tag: String) {
        guard tag.utf8.count == 34, tag.hasPrefix("\""), tag.hasSuffix("\""),
            let bytes = Hex.decode(Array(tag.utf8.dropFirst().dropLast())), bytes.count == 16
        else { return nil }
        self = .md5(bytes)
    }

    /// The hash of the same kind of other bytes, which `body` gives in pieces.
    package func same(
        of body: ((UnsafeRawBufferPointer) -> Void) throws(VxError) -> Void
    ) throws(VxError) -> RemoteChecksum {
        switch self {
        case .md5: return .md5(try Self.hash(Insecure.MD5(), body))
        case .sha256: return .sha256(try Self.hash(SHA256(), body))
        }
    }

    private static func hash<Function: HashFunction>(
        _ function: Function, _ body: ((UnsafeRawBufferPointer) -> Void) throws(VxError) -> Void
    ) throws(VxError) -> [UInt8] {
        var function = function
        try body { function.update(bufferPointer: $0) }
        return Array(function.finalize())
    }
}
