import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// Looks at places of the workspace without being led out of it: a symlink in place of a folder hides what is behind it.
final class Places {
    private let root: FilePath
    /// What stands in the way below each folder looked at; `nil` for one that is a folder, or nothing.
    private var blockers: [RepoPath: RepoPath?] = [.root: nil]

    init(_ root: FilePath) {
        self.root = root
    }

    /// What stands at `path` itself; `nil` for nothing, also where one of its folders is none.
    func status(_ path: RepoPath) throws(VxError) -> FileStat? {
        try blocker(above: path) == nil ? try Files.status(root.appending(path)) : nil
    }

    /// The file or symlink that stands where one of the folders of `path` should be.
    func blocker(above path: RepoPath) throws(VxError) -> RepoPath? {
        let folder = path.parent
        if let known = blockers[folder] { return known }
        var found = try blocker(above: folder)
        if found == nil, let status = try Files.status(root.appending(folder)), status.kind != .directory {
            found = folder
        }
        blockers.updateValue(found, forKey: folder)
        return found
    }
}
