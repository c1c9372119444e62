import VxModel

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension WorkTree {
    /// Puts a file into its place in one step, with folders where they are missing; a symlink of that name is replaced.
    ///
    /// - Parameter sync: whether to wait until the file and its name are on the disk.
    /// - Returns: the new file's stat data.
    @discardableResult
    package func replace(
        _ path: RepoPath, with bytes: [UInt8], permissions: mode_t = 0o666, sync: Bool = false
    ) throws(VxError) -> FileStat {
        try Self.require(path)
        let folder = try makeFolders(path.parent)
        let temporary = Array(Files.temporaryName().utf8CString)
        do {
            let file = try OpenFile.creating(temporary, in: folder.file, permissions: permissions)
            try file.write(bytes)
            if sync { try file.sync() }
            try Files.rename(temporary, to: path.platformName, in: folder.file)
            if sync { try folder.file.sync() }
            // After the rename, which changes one of its times.
            let status = try file.status()
            try file.close()
            return status
        } catch {
            try? Files.remove(temporary, in: folder.file)  // the write's own error is the one to report
            throw error
        }
    }

    /// Removes one file; nothing there is fine.
    package func remove(_ path: RepoPath) throws(VxError) {
        guard let holder = try holder(of: path) else { return }
        try Files.remove(path.platformName, in: holder.file)
    }

    /// Removes what stands at `path`, a folder with all that is in it; symlinks are removed, not followed.
    package func removeTree(_ path: RepoPath) throws(VxError) {
        guard let holder = try holder(of: path) else { return }
        try Self.removeTree(path.platformName, in: holder.file)
    }

    private static func removeTree(_ name: [CChar], in above: borrowing OpenFile) throws(VxError) {
        guard try Files.status(name, in: above)?.kind == .directory else { return try Files.remove(name, in: above) }
        let folder = try openFolder(name, in: above)
        for child in try Files.unsortedNames(in: folder) {
            try removeTree(child.map { CChar(bitPattern: $0) } + [0], in: folder)
        }
        let descriptor = above.descriptor
        try retrying("cannot remove the folder \(folder.path)") { unlinkat(descriptor, name, AT_REMOVEDIR) }
    }

    /// Removes a folder that is empty, then the one above it, and so on below the root.
    ///
    /// Stops without an error at the first that is not empty, or is no folder: it is the user's.
    package func removeEmptyFolders(from path: RepoPath) throws(VxError) {
        var path = path
        while !path.isRoot {
            guard let holder = try holder(of: path),
                unlinkat(holder.file.descriptor, path.platformName, AT_REMOVEDIR) == 0
            else { return }
            path = path.parent
        }
    }

    /// Removes what processes that are gone have left in a folder under temporary names. Where there is no folder, or a
    /// symlink, there is nothing of ours.
    package func sweep(_ path: RepoPath) throws(VxError) {
        let folder: Folder?
        do throws(VxError) {
            folder = try existingFolder(path)
        } catch {
            guard error.code == .refused else { throw error }
            return
        }
        guard let folder else { return }
        for name in try Files.unsortedNames(in: folder.file) {
            guard let owner = Files.owner(ofTemporaryName: name) else { continue }
            let text = name.map { CChar(bitPattern: $0) } + [0]
            guard let status = try Files.status(text, in: folder.file), owner.isForsaken(modified: status.modified)
            else {
                continue
            }
            try Self.removeTree(text, in: folder.file)
        }
    }

    // MARK: - Folders filled under another name

    /// Makes an empty folder beside `path`, to be filled unseen.
    ///
    /// - Returns: its name, ended by a zero.
    package func makeStaged(beside path: RepoPath) throws(VxError) -> [CChar] {
        try Self.require(path)
        let name = Array(Files.temporaryName().utf8CString)
        try Self.makeFolder(name, in: try folder(path.parent).file)
        return name
    }

    /// Opens the folder that is to be `path` under the name it has until then.
    package func staged(_ name: [CChar], for path: RepoPath) throws(VxError) -> Folder {
        Folder(path, try Self.openFolder(name, in: try folder(path.parent).file))
    }

    /// Gives that folder its own name, unless a file, or a folder with something in it, has it.
    ///
    /// - Returns: `false` where the name is taken; the folder is removed then.
    package func finishStaged(_ name: [CChar], as path: RepoPath) throws(VxError) -> Bool {
        try Self.require(path)
        let holder = try folder(path.parent)
        if try Files.renameFolder(name, to: path.platformName, in: holder.file) { return true }
        try Self.removeTree(name, in: holder.file)
        return false
    }

    /// Removes that folder with what is in it.
    package func discardStaged(_ name: [CChar], for path: RepoPath) throws(VxError) {
        guard let holder = try holder(of: path) else { return }
        try Self.removeTree(name, in: holder.file)
    }
}
