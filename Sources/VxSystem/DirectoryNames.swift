import SystemPackage
import VxModel

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension Files {
    /// The names in a folder in the order the system gives them, as bytes, without `.` and `..`; `nil` where there is
    /// no such folder. For folders of many names, where sorting and `FilePath` values would cost more than the listing.
    package static func unsortedNames(in directory: FilePath) throws(VxError) -> [[UInt8]]? {
        guard let stream = directory.withPlatformString({ opendir($0) }) else {
            if errno == ENOENT { return nil }
            throw VxError.system("cannot read the folder \(directory)")
        }
        defer { closedir(stream) }
        return try names(in: directory) { readdir(stream) }
    }

    /// The same for a folder that is open.
    package static func unsortedNames(in folder: borrowing OpenFile) throws(VxError) -> [[UInt8]] {
        let path = folder.path
        // The stream takes the descriptor over, so it gets one of its own.
        let descriptor = folder.descriptor
        let copy = try retrying("cannot open the folder \(path)") { fcntl(descriptor, F_DUPFD_CLOEXEC, 0) }
        guard let stream = fdopendir(copy) else {
            let code = errno
            close(copy)
            throw VxError.system("cannot read the folder \(path)", errno: code)
        }
        defer { closedir(stream) }
        rewinddir(stream)
        return try names(in: path) { readdir(stream) }
    }

    private static func names(
        in directory: FilePath, _ read: () -> UnsafeMutablePointer<dirent>?
    ) throws(VxError) -> [[UInt8]] {
        var names: [[UInt8]] = []
        while let entry = try nextEntry(in: directory, read) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            if name == [UInt8(ascii: ".")] || name == Array("..".utf8) { continue }
            names.append(name)
        }
        return names
    }

    /// The process that made a name with ``temporaryName()``; `nil` for every other name.
    package static func owner(ofTemporaryName name: some Collection<UInt8>) -> TemporaryOwner? {
        TemporaryOwner(name)
    }

    /// Removes a temporary file or folder that nobody is at work on any more.
    package static func sweep(_ path: FilePath, modified: FileTime, owner: TemporaryOwner) throws(VxError) {
        if owner.isForsaken(modified: modified) { try removeTree(path) }
    }

    /// The same for everything in a folder that has a temporary name.
    package static func sweep(folder: FilePath) throws(VxError) {
        for name in try unsortedNames(in: folder) ?? [] {
            guard let owner = owner(ofTemporaryName: name) else { continue }
            let path = folder.appending(FilePath(byteArray: name).string)
            if let status = try status(path) { try sweep(path, modified: status.modified, owner: owner) }
        }
    }

    /// Whether a process of that number is alive (also when it belongs to somebody else).
    package static func isRunning(process: Int32) -> Bool {
        kill(process, 0) == 0 || errno == EPERM
    }
}
