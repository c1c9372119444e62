import VxConfig
import VxGit
import VxModel
import VxStore
import VxSystem
import VxWorkspace

import struct SystemPackage.FilePath

/// What a snapshot is to hold.
package struct SnapshotOptions: Sendable {
    package var name: SnapshotName
    package var params: RepoPath?
    package var metrics: RepoPath?
    package var model: [RepoPath]
    package var command: String?
    /// The time of the snapshot, in seconds since 1970.
    package var now: Int64
    /// The process's environment, in which Python is looked for.
    package var variables: [String: String]
    package var vxVersion: String

    package init(
        name: SnapshotName, params: RepoPath? = nil, metrics: RepoPath? = nil, model: [RepoPath] = [],
        command: String? = nil, now: Int64, variables: [String: String], vxVersion: String
    ) {
        self.name = name
        self.params = params
        self.metrics = metrics
        self.model = model
        self.command = command
        self.now = now
        self.variables = variables
        self.vxVersion = vxVersion
    }

    /// These options with what is missing taken from `vx.yaml`.
    package func completed(from defaults: Configuration.Snapshot) -> SnapshotOptions {
        var options = self
        options.params = params ?? defaults.params
        options.metrics = metrics ?? defaults.metrics
        options.model = model.isEmpty ? defaults.model : model
        options.command = command ?? defaults.command
        return options
    }
}

/// What a snapshot made.
package struct SnapshotResult: Sendable {
    package var manifest: Manifest
    package var record: RunRecord
    /// The commit on the stable branch that the tag names.
    package var commit: GitObjectID
    /// The commit that put the record on the tracking branch.
    package var recordCommit: GitObjectID
    package var warnings: [String]
}

/// Ties code, data, model, metrics, parameters and environment together in one tagged commit of a stable branch, and
/// records it on the tracking branch.
package struct Snapshot {
    /// The folder of manifests on stable branches.
    package static let folder: RepoPath = "snapshots"

    let workspace: Workspace
    let git: GitProcess
    let options: SnapshotOptions
    /// The command that somebody typed here, and so has trusted.
    private let typedCommand: String?

    /// - Parameter options: where something is missing, `vx.yaml` gives it.
    package init(_ workspace: Workspace, _ options: SnapshotOptions) {
        self.workspace = workspace
        self.options = options.completed(from: workspace.configuration.snapshot)
        typedCommand = options.command
        git = GitProcess()
    }

    /// Where the manifest of a snapshot stands.
    package static func manifestPath(_ name: SnapshotName) -> RepoPath { name.recordPath(in: folder) }

    /// The manifest a commit has of a snapshot; `nil` where it has none.
    static func manifest(_ name: SnapshotName, of commit: GitObjectID, in repository: Repository) throws -> Manifest? {
        let path = manifestPath(name)
        guard let entry = try repository.entry(at: path, inTree: repository.tree(ofCommit: commit)),
            let bytes = try repository.blob(entry.id, limit: 1 << 30)
        else { return nil }
        return try Manifest.decode(bytes, file: "\(name):\(path)")
    }

    /// Takes the snapshot. Where an earlier attempt was killed after it made the tag, adds the record that is missing.
    ///
    /// - Throws: `refused` off a stable branch, with local changes besides the outputs, or where the name is taken; all of
    ///   that before anything is written.
    ///
    /// - Parameter warn: told what is to be known before anything is written.
    package func take(warn: (String) -> Void = { _ in }) async throws -> SnapshotResult {
        try workspace.requireInstalled()
        let (branch, parent) = try stableBranch()
        let tracking = TrackingBranch(workspace)
        let author = try await git.identity(.author, in: workspace.root)
        let committer = try await git.identity(.committer, in: workspace.root)
        func track(_ manifest: Manifest, _ commit: GitObjectID, _ warnings: [String]) async throws -> SnapshotResult {
            let record = try record(of: manifest, commit: commit, author: author, tracking: tracking)
            let recordCommit = try await tracking.add(record, author: author, committer: committer)
            return SnapshotResult(
                manifest: manifest, record: record, commit: commit, recordCommit: recordCommit, warnings: warnings)
        }
        if let manifest = try unrecorded(at: parent, tracking) { return try await track(manifest, parent, []) }
        try checkNameIsFree(tracking)
        try await checkNothingElseChanged()
        try await nameUntracked(warn)
        let params = try read(options.params, "parameters", "--params")
        let metrics = try read(options.metrics, "metrics", "--metrics")
        let probe = EnvironmentProbe(
            variables: options.variables, directory: workspace.root, cancellation: workspace.cancellation
        ).run()
        let before = try workspace.repository.readIndex()
        if !options.model.isEmpty { _ = try workspace.add(options.model) }
        let (data, model) = try dataAndModel()
        let manifest = Manifest(
            name: options.name, created: Timestamp(seconds: options.now), branch: branch, commit: parent, data: data,
            model: model, parameters: params, metrics: metrics, command: options.command,
            environment: probe.environment, vxVersion: options.vxVersion)
        let commit = try await commitOrCleanUp(manifest, parent: parent, before)
        _ = try await git.check(
            "git could not make the tag '\(options.name)'",
            ["tag", "-a", "-m", "snapshot \(options.name)", options.name.text, commit.hex], in: workspace.root)
        if let typedCommand { try workspace.trust([Reproduce.trustItem(options.name, typedCommand)]) }
        return try await track(manifest, commit, probe.warnings)
    }

    // MARK: - Before anything is written

    private func stableBranch() throws -> (branch: String, parent: GitObjectID) {
        if let operation = workspace.repository.operationInProgress() {
            throw VxError(
                .refused, "cannot take a snapshot in the middle of a \(operation)",
                hint: "finish or abort it first ('git status' says how)")
        }
        let patterns = workspace.configuration.roles.patterns[.stable] ?? []
        let hint =
            "go to one with 'git switch \(typed: patterns.first?.replacingStar(with: "MODEL") ?? "stable/MODEL")'"
        switch try workspace.repository.head() {
        case .unborn(let branch):
            throw VxError(
                .refused, "'\(branch)' has no commit yet", because: "a snapshot names the commit it was made from",
                hint: "commit the code and the data first")
        case .detached(let commit):
            throw VxError(
                .refused, "HEAD is at \(commit.short), on no branch", because: "snapshots are taken on stable branches",
                hint: hint)
        case .branch(let name, let commit):
            guard workspace.configuration.role(ofBranch: name) == .stable else {
                throw VxError(
                    .refused, "'\(name)' is no stable branch",
                    because: "snapshots are taken on \(patterns.joined(separator: ", "))",
                    hint: hint)
            }
            return (name, commit)
        }
    }

    /// The manifest of a snapshot of this name that HEAD is, where it was tagged and not recorded.
    private func unrecorded(at head: GitObjectID, _ tracking: TrackingBranch) throws -> Manifest? {
        let repository = workspace.repository
        guard try repository.reference(options.name.reference) != nil,
            try repository.findCommit(options.name.reference) == head, try !tracking.hasRecord(options.name)
        else { return nil }
        return try Self.manifest(options.name, of: head, in: repository)
    }

    private func read(_ path: RepoPath?, _ what: String, _ option: String) throws -> ParameterFile? {
        guard let path else { return nil }
        guard let file = try ParameterFile.read(path, below: workspace.root) else {
            throw VxError(
                .usage, "there is no file '\(path)' to take the \(what) from",
                hint: "name the file that has them: \(option) FILE")
        }
        return file
    }

    // MARK: - Making it

    private func dataAndModel() throws -> (data: [FileEntry], model: [FileEntry]) {
        var data: [FileEntry] = []
        var model: [FileEntry] = []
        for file in try workspace.dataFiles(nil) {
            let entry = FileEntry(path: file.path, id: file.pointer.id, size: file.pointer.size)
            if options.model.contains(where: { file.path.isInside($0) }) {
                model.append(entry)
            } else {
                data.append(entry)
            }
        }
        return (data, model)
    }

    /// Takes the manifest back, and off the index what the snapshot has put on it, where git makes no commit: a hook may refuse
    /// it, and the name is then still free.
    private func commitOrCleanUp(
        _ manifest: Manifest, parent: GitObjectID, _ before: GitIndex
    ) async throws -> GitObjectID {
        do {
            return try await commit(manifest, parent: parent)
        } catch {
            if try workspace.repository.head().commit == parent {
                let path = Self.manifestPath(options.name)
                let transaction = try IndexTransaction(workspace.repository)
                transaction.remove(path)
                let own = options.model + [options.params, options.metrics, Workspace.attributesPath].compactMap { $0 }
                for entry in transaction.original.entries where own.contains(where: { entry.path.isInside($0) }) {
                    if before.find(entry.path) == nil { transaction.remove(entry.path) }
                }
                for entry in before.entries where own.contains(where: { entry.path.isInside($0) }) {
                    if transaction.original.find(entry.path)?.id != entry.id { try transaction.add(entry) }
                }
                try transaction.commit()
                try workspace.files.remove(path)
                try workspace.files.removeEmptyFolders(from: path.parent)
            }
            throw error
        }
    }

    private func commit(_ manifest: Manifest, parent: GitObjectID) async throws -> GitObjectID {
        let path = Self.manifestPath(options.name)
        try workspace.replaceFile(path, with: manifest.encoded, sync: true)
        let plain = [path] + [options.params, options.metrics].compactMap { $0 }
        _ = try await git.check(
            "git could not stage the snapshot's files",
            ["--literal-pathspecs", "add", "-f", "--pathspec-from-file=-", "--pathspec-file-nul"], in: workspace.root,
            input: plain.flatMap { $0.bytes + [0] })
        // Git makes the commit, so that the user's hooks, identity and signing hold for it as for any other.
        let result = try await git.run(["commit", "-q", "-m", "snapshot: \(options.name)"], in: workspace.root)
        guard result.status == 0 else {
            let words = String(decoding: result.error, as: UTF8.self).split(separator: "\n").joined(separator: "\n")
            // Whatever else is wrong, git ends with 128; with 1 where a hook says no.
            throw VxError(
                result.status == 1 ? .refused : .failed, "git could not commit the snapshot",
                because: words.isEmpty ? "git commit ended with status \(result.status)" : words)
        }
        let commit = try workspace.repository.resolveCommit("HEAD")
        guard commit != parent else { throw VxError("git made no commit for the snapshot") }
        return commit
    }

    private func record(
        of manifest: Manifest, commit: GitObjectID, author: Identity, tracking: TrackingBranch
    ) throws -> RunRecord {
        let previous = try tracking.records().records.filter { $0.branch == manifest.branch }
            .max { ($0.created, $0.name.text) < ($1.created, $1.name.text) }
        return RunRecord(
            name: manifest.name, tag: manifest.name.text, branch: manifest.branch, commit: commit,
            manifest: Self.manifestPath(manifest.name), parameters: manifest.parameters?.values ?? [:],
            metrics: manifest.metrics?.values ?? [:], model: manifest.model,
            data: DataSummary(of: manifest.data) { ContentHasher.id(of: $0) },
            environment: manifest.environment.summary, created: manifest.created,
            author: "\(author.name) <\(author.email)>", previous: previous?.name)
    }
}

extension String {
    fileprivate func replacingStar(with text: String) -> String {
        split(separator: "*", omittingEmptySubsequences: false).joined(separator: text)
    }
}
