import VxGit
import VxModel

/// The sides of a commit that merges two whose sides `vx split` has written: what git's own merge makes of them is as it was there.
struct MergedSides {
    private let repository: Repository
    private let tree: GitObjectID
    private let parents: [GitObjectID]
    private let merged: [RepoPath: TreeItem]
    /// The files of the sides, in the commit or in one of the two.
    private let paths: Set<RepoPath>

    /// So many merges of merges are looked through.
    private static let depth = 8

    /// `nil` where the commit does not merge two, or the sides of one of these were changed by hand, or may have been.
    init?(
        _ tree: GitObjectID, parents commits: [GitObjectID], _ folder: RepoPath, _ repository: Repository,
        depth: Int = Self.depth
    ) throws {
        guard commits.count == 2, depth > 0,
            try commits.allSatisfy({ try Self.isWritten($0, folder, repository, depth: depth - 1) })
        else { return nil }
        self.repository = repository
        self.tree = tree
        parents = try commits.map { try repository.tree(ofCommit: $0) }
        var paths: Set<RepoPath> = []
        for tree in [tree] + parents { try repository.walkTree(tree, under: folder) { paths.insert($0.path) } }
        self.paths = paths
        merged = try repository.automaticMerge(of: commits[0], with: commits[1], at: Array(paths))
    }

    /// Whether the sides of a commit are those that its manifest tells of, or what git's merge or rebase made of such.
    static func isWritten(
        _ commit: GitObjectID, _ folder: RepoPath, _ repository: Repository, depth: Int = Self.depth
    ) throws -> Bool {
        var commit = commit
        while repository.hasObject(commit) {
            let info = try repository.commitInfo(commit)
            guard let manifest = try SplitManifest.previous(in: info.tree, repository), !manifest.trees.isEmpty else {
                return false
            }
            let changed = try manifest.changedSides(in: info.tree, folder, repository)
            if changed.isEmpty { return true }
            guard info.parents.count == 1, repository.hasObject(info.parents[0]) else {
                return try MergedSides(info.tree, parents: info.parents, folder, repository, depth: depth)?.isTaken()
                    == true
            }
            let before = try repository.tree(ofCommit: info.parents[0])
            let isKept = try [folder, FlowFiles.split].allSatisfy {
                try repository.entry(at: $0, inTree: info.tree)?.id == repository.entry(at: $0, inTree: before)?.id
            }
            guard try isKept || manifest.isRebased(changed, info.tree, onto: before, folder, repository) else {
                return false
            }
            commit = info.parents[0]
        }
        return false
    }

    private func item(_ path: RepoPath, in tree: GitObjectID) throws -> TreeItem? {
        try repository.entry(at: path, inTree: tree).map { TreeItem(mode: $0.mode, id: $0.id) }
    }

    /// Whether a file is there, or is not, as git's own merge has it.
    func isAsMerged(_ path: RepoPath) throws -> Bool { try item(path, in: tree) == merged[path] }

    /// Whether all files are as git's own merge has them, or as one of the two has: a conflict was decided for that one.
    func isTaken() throws -> Bool {
        try paths.allSatisfy { path in
            let item = try item(path, in: tree)
            return try item == merged[path] || parents.contains { try self.item(path, in: $0) == item }
        }
    }
}
