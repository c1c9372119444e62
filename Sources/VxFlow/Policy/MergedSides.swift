import VxGit
import VxModel

/// The sides of a commit that merges two others: what git's own merge makes of them was judged where it was made.
struct MergedSides {
    private let repository: Repository
    private let tree: GitObjectID
    private let parents: [GitObjectID]
    private let merged: [RepoPath: TreeItem]

    /// `nil` where the commit does not merge two.
    ///
    /// - Parameter paths: all that are asked about.
    init?(_ candidate: Candidate, at paths: [RepoPath], _ repository: Repository) throws {
        guard candidate.parents.count == 2 else { return nil }
        self.repository = repository
        tree = candidate.tree
        parents = try candidate.parents.map { try repository.tree(ofCommit: $0) }
        merged = try repository.automaticMerge(of: candidate.parents[0], with: candidate.parents[1], at: paths)
    }

    private func item(_ path: RepoPath, in tree: GitObjectID) throws -> TreeItem? {
        try repository.entry(at: path, inTree: tree).map { TreeItem(mode: $0.mode, id: $0.id) }
    }

    /// Whether a file is there, or is not, as git's own merge has it.
    func isAsMerged(_ path: RepoPath) throws -> Bool { try item(path, in: tree) == merged[path] }

    /// The same, or as one of the two has it: a conflict was decided for that one.
    func isTaken(_ path: RepoPath) throws -> Bool {
        let item = try item(path, in: tree)
        return try item == merged[path] || parents.contains { try self.item(path, in: $0) == item }
    }
}
