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
    /// - Parameters:
    ///   - shared: whether others may hold it shared at the same time.
    ///   - sharing: who else may use the file, where this makes it.
    ///   - cancellation: ends the waiting.
    /// - Throws: `VxError.Code.locked` where another process keeps it longer, naming that process where it is known.
    package init(
        _ path: FilePath, shared: Bool = false, sharing: FolderSharing = .none, waitingUpTo seconds: Double = 30,
        cancellation: Cancellation? = nil
    ) throws(VxError) {
        let (descriptor, isWritable) = try Self.open(path, sharing)
        let file = OpenFile(adopting: descriptor, path: path)
        try Self.take(file, shared: shared, waitingUpTo: seconds, cancellation)
        // Of several that share it none is "the" owner; a file of another user's is locked all the same.
        if !shared, isWritable {
            try file.truncate(to: 0)
            let owner = Array(LockOwner.current.text.utf8)
            let result = owner.withUnsafeBytes { bytes in
                Result { () throws(VxError) in try file.write(at: 0, bytes) }
            }
            try result.get()
        }
        self.file = file
    }

    /// Locks a folder itself, where there is no place yet for a lock's file. Nothing stays of it; who holds it is not told.
    ///
    /// - Throws: as ``init(_:shared:sharing:waitingUpTo:cancellation:)``.
    package init(
        folder: FilePath, waitingUpTo seconds: Double = 30, cancellation: Cancellation? = nil
    ) throws(VxError) {
        let file = try OpenFile.directory(folder)
        try Self.take(file, shared: false, waitingUpTo: seconds, cancellation)
        self.file = file
    }

    private static func take(
        _ file: borrowing OpenFile, shared: Bool, waitingUpTo seconds: Double, _ cancellation: Cancellation?
    ) throws(VxError) {
        var waited = 0.0
        while try !file.tryLock(shared: shared) {
            guard waited < seconds else { throw try busy(file) }
            try cancellation?.check()
            usleep(20_000)
            waited += 0.02
        }
    }

    private static func open(
        _ path: FilePath, _ sharing: FolderSharing
    ) throws(VxError) -> (descriptor: CInt, isWritable: Bool) {
        // Made under its own flag first, so that only a file of ours gets other permissions.
        let made = path.withPlatformString { Self.openCall($0, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC) }
        if made >= 0 {
            try sharing.apply(toDescriptor: made, at: path, adding: 0o060)
            return (made, true)
        }
        let found = path.withPlatformString { Self.openCall($0, O_RDWR | O_CREAT | O_CLOEXEC) }
        if found >= 0 { return (found, true) }
        guard errno == EACCES || errno == EROFS || errno == EPERM else {
            throw VxError.system("cannot open the lock \(path)")
        }
        let descriptor = try retrying("cannot open the lock \(path)") {
            path.withPlatformString { Self.openCall($0, O_RDONLY | O_CLOEXEC) }
        }
        return (descriptor, false)
    }

    private static func openCall(_ path: UnsafePointer<CChar>, _ flags: CInt) -> CInt {
        #if canImport(Glibc)
            Glibc.open(path, flags, 0o666)
        #else
            Darwin.open(path, flags, 0o666)
        #endif
    }

    private static func busy(_ file: borrowing OpenFile) throws(VxError) -> VxError {
        let path = file.path
        let text = (try? Files.read(path)).flatMap { $0 }.map { String(decoding: $0, as: UTF8.self) } ?? ""
        let holders = LockOwner.holders(of: try file.status())
        // What is written there may be of one that is long gone, while others share the lock.
        let written = LockOwner(text).flatMap { owner in
            owner.isGone || !(holders.isEmpty || owner.host != Machine.name || holders.contains(owner.process))
                ? nil : owner
        }
        let owner = written ?? holders.first.map { .process($0, since: nil) }
        return VxError(
            .locked, "\(path) is locked", because: owner?.sentence ?? "another vx holds it",
            hint: "wait for it to end, then repeat the command")
    }
}
