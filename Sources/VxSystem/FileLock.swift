import SystemPackage
import VxModel

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// An advisory lock on a file, freed by the kernel when its owner goes, however it goes.
package struct FileLock: ~Copyable, Sendable {
    private let file: OpenFile

    /// Waits for the lock up to `seconds`; the file is made where it is missing and stays afterwards.
    ///
    /// - Throws: `VxError.Code.locked` where another process keeps it longer, naming that process.
    package init(_ path: FilePath, waitingUpTo seconds: Double = 30) throws(VxError) {
        let descriptor = try retrying("cannot open the lock \(path)") {
            path.withPlatformString { open($0, O_RDWR | O_CREAT | O_CLOEXEC, 0o666) }
        }
        let file = OpenFile(adopting: descriptor, path: path)
        var waited = 0.0
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            let code = errno
            guard code == EWOULDBLOCK || code == EINTR else {
                throw VxError.system("cannot lock \(path)", errno: code)
            }
            guard waited < seconds else {
                let owner = (try? Files.read(path)).flatMap { $0 }.map { String(decoding: $0, as: UTF8.self) } ?? ""
                throw VxError(
                    .locked, "\(path) is locked",
                    because: owner.isEmpty ? "another vx holds it" : "process \(owner) holds it",
                    hint: "wait for it to end, then repeat the command")
            }
            usleep(20_000)
            waited += 0.02
        }
        try file.truncate(to: 0)
        let owner = Array("\(getpid())".utf8)
        let result = owner.withUnsafeBytes { bytes in
            Result { () throws(VxError) in try file.write(at: 0, bytes) }
        }
        try result.get()
        self.file = file
    }
}
