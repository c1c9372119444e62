import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// The way to the files of a remote in a folder: from the remote's own folder by the names of real folders.
///
/// No symlink below it is followed. A pack behind one may be this store's own, which "the remote holds, too"; and what is
/// put would land wherever it leads.
extension FolderBackend {
    /// A folder of the remote, or the remote's own; `nil` where there is none.
    func existingFolder(_ path: RepoPath) throws(VxError) -> WorkTree.Folder? {
        guard try Files.isDirectory(root) else { return nil }
        return try inside { () throws(VxError) in try WorkTree(root).existingFolder(path) }
    }

    /// The same, with folders made where they are missing.
    func makeFolder(_ path: RepoPath, _ sharing: FolderSharing, sync: Bool) throws(VxError) -> WorkTree.Folder {
        try Files.createDirectories(root, sharing: sharing, sync: true)
        return try inside { () throws(VxError) in
            try WorkTree(root).makeFolders(path, sharing: sharing, sync: sync)
        }
    }

    private func inside<Result>(_ body: () throws(VxError) -> Result) throws(VxError) -> Result {
        do {
            return try body()
        } catch {
            guard error.code == .refused else { throw error }
            throw VxError(
                "cannot use the remote \(location)",
                because: "\(error.message): it is a symlink, or no folder",
                hint: Self.wayOut)
        }
    }

    /// The stat data of an object's file; `nil` where there is nothing of that name, or a folder of objects.
    ///
    /// - Throws: where something else has the name.
    func object(_ key: String) throws(VxError) -> FileStat? {
        let path = RepoPath(key)
        guard let folder = try existingFolder(path.parent),
            let status = try Files.status(path.platformName, in: folder.file)
        else { return nil }
        if status.kind == .directory { return nil }
        if status.kind != .regular { throw noFile(key, status.kind) }
        return status
    }

    /// Opens an object's file for reading.
    ///
    /// - Throws: `missing` where there is none; where something else than a file has the name.
    func opening(_ key: String) throws(VxError) -> OpenFile {
        let path = RepoPath(key)
        guard let folder = try existingFolder(path.parent),
            let status = try Files.status(path.platformName, in: folder.file)
        else { throw VxError(.missing, "there is no \(key) in \(location)") }
        if status.kind != .regular { throw noFile(key, status.kind) }
        return try folder.file.opening(path.platformName)
    }

    /// The error for a name of ours that something else than a file has.
    func noFile(_ key: String, _ kind: FileStat.Kind) -> VxError {
        VxError(
            "cannot use \(key) in the remote \(location)",
            because: kind == .symlink ? "it is a symlink, and vx follows none in a remote" : "it is no regular file",
            hint: Self.wayOut)
    }

    private static let wayOut =
        "put the folder or file itself in its place; or give the remote the path of the folder that has all of it"
}
