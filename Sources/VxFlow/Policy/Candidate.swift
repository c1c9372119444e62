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
    /// Blobs of Git LFS's form, of which the path says whose they are.
    private var ofLFS: Set<GitObjectID> = []
    private var owners: [GitObjectID: TreeAttributes] = [:]
    private let texts = AttributeTexts()
    private var diffs: [[GitObjectID?]: [TreeChange]] = [:]

    init(_ repository: Repository) {
        self.repository = repository
    }

    /// The pointer a change brings; `nil` for none, and for what is no pointer or a malformed one.
    func newPointer(_ change: TreeChange, _ candidate: Candidate) throws -> Pointer? {
        try pointer(change.new, at: change.path, in: candidate.tree)
    }

    /// The pointer a change takes away from what one of the parents has.
    func oldPointer(_ change: TreeChange, _ candidate: Candidate, parent position: Int = 0) throws -> Pointer? {
        guard change.old != nil, candidate.parents.indices.contains(position) else { return nil }
        return try pointer(change.old, at: change.path, in: repository.tree(ofCommit: candidate.parents[position]))
    }

    /// The pointer an item of a tree holds. One of Git LFS's form is LFS's own unless the tree gives the path to vx.
    private func pointer(_ item: TreeItem?, at path: RepoPath, in tree: GitObjectID) throws -> Pointer? {
        guard let item, item.mode.isFile else { return nil }
        if let known = pointers[item.id] {
            return try ofLFS.contains(item.id) && !attributes(tree).isTracked(path) ? nil : known
        }
        let bytes = try repository.blob(item.id, limit: Pointer.maximumLength)
        pointers.updateValue(bytes.flatMap { Pointer($0) }, forKey: item.id)
        if bytes.map({ Pointer.isOfLFS($0) }) == true { ofLFS.insert(item.id) }
        return try pointer(item, at: path, in: tree)
    }

    /// What a tree's `.gitattributes` say.
    func attributes(_ tree: GitObjectID) -> TreeAttributes {
        if let known = owners[tree] { return known }
        if owners.count > 16 { owners = [:] }
        let made = TreeAttributes(repository, tree, texts)
        owners[tree] = made
        return made
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
            let item = TreeItem(mode: entry.mode, id: entry.id)
            guard let pointer = try pointer(item, at: entry.path, in: tree) else { return }
            files.append(DataFile(path: entry.path, pointer: pointer, isExecutable: entry.mode == .executable))
        }
        return files
    }
}
