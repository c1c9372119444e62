import SystemPackage
import VxModel

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// An open file descriptor with one owner, closed when the owner lets go of it.
///
/// Every method says which file it failed on. Writers whose close may fail call ``close()`` themselves.
package struct OpenFile: ~Copyable, Sendable {
    package private(set) var descriptor: CInt
    private let place: FilePath
    /// The name below ``place``, ended by a zero, for a file that was opened by name; putting each path together would
    /// cost more than opening the file.
    private let name: [CChar]?

    package var path: FilePath { name.map { place.appending(name: $0) } ?? place }

    /// Takes over a descriptor that is already open.
    package init(adopting descriptor: CInt, path: FilePath) {
        self.descriptor = descriptor
        place = path
        name = nil
    }

    /// The same for a file opened by its name in a folder.
    init(adopting descriptor: CInt, name: [CChar], in folder: FilePath) {
        self.descriptor = descriptor
        place = folder
        self.name = name
    }

    deinit {
        if descriptor >= 0 { _ = Self.closeDescriptor(descriptor) }
    }

    private static func closeDescriptor(_ descriptor: CInt) -> CInt {
        #if canImport(Glibc)
            Glibc.close(descriptor)
        #else
            Darwin.close(descriptor)
        #endif
    }

    /// Opens `path` for reading. Where `followSymlinks` is false, a symlink in the last place is an error.
    package static func reading(_ path: FilePath, followSymlinks: Bool = true) throws(VxError) -> OpenFile {
        let flags = followSymlinks ? 0 : O_NOFOLLOW
        let descriptor = try retrying("cannot open \(path)") { readingDescriptor(path, flags) }
        return OpenFile(adopting: descriptor, path: path)
    }

    /// Opens `path` for reading; where too many files are open, calls `release`, which closes some, and tries once more.
    package static func reading(_ path: FilePath, release: () -> Void) throws(VxError) -> OpenFile {
        let descriptor = readingDescriptor(path)
        if descriptor >= 0 { return OpenFile(adopting: descriptor, path: path) }
        if errno == EMFILE || errno == ENFILE { release() }
        return try reading(path)
    }

    private static func readingDescriptor(_ path: FilePath, _ flags: CInt = 0) -> CInt {
        path.withPlatformString { text in leavingAccessTime { open(text, O_RDONLY | O_CLOEXEC | flags | $0) } }
    }

    #if canImport(Glibc)
        /// `O_NOATIME` of `fcntl.h`, which Swift does not see.
        private static let noAccessTime: CInt = 0o1_000_000
    #endif

    /// Calls `open` with the flag that leaves a file's time of last access as it is, and without it where the file is
    /// another user's. Else the first read of a file writes to the disk: its inode.
    static func leavingAccessTime(_ open: (_ flag: CInt) -> CInt) -> CInt {
        #if canImport(Glibc)
            let descriptor = open(noAccessTime)
            if descriptor >= 0 || errno != EPERM { return descriptor }
        #endif
        return open(0)
    }

    /// Creates `path` for writing and reading; an existing file is an error.
    ///
    /// - Parameter sharing: who else may use the file: of `permissions`, what their folder gives them.
    package static func creating(
        _ path: FilePath, permissions: mode_t = 0o666, sharing: FolderSharing = .none
    ) throws(VxError) -> OpenFile {
        let flags = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC
        let descriptor = try retrying("cannot create \(path)") {
            path.withPlatformString { open($0, flags, permissions) }
        }
        let file = OpenFile(adopting: descriptor, path: path)
        try sharing.apply(to: file, adding: permissions & 0o060)
        return file
    }

    /// Creates a file without a name: its bytes go with the last descriptor, however this process ends.
    ///
    /// - Parameter folder: on whose disk they are.
    package static func unnamed(in folder: FilePath) throws(VxError) -> OpenFile {
        let path = folder.appending(Files.temporaryName())
        let file = try creating(path, permissions: 0o600)
        try Files.remove(path)
        return file
    }

    /// Opens an existing file to change it in place.
    package static func updating(_ path: FilePath) throws(VxError) -> OpenFile {
        let descriptor = try retrying("cannot open \(path)") {
            path.withPlatformString { open($0, O_RDWR | O_CLOEXEC) }
        }
        return OpenFile(adopting: descriptor, path: path)
    }

    /// Opens `path` to add to its end, making it where it is missing.
    package static func appending(_ path: FilePath) throws(VxError) -> OpenFile {
        let flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC
        let descriptor = try retrying("cannot open \(path)") { path.withPlatformString { open($0, flags, 0o666) } }
        return OpenFile(adopting: descriptor, path: path)
    }

    /// Opens a directory, to look names up in it.
    package static func directory(_ path: FilePath) throws(VxError) -> OpenFile {
        let flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC
        let descriptor = try retrying("cannot open the folder \(path)") {
            path.withPlatformString { open($0, flags) }
        }
        return OpenFile(adopting: descriptor, path: path)
    }

    package func status() throws(VxError) -> FileStat {
        var info = stat()
        try retrying("cannot look at \(path)") { fstat(descriptor, &info) }
        return FileStat(info)
    }

    /// Reads at the descriptor's own position; fewer bytes than asked for only at the end of the file.
    package func read(into buffer: UnsafeMutableRawBufferPointer) throws(VxError) -> Int {
        var filled = 0
        while filled < buffer.count {
            let count = try readSome(into: UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]))
            if count == 0 { break }
            filled += count
        }
        return filled
    }

    /// Reads what is there, at least one byte, and no more than fits; nothing only at the end of the file.
    package func readSome(into buffer: UnsafeMutableRawBufferPointer) throws(VxError) -> Int {
        try retrying("cannot read \(path)") { () -> Int in
            #if canImport(Glibc)
                Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            #else
                Darwin.read(descriptor, buffer.baseAddress, buffer.count)
            #endif
        }
    }

    /// Reads at `offset`; fewer bytes than asked for only at the end of the file.
    package func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(VxError) -> Int {
        var filled = 0
        while filled < buffer.count {
            let count = try retrying("cannot read \(path)") {
                pread(
                    descriptor, buffer.baseAddress.map { $0 + filled }, buffer.count - filled,
                    off_t(offset) + off_t(filled))
            }
            if count == 0 { break }
            filled += count
        }
        return filled
    }

    /// The first `limit` bytes, wherever the descriptor's own position is.
    package func contents(limit: Int) throws(VxError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: min(limit, Int(clamping: try status().size)))
        let result = bytes.withUnsafeMutableBytes { buffer in
            Result { () throws(VxError) in try read(at: 0, into: buffer) }
        }
        bytes.removeLast(bytes.count - (try result.get()))
        return bytes
    }

    /// Sets the length, growing with zeros.
    package func truncate(to length: UInt64) throws(VxError) {
        try retrying("cannot set the length of \(path)") { ftruncate(descriptor, off_t(length)) }
    }

    /// Takes the advisory lock of the file, which goes with the descriptor: when it is closed or its process dies.
    ///
    /// - Parameter shared: whether others may have it shared at the same time.
    /// - Returns: `false` where somebody else has it.
    /// - Throws: where the file system has no locks.
    package func tryLock(shared: Bool = false) throws(VxError) -> Bool {
        while flock(descriptor, (shared ? LOCK_SH : LOCK_EX) | LOCK_NB) != 0 {
            let code = errno
            if code == EWOULDBLOCK { return false }
            if code != EINTR { throw VxError.system("cannot lock \(path)", errno: code) }
        }
        return true
    }

    /// Waits for the lock, which is freed when the file is closed. For locks that are held for a moment.
    package func lock(shared: Bool) throws(VxError) {
        try retrying("cannot lock \(path)") { flock(descriptor, shared ? LOCK_SH : LOCK_EX) }
    }

    /// Whether some name leads to the file: it was not removed, and nothing has taken its place.
    package func hasName() throws(VxError) -> Bool {
        var info = stat()
        try retrying("cannot look at \(path)") { fstat(descriptor, &info) }
        return info.st_nlink > 0
    }

    /// Waits until the file's bytes are on the disk.
    package func sync() throws(VxError) {
        try retrying("cannot write \(path) to the disk") { fsync(descriptor) }
    }

    package func setPermissions(_ permissions: mode_t) throws(VxError) {
        try retrying("cannot set the mode of \(path)") { fchmod(descriptor, permissions) }
    }

    /// `UTIME_OMIT` of `sys/stat.h`, a macro that Swift does not see.
    #if canImport(Glibc)
        private static let leaveTime = (1 << 30) - 2
    #else
        private static let leaveTime = -2
    #endif

    /// Sets the time of last modification; the time of last access stays.
    ///
    /// - Parameter ifPermitted: a file of another owner is no error then.
    /// - Returns: whether it was set.
    @discardableResult
    package func setModified(_ time: FileTime, ifPermitted: Bool = false) throws(VxError) -> Bool {
        let omitted = timespec(tv_sec: 0, tv_nsec: Self.leaveTime)
        let times = [omitted, timespec(tv_sec: Int(time.seconds), tv_nsec: Int(time.nanoseconds))]
        if futimens(descriptor, times) == 0 { return true }
        let code = errno
        if ifPermitted, code == EPERM || code == EACCES || code == EROFS { return false }
        throw VxError.system("cannot set the time of \(path)", errno: code)
    }

    /// Closes now and says what `close` says: on network file systems a failed write may show only here.
    package consuming func close() throws(VxError) {
        let descriptor = descriptor
        self.descriptor = -1
        // EINTR on Linux means closed all the same, so there is nothing to retry.
        if Self.closeDescriptor(descriptor) != 0, errno != EINTR { throw VxError.system("cannot write \(path)") }
    }
}
