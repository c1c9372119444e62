import Crypto
import Synchronization
import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// A remote in a folder: a disk, a mounted share, NFS.
///
/// An object is written to `tmp/`, synced, and gets its name by `link`, which fails where the name is taken: on NFS
/// too, that is one step. What is made in a folder with the set-gid bit is for its group as the folder is; else the umask
/// decides. Nothing that was there already gets another mode.
package final class FolderBackend: RemoteBackend {
    private static let temporary = "tmp"

    package let location: String
    private let root: FilePath
    let cancellation: Cancellation
    private let hasSwept = Mutex(false)

    /// - Parameter root: the folder; it is made by the first put where only it is missing.
    package init(_ root: FilePath, cancellation: Cancellation) {
        self.root = root
        self.cancellation = cancellation
        location = root.description
    }

    package func properties() throws(RemoteError) -> RemoteProperties {
        RemoteProperties(putIfAbsent: .atomic, connections: 4)
    }

    private func path(_ key: String) throws(RemoteError) -> FilePath {
        try RemoteLayout.check(key: key)
        return root.appending(RepoPath(key))
    }

    package func put(_ key: String, _ body: RemoteBody, moved: (Int) -> Void) throws(RemoteError) -> Bool {
        let target = try path(key)
        try requireParent()
        sweepOnce()
        return try storing { () throws(VxError) in
            if try Files.status(target) != nil { return false }
            let sharing = try FolderSharing(of: root)
            let folder = target.removingLastComponent()
            try Files.createDirectories(folder, sharing: sharing, sync: true)
            let temporary = root.appending(Self.temporary)
            try Files.createDirectories(temporary, sharing: sharing)
            if body.length >= Self.partFrom {
                let path = temporary.appending(Self.partName(key))
                if let file = openPart(path, sharing) {
                    do throws(VxError) {
                        try complete(body, in: file, moved: moved)
                        return try place(path, at: target)
                    } catch {
                        // What is written is of use to the next attempt, but not where there is no room for it.
                        if error.isDiskFull { try? Files.remove(path) }
                        throw error
                    }
                }
            }
            let path = temporary.appending(Files.temporaryName())
            do throws(VxError) {
                try write(body, to: path, sharing, moved: moved)
                return try place(path, at: target)
            } catch {
                try? Files.remove(path)  // the first error is the one to report
                throw error
            }
        }
    }

    /// Gives a file that is written its name; says whether nothing had it yet.
    private func place(_ path: FilePath, at target: FilePath) throws(VxError) -> Bool {
        let isNew = try Files.place(path, at: target)
        if isNew { try Files.syncDirectory(target.removingLastComponent()) }
        try Files.remove(path)
        return isNew
    }

    /// Like ``locally(_:)``; that the disk is full is said of this folder's, not of the one the user is on.
    private func storing<Result>(_ body: () throws(VxError) -> Result) throws(RemoteError) -> Result {
        do {
            return try body()
        } catch {
            guard error.isDiskFull else { throw RemoteError(local: error) }
            throw RemoteError(
                .full, "there is no room left in the remote \(location)",
                because: ([error.message] + error.causes).joined(separator: ": "),
                hint: "make room there ('df -h \(location)' shows how much there is), then repeat the command")
        }
    }

    private func write(
        _ body: RemoteBody, to path: FilePath, _ sharing: FolderSharing, moved: (Int) -> Void
    ) throws(VxError) {
        let file = try OpenFile.creating(path, sharing: sharing)
        try onRemote { () throws(RemoteError) in
            try body.forEachPiece { (piece) throws(RemoteError) in
                try locally { () throws(VxError) in
                    try cancellation.check()
                    try file.write(piece)
                }
                moved(piece.count)
            }
        }
        try file.sync()
        try file.close()
    }

    package func sweep(before time: Int64, dryRun: Bool) throws(RemoteError) -> RemoteLeftovers {
        try sweep(dryRun: dryRun)
    }

    /// Removes files of puts that were killed more than a day ago.
    package func sweep(dryRun: Bool) throws(RemoteError) -> RemoteLeftovers {
        try locally { () throws(VxError) in
            var leftovers = RemoteLeftovers()
            let folder = root.appending(Self.temporary)
            for name in try Files.unsortedNames(in: folder) ?? [] {
                let owner = Files.owner(ofTemporaryName: name)
                guard owner != nil || Self.isPart(name) else { continue }
                let path = folder.appending(FilePath(byteArray: name).string)
                guard let status = try Files.status(path), status.kind == .regular,
                    owner?.isForsaken(modified: status.modified) ?? Self.isOld(status)
                else { continue }
                do throws(VxError) {
                    if !dryRun { try Files.remove(path) }
                    leftovers.files += 1
                    leftovers.bytes += status.size
                } catch {
                    leftovers.kept += 1
                }
            }
            return leftovers
        }
    }

    /// Whether nobody went on with part of an object for a day.
    private static func isOld(_ status: FileStat) -> Bool {
        FileTime.now().seconds - status.modified.seconds > 86_400
    }

    /// Before the first put, so that room comes free without anybody asking for it.
    private func sweepOnce() {
        let isFirst = hasSwept.withLock { hasSwept in
            defer { hasSwept = true }
            return !hasSwept
        }
        // A put does not fail for what others left behind; 'vx gc --remote' says what cannot be removed.
        if isFirst { _ = try? sweep(dryRun: false) }
    }

    /// A folder above the remote's that is gone is a disk that is not mounted, and not to be filled in its absence.
    private func requireParent() throws(RemoteError) {
        let parent = root.removingLastComponent()
        let isThere = try locally { () throws(VxError) in
            if try Files.isDirectory(root) { return true }
            return try Files.isDirectory(parent)
        }
        guard isThere else {
            throw RemoteError(
                .notFound, "there is no folder \(parent)", because: "the remote \(location) should be in it",
                hint: "mount the disk or share it is on, or make the folder")
        }
    }

    package func read(
        _ key: String, at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer, moved: (Int) -> Void
    ) throws(RemoteError) {
        let path = try path(key)
        do throws(VxError) {
            guard try Files.targetStatus(path) != nil else {
                throw VxError(.missing, "there is no \(key) in \(location)")
            }
            let file = try OpenFile.reading(path)
            var done = 0
            while done < buffer.count {
                try cancellation.check()
                let piece = UnsafeMutableRawBufferPointer(rebasing: buffer[done..<min(done + (1 << 20), buffer.count)])
                guard try file.read(at: offset + UInt64(done), into: piece) == piece.count else {
                    throw VxError(.corrupt, "\(key) in \(location) is shorter than it should be")
                }
                done += piece.count
                moved(piece.count)
            }
        } catch {
            var failure = RemoteError(local: error)
            if error.code == .missing { failure.kind = .notFound }
            if error.code == .corrupt { failure.kind = .damaged }
            throw failure
        }
    }

    package func head(_ key: String) throws(RemoteError) -> RemoteObject? {
        let path = try path(key)
        return try locally { () throws(VxError) in
            guard let status = try Files.targetStatus(path), status.kind == .regular else { return nil }
            return RemoteObject(key: key, size: status.size, modified: status.modified.seconds)
        }
    }

    /// Reads the file: nobody else has hashed it.
    package func checksum(_ key: String) throws(RemoteError) -> RemoteChecksum? {
        guard try head(key) != nil else { return nil }
        let path = try path(key)
        let body = try locally { () throws(VxError) in try RemoteBody.file(path) }
        var hasher = SHA256()
        try body.forEachPiece { (piece) throws(RemoteError) in
            try locally { () throws(VxError) in try cancellation.check() }
            hasher.update(bufferPointer: piece)
        }
        return .sha256(Array(hasher.finalize()))
    }

    package func list(_ prefix: String, each: (RemoteObject) throws(RemoteError) -> Void) throws(RemoteError) {
        // Only the part up to the last slash names a folder; the rest is the start of names in it.
        let folder = prefix.lastIndex(of: "/").map { String(prefix[..<$0]) } ?? ""
        try list(folder: folder, prefix: prefix, each: each)
    }

    private func list(
        folder: String, prefix: String, each: (RemoteObject) throws(RemoteError) -> Void
    ) throws(RemoteError) {
        if !folder.isEmpty { try RemoteLayout.check(key: folder) }
        let path = root.appending(RepoPath(folder))
        let names = try locally { () throws(VxError) in
            try cancellation.check()
            return try Files.unsortedNames(in: path) ?? []
        }
        for bytes in names {
            guard let name = String(validating: bytes, as: UTF8.self) else { continue }
            let key = folder.isEmpty ? name : "\(folder)/\(name)"
            // What is no key of ours is somebody else's file, or one that is being written.
            guard key != Self.temporary, (try? RemoteLayout.check(key: key)) != nil,
                key.hasPrefix(prefix) || prefix.hasPrefix(key + "/")
            else { continue }
            let status = try locally { () throws(VxError) in try Files.targetStatus(root.appending(RepoPath(key))) }
            switch status?.kind {
            case .directory: try list(folder: key, prefix: prefix, each: each)
            case .regular:
                guard let status else { continue }
                try each(RemoteObject(key: key, size: status.size, modified: status.modified.seconds))
            default: continue
            }
        }
    }

    package func delete(_ key: String) throws(RemoteError) {
        let path = try path(key)
        try locally { () throws(VxError) in try Files.remove(path) }
    }
}
