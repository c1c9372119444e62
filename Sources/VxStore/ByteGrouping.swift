/// Sorts the bytes of fixed-width numbers by their place in the number, which is what makes floats compress: signs and
/// exponents of a tensor are alike, and its low mantissa bits are noise.
///
/// Byte `i` of a chunk belongs to plane `i mod width`; planes follow each other in that order. That holds wherever a
/// chunk begins, so cuts need not fall between numbers. (The idea is HDF5's shuffle filter and ZipNN's byte grouping,
/// Hershcovitch et al. 2024.)
enum ByteGrouping {
    /// The number of bytes in plane `plane` of `count` bytes.
    static func length(of plane: Int, count: Int, width: Int) -> Int {
        (count - plane + width - 1) / width
    }

    /// Both buffers have the same length.
    static func split(_ source: UnsafeRawBufferPointer, width: Int, into target: UnsafeMutableRawBufferPointer) {
        guard let from = source.baseAddress?.assumingMemoryBound(to: UInt8.self),
            var to = target.baseAddress?.assumingMemoryBound(to: UInt8.self)
        else { return }
        for plane in 0..<width {
            var index = plane
            while index < source.count {
                to.pointee = from[index]
                to += 1
                index += width
            }
        }
    }

    /// The inverse of ``split(_:width:into:)``.
    static func join(_ source: UnsafeRawBufferPointer, width: Int, into target: UnsafeMutableRawBufferPointer) {
        guard var from = source.baseAddress?.assumingMemoryBound(to: UInt8.self),
            let to = target.baseAddress?.assumingMemoryBound(to: UInt8.self)
        else { return }
        for plane in 0..<width {
            var index = plane
            while index < target.count {
                to[index] = from.pointee
                from += 1
                index += width
            }
        }
    }
}
