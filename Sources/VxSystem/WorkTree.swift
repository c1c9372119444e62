import SystemPackage
import VxModel

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The files below one folder, a work tree say: the only way vx makes, replaces and removes anything there.
///
/// Every path is checked (``RepoPath/fault(isSymlink:)``), and every folder on the way is opened by its name in the one
/// above and never through a symlink (docs/decisions/0028). What somebody puts in place of a folder meanwhile changes
/// nothing outside.
package final class WorkTree: Sendable {
    package let root: FilePath
    private let top: OpenFile

    /// - Parameter root: may be named through symlinks: the user, and no repository, has named it.
    /// - Throws: where there is no folder.
    package init(_ root: FilePath) throws(VxError) {
        self.root = root
        top = try OpenFile.directory(root)
    }

    /// - Throws: `corrupt` for a path at which nothing may be written or removed.
    package static func require(_ path: RepoPath, isSymlink: Bool = false) throws(VxError) {
        if let fault = path.fault(isSymlink: isSymlink) { throw fault.error(path, in: "the repository") }
    }

    // MARK: - Folders

    /// A folder of the work tree that is open.
    package final class Folder: Sendable {
        package let path: RepoPath
        package let file: OpenFile

        init(_ path: RepoPath, _ file: consuming OpenFile) {
            self.path = path
            self.file = file
        }
    }

    /// Opens a folder, or the root itself.
    ///
    /// - Throws: `refused` where it, or a folder above it, is a symlink or a file; where there is none.
    package func folder(_ path: RepoPath) throws(VxError) -> Folder {
        guard let folder = try existingFolder(path) else {
            throw VxError.system("cannot open the folder \(root.appending(path))", errno: ENOENT)
        }
        return folder
    }

    /// The same; `nil` where it, or a folder above it, is missing.
    package func existingFolder(_ path: RepoPath) throws(VxError) -> Folder? { try open(path, making: nil) }

    /// How folders are made that are missing.
    private struct NewFolders {
        var sharing = FolderSharing.none
        /// Whether to wait until their names are on the disk.
        var sync = false
    }

    /// The same, with folders made where they are missing.
    ///
    /// - Parameters:
    ///   - sharing: who else may use the new folders.
    ///   - sync: whether to wait until the names of new folders are on the disk.
    @discardableResult
    package func makeFolders(
        _ path: RepoPath, sharing: FolderSharing = .none, sync: Bool = false
    ) throws(VxError) -> Folder {
        guard let folder = try open(path, making: NewFolders(sharing: sharing, sync: sync)) else {
            throw VxError.system("cannot make the folder \(root.appending(path))", errno: ENOENT)
        }
        return folder
    }

    private func open(_ path: RepoPath, making: NewFolders?) throws(VxError) -> Folder? {
        if path.isRoot {
            return Folder(.root, try Self.openFolder([CChar(UInt8(ascii: ".")), 0], in: top))
        }
        try Self.require(path)
        var above: Folder?
        for component in path.components {
            let next: Folder?
            if let above {
                next = try Self.child(component, of: above.file, making: making, at: above.path)
            } else {
                next = try Self.child(component, of: top, making: making, at: .root)
            }
            guard let next else { return nil }
            above = next
        }
        return above
    }

    private static func child(
        _ component: ArraySlice<UInt8>, of above: borrowing OpenFile, making: NewFolders?, at path: RepoPath
    ) throws(VxError) -> Folder? {
        let name = component.map { CChar(bitPattern: $0) } + [0]
        var isNew = false
        while true {
            let descriptor = openat(above.descriptor, name, flags)
            let code = errno
            if descriptor >= 0 {
                let file = OpenFile(adopting: descriptor, path: above.path.appending(name: name))
                if isNew, let making {
                    try making.sharing.apply(toFolder: file)
                    if making.sync { try above.sync() }
                }
                return Folder(path.appending(Array(component)), file)
            }
            guard code == ENOENT else { throw noFolder(name, in: above, errno: code) }
            if making == nil { return nil }
            // Somebody may have made it meanwhile: what counts is what can be opened.
            isNew = try makeFolder(name, in: above)
        }
    }

    /// Makes a folder; one that is there is fine.
    ///
    /// - Returns: whether there was none.
    @discardableResult
    static func makeFolder(_ name: [CChar], in above: borrowing OpenFile) throws(VxError) -> Bool {
        if mkdirat(above.descriptor, name, 0o777) == 0 { return true }
        if errno == EEXIST { return false }
        throw VxError.system("cannot make the folder \(above.path.appending(name: name))")
    }

    static func openFolder(_ name: [CChar], in above: borrowing OpenFile) throws(VxError) -> OpenFile {
        let descriptor = openat(above.descriptor, name, flags)
        if descriptor < 0 { throw noFolder(name, in: above, errno: errno) }
        // The path in full: each file that is opened in the folder asks for it.
        return OpenFile(adopting: descriptor, path: above.path.appending(name: name))
    }

    private static let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC

    /// Why a name is no folder to go on in.
    private static func noFolder(_ name: [CChar], in above: borrowing OpenFile, errno code: CInt) -> VxError {
        let path = above.path.appending(name: name)
        guard code == ENOTDIR || code == ELOOP else {
            return VxError.system("cannot open the folder \(path)", errno: code)
        }
        // Only the words depend on it: what cannot be looked at is "in the way".
        if (try? Files.status(name, in: above))??.kind == .symlink {
            return VxError(
                .refused, "cannot write below \(path)",
                because: "it is a symlink, and the files would land outside the workspace",
                hint: "remove the symlink with 'rm \(typed: path)', then repeat the command")
        }
        return VxError(
            .refused, "cannot write below \(path)", because: "a file of that name is in the way",
            hint: "move it away, then repeat the command")
    }

    // MARK: - Looking

    /// The folder that holds `path`; `nil` where there is none, or a symlink or a file stands in its place or above it.
    func holder(of path: RepoPath) throws(VxError) -> Folder? {
        try Self.require(path)
        do throws(VxError) {
            return try existingFolder(path.parent)
        } catch {
            guard error.code == .refused else { throw error }
            return nil
        }
    }

    /// What stands at `path` itself; `nil` for nothing, also where a folder above it is none or is a symlink.
    package func status(_ path: RepoPath) throws(VxError) -> FileStat? {
        guard let holder = try holder(of: path) else { return nil }
        return try Files.status(path.platformName, in: holder.file)
    }

    /// Opens a regular file for reading; `nil` where there is none, or something else.
    package func opening(_ path: RepoPath) throws(VxError) -> OpenFile? {
        guard let holder = try holder(of: path), try Files.status(path.platformName, in: holder.file)?.kind == .regular
        else { return nil }
        return try holder.file.opening(path.platformName)
    }

    /// All bytes of a small file; `nil` where there is none.
    ///
    /// - Throws: where it is a symlink or a folder, or has more than `limit` bytes.
    package func read(_ path: RepoPath, limit: Int = 64 << 20) throws(VxError) -> [UInt8]? {
        guard let holder = try holder(of: path), let status = try Files.status(path.platformName, in: holder.file)
        else {
            return nil
        }
        guard status.kind == .regular else {
            throw VxError(
                "cannot read \(root.appending(path))",
                because: status.kind == .symlink
                    ? "it is a symlink, and what it leads to is not of this repository" : "it is no regular file",
                hint: "put a file in its place, then repeat the command")
        }
        let bytes = try holder.file.opening(path.platformName).contents(limit: limit + 1)
        guard bytes.count <= limit else {
            throw VxError(
                "\(root.appending(path)) is larger than \(ByteCount.text(UInt64(limit)))",
                because: "it is read as a whole")
        }
        return bytes
    }
}

/// One thread's way through a work tree: the folder it is in stays open, as the next path is mostly in it too.
package final class FolderCursor {
    private let files: WorkTree
    private var current: WorkTree.Folder?

    package init(_ files: WorkTree) {
        self.files = files
    }

    /// The folder that holds `file`; `nil` where there is none.
    ///
    /// - Throws: `corrupt` for a path at which nothing may stand; `refused` where a folder on the way is a symlink or a file.
    package func folder(holding file: RepoPath) throws(VxError) -> WorkTree.Folder? {
        try WorkTree.require(file)
        if let current, file.isDirectly(in: current.path) { return current }
        current = try files.existingFolder(file.parent)
        return current
    }
}
