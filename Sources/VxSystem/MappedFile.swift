import SystemPackage
import VxModel

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A file, or its end, mapped read-only into memory, for indexes that are searched and not streamed.
///
/// `@unchecked Sendable`: the mapping is never written to and lives as long as the object.
package final class MappedFile: @unchecked Sendable {
    package let bytes: UnsafeRawBufferPointer
    package let path: FilePath

    /// What was mapped: whole pages, which begin before ``bytes`` do.
    private let pages: UnsafeRawBufferPointer

    /// Maps the whole file.
    package convenience init(_ path: FilePath) throws(VxError) {
        let file = try OpenFile.reading(path)
        try self.init(file, from: 0, size: try file.status().size)
    }

    /// Maps what a file of `size` bytes has from `offset` on.
    package init(_ file: borrowing OpenFile, from offset: UInt64, size: UInt64) throws(VxError) {
        path = file.path
        guard size > offset else {
            pages = UnsafeRawBufferPointer(start: nil, count: 0)
            bytes = pages
            return
        }
        let start = offset - offset % UInt64(sysconf(CInt(_SC_PAGESIZE)))
        let count = Int(size - start)
        guard let address = mmap(nil, count, PROT_READ, MAP_SHARED, file.descriptor, off_t(start)), address != MAP_FAILED
        else { throw VxError.system("cannot map \(path)") }
        pages = UnsafeRawBufferPointer(start: address, count: count)
        bytes = UnsafeRawBufferPointer(rebasing: pages[Int(offset - start)...])
    }

    /// Gives back the memory of what has been read of a part; it is read again from the file where it is asked for.
    package func drop(_ part: UnsafeRawBufferPointer) {
        guard let start = part.baseAddress, let whole = pages.baseAddress else { return }
        let page = Int(sysconf(CInt(_SC_PAGESIZE)))
        let first = (start - whole) / page * page
        madvise(UnsafeMutableRawPointer(mutating: whole + first), start - whole - first + part.count, MADV_DONTNEED)
    }

    deinit {
        if let address = pages.baseAddress { munmap(UnsafeMutableRawPointer(mutating: address), pages.count) }
    }
}

extension OpenFile {
    /// The whole file as it is now, mapped into memory; it may be closed then.
    package func mapped() throws(VxError) -> MappedFile { try MappedFile(self, from: 0, size: status().size) }
}
