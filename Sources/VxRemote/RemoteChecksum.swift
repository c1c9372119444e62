import Crypto
import VxModel

/// The hash of a whole object, as its storage tells it.
package enum RemoteChecksum: Sendable, Hashable {
    /// Against accidents, not against somebody who wants two packs to have the same: what S3 has for an `ETag`.
    case md5([UInt8])
    /// The MD5 of the MD5s of parts of these lengths, which S3 has for an object that was sent so.
    case md5OfParts([UInt8], lengths: [UInt64])
    case sha256([UInt8])

    /// An `ETag` that is an MD5, or that of an upload in parts; `nil` for others.
    ///
    /// - Parameter parts: how vx cuts an object of its length. Where it has another number of parts it was cut otherwise.
    package init?(entityTag tag: String, parts: [Range<UInt64>] = []) {
        guard tag.utf8.count >= 34, tag.hasPrefix("\""), tag.hasSuffix("\""),
            let bytes = Hex.decode(Array(tag.utf8.dropFirst().prefix(32))), bytes.count == 16
        else { return nil }
        let rest = tag.utf8.dropFirst(33).dropLast()
        if rest.isEmpty {
            self = .md5(bytes)
        } else if rest.elementsEqual("-\(parts.count)".utf8), !parts.isEmpty {
            self = .md5OfParts(bytes, lengths: parts.map { UInt64($0.count) })
        } else {
            return nil
        }
    }

    /// The hash of the same kind of other bytes, which `body` gives in pieces.
    package func same(
        of body: ((UnsafeRawBufferPointer) -> Void) throws(VxError) -> Void
    ) throws(VxError) -> RemoteChecksum {
        switch self {
        case .md5: return .md5(try Self.hash(Insecure.MD5(), body))
        case .md5OfParts(_, let lengths): return .md5OfParts(try Self.hash(ofParts: lengths, body), lengths: lengths)
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

    private static func hash(
        ofParts lengths: [UInt64], _ body: ((UnsafeRawBufferPointer) -> Void) throws(VxError) -> Void
    ) throws(VxError) -> [UInt8] {
        var whole = Insecure.MD5()
        var part = Insecure.MD5()
        var ends = lengths[...]
        var left = ends.popFirst() ?? 0
        try body { piece in
            var rest = piece[...]
            while !rest.isEmpty {
                let count = Int(min(left, UInt64(rest.count)))
                part.update(bufferPointer: UnsafeRawBufferPointer(rebasing: rest.prefix(count)))
                rest = rest.dropFirst(count)
                left -= UInt64(count)
                guard left == 0 else { break }
                whole.update(data: Array(part.finalize()))
                part = Insecure.MD5()
                // More bytes than the parts have are none of this object's: its hash is another then.
                guard let next = ends.popFirst() else { break }
                left = next
            }
        }
        return Array(whole.finalize())
    }
}
