import VxGit
import VxModel
import VxWorkspace

/// A commit that is held against the rules of a branch: one that exists, or one that is just being made.
struct Candidate {
    /// `nil` for a commit that is being made.
    var id: GitObjectID?
    var tree: GitObjectID
    var parents: [GitObjectID]
    /// `nil` where it is not written yet.
    var message: String?
    /// Whether the branch itself went through it, and it did not come in by a merge.
    var isOnFirstParentLine = true

    var trailers: Trailers? { message.map { Trailers(message: $0) } }
    var isMerge: Bool { parents.count > 1 }
}

/// Compares commits with their parents, and reads pointers, each once.
final class PolicyReader {
    let repository: Repository
    private var pointers: [GitObjectID: Pointer?] = [:]
    private var diffs: [[GitObjectID?]: [TreeChange]] = [:]

    init(_ repository: Repository) {
        self.repository = repository
    }

    /// The pointer an item holds; `nil` for none, and for what is no pointer or a malformed one.
    func pointer(_ item: TreeItem?) throws -> Pointer? {
        guard let item, item.mode.isFile else { return nil }
        if let known = pointers[item.id] { return known }
        let pointer = try repository.blob(item.id, limit: Pointer.maximumLength).flatMap { Pointer($0) }
        pointers.updateValue(pointer, forKey: item.id)
        return pointer
    }

    /// What a commit changes against one of its parents; against nothing for a first commit.
    func changes(_ candidate: Candidate, parent position: Int = 0) throws -> [TreeChange] {
        let parent = candidate.parents.indices.contains(position) ? candidate.parents[position] : nil
        let key = [candidate.tree, parent]
        if let known = diffs[key] { return known }
        let changes = try repository.diffTrees(try parent.map { try repository.tree(ofCommit: $0) }, candidate.tree)
        diffs = diffs.count > 64 ? [key: changes] : diffs.merging([key: changes]) { $1 }
        return changes
    }

    /// The changes that no parent has already: what the commit itself brings.
    func ownChanges(_ candidate: Candidate) throws -> [TreeChange] {
        let first = try changes(candidate)
        if !candidate.isMerge { return first }
        var others: [Set<RepoPath>] = []
        for position in candidate.parents.indices.dropFirst() {
            others.append(Set(try changes(candidate, parent: position).map(\.path)))
        }
        return first.filter { change in others.allSatisfy { $0.contains(change.path) } }
    }

    /// The data files of a tree below a folder.
    func dataFiles(_ tree: GitObjectID, under folder: RepoPath = .root) throws -> [DataFile] {
        var files: [DataFile] = []
        try repository.walkTree(tree, under: folder) { entry in
            guard let pointer = try pointer(TreeItem(mode: entry.mode, id: entry.id)) else { return }
            files.append(DataFile(path: entry.path, pointer: pointer, isExecutable: entry.mode == .executable))
        }
        return files
    }
}
