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
///
/// The lock is made under a name of ours first, held with `flock`, and linked to its place: so a later vx can tell the lock
/// of a vx that was killed from one that git, or a living vx, holds, and clears it away.
struct LockedFile: ~Copyable {
    let path: FilePath
    private let lockPath: FilePath
    /// The lock's other name; `nil` where the file system has no links.
    private let mark: FilePath?
    /// Holds the `flock`.
    private let held: OpenFile
    private let bequest: LastWords.Bequest
    private var isOpen = true

    /// Takes the lock, waiting with growing, uneven pauses.
    ///
    /// - Throws: `.locked` naming who keeps it, or the lock file where that is not known.
    init(_ path: FilePath, _ patience: LockPatience = .command()) throws(VxError) {
        let lock = FilePath(byteArray: path.byteArray + Array(".lock".utf8))
        var waited = 0.0
        var pause = 0.01
        while true {
            if let taken = try Self.take(lock) {
                held = taken.file
                mark = taken.mark
                break
            }
            let holder = try Self.holder(of: lock)
            if case .nobody = holder { continue }
            if case .vx(let owner) = holder, waited >= patience.ours {
                throw VxError(
                    .locked, "\(path) is locked", because: owner.sentence,
                    hint: "wait for it to end, then repeat the command; its lock is \(lock)")
            }
            if case .other = holder, waited >= patience.others {
                throw VxError(
                    .locked, "\(path) is locked", because: "\(lock) exists: another git or vx is writing it",
                    hint: "wait for it to end; if nothing is running, remove \(lock)")
            }
            try patience.cancellation?.check()
            let now = pause * Double.random(in: 0.5...1.5)
            usleep(UInt32(now * 1_000_000))
            waited += now
            pause = min(pause * 1.5, 0.1)
        }
        self.path = path
        lockPath = lock
        bequest = LastWords.remove(lock)
    }

    deinit {
        // Nothing to report to: the lock is gone either way, or a later command names it.
        if isOpen { _ = lockPath.withPlatformString { unlink($0) } }
        bequest.release()
        if let mark { try? Files.remove(mark) }
    }

    private struct Taken: ~Copyable {
        let file: OpenFile
        let mark: FilePath?
    }

    /// Makes the lock; `nil` where there is one.
    private static func take(_ lock: FilePath) throws(VxError) -> Taken? {
        let mark = Files.temporarySibling(of: lock)
        let file = try OpenFile.creating(mark)
        // A file system without locks has no forsaken ones to be told from others.
        _ = try? file.tryLock()
        let linked = mark.withPlatformString { from in lock.withPlatformString { link(from, $0) } }
        if linked == 0 { return Taken(file: file, mark: mark) }
        let code = errno
        try Files.remove(mark)
        if code == EEXIST { return nil }
        let descriptor = lock.withPlatformString { open($0, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666) }
        if descriptor >= 0 { return Taken(file: OpenFile(adopting: descriptor, path: lock), mark: nil) }
        if errno == EEXIST { return nil }
        throw VxError.system("cannot make the lock \(lock)")
    }

    private enum Holder {
        /// The lock is free: it went, or it was a dead vx's and was cleared away.
        case nobody
        case vx(LockOwner)
        /// git, or whoever made the file.
        case other
    }

    /// Whose the lock is. That of a vx that was killed is removed.
    private static func holder(of lock: FilePath) throws(VxError) -> Holder {
        guard let status = try Files.status(lock) else { return .nobody }
        let folder = lock.removingLastComponent()
        for name in try Files.unsortedNames(in: folder) ?? [] {
            guard let owner = Files.owner(ofTemporaryName: name) else { continue }
            let mark = folder.appending(FilePath(byteArray: name).string)
            guard let other = try Files.status(mark), other.inode == status.inode, other.device == status.device else {
                continue
            }
            // One that cannot be opened or locked is not ours to clear: it is held, or went meanwhile.
            guard let file = try? OpenFile.reading(mark), (try? file.tryLock()) == true else {
                return .vx(.process(owner.process, since: Timestamp(seconds: status.modified.seconds)))
            }
            // Another vx may have cleared it away, and taken the lock, since we looked.
            guard try Files.status(lock)?.inode == status.inode else { return .nobody }
            try Files.remove(lock)
            try Files.remove(mark)
            return .nobody
        }
        return .other
    }

    /// Removes what vx processes that were killed have left in a folder of git's: their temporary files, and the locks that
    /// are the same files under git's name.
    static func sweep(_ folder: FilePath) throws(VxError) {
        let names = try Files.unsortedNames(in: folder) ?? []
        for name in names {
            guard let owner = Files.owner(ofTemporaryName: name) else { continue }
            let path = folder.appending(FilePath(byteArray: name).string)
            guard let status = try Files.status(path), owner.isForsaken(modified: status.modified) else { continue }
            for other in names where other.suffix(5).elementsEqual(".lock".utf8) {
                let lock = folder.appending(RepoPath(bytes: other))
                guard let found = try Files.status(lock), found.inode == status.inode, found.device == status.device
                else { continue }
                _ = try holder(of: lock)
            }
            try Files.removeTree(path)
        }
    }

    /// Writes `bytes` with the permissions of the file they replace, and puts them in its place.
    ///
    /// - Parameter modified: the time of last modification that the file gets; now, where it is `nil`.
    /// - Throws: where that fails; the old file is then untouched and the lock is gone.
    consuming func commit(_ bytes: [UInt8], modified: FileTime? = nil, sync: Bool = true) throws(VxError) {
        let descriptor = try retrying("cannot write \(lockPath)") {
            lockPath.withPlatformString { open($0, O_WRONLY | O_CLOEXEC) }
        }
        let file = OpenFile(adopting: descriptor, path: lockPath)
        if let old = try Files.targetStatus(path) { try file.setPermissions(mode_t(old.permissions)) }
        try file.write(bytes)
        if let modified { try file.setModified(modified) }
        if sync { try file.sync() }
        try file.close()
        try Files.rename(lockPath, to: path)
        isOpen = false
    }
}
