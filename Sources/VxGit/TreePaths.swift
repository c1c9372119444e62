import VxModel

/// Looks through trees for paths that nothing may be written at (``PathFault``), each tree once, however many commits have
/// it: what has been found sound costs nothing the second time.
package final class TreePaths {
    /// A path that a tree should not have.
    package struct Finding: Sendable, Equatable {
        package var path: RepoPath
        package var fault: PathFault
    }

    private let repository: Repository
    /// Trees in which nothing is wrong, wherever they stand.
    private var sound: Set<GitObjectID> = []

    package init(_ repository: Repository) {
        self.repository = repository
    }

    /// Findings of one tree at most: a thousand of one kind help nobody.
    private static let most = 100

    /// What is wrong in a tree, in git's order.
    ///
    /// - Throws: where a tree is missing or damaged.
    package func findings(in tree: GitObjectID) throws(VxError) -> [Finding] {
        var found: [Finding] = []
        try look(into: tree, at: .root, &found)
        return found
    }

    /// - Throws: `corrupt` naming the first path of the tree at which nothing may be written.
    package func require(_ tree: GitObjectID, of place: String) throws(VxError) {
        if let first = try findings(in: tree).first { throw first.fault.error(first.path, in: place) }
    }

    private func look(into tree: GitObjectID, at folder: RepoPath, _ found: inout [Finding]) throws(VxError) {
        if sound.contains(tree) { return }
        let before = found.count
        for entry in try repository.entries(ofTree: tree) where found.count < Self.most {
            let path = folder.appending(entry.name)
            let hasSlash = entry.name.contains(UInt8(ascii: "/"))
            let name = RepoPath(bytes: entry.name)
            if let fault = hasSlash ? .slashInName : name.fault(isSymlink: entry.mode == .symlink) {
                found.append(Finding(path: path, fault: fault))
            } else if path.bytes.count > PathFault.longestPath {
                found.append(Finding(path: path, fault: .longPath))
            } else if entry.mode == .tree {
                try look(into: entry.id, at: path, &found)
            }
        }
        if found.count == before { sound.insert(tree) }
    }
}
