/// Sorts the bytes of fixed-width numbers by their place in the number, which is what makes floats compress: signs and
/// exponents of a tensor are alike, and its low mantissa bits are noise.
///
/// Byte `i` of a chunk belongs to plane `i mod width`. That holds wherever a chunk begins, so cuts need not fall between
/// numbers. (The idea is HDF5's shuffle filter and ZipNN's byte grouping, Hershcovitch et al. 2024.)
enum ByteGrouping {
    /// The number of bytes in plane `plane` of `count` bytes.
    static func length(of plane: Int, count: Int, width: Int) -> Int {
        (count - plane + width - 1) / width
    }

    /// Takes one plane out of `source`; `target` has exactly its length.
    static func gather(
        _ plane: Int, of source: UnsafeRawBufferPointer, width: Int, into target: UnsafeMutableRawBufferPointer
    ) {
        guard var from = source.baseAddress?.assumingMemoryBound(to: UInt8.self),
            let to = target.baseAddress?.assumingMemoryBound(to: UInt8.self)
        else { return }
        from += plane
        for index in 0..<target.count {
            to[index] = from.pointee
            from += width
        }
    }

    /// Puts one plane back into its places of `target`.
    static func scatter(
        _ source: UnsafeRawBufferPointer, plane: Int, width: Int, into target: UnsafeMutableRawBufferPointer
    ) {
        guard let from = source.baseAddress?.assumingMemoryBound(to: UInt8.self),
            var to = target.baseAddress?.assumingMemoryBound(to: UInt8.self)
        else { return }
        to += plane
        for index in 0..<source.count {
            to.pointee = from[index]
            to += width
        }
    }
}
