import SystemPackage
import VxModel

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Files looked up by name in an open folder: the way from the root to it is not walked again for each of them, and
/// nobody can put a symlink into that way meanwhile.
extension OpenFile {
    /// Opens `name` in this folder for reading; a symlink is an error. A named pipe that nobody writes to is not waited for.
    package func opening(_ name: [CChar]) throws(VxError) -> OpenFile {
        let opened = try retrying("cannot open \(path.appending(name: name))") {
            Self.leavingAccessTime { openat(descriptor, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | $0) }
        }
        return OpenFile(adopting: opened, name: name, in: path)
    }

    /// Opens `name` in this folder to change it in place; a symlink is an error.
    package func updating(_ name: [CChar]) throws(VxError) -> OpenFile {
        let opened = try retrying("cannot open \(path.appending(name: name))") {
            openat(descriptor, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        }
        return OpenFile(adopting: opened, name: name, in: path)
    }

    /// Creates `name` in an open folder, for writing and reading; an existing file, or a symlink, is an error.
    package static func creating(
        _ name: [CChar], in directory: borrowing OpenFile, permissions: mode_t = 0o666,
        sharing: FolderSharing = .none
    ) throws(VxError) -> OpenFile {
        let flags = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC
        while true {
            let descriptor = openat(directory.descriptor, name, flags, permissions)
            let code = errno
            if descriptor >= 0 {
                let file = OpenFile(adopting: descriptor, name: name, in: directory.path)
                try sharing.apply(to: file, adding: permissions & 0o060)
                return file
            }
            if code != EINTR {
                throw VxError.system("cannot create \(directory.path.appending(name: name))", errno: code)
            }
        }
    }
}

extension Files {
    /// Renames within an open folder; what has the new name goes.
    package static func rename(
        _ old: [CChar], to new: [CChar], in directory: borrowing OpenFile
    ) throws(VxError) {
        let descriptor = directory.descriptor
        let path = directory.path
        try retrying("cannot rename \(path.appending(name: old)) to \(path.appending(name: new))") {
            renameat(descriptor, old, descriptor, new)
        }
    }

    /// Removes one file of an open folder; nothing there is fine.
    package static func remove(_ name: [CChar], in directory: borrowing OpenFile) throws(VxError) {
        if unlinkat(directory.descriptor, name, 0) == 0 { return }
        let code = errno
        if code != ENOENT {
            throw VxError.system("cannot remove \(directory.path.appending(name: name))", errno: code)
        }
    }

    /// Gives a folder of an open folder another name unless a file, or a folder with something in it, has that name:
    /// rename(2) itself replaces nothing but an empty folder with a folder.
    ///
    /// - Returns: `false` where the name is taken.
    static func renameFolder(
        _ old: [CChar], to new: [CChar], in directory: borrowing OpenFile
    ) throws(VxError) -> Bool {
        let result = renameat(directory.descriptor, old, directory.descriptor, new)
        let code = errno
        if result == 0 { return true }
        if code == EEXIST || code == ENOTEMPTY || code == ENOTDIR { return false }
        let path = directory.path
        throw VxError.system(
            "cannot rename \(path.appending(name: old)) to \(path.appending(name: new))", errno: code)
    }
}

/// Names for temporary files of one thread, free in practice: ``Files/temporaryName()`` with a count instead of a new
/// random number each time.
package struct TemporaryNames {
    private let start = Files.temporaryName()
    private var count = 0

    package init() {}

    /// The next name, ended by a zero.
    package mutating func next() -> [CChar] {
        count += 1
        return Array((start + String(count, radix: 36)).utf8CString)
    }
}

extension RepoPath {
    /// The last component as a C string.
    package var platformName: [CChar] {
        let start = bytes.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
        return bytes[start...].map { CChar(bitPattern: $0) } + [0]
    }
}

extension FilePath {
    /// This path with a name, ended by a zero, below it.
    func appending(name: [CChar]) -> FilePath {
        appending(RepoPath(bytes: name.dropLast().map { UInt8(bitPattern: $0) }))
    }
}
