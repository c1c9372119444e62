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
        var names: [[UInt8]] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            if name == [UInt8(ascii: ".")] || name == Array("..".utf8) { continue }
            names.append(name)
        }
        return names
    }

    /// The process that made a name with ``temporaryName()``; `nil` for every other name.
    package static func owner(ofTemporaryName name: some Collection<UInt8>) -> Int32? {
        guard name.starts(with: ".vx-".utf8) else { return nil }
        let parts = name.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard parts.count == 3, !parts[2].isEmpty,
            parts[2].allSatisfy({
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                    || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
            })
        else { return nil }
        return Int32(String(decoding: parts[1], as: UTF8.self))
    }

    /// Removes a temporary file or folder that nobody is at work on any more.
    package static func sweep(_ path: FilePath, modified: FileTime, owner: Int32) throws(VxError) {
        if isForsaken(modified: modified, owner: owner) { try removeTree(path) }
    }

    /// Whether the process of a temporary file is gone and the file older than a day: on a shared disk the process may be
    /// another machine's.
    package static func isForsaken(modified: FileTime, owner: Int32) -> Bool {
        FileTime.now().seconds - modified.seconds > 86_400 && !isRunning(process: owner)
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
