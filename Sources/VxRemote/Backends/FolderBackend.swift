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
    let root: FilePath
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

    package func put(_ key: String, _ body: RemoteBody, moved: (Int) -> Void) throws(RemoteError) -> Bool {
        try RemoteLayout.check(key: key)
        try requireParent()
        sweepOnce()
        return try storing { () throws(VxError) in
            if try object(key) != nil { return false }
            let sharing = try FolderSharing(of: root)
            let target = (
                name: RepoPath(key).platformName, folder: try makeFolder(RepoPath(key).parent, sharing, sync: true)
            )
            let temporary = try makeFolder(RepoPath(Self.temporary), sharing, sync: false)
            if body.length >= Self.partFrom {
                let name = Array(Self.partName(key).utf8CString)
                if let file = openPart(name, in: temporary, sharing) {
                    do throws(VxError) {
                        try complete(body, in: file, moved: moved)
                        return try place(name, of: temporary, as: target)
                    } catch {
                        // What is written is of use to the next attempt, but not where there is no room for it.
                        if error.isDiskFull { try? Files.remove(name, in: temporary.file) }
                        throw error
                    }
                }
            }
            let name = Array(Files.temporaryName().utf8CString)
            do throws(VxError) {
                try write(body, to: name, in: temporary, sharing, moved: moved)
                return try place(name, of: temporary, as: target)
            } catch {
                try? Files.remove(name, in: temporary.file)  // the first error is the one to report
                throw error
            }
        }
    }

    /// Gives a file that is written its name; says whether nothing had it yet.
    private func place(
        _ name: [CChar], of temporary: WorkTree.Folder, as target: (name: [CChar], folder: WorkTree.Folder)
    ) throws(VxError) -> Bool {
        let isNew = try Files.place(name, of: temporary.file, as: target.name, in: target.folder.file)
        if isNew { try target.folder.file.sync() }
        try Files.remove(name, in: temporary.file)
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
                hint: "make room there ('df -h \(typed: location)' shows how much there is), then repeat the command")
        }
    }

    private func write(
        _ body: RemoteBody, to name: [CChar], in folder: WorkTree.Folder, _ sharing: FolderSharing, moved: (Int) -> Void
    ) throws(VxError) {
        let file = try OpenFile.creating(name, in: folder.file, sharing: sharing)
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
            guard let folder = try existingFolder(RepoPath(Self.temporary)) else { return leftovers }
            for bytes in try Files.unsortedNames(in: folder.file) {
                let owner = Files.owner(ofTemporaryName: bytes)
                guard owner != nil || Self.isPart(bytes) else { continue }
                let name = bytes.map { CChar(bitPattern: $0) } + [0]
                guard let status = try Files.status(name, in: folder.file), status.kind == .regular,
                    owner?.isForsaken(modified: status.modified) ?? Self.isOld(status)
                else { continue }
                do throws(VxError) {
                    if !dryRun { try Files.remove(name, in: folder.file) }
                    leftovers.files += 1
                    leftovers.bytes.add(size: status.size)
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
        try RemoteLayout.check(key: key)
        do throws(VxError) {
            let file = try opening(key)
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
        try RemoteLayout.check(key: key)
        return try locally { () throws(VxError) in
            try object(key).map { RemoteObject(key: key, size: $0.size, modified: $0.modified.seconds) }
        }
    }

    /// Reads the file: nobody else has hashed it.
    package func checksum(_ key: String) throws(RemoteError) -> RemoteChecksum? {
        try RemoteLayout.check(key: key)
        return try locally { () throws(VxError) in
            guard try object(key) != nil else { return nil }
            let file = try opening(key)
            var hasher = SHA256()
            var piece = [UInt8](repeating: 0, count: 1 << 20)
            while true {
                try cancellation.check()
                let result = piece.withUnsafeMutableBytes { buffer in
                    Result { () throws(VxError) in try file.read(into: buffer) }
                }
                let count = try result.get()
                if count == 0 { return .sha256(Array(hasher.finalize())) }
                piece.withUnsafeBytes { hasher.update(bufferPointer: UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            }
        }
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
        let opened = try locally { () throws(VxError) in
            try cancellation.check()
            return try existingFolder(RepoPath(folder))
        }
        guard let opened else { return }
        let names = try locally { () throws(VxError) in try Files.unsortedNames(in: opened.file) }
        for bytes in names {
            guard let name = String(validating: bytes, as: UTF8.self) else { continue }
            let key = folder.isEmpty ? name : "\(folder)/\(name)"
            // What is no key of ours is somebody else's file, or one that is being written.
            guard key != Self.temporary, (try? RemoteLayout.check(key: key)) != nil,
                key.hasPrefix(prefix) || prefix.hasPrefix(key + "/")
            else { continue }
            let text = bytes.map { CChar(bitPattern: $0) } + [0]
            let status = try locally { () throws(VxError) in try Files.status(text, in: opened.file) }
            guard let status else { continue }
            switch status.kind {
            case .directory: try list(folder: key, prefix: prefix, each: each)
            case .regular: try each(RemoteObject(key: key, size: status.size, modified: status.modified.seconds))
            default:
                // A collection that took it for nothing would remove what it leads to the only name of.
                if RemoteLayout.isOurs(key) { throw RemoteError(local: noFile(key, status.kind)) }
            }
        }
    }

    package func delete(_ key: String) throws(RemoteError) {
        try RemoteLayout.check(key: key)
        try locally { () throws(VxError) in
            guard let folder = try existingFolder(RepoPath(key).parent) else { return }
            try Files.remove(RepoPath(key).platformName, in: folder.file)
        }
    }
}
