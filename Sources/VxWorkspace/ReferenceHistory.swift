import VxGit
import VxModel
import VxStore
import VxSystem

/// Which contents the history of each of many references names, from one walk over the commits of all of them.
struct ReferenceHistory {
    private let repository: Repository
    private let cancellation: Cancellation
    private let shallow: Set<GitObjectID>
    private let isPartial: Bool
    private(set) var table = UsageTable()
    /// Objects that a partial clone has left out, and that had to be looked at.
    private(set) var absent: Set<GitObjectID> = []

    private struct Commit {
        var tree: GitObjectID
        /// Those that are here.
        var parents: [GitObjectID]
        var rows = RowSets.empty
        /// Commits that have this one as a parent and are not done yet.
        var children = 0
    }

    private var commits: [GitObjectID: Commit] = [:]
    /// References that lead to no commit, but to a folder or a file.
    private var others: [(object: GitObjectID, rows: RowSets.ID)] = []
    private var pointers: [GitObjectID: Pointer?] = [:]
    /// Blobs of Git LFS's form, of which the path says whose they are.
    private var ofLFS: Set<GitObjectID> = []
    private let texts = AttributeTexts()

    /// - Throws: where git's notes about a shallow or partial clone cannot be read.
    init(_ repository: Repository, cancellation: Cancellation) throws(VxError) {
        self.repository = repository
        self.cancellation = cancellation
        shallow = try repository.shallowCommits()
        isPartial = try !repository.promisorRemotes().isEmpty
    }

    /// Adds a row for what leads to an object.
    mutating func add(_ name: String, _ id: GitObjectID) throws {
        let rows = table.sets.single(table.addRow(name))
        guard let tip = try repository.peeledCommit(id) else { return others.append((id, rows)) }
        try read(from: tip)
        if let known = commits[tip]?.rows { commits[tip]?.rows = table.sets.union(known, rows) }
    }

    private mutating func read(from tip: GitObjectID) throws {
        var waiting = [tip]
        while let id = waiting.popLast() {
            if commits[id] != nil { continue }
            try cancellation.check()
            guard isHere(id) else { continue }
            let info = try repository.commitInfo(id)
            let parents = shallow.contains(id) ? [] : info.parents
            commits[id] = Commit(tree: info.tree, parents: parents)
            waiting += parents
        }
    }

    /// Puts every content into the rows of the references that lead to it.
    ///
    /// - Throws: where a commit or tree is missing or damaged that no partial clone has left out.
    mutating func walk() throws {
        for commit in commits.values {
            for parent in commit.parents { commits[parent]?.children += 1 }
        }
        var ready = commits.filter { $0.value.children == 0 }.map(\.key)
        while let id = ready.popLast() {
            guard let commit = commits[id] else { continue }
            try cancellation.check()
            try addChanges(of: commit)
            for parent in commit.parents {
                guard let known = commits[parent] else { continue }
                commits[parent]?.rows = table.sets.union(known.rows, commit.rows)
                commits[parent]?.children -= 1
                if known.children == 1 { ready.append(parent) }
            }
        }
        for (object, rows) in others {
            try ObjectWalk(repository).walk(
                from: RootObject(id: object, place: "a reference", isRequired: true), cancellation: cancellation
            ) { file in
                if let pointer = try pointer(inBlob: file.id, at: file.path, of: nil) { table.add(pointer, to: rows) }
            }
        }
    }

    /// What the first parent has too belongs to all rows of this commit by way of that one.
    private mutating func addChanges(of commit: Commit) throws {
        let parent = commit.parents.first.flatMap { commits[$0]?.tree }
        for change in try changes(parent, commit.tree) {
            guard let new = change.new, new.mode.isFile,
                let pointer = try pointer(inBlob: new.id, at: change.path, of: commit.tree)
            else { continue }
            table.add(pointer, to: commit.rows)
        }
    }

    private mutating func changes(_ old: GitObjectID?, _ new: GitObjectID) throws -> [TreeChange] {
        do throws(VxError) {
            return try repository.diffTrees(old, new)
        } catch {
            guard isPartial else { throw error }
            absent.insert(new)
            return []
        }
    }

    private mutating func isHere(_ id: GitObjectID) -> Bool {
        // What is missing in a whole clone is damage, which reading it tells.
        if !isPartial || repository.hasObject(id) { return true }
        absent.insert(id)
        return false
    }

    /// The pointer a blob holds; each blob is read once.
    ///
    /// - Parameter tree: what it is in; one of Git LFS's form is LFS's own unless this gives the path to vx.
    mutating func pointer(inBlob id: GitObjectID, at path: RepoPath, of tree: GitObjectID?) throws -> Pointer? {
        if pointers[id] == nil {
            guard isHere(id) else { return nil }
            let bytes = try repository.blob(id, limit: Pointer.maximumLength)
            pointers.updateValue(bytes.flatMap { Pointer($0) }, forKey: id)
            if bytes.map({ Pointer.isOfLFS($0) }) == true { ofLFS.insert(id) }
        }
        guard ofLFS.contains(id) else { return pointers[id] ?? nil }
        let isOurs = try tree.map { try TreeAttributes(repository, $0, texts).isTracked(path) } ?? false
        return isOurs ? pointers[id] ?? nil : nil
    }
}
