import VxGit
import VxModel
import VxStore
import VxSystem

import struct SystemPackage.FilePath

/// One line of `vx ls`.
package struct ListedFile: Sendable {
    package var file: DataFile
    /// Whether the store here has the bytes.
    package var isHere: Bool
}

extension Workspace {
    /// - Throws: `usage` for a path at which git knows nothing: a typing error would do nothing without a word.
    package static func requireEntries(of index: GitIndex, at paths: [RepoPath]) throws(VxError) {
        for path in paths where !path.isRoot && index.entries(under: path).isEmpty {
            throw VxError(.usage, "there is no '\(path)' here", hint: "'vx ls' lists the data files")
        }
    }

    /// What to say where no data file is at any of some paths.
    package static func noDataFile(at paths: [RepoPath]) -> VxError {
        VxError(
            .usage, "no data file at \(paths.map(\.description).joined(separator: ", "))",
            hint: "'vx ls' without a path lists them all")
    }

    /// The data files of a commit, or of the index where none is named, below `paths`.
    ///
    /// - Throws: `corrupt` where the commit has a path, of any file, that nothing may be written at.
    package func list(_ revision: GitObjectID?, inside paths: [RepoPath] = []) throws -> [ListedFile] {
        if let revision {
            try TreePaths(repository).require(repository.tree(ofCommit: revision), of: "commit \(revision.short)")
        }
        return try dataFiles(revision, inside: paths, withEmpty: true).map {
            ListedFile(file: $0, isHere: $0.pointer.size == 0 || store.contains($0.pointer.id))
        }
    }

    /// The same without looking into the store.
    ///
    /// - Parameter withEmpty: whether files of no bytes are listed: git has those themselves, and the store nothing of them.
    package func dataFiles(
        _ revision: GitObjectID?, inside paths: [RepoPath] = [], withEmpty: Bool = false
    ) throws -> [DataFile] {
        var files: [DataFile] = []
        let nothing = GitObjectID.emptyBlob
        func consider(_ path: RepoPath, _ mode: FileMode, _ id: GitObjectID, _ owner: some PathOwner) throws {
            guard mode.isFile, paths.isEmpty || paths.contains(where: { path.isInside($0) }) else { return }
            if withEmpty, id == nothing, try owner.isTracked(path), !Self.isGitOwn(path) {
                files.append(DataFile(path: path, pointer: Pointer(id: .empty, size: 0), isExecutable: mode == .executable))
                return
            }
            guard let pointer = try repository.pointer(inBlob: id, at: path, owner: owner) else { return }
            files.append(DataFile(path: path, pointer: pointer, isExecutable: mode == .executable))
        }
        if let revision {
            let tree = try repository.tree(ofCommit: revision)
            let owner = TreeAttributes(repository, tree)
            try repository.walkTree(tree) { try consider($0.path, $0.mode, $0.id, owner) }
        } else {
            let index = try repository.readIndex()
            let owner = try FilterRules(self, index)
            for entry in index.entries where entry.stage == 0 {
                try consider(entry.path, entry.mode, entry.id, owner)
            }
        }
        return files
    }

    /// Writes one file of a commit to `sink`: a data file's bytes, proven, or any other file as git has it.
    package func cat(_ commit: GitObjectID, _ path: RepoPath, to sink: (UnsafeRawBufferPointer) throws -> Void) throws {
        let tree = try repository.tree(ofCommit: commit)
        guard let entry = try repository.entry(at: path, inTree: tree) else {
            throw VxError(
                .usage, "there is no '\(path)' in commit \(commit.short)",
                hint: "list its data files with 'vx ls \(typed: commit.short)'")
        }
        guard entry.mode != .tree, entry.mode != .submodule else {
            throw VxError(
                .usage, "'\(path)' is a folder",
                hint: "list what is in it: 'vx ls \(typed: commit.short) \(typed: path)'")
        }
        guard let bytes = try repository.blob(entry.id, limit: 1 << 30) else {
            throw VxError(
                "'\(path)' is a git blob of more than 1 GiB",
                hint: "read it with 'git cat-file blob \(typed: entry.id)'")
        }
        let isForeign = try Pointer.isOfLFS(bytes) && !TreeAttributes(repository, tree).isTracked(path)
        guard let pointer = isForeign ? nil : try Pointer.checked(bytes, at: path) else {
            return try bytes.withUnsafeBytes(sink)
        }
        if let reason = try provide([pointer])[pointer.id] { throw reason.wrapped("cannot read \(path)") }
        try store.reader().stream(pointer.id, size: pointer.size, sink)
    }
}
