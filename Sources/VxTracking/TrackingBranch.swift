import VxConfig
import VxGit
import VxModel
import VxWorkspace

/// The branch that holds the run records, written to without being checked out.
///
/// One file for each run and files only ever added: two machines that track at once never conflict.
package struct TrackingBranch {
    private let repository: Repository
    private let branch: String
    private let folder: RepoPath
    private let writer: BranchWriter

    package init(_ workspace: Workspace) {
        repository = workspace.repository
        writer = BranchWriter(workspace.repository, branch: workspace.configuration.tracking.branch)
        branch = workspace.configuration.tracking.branch
        folder = workspace.configuration.tracking.path
    }

    /// Every record on the branch, and a complaint for each file that is none.
    package func records() throws -> (records: [RunRecord], complaints: [VxError]) {
        var records: [RunRecord] = []
        var complaints: [VxError] = []
        guard let start = try writer.tip().start else { return ([], []) }
        try repository.walkTree(try repository.tree(ofCommit: start), under: folder) { entry in
            guard entry.mode.isFile, entry.path.bytes.suffix(5).elementsEqual(".json".utf8) else { return }
            let name = "\(branch):\(entry.path)"
            guard let bytes = try repository.blob(entry.id, limit: 16 << 20) else {
                complaints.append(VxError("\(name) is too large for a run record"))
                return
            }
            do {
                records.append(try RunRecord.decode(bytes, file: name))
            } catch let error as VxError {
                complaints.append(error)
            }
        }
        return (records, complaints)
    }

    /// Whether a record of that name is there.
    package func hasRecord(_ name: SnapshotName) throws -> Bool {
        guard let start = try writer.tip().start else { return false }
        return try repository.entry(at: name.recordPath(in: folder), inTree: repository.tree(ofCommit: start)) != nil
    }

    /// Adds a record in a commit of its own on whatever the branch's newest commit is by then.
    ///
    /// - Returns: the new commit.
    /// - Throws: `refused` where a record of that name is there already, or where the work tree that has the branch checked
    ///   out has changes in the way.
    package func add(_ record: RunRecord, author: Identity, committer: Identity) async throws -> GitObjectID {
        let path = record.name.recordPath(in: folder)
        let blob = try repository.writeBlobs([record.encoded])[0]
        let commit = try await writer.commit(
            author: author, committer: committer, reason: "vx: record of \(record.name)"
        ) { start in
            if let start, try repository.entry(at: path, inTree: repository.tree(ofCommit: start)) != nil {
                throw VxError(
                    .refused, "\(branch) has a record of '\(record.name)' already", because: "records are only added",
                    hint: "take another name")
            }
            return BranchWriter.Change([.put(path, .regular, blob)], "track: \(record.name)\n")
        }
        guard let commit else { throw VxError("the record of '\(record.name)' was not committed") }
        return commit
    }
}
