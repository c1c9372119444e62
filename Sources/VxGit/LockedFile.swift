import VxModel
import VxSystem

import struct SystemPackage.FilePath

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// git's own way to change a file: `<file>.lock`, made only where there is none, is both the lock and the new content,
/// and takes the file's place by rename.
struct LockedFile: ~Copyable {
    let path: FilePath
    private let lockPath: FilePath
    private var isOpen = true

    /// Takes the lock, waiting up to `seconds` with growing, uneven pauses.
    ///
    /// - Throws: `.locked` naming the lock file where another process keeps it.
    init(_ path: FilePath, waitingUpTo seconds: Double = 1) throws(VxError) {
        let lock = FilePath(byteArray: path.byteArray + Array(".lock".utf8))
        var waited = 0.0
        var pause = 0.01
        while true {
            let descriptor = lock.withPlatformString { open($0, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666) }
            let code = errno
            if descriptor >= 0 {
                try OpenFile(adopting: descriptor, path: lock).close()
                break
            }
            guard code == EEXIST || code == EINTR else {
                throw VxError.system("cannot make the lock \(lock)", errno: code)
            }
            guard waited < seconds else {
                throw VxError(
                    .locked, "\(path) is locked", because: "\(lock) exists: another git or vx is writing it",
                    hint: "wait for it to end; if nothing is running, remove \(lock)")
            }
            let now = pause * Double.random(in: 0.5...1.5)
            usleep(UInt32(now * 1_000_000))
            waited += now
            pause = min(pause * 1.5, 0.1)
        }
        self.path = path
        lockPath = lock
    }

    deinit {
        // Nothing to report to: the lock is gone either way, or a later command names it.
        if isOpen { _ = lockPath.withPlatformString { unlink($0) } }
    }

    /// Writes `bytes` with the permissions of the file they replace, and puts them in its place.
    ///
    /// - Throws: where that fails; the old file is then untouched and the lock is gone.
    consuming func commit(_ bytes: [UInt8], sync: Bool = true) throws(VxError) {
        let descriptor = try retrying("cannot write \(lockPath)") {
            lockPath.withPlatformString { open($0, O_WRONLY | O_CLOEXEC) }
        }
        let file = OpenFile(adopting: descriptor, path: lockPath)
        if let old = try Files.targetStatus(path) { try file.setPermissions(mode_t(old.permissions)) }
        try file.write(bytes)
        if sync { try file.sync() }
        try file.close()
        try Files.rename(lockPath, to: path)
        isOpen = false
    }
}
