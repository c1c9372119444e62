import CVxSystem
import SystemPackage
import VxModel

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What `lstat` says of a file, as far as vx and git's index need it.
package struct FileStat: Sendable, Equatable {
    package enum Kind: Sendable {
        case regular, directory, symlink, other
    }

    package var kind: Kind
    /// Permission bits only.
    package var permissions: UInt32
    package var size: UInt64
    package var modified: FileTime
    package var changed: FileTime
    package var device: UInt64
    package var inode: UInt64
    package var user: UInt32
    package var group: UInt32

    package var isExecutable: Bool { permissions & 0o100 != 0 }

    /// The two numbers of the device, as Linux shows them.
    var deviceNumbers: (major: UInt64, minor: UInt64) {
        // The C macros are not imported.
        ((device >> 8) & 0xfff | (device >> 32) & ~0xfff, device & 0xff | (device >> 12) & ~0xff)
    }

    init(_ info: stat) {
        kind =
            switch info.st_mode & S_IFMT {
            case S_IFREG: .regular
            case S_IFDIR: .directory
            case S_IFLNK: .symlink
            default: .other
            }
        permissions = UInt32(info.st_mode & 0o7777)
        size = UInt64(info.st_size)
        #if canImport(Glibc)
            modified = FileTime(info.st_mtim)
            changed = FileTime(info.st_ctim)
        #else
            modified = FileTime(info.st_mtimespec)
            changed = FileTime(info.st_ctimespec)
        #endif
        device = UInt64(info.st_dev)
        inode = UInt64(info.st_ino)
        user = UInt32(info.st_uid)
        group = UInt32(info.st_gid)
    }
}

/// A file's time stamp.
package struct FileTime: Sendable, Equatable, Comparable {
    package var seconds: Int64
    package var nanoseconds: UInt32

    package init(seconds: Int64, nanoseconds: UInt32) {
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }

    init(_ time: timespec) {
        seconds = Int64(time.tv_sec)
        nanoseconds = UInt32(time.tv_nsec)
    }

    package static func < (left: FileTime, right: FileTime) -> Bool {
        (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
    }

    /// The time of day of this machine.
    package static func now() -> FileTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return FileTime(time)
    }
}

extension FileTime {
    /// Sleeps until the clock shows `second`, and the few milliseconds more by which file time stamps lag behind it:
    /// Linux takes them from the last timer tick.
    package static func sleep(until second: Int64) {
        while true {
            let now = FileTime.now()
            let left = Double(second - now.seconds) - Double(now.nanoseconds) / 1e9 + 0.012
            if left <= 0 { return }
            usleep(UInt32(left * 1e6) + 1)
        }
    }
}

/// Looks at files by path.
package enum Files {
    /// What is at `path` itself, not behind a symlink; `nil` where there is nothing.
    package static func status(_ path: FilePath) throws(VxError) -> FileStat? {
        var info = stat()
        let result = path.withPlatformString { lstat($0, &info) }
        if result == 0 { return FileStat(info) }
        let code = errno
        if code == ENOENT || code == ENOTDIR { return nil }
        throw VxError.system("cannot look at \(path)", errno: code)
    }

    /// The same, following symlinks.
    package static func targetStatus(_ path: FilePath) throws(VxError) -> FileStat? {
        var info = stat()
        let result = path.withPlatformString { stat($0, &info) }
        if result == 0 { return FileStat(info) }
        let code = errno
        if code == ENOENT || code == ENOTDIR { return nil }
        throw VxError.system("cannot look at \(path)", errno: code)
    }

    /// When what is at `path` was made, following symlinks; `nil` where the file system does not know it, or nothing is there.
    package static func birth(_ path: FilePath) -> FileTime? {
        var (seconds, nanoseconds) = (Int64(0), UInt32(0))
        guard path.withPlatformString({ vx_birth($0, &seconds, &nanoseconds) }) == 0 else { return nil }
        return FileTime(seconds: seconds, nanoseconds: nanoseconds)
    }

    /// What a symlink says.
    package static func linkTarget(_ path: FilePath) throws(VxError) -> [UInt8] {
        var bytes = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let count = path.withPlatformString { readlink($0, &bytes, bytes.count) }
        if count < 0 { throw VxError.system("cannot read the link \(path)", errno: errno) }
        return bytes.prefix(count).map { UInt8(bitPattern: $0) }
    }

    /// The same relative to an open directory, for walks that must not look paths up from the root each time.
    package static func status(
        _ name: UnsafePointer<CChar>, in directory: borrowing OpenFile
    ) throws(VxError) -> FileStat? {
        var info = stat()
        if fstatat(directory.descriptor, name, &info, AT_SYMLINK_NOFOLLOW) == 0 { return FileStat(info) }
        let code = errno
        if code == ENOENT || code == ENOTDIR { return nil }
        throw VxError.system("cannot look at \(directory.path.appending(String(cString: name)))", errno: code)
    }

    /// Bytes of disk the file or folder itself takes: fewer than its size where it is sparse, more where it is small.
    ///
    /// No part of ``FileStat``: it settles some time after a write, which would read as another change.
    package static func allocation(_ path: FilePath) throws(VxError) -> UInt64 {
        var info = stat()
        try retrying("cannot look at \(path)") { path.withPlatformString { lstat($0, &info) } }
        return UInt64(info.st_blocks) * 512
    }

    package static func isDirectory(_ path: FilePath) throws(VxError) -> Bool {
        try targetStatus(path)?.kind == .directory
    }
}
