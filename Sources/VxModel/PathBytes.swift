#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Comparisons of paths that stand in memory as bytes.
package enum PathBytes {
    /// Bytewise, as git sorts its index.
    package static func isBefore(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
        let order = compareStart(left, right)
        return order < 0 || (order == 0 && left.count < right.count)
    }

    package static func isEqual(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
        left.count == right.count && compareStart(left, right) == 0
    }

    package static func hasPrefix(_ path: UnsafeRawBufferPointer, _ prefix: UnsafeRawBufferPointer) -> Bool {
        path.count >= prefix.count && compareStart(path, prefix) == 0
    }

    private static func compareStart(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> CInt {
        let count = min(left.count, right.count)
        guard count > 0, let one = left.baseAddress, let other = right.baseAddress else { return 0 }
        return memcmp(one, other, count)
    }

    /// The last component.
    package static func name(_ path: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        guard let slash = path.lastIndex(of: UInt8(ascii: "/")) else { return path }
        return UnsafeRawBufferPointer(rebasing: path[(slash + 1)...])
    }
}
