import SystemPackage
import VxModel

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension Files {
    /// All bytes of a small file; `nil` where there is none. More than `limit` bytes is an error.
    package static func read(_ path: FilePath, limit: Int = 64 << 20) throws(VxError) -> [UInt8]? {
        guard try targetStatus(path) != nil else { return nil }
        let file = try OpenFile.reading(path)
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let result = piece.withUnsafeMutableBytes { buffer in
                Result { () throws(VxError) in try file.read(into: buffer) }
            }
            let count = try result.get()
            if count == 0 { return bytes }
            bytes += piece[..<count]
            if bytes.count > limit {
                throw VxError(
                    "\(path) is larger than \(ByteCount.text(UInt64(limit)))", because: "it is read as a whole")
            }
        }
    }

    /// Replaces `path` in one step: a reader sees the old bytes or the new ones, never half of each.
    package static func replace(
        _ path: FilePath, with bytes: [UInt8], permissions: mode_t = 0o666, sharing: FolderSharing = .none,
        sync: Bool = false
    ) throws(VxError) {
        let temporary = temporarySibling(of: path)
        do {
            let file = try OpenFile.creating(temporary, permissions: permissions, sharing: sharing)
            try file.write(bytes)
            if sync { try file.sync() }
            try file.close()
            try rename(temporary, to: path)
        } catch {
            try? remove(temporary)  // the write's own error is the one to report
            throw error
        }
        if sync { try syncDirectory(path.removingLastComponent()) }
    }

    /// A name beside `path` that no other process or thread is using.
    package static func temporarySibling(of path: FilePath) -> FilePath {
        path.removingLastComponent().appending(temporaryName())
    }

    /// A file name that is free in practice and shows whose it is.
    package static func temporaryName() -> String {
        ".vx-\(getpid())-\(Machine.tag)" + String(UInt64.random(in: .min ... .max), radix: 36)
    }

    package static func rename(_ old: FilePath, to new: FilePath) throws(VxError) {
        try retrying("cannot rename \(old) to \(new)") {
            old.withPlatformString { from in new.withPlatformString { Self.renameCall(from, $0) } }
        }
    }

    private static func renameCall(_ from: UnsafePointer<CChar>, _ to: UnsafePointer<CChar>) -> CInt {
        #if canImport(Glibc)
            Glibc.rename(from, to)
        #else
            Darwin.rename(from, to)
        #endif
    }

    /// Removes one file; nothing there is fine.
    package static func remove(_ path: FilePath) throws(VxError) {
        let result = path.withPlatformString { unlink($0) }
        let code = errno
        if result == 0 || code == ENOENT || code == ENOTDIR { return }
        // Where nothing can be written, the system does not look whether there is anything.
        if code == EROFS, try status(path) == nil { return }
        throw VxError.system("cannot remove \(path)", errno: code)
    }

    /// Removes an empty folder; says whether it was one.
    @discardableResult
    package static func removeEmptyDirectory(_ path: FilePath) -> Bool {
        path.withPlatformString { rmdir($0) } == 0
    }

    /// Removes `path` and all below it; symlinks are removed, not followed.
    package static func removeTree(_ path: FilePath) throws(VxError) {
        guard let status = try status(path) else { return }
        if status.kind == .directory {
            for name in try names(in: path) { try removeTree(path.appending(name)) }
            try retrying("cannot remove the folder \(path)") { path.withPlatformString { rmdir($0) } }
        } else {
            try remove(path)
        }
    }

    /// Makes `path` and the folders above it where they are missing.
    ///
    /// - Parameters:
    ///   - sharing: who else may use the new folders.
    ///   - sync: whether to wait until the names of new folders are on the disk.
    package static func createDirectories(
        _ path: FilePath, sharing: FolderSharing = .none, sync: Bool = false
    ) throws(VxError) {
        let parent = path.removingLastComponent()
        func isMade() throws(VxError) {
            try sharing.apply(toFolder: path)
            if sync { try syncDirectory(parent.isEmpty ? "." : parent) }
        }
        if path.withPlatformString({ mkdir($0, 0o777) }) == 0 { return try isMade() }
        let code = errno
        switch code {
        case EEXIST:
            guard try isDirectory(path) else {
                throw VxError("cannot make the folder \(path)", because: "a file of that name is in the way")
            }
        case ENOENT where path.components.count > 1:
            try createDirectories(parent, sharing: sharing, sync: sync)
            // Another thread may have made it meanwhile: look again instead of trusting the first answer.
            if path.withPlatformString({ mkdir($0, 0o777) }) != 0 {
                if errno != EEXIST { throw VxError.system("cannot make the folder \(path)") }
                return
            }
            try isMade()
        default:
            throw VxError.system("cannot make the folder \(path)", errno: code)
        }
    }

    /// - Throws: where this user may make no file in a folder, or its disk takes none.
    package static func requireWritable(_ folder: FilePath) throws(VxError) {
        try retrying("cannot write to the folder \(folder)") {
            folder.withPlatformString { faccessat(AT_FDCWD, $0, W_OK | X_OK, AT_EACCESS) }
        }
    }

    /// Makes a folder that nobody else may look into.
    package static func createPrivateDirectory(_ path: FilePath) throws(VxError) {
        try retrying("cannot make the folder \(path)") { path.withPlatformString { mkdir($0, 0o700) } }
    }

    /// The names in a folder, sorted bytewise, without `.` and `..`.
    package static func names(in directory: FilePath) throws(VxError) -> [FilePath.Component] {
        guard let stream = directory.withPlatformString({ opendir($0) }) else {
            throw VxError.system("cannot read the folder \(directory)")
        }
        defer { closedir(stream) }
        var names: [FilePath.Component] = []
        while let entry = try nextEntry(in: directory, { readdir(stream) }) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { FilePath(platformString: $0) }
            }
            if name == "." || name == ".." { continue }
            if let component = name.lastComponent { names.append(component) }
        }
        return names.sorted { $0.description < $1.description }
    }

    /// The next name of a folder; `nil` at its end.
    ///
    /// - Parameter read: `readdir` of the folder's stream.
    /// - Throws: where it cannot be read: else the names that were not seen would be taken for gone.
    static func nextEntry(
        in directory: @autoclosure () -> FilePath, _ read: () -> UnsafeMutablePointer<dirent>?
    ) throws(VxError) -> UnsafeMutablePointer<dirent>? {
        errno = 0
        if let entry = read() { return entry }
        let code = errno
        if code != 0 { throw VxError.system("cannot read the folder \(directory())", errno: code) }
        return nil
    }

    /// `path` with every symlink followed; `nil` where it does not exist.
    package static func realPath(_ path: FilePath) -> FilePath? {
        guard let resolved = path.withPlatformString({ realpath($0, nil) }) else { return nil }
        defer { free(resolved) }
        return FilePath(platformString: resolved)
    }

    /// Waits until a folder's names are on the disk, so that a rename in it survives a power cut.
    package static func syncDirectory(_ path: FilePath) throws(VxError) {
        try OpenFile.directory(path).sync()
    }

    /// Another name for the same file where the file system can, a copy where it cannot, or where the file is not for
    /// those who share the target's folder.
    package static func linkOrCopy(
        _ source: FilePath, to target: FilePath, sharing: FolderSharing = .none
    ) throws(VxError) {
        if try sharing.suits(source, in: target.removingLastComponent()) {
            let linked = source.withPlatformString { from in target.withPlatformString { link(from, $0) } }
            if linked == 0 || errno == EEXIST { return }
        }
        let temporary = temporarySibling(of: target)
        do {
            let input = try OpenFile.reading(source)
            let output = try OpenFile.creating(temporary, permissions: 0o444, sharing: sharing)
            var piece = [UInt8](repeating: 0, count: 1 << 20)
            while true {
                let result = piece.withUnsafeMutableBytes { buffer in
                    Result { () throws(VxError) in
                        let count = try input.read(into: buffer)
                        try output.write(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
                        return count
                    }
                }
                if try result.get() == 0 { break }
            }
            try output.sync()
            try output.close()
            try rename(temporary, to: target)
        } catch {
            try? remove(temporary)  // the copy's own error is the one to report
            throw error
        }
    }
}

extension FilePath {
    /// This path with a repository path below it.
    package func appending(_ path: RepoPath) -> FilePath {
        if path.isRoot { return self }
        var bytes = withPlatformString { Array(UnsafeBufferPointer(start: $0, count: length)) }
        if bytes.last != CChar(UInt8(ascii: "/")) { bytes.append(CChar(UInt8(ascii: "/"))) }
        bytes.append(contentsOf: path.bytes.map { CChar(bitPattern: $0) })
        bytes.append(0)
        return FilePath(platformString: bytes)
    }

    /// The path's bytes, without the terminating zero.
    package var byteArray: [UInt8] {
        withPlatformString { UnsafeBufferPointer(start: $0, count: length).map { UInt8(bitPattern: $0) } }
    }

    /// A path from bytes that hold no zero.
    package init(byteArray: some Sequence<UInt8>) {
        self.init(platformString: byteArray.map { CChar(bitPattern: $0) } + [0])
    }
}
