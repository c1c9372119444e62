import VxGit
import VxModel
import VxSystem

/// How the workspace differs from git's index, as far as `lstat` tells: no content is read.
struct WorkspaceScan: Sendable {
    typealias Item = FolderComparison.Item

    /// Files whose stat data no longer proves them unchanged.
    var suspects: [Item] = []
    /// Unchanged files that may be pointer text, going by their length.
    var possiblePointers: [Item] = []
    /// Index positions of files that are gone.
    var missing: [Int] = []
    /// Files git does not know and does not ignore.
    var untracked: [FolderComparison.NewFile] = []
    /// Folders in which git knows nothing, not looked into. None where only a setting or a variable names the work tree, which may
    /// be the whole disk then.
    var untrackedFolders: [RepoPath] = []
}

extension Workspace {
    /// Compares the workspace with the index, folder by folder, in parallel.
    func scan(_ index: GitIndex) throws -> WorkspaceScan {
        let tracked = TrackedFolders(index.entries, 0..<index.count)
        var ignored = try IgnoreRules(repository)
        var scan = WorkspaceScan()
        var visited: Set<RepoPath> = []
        let isOwn = try repository.isOwn(workTree: root)
        let isEncoded = try encodesText(index)
        try DirectoryWalk.run(below: root, from: [.root], pool: pool, cancellation: cancellation) { listing in
            try FolderComparison(listing, index, tracked, isEncoded: isEncoded)
        } collect: { results in
            var next: [RepoPath] = []
            try ignored.take(results, root: root)
            for folder in results {
                visited.insert(folder.path)
                scan.suspects += folder.suspects
                scan.possiblePointers += folder.possiblePointers
                scan.missing += folder.missing
                for file in folder.newFiles where try !ignored.isIgnored(file.path, isDirectory: false) {
                    scan.untracked.append(file)
                }
                for path in folder.folders {
                    if tracked.contains(path) {
                        next.append(path)
                    } else if try isOwn && !ignored.isIgnored(path, isDirectory: true) {
                        scan.untrackedFolders.append(path)
                    }
                }
            }
            return next
        }
        for (folder, positions) in tracked.all where !visited.contains(folder) {
            scan.missing += positions.filter {
                !index.entries.isSkipped($0) && index.entries.mode($0) != .submodule
            }
        }
        scan.missing.sort()
        return scan
    }

    /// Whether some file of attributes makes git encode text on its way to the work tree: of a folder whose own git does not know,
    /// only that at the top.
    private func encodesText(_ index: GitIndex) throws -> Bool {
        let attribute = Array("working-tree-encoding".utf8)
        for file in try [repository.ownAttributesFile] + repository.generalAttributesFiles() {
            if try whereReadable({ () throws(VxError) in try Files.read(file) })??.contains(attribute) == true { return true }
        }
        /// As the file stands; as the index has it where it does not.
        func encodes(_ path: RepoPath, _ blob: GitObjectID?) throws -> Bool {
            let standing = try whereReadable { () throws(VxError) in
                try files.opening(path)?.contents(limit: WorkTreeAttributes.longest)
            }
            if let standing = standing ?? nil { return standing.contains(attribute) }
            return try blob.flatMap { try repository.blob($0, limit: WorkTreeAttributes.longest) }?.contains(attribute)
                == true
        }
        let name = Self.attributesPath.bytes
        if try encodes(Self.attributesPath, nil) { return true }
        return try index.entries.indices.contains { position in
            let path = index.entries.pathBytes(position)
            guard path.count >= name.count, path[path.count - 1] == name[name.count - 1],
                PathBytes.name(path).elementsEqual(name)
            else { return false }
            return try encodes(RepoPath(bytes: Array(path)), index.entries.id(position))
        }
    }
}
