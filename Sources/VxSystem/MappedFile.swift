import SystemPackage
import VxModel

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A whole file mapped read-only into memory, for indexes that are searched and not streamed.
///
/// `@unchecked Sendable`: the mapping is never written to and lives as long as the object.
package final class MappedFile: @unchecked Sendable {
    package let bytes: UnsafeRawBufferPointer
    package let path: FilePath

    /// Maps `length` bytes from `offset`, a multiple of the page size; the whole file without them.
    package init(_ path: FilePath) throws(VxError) {
        let file = try OpenFile.reading(path)
        let size = Int(try file.status().size)
        self.path = path
        guard size > 0 else {
            bytes = UnsafeRawBufferPointer(start: nil, count: 0)
            return
        }
        guard let address = mmap(nil, size, PROT_READ, MAP_SHARED, file.descriptor, 0), address != MAP_FAILED else {
            throw VxError.system("cannot map \(path)")
        }
        bytes = UnsafeRawBufferPointer(start: address, count: size)
    }

    /// Gives back the memory of what has been read of a part; it is read again from the file where it is asked for.
    package func drop(_ part: UnsafeRawBufferPointer) {
        guard let start = part.baseAddress, let whole = bytes.baseAddress else { return }
        let page = Int(sysconf(CInt(_SC_PAGESIZE)))
        let first = (start - whole) / page * page
        madvise(UnsafeMutableRawPointer(mutating: whole + first), start - whole - first + part.count, MADV_DONTNEED)
    }

    deinit {
        if let address = bytes.baseAddress {
            munmap(UnsafeMutableRawPointer(mutating: address), bytes.count)
        }
    }
}
