import CVxKernels

/// Sorts the bytes of fixed-width numbers by their place in the number, which is what makes floats compress: signs and
/// exponents of a tensor are alike, and its low mantissa bits are noise.
///
/// Byte `i` of a chunk belongs to plane `i mod width`, the width being 2 or 4. That holds wherever a chunk begins, so cuts
/// need not fall between numbers. (The idea is HDF5's shuffle filter and ZipNN's byte grouping, Hershcovitch et al. 2024.)
enum ByteGrouping {
    /// The number of bytes in plane `plane` of `count` bytes.
    static func length(of plane: Int, count: Int, width: Int) -> Int {
        (count - plane + width - 1) / width
    }

    /// Takes all planes out of `source`; each of `targets` has exactly the length of its plane.
    static func split(_ source: UnsafeRawBufferPointer, into targets: [UnsafeMutableRawBufferPointer]) {
        let width = targets.count
        let to = targets.compactMap { $0.baseAddress?.assumingMemoryBound(to: UInt8.self) }
        let whole = source.count / width
        if let from = source.baseAddress?.assumingMemoryBound(to: UInt8.self), to.count == width {
            if width == 2 {
                vx_split2(from, whole, to[0], to[1])
            } else {
                vx_split4(from, whole, to[0], to[1], to[2], to[3])
            }
        }
        // Of a last number that is not whole, the first bytes.
        for index in whole * width..<source.count { targets[index - whole * width][whole] = source[index] }
    }

    /// Puts the planes together again; each has exactly its length for `target`.
    static func merge(_ planes: [UnsafeRawBufferPointer], into target: UnsafeMutableRawBufferPointer) {
        let width = planes.count
        let from = planes.compactMap { $0.baseAddress?.assumingMemoryBound(to: UInt8.self) }
        let whole = target.count / width
        if let to = target.baseAddress?.assumingMemoryBound(to: UInt8.self), from.count == width {
            if width == 2 {
                vx_merge2(from[0], from[1], whole, to)
            } else {
                vx_merge4(from[0], from[1], from[2], from[3], whole, to)
            }
        }
        // Of a last number that is not whole, the first bytes.
        for index in whole * width..<target.count { target[index] = planes[index - whole * width][whole] }
    }
}
