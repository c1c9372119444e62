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

    private let workspace: Workspace
    private let git: GitProcess
    private let options: SnapshotOptions
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
        let probe = await EnvironmentProbe(variables: options.variables, directory: workspace.root).run()
        if !options.model.isEmpty { _ = try workspace.add(options.model) }
        let (data, model) = try dataAndModel()
        let manifest = Manifest(
            name: options.name, created: Timestamp(seconds: options.now), branch: branch, commit: parent, data: data,
            model: model, parameters: params, metrics: metrics, command: options.command,
            environment: probe.environment, vxVersion: options.vxVersion)
        let commit = try await commitOrCleanUp(manifest, parent: parent)
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
        let hint = "go to one with 'git switch \(patterns.first?.replacingStar(with: "MODEL") ?? "stable/MODEL")'"
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

    private func checkNameIsFree(_ tracking: TrackingBranch) throws {
        let hint = "take another name; 'vx runs' lists those there are"
        if try workspace.repository.reference(options.name.reference) != nil {
            throw VxError(
                .refused, "the tag '\(options.name)' exists already", because: "a snapshot's tag never moves",
                hint: hint)
        }
        if try workspace.repository.reference("refs/heads/\(options.name)") != nil
            || workspace.repository.remotes().contains(where: {
                try workspace.repository.reference("refs/remotes/\($0.name)/\(options.name)") != nil
            })
        {
            throw VxError(
                .refused, "'\(options.name)' is a branch",
                because: "git would not know which of the two a name means, and 'git push' would refuse", hint: hint)
        }
        for taken in try workspace.repository.references(withPrefix: "refs/tags/") {
            let (own, other) = (options.name.reference, taken)
            guard own.hasPrefix("\(other)/") || other.hasPrefix("\(own)/") else { continue }
            throw VxError(
                .refused, "the tag '\(other.dropFirst("refs/tags/".count))' is in the way of '\(options.name)'",
                because: "git keeps tags as files, and a name is a file's or a folder's", hint: hint)
        }
        if try tracking.hasRecord(options.name) {
            throw VxError(
                .refused, "there is a record of '\(options.name)' already", because: "records are only added",
                hint: hint)
        }
    }

    /// The files the snapshot itself commits may have changed; anything else would make the tag lie about what was run.
    private func checkNothingElseChanged() async throws {
        // The last two are the snapshot's own, left by one that did not get to its end.
        let own = [Self.manifestPath(options.name), Workspace.attributesPath]
        let outputs = options.model + [options.metrics, options.params].compactMap { $0 } + own
        let status = try await git.check(
            "git could not compare the workspace with the commit",
            ["status", "--porcelain=v1", "-z", "--untracked-files=no", "--no-renames"], in: workspace.root)
        let changed = status.split(separator: 0).map { RepoPath(bytes: Array($0.dropFirst(3))) }
            .filter { path in !outputs.contains { path.isInside($0) } }
        if changed.isEmpty { return }
        throw VxError(
            .refused, "the workspace has changes that are not committed",
            because: changed.prefix(10).map(\.description).joined(separator: ", ") + (changed.count > 10 ? ", …" : ""),
            hint: "commit them, or put them aside with 'git stash'; outputs are named with --model and --metrics")
    }

    /// Names files that git does not know: the tag does not have them, and its command may need them.
    private func nameUntracked(_ warn: (String) -> Void) async throws {
        let status = try await git.check(
            "git could not list the files it does not know",
            ["status", "--porcelain=v1", "-z", "--untracked-files=normal", "--no-renames"], in: workspace.root)
        let outputs = options.model + [options.metrics, options.params].compactMap { $0 }
        let untracked = status.split(separator: 0).filter { $0.starts(with: "??".utf8) }
            .map { bytes in
                let name = bytes.dropFirst(3)
                return RepoPath(bytes: Array(name.last == UInt8(ascii: "/") ? name.dropLast() : name))
            }
            .filter { path in !outputs.contains { path.isInside($0) || $0.isInside(path) } }
        if untracked.isEmpty { return }
        let shown = untracked.prefix(5).map(\.description).joined(separator: ", ")
        warn(
            "git does not know \(shown)\(untracked.count > 5 ? " and \(untracked.count - 5) more" : ""): the tag will not "
                + "have them, and its command may need them; 'git add' or 'vx add' takes them in")
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

    /// Takes the manifest back where git makes no commit: a hook may refuse it, and the name is then still free.
    private func commitOrCleanUp(_ manifest: Manifest, parent: GitObjectID) async throws -> GitObjectID {
        do {
            return try await commit(manifest, parent: parent)
        } catch {
            if try workspace.repository.head().commit == parent {
                let path = Self.manifestPath(options.name)
                let transaction = try IndexTransaction(workspace.repository)
                transaction.remove(path)
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
        _ = try await git.check(
            "git could not commit the snapshot", ["commit", "-q", "-m", "snapshot: \(options.name)"], in: workspace.root
        )
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
