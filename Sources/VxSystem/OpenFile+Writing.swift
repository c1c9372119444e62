import SystemPackage
import VxModel

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension OpenFile {
    /// Most bytes of one call: for a write of many MiB the kernel takes pages that nobody has used yet.
    private static let mostWritten = 1 << 20

    package func write(_ bytes: UnsafeRawBufferPointer) throws(VxError) {
        var written = 0
        while written < bytes.count {
            let count = min(Self.mostWritten, bytes.count - written)
            written += try retrying("cannot write \(path)") { () -> Int in
                #if canImport(Glibc)
                    Glibc.write(descriptor, bytes.baseAddress.map { $0 + written }, count)
                #else
                    Darwin.write(descriptor, bytes.baseAddress.map { $0 + written }, count)
                #endif
            }
        }
    }

    package func write(_ bytes: [UInt8]) throws(VxError) {
        // Typed throws do not pass through the closure of withUnsafeBytes.
        let result = bytes.withUnsafeBytes { buffer in Result { () throws(VxError) in try write(buffer) } }
        try result.get()
    }

    /// Writes several pieces, one after the other, without putting them together first. At most 1024 of them (IOV_MAX).
    package func write(gathering pieces: [UnsafeRawBufferPointer]) throws(VxError) {
        var vectors = pieces.map {
            iovec(iov_base: UnsafeMutableRawPointer(mutating: $0.baseAddress), iov_len: $0.count)
        }
        var first = 0
        while first < vectors.count {
            var written = try retrying("cannot write \(path)") {
                vectors.withUnsafeBufferPointer {
                    writev(descriptor, $0.baseAddress.map { $0 + first }, CInt($0.count - first))
                }
            }
            while first < vectors.count, written >= vectors[first].iov_len {
                written -= vectors[first].iov_len
                first += 1
            }
            if written > 0 {
                vectors[first].iov_base = vectors[first].iov_base.map { $0 + written }
                vectors[first].iov_len -= written
            }
        }
    }

    /// Makes a pipe hold 1 MiB, so that its two sides wait for each other less often. Nothing where this is no pipe or the
    /// system does not allow that: then it works as it is.
    package func widenPipe() {
        #if os(Linux)
            _ = fcntl(descriptor, 1031, 1 << 20)  // F_SETPIPE_SZ, which Swift does not see
        #endif
    }

    package func write(at offset: UInt64, _ bytes: UnsafeRawBufferPointer) throws(VxError) {
        var written = 0
        while written < bytes.count {
            let count = min(Self.mostWritten, bytes.count - written)
            written += try retrying("cannot write \(path)") {
                pwrite(
                    descriptor, bytes.baseAddress.map { $0 + written }, count, off_t(offset) + off_t(written))
            }
        }
    }
}
