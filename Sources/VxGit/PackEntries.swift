import CVxKernels
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

/// An object that is to be written.
package struct NewObject: Sendable {
    private enum Source: Sendable {
        case bytes([UInt8])
        /// Its text is made when it is needed: a hundred thousand of them would each be a piece of memory.
        case pointer(Pointer)
    }

    let kind: ObjectKind
    private let source: Source
    package let id: GitObjectID

    init(_ kind: ObjectKind, _ content: [UInt8]) {
        self.kind = kind
        source = .bytes(content)
        id = kind.id(of: content)
    }

    /// The blob of a pointer.
    init(_ pointer: Pointer) {
        kind = .blob
        source = .pointer(pointer)
        id = kind.id(of: pointer.encoded)
    }

    var content: [UInt8] {
        switch source {
        case .bytes(let bytes): bytes
        case .pointer(let pointer): pointer.encoded
        }
    }
}

/// Objects as they stand in a pack, one behind the other (gitformat-pack(5), version 2).
///
/// Entries are zlib streams of *stored* blocks (RFC 1951, 3.2.4): pointers are some 130 bytes, mostly a hash, that
/// hardly shrink, and git compresses them again when it next repacks.
struct PackEntries: Sendable {
    /// One of them.
    struct Entry: Sendable {
        let id: GitObjectID
        /// Where it begins in ``bytes``.
        let start: Int
        let crc: UInt32
    }

    private(set) var bytes: [UInt8] = []
    private(set) var entries: [Entry] = []

    /// Adds one object.
    mutating func add(_ kind: ObjectKind, _ content: [UInt8], _ id: GitObjectID) {
        let start = bytes.count
        // Type and length: four bits of length in the first byte, seven in each further one.
        var length = content.count
        var byte = kind.rawValue << 4 | UInt8(length & 15)
        length >>= 4
        while length > 0 {
            bytes.append(byte | 0x80)
            byte = UInt8(length & 0x7f)
            length >>= 7
        }
        bytes.append(byte)
        store(content)
        let crc = Self.crc32(bytes[start...])
        entries.append(Entry(id: id, start: start, crc: crc))
    }

    private mutating func store(_ content: [UInt8]) {
        bytes += [0x78, 0x01]
        var start = 0
        repeat {
            let end = min(start + 0xffff, content.count)
            let count = UInt16(end - start)
            bytes.append(end == content.count ? 1 : 0)
            bytes += [UInt8(count & 0xff), UInt8(count >> 8), UInt8(~count & 0xff), UInt8(~count >> 8)]
            bytes += content[start..<end]
            start = end
        } while start < content.count
        withUnsafeBytes(of: Self.adler32(content).bigEndian) { bytes += $0 }
    }

    /// The checksum pack indexes keep of each entry.
    static func crc32(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        bytes.withUnsafeBufferPointer { bytes in bytes.baseAddress.map { vx_crc32($0, bytes.count) } ?? 0 }
    }

    /// RFC 1950's checksum. 5552 is the most bytes whose sums cannot overflow 32 bits before the remainder is taken.
    static func adler32(_ bytes: [UInt8]) -> UInt32 {
        var low: UInt32 = 1
        var high: UInt32 = 0
        bytes.withUnsafeBufferPointer { bytes in
            var start = 0
            while start < bytes.count {
                let end = min(start + 5552, bytes.count)
                for position in start..<end {
                    low &+= UInt32(bytes[position])
                    high &+= low
                }
                low %= 65521
                high %= 65521
                start = end
            }
        }
        return high << 16 | low
    }
}
