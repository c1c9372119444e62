import Crypto
import VxModel

/// Objects on their way into the object database.
enum ObjectKind: UInt8 {
    // The numbers are those of a pack's entry headers.
    case commit = 1
    case tree = 2
    case blob = 3

    var name: String {
        switch self {
        case .commit: "commit"
        case .tree: "tree"
        case .blob: "blob"
        }
    }

    /// The id git gives these bytes: the SHA-1 of a header and the bytes.
    func id(of bytes: [UInt8]) -> GitObjectID {
        var hash = Insecure.SHA1()
        hash.update(data: Array("\(name) \(bytes.count)\0".utf8))
        hash.update(data: bytes)
        return GitObjectID(bytes: hash.finalize())
    }
}

/// Builds git's version-2 pack format (gitformat-pack(5)) piece by piece, so that memory does not follow the number
/// of objects.
///
/// Entries are zlib streams of *stored* blocks (RFC 1951, 3.2.4): pointers are some 130 bytes, mostly a hash, that
/// hardly shrink, and git compresses them again when it next repacks.
struct PackStream {
    private var hash = Insecure.SHA1()
    private(set) var pending: [UInt8] = []

    /// Starts a pack of exactly `count` objects.
    init(count: Int) {
        pending.reserveCapacity(1 << 20)
        pending += Array("PACK".utf8)
        append(bigEndian: 2)
        append(bigEndian: UInt32(count))
    }

    /// Adds one object.
    mutating func add(_ kind: ObjectKind, _ bytes: [UInt8]) {
        // Type and length: four bits of length in the first byte, seven in each further one.
        var length = bytes.count
        var byte = kind.rawValue << 4 | UInt8(length & 15)
        length >>= 4
        while length > 0 {
            pending.append(byte | 0x80)
            byte = UInt8(length & 0x7f)
            length >>= 7
        }
        pending.append(byte)
        store(bytes)
    }

    private mutating func store(_ bytes: [UInt8]) {
        pending += [0x78, 0x01]
        var start = 0
        repeat {
            let end = min(start + 0xffff, bytes.count)
            let count = UInt16(end - start)
            pending.append(end == bytes.count ? 1 : 0)
            pending += [UInt8(count & 0xff), UInt8(count >> 8), UInt8(~count & 0xff), UInt8(~count >> 8)]
            pending += bytes[start..<end]
            start = end
        } while start < bytes.count
        append(bigEndian: Self.adler32(bytes))
    }

    /// Takes what is ready to be written away.
    mutating func take() -> [UInt8] {
        let piece = pending
        hash.update(data: piece)
        pending.removeAll(keepingCapacity: true)
        return piece
    }

    /// What is left, with the pack's own hash behind it.
    mutating func finish() -> [UInt8] {
        take() + Array(hash.finalize())
    }

    private mutating func append(bigEndian value: UInt32) {
        withUnsafeBytes(of: value.bigEndian) { pending += $0 }
    }

    /// RFC 1950's checksum. 5552 is the most bytes whose sums cannot overflow 32 bits before the remainder is taken.
    static func adler32(_ bytes: [UInt8]) -> UInt32 {
        var low: UInt32 = 1
        var high: UInt32 = 0
        var start = 0
        while start < bytes.count {
            let end = min(start + 5552, bytes.count)
            for byte in bytes[start..<end] {
                low &+= UInt32(byte)
                high &+= low
            }
            low %= 65521
            high %= 65521
            start = end
        }
        return high << 16 | low
    }
}
