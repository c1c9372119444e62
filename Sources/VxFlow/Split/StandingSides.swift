import VxConfig
import VxGit
import VxModel
import VxWorkspace

/// What the next division begins with: the sides as the one before wrote them.
struct StandingSides {
    /// The tree with the sides; `nil` where there is no commit yet.
    let tree: GitObjectID?
    private(set) var previous: SplitManifest.Previous?
    /// What of a division by row was changed by hand, and is as it was written again: nobody has looked whether rows are on two
    /// sides.
    private(set) var putBack: [TreeEdit] = []
    /// What is to be known of it.
    private(set) var warning: String?

    init(_ tree: GitObjectID?, _ previous: SplitManifest.Previous?, _ splitter: Splitter) throws {
        self.previous = previous
        let (repository, folder) = (splitter.workspace.repository, splitter.split.into)
        guard let tree, let previous, previous.isByRow, !previous.differs else {
            self.tree = tree
            return
        }
        let changed = try previous.changedSides(in: tree, folder, repository)
        let isKnown = changed.allSatisfy { side in
            previous.trees[side].flatMap { $0 }.map(repository.hasObject) ?? true
        }
        if isKnown {
            for side in changed { putBack += try Self.edits(side, previous, tree, folder, repository) }
        } else {
            // Every source is read once more: what is missing is found.
            self.previous?.differs = true
        }
        self.tree = putBack.isEmpty ? tree : try repository.updateTree(tree, putBack)
        if changed.isEmpty { return }
        let (branch, one) = (try splitter.branch, changed.count == 1)
        warning =
            "\(changed.joined(separator: ", ")) \(one ? "is" : "are") not as the last 'vx split' wrote \(one ? "it" : "them")"
            + (isKnown ? ", and \(one ? "is" : "are") put back" : "")
            + ": somebody has changed the sides by hand; "
            + "'git log \(typed: branch) -- \(typed: folder)' has the commits"
    }

    /// What makes a side as it was written.
    private static func edits(
        _ side: String, _ previous: SplitManifest.Previous, _ tree: GitObjectID, _ folder: RepoPath,
        _ repository: Repository
    ) throws -> [TreeEdit] {
        let folder = folder.appending(side)
        let now = try repository.entry(at: folder, inTree: tree)
        // Somebody may have put a file there.
        let file = now.flatMap { $0.mode == .tree ? nil : $0 }
        let changes = try repository.diffTrees(file == nil ? now?.id : nil, previous.trees[side].flatMap { $0 })
        return (file == nil ? [] : [.remove(folder)])
            + changes.map { change in
                let path = folder.appending(change.path.bytes)
                return change.new.map { .put(path, $0.mode, $0.id) } ?? .remove(path)
            }
    }
}
