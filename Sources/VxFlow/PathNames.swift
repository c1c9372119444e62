import VxModel

/// Names that are taken by files, and by the folders these lie in: a name is the one or the other.
struct PathNames {
    private var files: Set<RepoPath> = []
    /// Each folder, and a file in it.
    private var folders: [RepoPath: RepoPath] = [:]

    init(_ files: some Sequence<RepoPath> = []) {
        for file in files.sorted() { insert(file) }
    }

    mutating func insert(_ file: RepoPath) {
        files.insert(file)
        for folder in file.parents.reversed() {
            // Where a folder is known, those above it are.
            if folders[folder] != nil { break }
            folders[folder] = file
        }
    }

    /// A file that cannot be there together with a file at `path`: one inside it, or one that is a folder of it.
    func clash(_ path: RepoPath) -> RepoPath? {
        folders[path] ?? path.parents.first { files.contains($0) }
    }
}
