import VxGit
import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// Commits to a branch without checking it out: trees are built in memory and the reference moves by compare-and-swap.
///
/// Where some work tree has the branch checked out, its files and index move along, or the commit is refused: the branch
/// would else move away under it, and its index read as if everything new had been deleted.
package struct BranchWriter {
    /// What a commit changes.
    package struct Change {
        /// The tree that the edits are made in; `nil` for the branch's own.
        package var base: GitObjectID?
        package var edits: [TreeEdit]
        package var message: String

        package init(_ edits: [TreeEdit], _ message: String, in base: GitObjectID? = nil) {
            self.base = base
            self.edits = edits
            self.message = message
        }
    }

    private let repository: Repository
    /// The branch's short name.
    package let branch: String
    private let beginning: GitObjectID?
    private let git: GitProcess

    /// - Parameter beginning: where the branch begins if there is none yet; from nothing without it.
    package init(
        _ repository: Repository, branch: String, beginning: GitObjectID? = nil, git: GitProcess = GitProcess()
    ) {
        self.repository = repository
        self.branch = branch
        self.beginning = beginning
        self.git = git
    }

    private var fullName: String { "refs/heads/\(branch)" }

    /// How often the branch may move away under us before that is an error.
    private static let attempts = 50

    /// The branch's commit: the local one, or the remote's where this clone has never had one of its own.
    package func tip() throws -> (local: GitObjectID?, start: GitObjectID?) {
        if let local = try repository.reference(fullName) { return (local, local) }
        return (nil, try repository.reference("refs/remotes/origin/\(branch)") ?? beginning)
    }

    /// Makes one commit on whatever the branch's newest commit is by then.
    ///
    /// - Parameters:
    ///   - edits: what changes, given the branch's commit; asked anew whenever another process was faster. `nil` where
    ///     there is nothing to do.
    /// - Returns: the new commit; `nil` where there was nothing to do.
    /// - Throws: `refused` where a work tree has the branch checked out with changes in the way; `locked` where the branch
    ///   keeps moving; what `edits` throws.
    package func commit(
        author: Identity, committer: Identity, reason: String,
        edits: (_ start: GitObjectID?) throws -> Change?
    ) async throws -> GitObjectID? {
        // Others of ours wait; git's own are told by the reference that has moved.
        let lock = try WorkspaceLock.branches.take(in: repository.commonDirectory, nil)
        defer { withExtendedLifetime(lock) {} }
        let paths = TreePaths(repository)
        for _ in 1...Self.attempts {
            let (local, start) = try tip()
            guard let change = try edits(start) else { return nil }
            let base = try start.map { try repository.tree(ofCommit: $0) }
            if let base, let start { try paths.require(base, of: "commit \(start.short)") }
            let tree = try repository.updateTree(change.base ?? base, change.edits)
            let commit = try await makeCommit(
                tree, start.map { [$0] } ?? [], change.message, author: author, committer: committer)
            // The work tree first: killed between the two, it shows what is to be added, and not what was removed.
            let place = try await moveWorktree(from: base, to: tree)
            if try move(to: commit, from: local, reason: reason) {
                if local == nil { try follow(start) }
                if let place { _ = try Workspace(at: place, ignoringConfiguration: true).hydratePending() }
                return commit
            }
            if place != nil { _ = try await moveWorktree(from: tree, to: base) }
        }
        throw VxError(
            .locked, "'\(branch)' keeps moving", because: "other processes commit to it all the time",
            hint: "repeat the command")
    }

    /// Writes the commit; the user's own git signs it where that is set.
    private func makeCommit(
        _ tree: GitObjectID, _ parents: [GitObjectID], _ message: String, author: Identity, committer: Identity
    ) async throws -> GitObjectID {
        guard try repository.configBool("commit.gpgSign") == true else {
            return try repository.createCommit(
                tree: tree, parents: parents, message: message, author: author, committer: committer)
        }
        return try await git.signCommit(
            tree: tree, parents: parents, message: message, author: author, committer: committer,
            in: repository.workTree ?? repository.gitDirectory)
    }

    /// Makes a branch that began where a remote's stands follow that one, as 'git switch' does.
    private func follow(_ start: GitObjectID?) throws {
        guard let start, try repository.reference("refs/remotes/origin/\(branch)") == start,
            try repository.configString("branch.\(branch).remote") == nil,
            try repository.configString("branch.autoSetupMerge") != "false"
        else { return }
        try repository.setConfig("branch.\(branch).remote", "origin")
        try repository.setConfig("branch.\(branch).merge", fullName)
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

    /// Moves the files and the index of the work tree that has the branch checked out, where there is one, as a checkout
    /// would: local changes that are not in the way stay.
    private func moveWorktree(from old: GitObjectID?, to new: GitObjectID?) async throws -> FilePath? {
        guard let worktree = try repository.worktree(havingBranch: branch), let root = worktree.path,
            worktree.isPresent
        else { return nil }
        // Written only where it is needed: git would show an empty tree that nothing names as dangling.
        let sides = try [old, new].map { tree in try tree ?? repository.updateTree(nil, []) }
        // 'git read-tree -m -u' takes an index that is not refreshed for changed files.
        _ = try await git.run(["update-index", "-q", "--refresh"], in: root)
        let command = ["read-tree", "-m", "-u"] + sides.map(\.hex)
        var result = try await git.run(command, in: root)
        if result.status != 0, try removeLeftBehind(sides[0], sides[1], at: root) {
            result = try await git.run(command, in: root)
        }
        guard result.status == 0 else {
            let cause = String(decoding: result.error.prefix { $0 != 10 }, as: UTF8.self)
            throw VxError(
                .refused, "'\(branch)' is checked out at \(root), and cannot be moved there", because: cause,
                // git speaks English here: GitProcess sees to that.
                hint: cause.contains("Untracked working tree file")
                    ? "move that file to a folder outside of the repository, then repeat the command with it there"
                    : "commit or stash what is changed there, or go to another branch, then repeat the command")
        }
        return root
    }

    /// Removes what a run that was killed has laid down already: files that are what they are to become, empty ones that nobody
    /// knows, and data that is cut short. All of it is in git, or in the store. Where anything else is in the way, all stays.
    ///
    /// - Returns: whether there was any, and it is gone.
    private func removeLeftBehind(_ old: GitObjectID, _ new: GitObjectID, at root: FilePath) throws -> Bool {
        let workspace = try Workspace(at: root, ignoringConfiguration: true)
        let index = try workspace.repository.readIndex()
        let places = Places(root)
        var found: [RepoPath] = []
        for change in try repository.diffTrees(old, new) {
            guard change.path.fault() == nil, try places.blocker(above: change.path) == nil else { return false }
            guard let status = try places.status(change.path) else { continue }
            let entry = index.find(change.path)
            guard status.kind == .regular, entry?.item == change.old else { return false }
            if let entry, entry.isProvenUnchanged(status, index: index.timestamp) { continue }
            if let item = change.old, try workspace.isWhole(change.path, status, item) { continue }
            guard let side = change.new, try isLeftBehind(change.path, status, side, isKnown: entry != nil, workspace)
            else { return false }
            found.append(change.path)
        }
        for path in found { try workspace.files.remove(path) }
        return !found.isEmpty
    }

    private func isLeftBehind(
        _ path: RepoPath, _ status: FileStat, _ side: TreeItem, isKnown: Bool, _ workspace: Workspace
    ) throws -> Bool {
        if try !isKnown && status.size == 0 || workspace.isWhole(path, status, side) { return true }
        guard let pointer = try workspace.soundPointer(of: side) else { return false }
        return try workspace.isCutShort(status, at: path, of: pointer)
    }
}
