import VxModel

#if canImport(Glibc)
    import Glibc

    /// `struct file_clone_range` of `linux/fs.h`.
    private struct CloneRange {
        var source: Int64
        var sourceOffset: UInt64
        var length: UInt64
        var targetOffset: UInt64
    }
#endif

extension OpenFile {
    /// Offsets and lengths that file systems share blocks at.
    package static let cloneUnit: UInt64 = 4096

    /// Lets a range of this file share the blocks of a range of another one (XFS, btrfs): no byte is copied.
    ///
    /// - Returns: whether the file system could; where it could not, nothing has changed.
    package func clone(
        _ length: UInt64, at offset: UInt64, from source: borrowing OpenFile, at sourceOffset: UInt64
    ) -> Bool {
        #if canImport(Glibc)
            // FICLONERANGE, ioctl_ficlonerange(2): _IOW(0x94, 13, struct file_clone_range).
            let request: UInt = 0x4020_940D
            var range = CloneRange(
                source: Int64(source.descriptor), sourceOffset: sourceOffset, length: length, targetOffset: offset)
            return ioctl(descriptor, request, &range) == 0
        #else
            return false
        #endif
    }
}
