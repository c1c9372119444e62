import VxConfig
import VxGit
import VxModel
import VxTable
import VxWorkspace

/// The tables of a batch, and what each is to be compared with.
struct DriftBatch {
    /// Tables that are compared with one revision.
    struct Part {
        /// As it was named: a tag, or what was typed.
        var reference: String
        var commit: GitObjectID
        var tables: [TableContent]
    }

    private let workspace: Workspace
    /// As it was typed.
    let name: String
    private let tip: GitObjectID
    /// What the batch came after; `nil` where all that the revision has is the batch.
    private let base: GitObjectID?
    let tables: [TableContent]

    /// - Parameters:
    ///   - name: a revision, whose tables are all meant, or a range `A..B`, of which those are that its commits brought.
    ///   - paths: only what is below these; everything where it is empty.
    /// - Throws: `usage` where it names no commit, or a path no table of it.
    init(_ workspace: Workspace, _ name: String, inside paths: [RepoPath]) throws {
        self.workspace = workspace
        self.name = name
        let repository = workspace.repository
        if let dots = name.firstRange(of: "..") {
            let (from, to) = (String(name[..<dots.lowerBound]), String(name[dots.upperBound...]))
            guard !to.hasPrefix(".") else {
                throw VxError(.usage, "'\(name)' is no range of commits", hint: "write 'OLD..NEW', with two dots")
            }
            tip = try CheckTarget.resolve(to, repository)
            // After a push by force the beginning may not be here: then all that the branch has is looked at.
            base = try CheckTarget.start(of: from, repository).flatMap { repository.hasObject($0) ? $0 : nil }
        } else {
            (tip, base) = (try CheckTarget.resolve(name, repository), nil)
        }
        let wanted = workspace.configuration.drift.files
        tables = try Self.files(workspace, tip, base).compactMap { path, pointer in
            guard wanted.matches(path), paths.isEmpty || paths.contains(where: { path.isInside($0) }),
                let form = TableForm(name: path)
            else { return nil }
            return TableContent(path: path, pointer: pointer, form: form)
        }
        try Self.requireMatch(wanted, workspace, tip)
        for path in paths where !tables.contains(where: { $0.path.isInside(path) }) {
            throw VxError(
                .usage, "'\(name)' brings no table '\(path)'",
                hint: "'vx ls \(typed: tip.short)' lists the data files of its newest commit")
        }
    }

    /// - Throws: where the tables that `drift: {files: …}` declares are none of those there are: a slip in a pattern would
    ///   let every batch pass.
    private static func requireMatch(_ wanted: [PathPattern], _ workspace: Workspace, _ tip: GitObjectID) throws {
        let tables = try workspace.dataFiles(tip).map(\.path).filter { TableForm(name: $0) != nil }
        if tables.isEmpty || tables.contains(where: { wanted.matches($0) }) { return }
        throw VxError(
            "'drift: {files: …}' of vx.yaml matches none of the \(tables.count) tables of \(tip.short)",
            because: "one of them is \(tables[0])",
            hint: "put the pattern right in vx.yaml; 'vx ls \(typed: tip.short)' lists the files")
    }

    /// The data files the batch brings.
    private static func files(
        _ workspace: Workspace, _ tip: GitObjectID, _ base: GitObjectID?
    ) throws -> [(RepoPath, Pointer)] {
        guard let base else { return try workspace.dataFiles(tip).map { ($0.path, $0.pointer) } }
        let repository = workspace.repository
        let start = try repository.mergeBase(base, tip)
        let tree = try repository.tree(ofCommit: tip)
        let owner = TreeAttributes(repository, tree)
        let changes = try repository.diffTrees(try start.map { try repository.tree(ofCommit: $0) }, tree)
        return try changes.compactMap { change in
            guard let new = change.new, new.mode.isFile, new.id != change.old?.id,
                let pointer = try repository.pointer(inBlob: new.id, at: change.path, owner: owner)
            else { return nil }
            return (change.path, pointer)
        }
    }

    // MARK: - References

    /// The tables by what they are compared with.
    ///
    /// - Parameter reference: as it was typed; without it vx.yaml's, and without that the tags the commits name.
    /// - Throws: `usage` where there is no such revision, or none is named.
    func parts(reference: String?) throws -> [Part] {
        let repository = workspace.repository
        let named = reference ?? workspace.configuration.drift.tag
        // Before anything is said of tables: what is not there is no reference.
        let resolved = try named.map { (name: $0, commit: try CheckTarget.resolve($0, repository)) }
        if tables.isEmpty { return [] }
        if let (name, commit) = resolved {
            // It would be like itself, whatever it is.
            if commit == tip, base == nil {
                throw VxError(
                    .usage, "'\(name)' is the batch itself",
                    hint:
                        "the reference comes first: 'vx drift REFERENCE \(typed: self.name)'; 'vx drift OLD..NEW' takes what was added"
                )
            }
            return [Part(reference: name, commit: commit, tables: tables)]
        }
        var tagged: [String: [TableContent]] = [:]
        let commits = try commitsByPath()
        for table in tables {
            let commit = commits[table.path]
            let tags =
                try commit.map { try Trailers(message: repository.commitInfo($0).message)[FlowFiles.model] } ?? []
            if tags.isEmpty { throw Self.unnamed(table.path, commit, name) }
            for tag in tags { tagged[tag, default: []].append(table) }
        }
        return try tagged.sorted { $0.key < $1.key }.map { tag, tables in
            guard let id = try repository.reference("refs/tags/\(tag)"), let commit = try repository.peeledCommit(id)
            else {
                throw VxError(
                    .usage, "there is no tag '\(tag)', which the commit of \(tables[0].path) names as its model",
                    hint:
                        "'git fetch --tags' gets new ones; 'vx drift REFERENCE \(typed: name)' takes another reference")
            }
            return Part(reference: tag, commit: commit, tables: tables)
        }
    }

    private static func unnamed(_ path: RepoPath, _ commit: GitObjectID?, _ batch: String) -> VxError {
        VxError(
            .usage, "there is nothing to compare \(path) with",
            because: commit.map { "commit \($0.short), which brought it, does not name its model ('Model: TAG')" },
            hint:
                "name a snapshot's tag: 'vx drift TAG \(typed: batch)' ('vx runs' lists them), or 'drift: {reference: {tag: TAG}}' in vx.yaml"
        )
    }

    /// The newest commit of the batch that brought each table.
    private func commitsByPath() throws -> [RepoPath: GitObjectID] {
        let reader = PolicyReader(workspace.repository)
        var open = Set(tables.map(\.path))
        var found: [RepoPath: GitObjectID] = [:]
        for id in try workspace.repository.commits(from: [tip], notFrom: base.map { [$0] } ?? []).reversed() {
            if open.isEmpty { break }
            let info = try workspace.repository.commitInfo(id)
            let candidate = Candidate(id: id, tree: info.tree, parents: info.parents, message: info.message)
            for change in try reader.ownChanges(candidate) where change.new != nil {
                if open.remove(change.path) != nil { found[change.path] = id }
            }
        }
        return found
    }
}
