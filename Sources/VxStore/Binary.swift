import VxModel

// Every number in vx's files is big-endian and unsigned. Callers have checked that the bytes are there.

extension UnsafeRawBufferPointer {
    func number32(at offset: Int) -> UInt32 {
        UInt32(bigEndian: loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }

    func number64(at offset: Int) -> UInt64 {
        UInt64(bigEndian: loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    func id(at offset: Int) -> ContentID {
        ContentID(UnsafeRawBufferPointer(rebasing: self[offset..<offset + ContentID.byteCount]))
    }

    func starts(with text: String) -> Bool {
        count >= text.utf8.count && prefix(text.utf8.count).elementsEqual(text.utf8)
    }
}

extension UnsafeMutableRawBufferPointer {
    func store(_ number: UInt32, at offset: Int) {
        storeBytes(of: number.bigEndian, toByteOffset: offset, as: UInt32.self)
    }

    func store(_ number: UInt64, at offset: Int) {
        storeBytes(of: number.bigEndian, toByteOffset: offset, as: UInt64.self)
    }

    func store(_ id: ContentID, at offset: Int) {
        id.write(to: UnsafeMutableRawBufferPointer(rebasing: self[offset..<offset + ContentID.byteCount]))
    }
}

extension [UInt8] {
    mutating func append(_ number: UInt32) {
        Swift.withUnsafeBytes(of: number.bigEndian) { append(contentsOf: $0) }
    }

    mutating func append(_ number: UInt64) {
        Swift.withUnsafeBytes(of: number.bigEndian) { append(contentsOf: $0) }
    }

    mutating func append(_ id: ContentID) {
        append(id.word0)
        append(id.word1)
        append(id.word2)
        append(id.word3)
    }
}

/// Where the first of `count` sorted ids that is not below `id` stands, ids read with `idAt`.
func lowerBound(_ id: ContentID, in range: Range<Int>, _ idAt: (Int) -> ContentID) -> Int {
    var low = range.lowerBound
    var high = range.upperBound
    while low < high {
        let middle = low + (high - low) / 2
        if idAt(middle) < id { low = middle + 1 } else { high = middle }
    }
    return low
}

/// Memory that is kept and used again; freed with its owner.
///
/// Not thread-safe: its owner says who uses it when.
final class Buffer {
    private(set) var bytes: UnsafeMutableRawBufferPointer

    init(_ count: Int) {
        bytes = .allocate(byteCount: count, alignment: 4096)
    }

    /// Makes room for `count` bytes; what the buffer held is lost where it has to grow.
    func reserve(_ count: Int) {
        if bytes.count >= count { return }
        bytes.deallocate()
        bytes = .allocate(byteCount: count, alignment: 4096)
    }

    func prefix(_ count: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[..<count])
    }

    deinit { bytes.deallocate() }
}
