import VxConfig
import VxGit
import VxModel
import VxSystem
import VxWorkspace

import struct SystemPackage.FilePath

/// The branch that holds the run records, written to without being checked out.
///
/// One file for each run and files only ever added: two machines that track at once never conflict.
package struct TrackingBranch {
    private let repository: Repository
    private let branch: String
    private let folder: RepoPath

    package init(_ workspace: Workspace) {
        repository = workspace.repository
        branch = workspace.configuration.tracking.branch
        folder = workspace.configuration.tracking.path
    }

    private var fullName: String { "refs/heads/\(branch)" }

    /// The branch's commit: the local one, or the remote's where this clone has never had one of its own.
    private func tip() throws -> (local: GitObjectID?, start: GitObjectID?) {
        if let local = try repository.reference(fullName) { return (local, local) }
        return (nil, try repository.reference("refs/remotes/origin/\(branch)"))
    }

    /// Every record on the branch, and a complaint for each file that is none.
    package func records() throws -> (records: [RunRecord], complaints: [VxError]) {
        var records: [RunRecord] = []
        var complaints: [VxError] = []
        guard let start = try tip().start else { return ([], []) }
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
        guard let start = try tip().start else { return false }
        return try repository.entry(at: name.recordPath(in: folder), inTree: repository.tree(ofCommit: start)) != nil
    }

    /// How often the branch may move away under us before that is an error.
    private static let attempts = 50

    /// Adds a record in a commit of its own on whatever the branch's newest commit is by then.
    ///
    /// - Returns: the new commit.
    /// - Throws: `refused` where a record of that name is there already.
    package func add(_ record: RunRecord, author: Identity, committer: Identity) throws -> GitObjectID {
        let path = record.name.recordPath(in: folder)
        let blob = try repository.writeBlobs([record.encoded])[0]
        for _ in 1...Self.attempts {
            let (local, start) = try tip()
            let base = try start.map { try repository.tree(ofCommit: $0) }
            if let base, try repository.entry(at: path, inTree: base) != nil {
                throw VxError(
                    .refused, "\(branch) has a record of '\(record.name)' already", because: "records are only added",
                    hint: "take another name")
            }
            let tree = try repository.updateTree(base, [.put(path, .regular, blob)])
            let commit = try repository.createCommit(
                tree: tree, parents: start.map { [$0] } ?? [], message: "track: \(record.name)\n", author: author,
                committer: committer)
            // The worktree first: killed between the two, it shows a record to be added, and not one to be removed.
            try bringUpToDate(path, blob, record.encoded)
            if try move(to: commit, from: local, reason: "vx: record of \(record.name)") { return commit }
        }
        throw VxError(
            .locked, "'\(branch)' keeps moving", because: "other processes commit to it all the time",
            hint: "repeat the command")
    }

    /// Whether the branch could be moved; not where another process has moved it first.
    private func move(to commit: GitObjectID, from old: GitObjectID?, reason: String) throws(VxError) -> Bool {
        do {
            try repository.moveReference(fullName, to: commit, expecting: old, reason: reason)
            return true
        } catch {
            guard error.isLostRace else { throw error }
            return false
        }
    }

    /// Puts the record into the worktree that has the branch checked out, where there is one: the branch moves under it,
    /// and its index would otherwise read as if the record had been deleted.
    private func bringUpToDate(_ path: RepoPath, _ blob: GitObjectID, _ bytes: [UInt8]) throws {
        guard let worktree = try repository.worktree(havingBranch: branch), let root = worktree.path,
            try Files.isDirectory(root)
        else { return }
        let location = root.appending(path)
        var stat = IndexEntry.Stat.unknown
        if try Files.status(location) == nil {
            try Files.createDirectories(location.removingLastComponent())
            try Files.replace(location, with: bytes)
            if let status = try Files.status(location) { stat = IndexEntry.Stat(status) }
        }
        let transaction = try IndexTransaction(Repository(discovering: root))
        try transaction.add(IndexEntry(path: path, mode: .regular, id: blob, stat: stat))
        try transaction.commit()
    }
}
