import VxConfig
import VxGit
import VxModel
import VxStore
import VxWorkspace

/// The files that go along the road: those with a pointer, and the empty ones, which git keeps as empty blobs.
extension Workspace {
    /// The files of a commit, sorted by path.
    ///
    /// - Parameters:
    ///   - folders: what is looked into; everything where it is empty.
    ///   - dataFolders: in these, an empty file is one of the data; elsewhere, it may be a mark of git's or of a tool's.
    func roadFiles(
        _ commit: GitObjectID, inside folders: [RepoPath] = [], dataFolders: [RepoPath]
    ) throws -> [DataFile] {
        try roadFiles(inTree: repository.tree(ofCommit: commit), inside: folders, dataFolders: dataFolders)
    }

    /// The same of a tree.
    func roadFiles(
        inTree tree: GitObjectID, inside folders: [RepoPath] = [], dataFolders: [RepoPath]
    ) throws -> [DataFile] {
        var found: [DataFile] = []
        let owner = TreeAttributes(repository, tree)
        try repository.walkTree(tree) { entry in
            guard entry.mode.isFile, folders.isEmpty || folders.contains(where: { entry.path.isInside($0) }),
                let pointer = try repository.roadPointer(entry.id, at: entry.path, dataFolders, owner)
            else { return }
            found.append(DataFile(path: entry.path, pointer: pointer, isExecutable: entry.mode == .executable))
        }
        return found.sorted { $0.path < $1.path }
    }

    /// Brings the contents a step is going to read from where they can be had.
    ///
    /// - Throws: where one of them is not here and cannot be had, by its path.
    func bringHere(_ files: [(path: RepoPath, pointer: Pointer)]) throws {
        let reasons = try provide(files.map(\.pointer))
        for file in files where try !store.isComplete(file.pointer.id) {
            let reason =
                reasons[file.pointer.id]
                ?? VxError(
                    .missing, "its content is not here", because: "no remote of vx.yaml is the default",
                    hint: "'vx remote add NAME URL' names one that has it; then repeat the command")
            throw reason.wrapped("cannot read \(file.path)")
        }
    }

    /// Sees that the contents of files that a step takes as they are can be had, without bringing them here.
    ///
    /// - Throws: where one of them is neither here nor on a remote, by its path.
    func requireInReach(_ files: [(path: RepoPath, pointer: Pointer)]) throws {
        let missing = try outOfReach(files.map(\.pointer))
        guard let lost = files.first(where: { missing.contains($0.pointer.id) }) else { return }
        throw VxError(
            .missing, "the content of \(lost.path) is nowhere",
            because: "\(lost.pointer.id) is neither here nor on \(remotes.wording)",
            hint:
                "'vx push' in a clone that has it, then repeat the command; 'files:' in vx.yaml leaves it out; nothing was changed"
        )
    }
}

extension Repository {
    /// The pointer a blob holds, or that of no bytes for an empty file of the data.
    func roadPointer(
        _ id: GitObjectID, at path: RepoPath, _ dataFolders: [RepoPath], _ owner: TreeAttributes
    ) throws -> Pointer? {
        if id == .emptyBlob {
            let isData = dataFolders.contains { path.isInside($0) } && !path.name.bytes.starts(with: ".git".utf8)
            return isData ? Pointer(id: .empty, size: 0) : nil
        }
        return try pointer(inBlob: id, at: path, owner: owner)
    }
}

extension Pointer {
    /// What stands for the file in a tree.
    var blob: [UInt8] { size == 0 ? [] : encoded }
}
