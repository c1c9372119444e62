import VxConfig
import VxGit
import VxModel
import VxStore
import VxSystem
import VxWorkspace

import struct SystemPackage.FilePath

/// What a repeated run gave.
package struct ReproduceResult: Sendable {
    package var manifest: Manifest
    package var comparison: OutputComparison
    /// What of the user's own changed while the command ran, which was to work elsewhere: files of the work tree, `HEAD`,
    /// and what stands beside the command's worktree.
    package var outside: [String]
    /// Whether everything is as it was, and nothing outside was touched.
    package var isReproduced: Bool { comparison.isReproduced && outside.isEmpty }
    /// The worktree it ran in, where it was kept.
    package var kept: FilePath?
}

/// Runs a snapshot's command again, in a worktree of its own, and compares what comes out.
package struct Reproduce {
    private let workspace: Workspace
    private let git: GitProcess
    private let name: SnapshotName
    private let variables: [String: String]

    /// - Parameter variables: the environment the command runs in.
    package init(_ workspace: Workspace, _ name: SnapshotName, variables: [String: String]) {
        self.workspace = workspace
        self.name = name
        self.variables = variables
        git = GitProcess()
    }

    /// What is trusted where the snapshot's command is: its text, whatever it is written in.
    static func trustItem(_ name: SnapshotName, _ command: String) -> TrustItem {
        .command(command, "command of the snapshot '\(name)'")
    }

    /// The command of a snapshot, for whoever is to trust it.
    ///
    /// - Throws: `usage` where there is no such snapshot, or it names no command.
    package static func trustItem(_ name: SnapshotName, in workspace: Workspace) throws -> TrustItem {
        try trustItem(name, Reproduce(workspace, name, variables: [:]).find().command)
    }

    /// Checks the tag out beside the workspace, lays its data down, takes its outputs away, runs its command and
    /// compares.
    ///
    /// - Parameters:
    ///   - keep: keep the worktree even where everything is identical.
    ///   - say: told each step.
    /// - Throws: where the tag is no snapshot, names no command, lacks data, or its command fails; `untrusted` where that came
    ///   with the repository.
    package func run(keep: Bool, say: (String) -> Void) async throws -> ReproduceResult {
        let (commit, manifest, command) = try find()
        // git refuses such a tree too; here the path is named before anything is made.
        try TreePaths(workspace.repository).require(
            workspace.repository.tree(ofCommit: commit), of: "the snapshot '\(name)'")
        try await workspace.requireTrust(
            inCommands: [Self.trustItem(name, command)], variables, hint: "vx trust snapshot \(name)")
        let folder = try freshFolder()
        // Says whose the worktree is: one whose process was killed goes at the next time.
        let note = Files.temporarySibling(of: folder)
        try Files.replace(note, with: folder.byteArray)
        defer { try? Files.remove(note) }  // else it goes with its process
        say("checking \(name) out in \(folder)")
        _ = try await git.check(
            "git could not check '\(name)' out", ["worktree", "add", "-q", "--detach", folder.string, commit.hex],
            in: workspace.root)
        do {
            let copy = try Workspace(at: folder, pool: workspace.pool, cancellation: workspace.cancellation)
            if let failure = try copy.hydrate().failures.first { throw failure.error }
            try removeOutputs(manifest, of: copy.files)
            say("running \(command)")
            let before = try await Surroundings.look(around: folder, workspace, git)
            let ownBefore = try await Surroundings.changes(in: folder, ignored: false, git)
            try run(command, in: folder)
            try workspace.cancellation.check()
            let after = try await Surroundings.look(around: folder, workspace, git)
            let new = Set(try await Surroundings.changes(in: folder, ignored: false, git).keys)
                .subtracting(ownBefore.keys)
            let named = copy.configuration.snapshot.model
            var result = ReproduceResult(
                manifest: manifest, comparison: try compare(manifest, named, of: copy.files, new: new),
                outside: after.changed(since: before))
            if keep || !result.isReproduced { result.kept = folder } else { try await removeWorktree(folder) }
            return result
        } catch {
            try await removeWorktree(folder)
            throw error
        }
    }

    private func find() throws -> (commit: GitObjectID, manifest: Manifest, command: String) {
        guard try workspace.repository.reference(name.reference) != nil else {
            throw VxError(
                .usage, "there is no tag '\(name)'",
                hint: "'vx runs' lists the snapshots; 'git fetch --tags' gets new ones")
        }
        let commit = try workspace.repository.resolveCommit(name.reference)
        guard let manifest = try Snapshot.manifest(name, of: commit, in: workspace.repository) else {
            throw VxError(
                .usage, "'\(name)' is no snapshot", because: "its commit has no \(Snapshot.manifestPath(name))",
                hint: "'vx runs' lists the snapshots there are")
        }
        guard let command = manifest.command else {
            throw VxError(
                "the snapshot '\(name)' names no command to run again",
                hint: "take snapshots with --command, or set snapshot.command in vx.yaml")
        }
        return (commit, manifest, command)
    }

    /// A folder on the same file system as the store, which has room for data where `/tmp` may not.
    private func freshFolder() throws -> FilePath {
        let own = OwnWorktrees(workspace.repository)
        try Files.createDirectories(own.parent)
        try own.sweep()
        let safe = String(name.text.map { $0 == "/" ? "-" : $0 })
        return own.parent.appending("\(safe)-" + String(UInt32.random(in: .min ... .max), radix: 36))
    }

    private func removeWorktree(_ folder: FilePath) async throws {
        _ = try await git.check(
            "git could not remove the worktree \(folder)", ["worktree", "remove", "--force", folder.string],
            in: workspace.root)
    }

    /// What the command is to make must not be there before it: it would prove nothing.
    private func removeOutputs(_ manifest: Manifest, of files: WorkTree) throws {
        for entry in manifest.model { try files.remove(entry.path) }
        if let metrics = manifest.metrics { try files.remove(metrics.path) }
    }

    private func run(_ command: String, in folder: FilePath) throws {
        var environment = variables.filter { !$0.key.hasPrefix("GIT_") }
        environment["VX_TAG"] = name.text
        // The command's own output goes to standard error: standard output is for the result.
        let ending = try Program(
            "/bin/sh", [Array("-c".utf8), Array(command.utf8)], in: folder, variables: .exactly(environment)
        ).run(
            input: .bytes([]), output: .standardError, error: .standardError, cancellation: workspace.cancellation)
        // A terminal sends Ctrl-C to the command, too, and its end may be seen here before our own signal is.
        if let signal = ending.signal, Interrupts.asks(signal) { workspace.cancellation.cancel() }
        try workspace.cancellation.check()
        guard ending.status == 0 else {
            throw VxError(
                "the command of '\(name)' failed: \(command)",
                because: "it ended with \(ending.signal.map { "signal \($0)" } ?? "status \(ending.status)")",
                hint: "its output is above; 'git checkout \(typed: name)' gives the same files to try it by hand")
        }
    }

    /// - Parameters:
    ///   - named: what the snapshot's own `vx.yaml` calls the model.
    ///   - new: files that were not there before and git does not ignore; those beside an output, or below its folder, are
    ///     outputs as well. At the top of the work tree only what stands there itself is beside one.
    private func compare(
        _ manifest: Manifest, _ named: [RepoPath], of files: WorkTree, new: Set<RepoPath>
    ) throws -> OutputComparison {
        let expected = Set(manifest.model.map(\.path))
        let folders = Set(expected.map(\.parent)).union(named)
        let extra = new.filter { path in
            !expected.contains(path) && path != manifest.metrics?.path
                && folders.contains { $0.isRoot ? path.parent.isRoot : path.isInside($0) }
        }
        let outputs = try (expected.union(extra)).sorted().compactMap { path -> FileEntry? in
            guard let file = try files.opening(path) else { return nil }
            return FileEntry(
                path: path, id: try ContentHasher.id(of: file, cancellation: workspace.cancellation),
                size: try file.status().size)
        }
        let metrics = try manifest.metrics.flatMap { expected in
            try files.read(expected.path, limit: ParameterFile.maximumBytes).map {
                try ParameterFile.parse($0, path: expected.path)
            }
        }
        return OutputComparison(
            expectedOutputs: manifest.model, actualOutputs: outputs,
            expectedMetrics: manifest.metrics?.values ?? [:], actualMetrics: metrics?.values ?? [:])
    }
}
