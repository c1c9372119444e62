import struct SystemPackage.FilePath
import VxGit
import VxModel
import VxStore
import VxSystem

/// What `vx checkout` did.
package struct CheckoutResult: Sendable {
    package var written: [DataFile] = []
    package var removed: [RepoPath] = []
    /// Files whose bytes cannot be had; pointer text stands in their place.
    package var failures: [(file: DataFile, error: VxError)] = []
    /// Files other than data that changed.
    package var code = 0
    /// Malformed pointers, which stand in the workspace as they are in the commit.
    package var malformed: [VxError] = []
}

/// Where HEAD is to point.
package enum CheckoutTarget: Sendable {
    case branch(String, GitObjectID)
    case detached(GitObjectID)

    /// As git's reflog names it.
    var name: String {
        switch self {
        case .branch(let name, _): name
        case .detached(let commit): commit.hex
        }
    }

    package var commit: GitObjectID {
        switch self {
        case .branch(_, let commit), .detached(let commit): commit
        }
    }
}

/// What a checkout is to change, all of it known before anything is touched.
struct CheckoutPlan {
    /// Data files to write.
    var data: [DataFile] = []
    /// Data files that already stand there with the right bytes.
    var present: [(file: DataFile, status: FileStat)] = []
    /// Other files (code, symlinks, empty files), which git itself writes.
    var code: [TreeChange] = []
    var removed: [RepoPath] = []
    /// What is wrong with files that git writes as they are.
    var malformed: [VxError] = []
    /// The blobs of the target for everything that changes.
    var blobs: [RepoPath: TreeItem] = [:]
}

extension Workspace {
    /// What a revision names for a checkout: a branch to be on, or a commit; `nil` where it names nothing.
    ///
    /// As in git, a name that only one remote has a branch of becomes a branch here that tracks it.
    package func checkoutTarget(_ revision: String) async throws -> CheckoutTarget? {
        guard Repository.canName("refs/heads/\(revision)") else {
            return try repository.findCommit(revision).map { .detached($0) }
        }
        if let commit = try repository.reference("refs/heads/\(revision)") { return .branch(revision, commit) }
        if let commit = try repository.findCommit(revision) { return .detached(commit) }
        let remotes = try repository.remotes().filter {
            try repository.reference("refs/remotes/\($0.name)/\(revision)") != nil
        }
        guard remotes.count == 1, let remote = remotes.first else { return nil }
        _ = try await GitProcess().check(
            "git could not make the branch '\(revision)'", ["branch", "-q", "--track", revision, "\(remote.name)/\(revision)"],
            in: root)
        return try repository.reference("refs/heads/\(revision)").map { .branch(revision, $0) }
    }

    /// Moves HEAD, the index and the workspace to another commit: data straight from the store and in parallel, and
    /// everything else by git.
    ///
    /// Local changes that the move does not touch stay. Cost follows the difference of the two commits.
    /// - Throws: `refused` where a file that differs between the commits has local changes; nothing is touched then.
    package func checkout(_ target: CheckoutTarget, force: Bool = false, dryRun: Bool = false) async throws -> CheckoutResult {
        if let operation = repository.operationInProgress() {
            throw VxError(
                .refused, "cannot check out another commit in the middle of a \(operation)",
                hint: "finish or abort it first ('git status' says how)")
        }
        let head = try repository.head()
        let oldTree = try head.commit.map { try repository.tree(ofCommit: $0) }
        let newTree = try repository.tree(ofCommit: target.commit)
        let changes = try repository.diffTrees(oldTree, newTree)
        if case .branch(let name, _) = target, let other = try repository.worktree(havingBranch: name),
            other.gitDirectory != repository.gitDirectory
        {
            throw VxError(
                .refused, "'\(name)' is already checked out at \(other.path ?? other.gitDirectory)",
                hint: "work there, or check out the commit itself: 'vx checkout \(target.commit.short)'")
        }
        try await settleStat(of: changes)
        let plan = try planCheckout(changes, force: force)
        if dryRun {
            return CheckoutResult(written: plan.data, removed: plan.removed, code: plan.code.count)
        }
        if plan.data.contains(where: { !store.contains($0.pointer.id) }) { _ = try fetchFromLocalOrigins() }
        var result = CheckoutResult(removed: plan.removed, code: plan.code.count, malformed: plan.malformed)
        try removeFiles(plan.removed)
        let written = try writeData(plan.data, &result)
        try writeIndex(plan, data: plan.present.map { ($0.file.path, $0.status) } + written)
        try moveHead(from: head, to: target)
        try await writeCode(plan.code)
        return result
    }

    // MARK: - Planning

    /// Lets git settle which code files only look changed, where any of those concerned does.
    private func settleStat(of changes: [TreeChange]) async throws {
        let index = try repository.readIndex()
        for change in changes {
            guard let entry = index.find(change.path), let status = try Files.status(root.appending(change.path)),
                !entry.isProvenUnchanged(status, index: index.timestamp), try repository.attribute("filter", of: change.path) != "vx"
            else { continue }
            // Its exit status only says that something is changed, which the plan finds out itself.
            _ = try await GitProcess().run(["update-index", "-q", "--refresh"], in: root)
            return
        }
    }

    private func planCheckout(_ changes: [TreeChange], force: Bool) throws -> CheckoutPlan {
        let index = try repository.readIndex()
        var plan = CheckoutPlan()
        var obstacles: [RepoPath] = []
        var folders = RealFolders(root)
        for change in changes {
            let entry = index.find(change.path)
            let status = try folders.status(change.path)
            if change.new?.mode == .submodule || change.old?.mode == .submodule { continue }
            let standing = try standing(change, entry: entry, status: status, index: index)
            if standing == .other, !force { obstacles.append(change.path) }
            guard let new = change.new else {
                plan.removed.append(change.path)
                continue
            }
            plan.blobs[change.path] = new
            guard let pointer = try soundPointer(of: new) else {
                if new.mode.isFile, case .malformed(let why) = try repository.reading(ofBlob: new.id) {
                    plan.malformed.append(Pointer.malformed(change.path, why))
                }
                plan.code.append(change)
                continue
            }
            let file = DataFile(path: change.path, pointer: pointer, isExecutable: new.mode == .executable)
            if standing == .new, let status, status.isExecutable == file.isExecutable {
                plan.present.append((file, status))
            } else {
                plan.data.append(file)
            }
        }
        guard obstacles.isEmpty else {
            throw VxError(
                .refused, "\(obstacles.count == 1 ? "a file" : "\(obstacles.count) files") would lose local changes",
                because: obstacles.prefix(10).map(\.description).joined(separator: ", ") + (obstacles.count > 10 ? ", …" : ""),
                hint: "keep them with 'vx add' and 'git commit', or put them aside with 'git stash'")
        }
        let removed = Set(plan.removed)
        for path in plan.data.map(\.path) + plan.code.map(\.path) {
            // Found now, before anything is removed. A symlink that the old commit has goes before files are written.
            if let obstacle = try folders.obstacle(above: path), !removed.contains(obstacle.path) { throw obstacle.error }
        }
        return plan
    }

    private enum Standing {
        /// Nothing, or what the old commit or the index has.
        case old
        /// Already what the new commit has.
        case new
        /// Something of the user's own.
        case other
    }

    /// What stands at the place of a change, and whether the index has no third opinion.
    private func standing(_ change: TreeChange, entry: IndexEntry?, status: FileStat?, index: GitIndex) throws -> Standing {
        let indexIsOld = entry.map { $0.id == change.old?.id && $0.mode == change.old?.mode } ?? (change.old == nil)
        let indexIsNew = entry.map { $0.id == change.new?.id && $0.mode == change.new?.mode } ?? false
        if let entry, entry.stage != 0 { return .other }
        guard indexIsOld || indexIsNew || entry == nil else { return .other }
        guard let status else { return .old }
        if let entry, entry.isProvenUnchanged(status, index: index.timestamp) { return indexIsNew ? .new : .old }
        for (side, answer) in [(change.new, Standing.new), (change.old, .old)] {
            guard let side else { continue }
            if let pointer = try soundPointer(of: side) {
                let comparison = try compare(status, at: change.path, with: pointer)
                if comparison == .same { return answer }
                if comparison == .pointerText { return .old }
            } else if status.kind == .regular, side.mode.isFile,
                try repository.blobID(ofFile: root.appending(change.path)) == side.id
            {
                return answer
            }
        }
        return .other
    }

    // MARK: - Doing

    private func removeFiles(_ paths: [RepoPath]) throws {
        var folders = RealFolders(root)
        for path in paths where try folders.status(path) != nil {
            try Files.remove(root.appending(path))
            var folder = path.parent
            while !folder.isRoot, Files.removeEmptyDirectory(root.appending(folder)) { folder = folder.parent }
        }
    }

    private func writeData(_ files: [DataFile], _ result: inout CheckoutResult) throws -> [(RepoPath, FileStat?)] {
        let outcomes = try LayDown(self).write(files)
        var written: [(RepoPath, FileStat?)] = []
        for (file, outcome) in zip(files, outcomes) {
            switch outcome {
            case .written(let status):
                result.written.append(file)
                written.append((file.path, status))
            case .failed(let error):
                result.failures.append((file, error))
                written.append((file.path, try writePointerText(file)))
            }
        }
        return written
    }

    /// What git would leave there: text that says which content belongs in its place.
    private func writePointerText(_ file: DataFile) throws -> FileStat? {
        let location = root.appending(file.path)
        try Files.replace(location, with: file.pointer.encoded, permissions: file.isExecutable ? 0o777 : 0o666)
        return try Files.status(location)
    }

    private func writeIndex(_ plan: CheckoutPlan, data: [(path: RepoPath, status: FileStat?)]) throws {
        let transaction = try IndexTransaction(repository)
        for path in plan.removed { transaction.remove(path) }
        for (path, status) in data {
            guard let side = plan.blobs[path] else { continue }
            try transaction.add(
                IndexEntry(path: path, mode: side.mode, id: side.id, stat: status.map { IndexEntry.Stat($0) } ?? .unknown))
        }
        for change in plan.code {
            guard let side = change.new else { continue }
            try transaction.add(IndexEntry(path: change.path, mode: side.mode, id: side.id, stat: .unknown))
        }
        try transaction.commit()
    }

    private func moveHead(from head: Head, to target: CheckoutTarget) throws {
        let old = head.branch ?? head.commit?.hex ?? "nothing"
        let reason = "checkout: moving from \(old) to \(target.name)"
        switch target {
        case .branch(let name, _): try repository.setHead(branch: name, reason: reason)
        case .detached(let commit): try repository.setHead(detached: commit, reason: reason)
        }
    }

    /// Has git write the code files from the index, with whatever filters and line endings the user has set.
    private func writeCode(_ code: [TreeChange]) async throws {
        if code.isEmpty { return }
        let paths: [UInt8] = code.flatMap { $0.path.bytes + [0] }
        _ = try await GitProcess().check(
            "git could not write the other files", ["checkout-index", "-q", "-f", "-u", "-z", "--stdin"], in: root,
            input: paths)
    }
}
