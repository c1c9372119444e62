import struct SystemPackage.FilePath
import VxModel
import VxSystem

/// Which folders of the workspace are folders, looked at once each.
///
/// What lies behind a symlink is not the workspace's, whatever its path says: it must be neither read for what git
/// tracks there, nor overwritten, nor removed.
struct RealFolders {
    /// Something that stands where a folder should be.
    struct Obstacle {
        var path: RepoPath
        var kind: FileStat.Kind

        var error: VxError {
            let isLink = kind == .symlink
            return VxError(
                .refused, "cannot write below \(path)",
                because: isLink
                    ? "it is a symlink, and the files would land outside the workspace" : "a file of that name is in the way",
                hint: isLink
                    ? "remove the symlink with 'rm \(path)', then repeat the command" : "move it away, then repeat the command")
        }
    }

    private enum Standing {
        case folder, missing
        case blocked(Obstacle)
    }

    private let root: FilePath
    private var known: [RepoPath: Standing] = [.root: .folder]

    init(_ root: FilePath) {
        self.root = root
    }

    /// What is at `path` itself; `nil` also where a folder above it is a symlink.
    mutating func status(_ path: RepoPath) throws -> FileStat? {
        guard case .folder = try standing(path.parent) else { return nil }
        return try Files.status(root.appending(path))
    }

    /// What stands in the way of a file at `path`; `nil` where its folder is there or can be made.
    mutating func obstacle(above path: RepoPath) throws -> Obstacle? {
        guard case .blocked(let obstacle) = try standing(path.parent) else { return nil }
        return obstacle
    }

    private mutating func standing(_ folder: RepoPath) throws -> Standing {
        if let known = known[folder] { return known }
        var standing = try standing(folder.parent)
        if case .folder = standing {
            switch try Files.status(root.appending(folder))?.kind {
            case .directory?: break
            case nil: standing = .missing
            case let kind?: standing = .blocked(Obstacle(path: folder, kind: kind))
            }
        }
        known[folder] = standing
        return standing
    }
}
