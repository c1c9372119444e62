import VxConfig
import VxModel

/// Assigns keys to sides by a keyed hash (docs/formats/split-manifest.md).
///
/// `u = first 8 bytes, big-endian, of SHA-256("vx-split/1" 0 seed 0 key), divided by 2^64`. The side is the first whose
/// running sum of shares is above `u`. It depends on the seed and the key alone, so new data never moves an old example.
package struct SideHash: Sendable {
    private let prefix: [UInt8]
    private let bounds: [Double]

    /// - Parameter shares: in the order written; they add up to 1.
    package init(seed: String, shares: [Configuration.Share]) {
        prefix = Array("vx-split/1".utf8) + [0] + Array(seed.utf8) + [0]
        var sum = 0.0
        bounds = shares.map {
            sum += $0.ratio
            return sum
        }
    }

    /// What the key of a group begins with.
    static let groupPrefix = Array("group".utf8) + [0]

    /// The first eight bytes of a key's hash: its place in the order of all keys.
    package func value(_ key: some Collection<UInt8>) -> UInt64 {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: prefix.count + key.count) { text in
            let start = text.update(fromContentsOf: prefix)
            _ = text[start...].update(fromContentsOf: key)
            return RowHash.digest(UnsafeRawBufferPointer(text)).word0
        }
    }

    /// The same of a row that has no key: of the hash of what it says.
    func value(_ content: ContentID) -> UInt64 {
        withUnsafeTemporaryAllocation(byteCount: ContentID.byteCount, alignment: 8) { bytes in
            content.write(to: bytes)
            return value(UnsafeRawBufferPointer(bytes))
        }
    }

    /// The place of all examples of a group.
    func value(group name: some Collection<UInt8>) -> UInt64 { value(Self.groupPrefix + Array(name)) }

    /// The number of the side a hash falls on.
    package func side(of value: UInt64) -> Int {
        // Exact for the 53 bits a double has; the shares are doubles themselves.
        let u = Double(value >> 11) / 9_007_199_254_740_992
        return bounds.firstIndex { u < $0 } ?? bounds.count - 1
    }
}
