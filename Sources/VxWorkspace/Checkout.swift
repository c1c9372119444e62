import VxGit
import VxModel
import VxStore
import VxSystem

import struct SystemPackage.FilePath

/// What `vx checkout` did.
package struct CheckoutResult: Sendable {
    package var written: [DataFile] = []
    package var removed: [RepoPath] = []
    /// Files whose bytes cannot be had; pointer text stands in their place.
    package var failures: [(file: DataFile, error: VxError)] = []
    /// Files other than data that changed.
    package var code = 0
    /// How the user's own post-checkout hook ended, where there is one.
    package var hookStatus: Int32 = 0
    /// Files that a killed command had left cut short.
    package var cutShort: [RepoPath] = []
    /// Malformed pointers, which stand in the workspace as they are in the commit.
    package var malformed: [VxError] = []
}

extension Workspace {
    /// Moves HEAD, the index and the workspace to another commit: data straight from the store and in parallel, and
    /// everything else by git.
    ///
    /// Local changes that the move does not touch stay, and cost follows the difference of the two commits. `force` discards
    /// them, as git's does: what git tracks is as in the commit then, and the whole workspace is looked at.
    /// - Throws: `corrupt` where the commit has a path that nothing may be written at; `refused` where a file that differs between the commits has local changes; nothing is touched then.
    package func checkout(_ target: CheckoutTarget, force: Bool = false, dryRun: Bool = false) async throws
        -> CheckoutResult
    {
        guard !dryRun else {
            let plan = try await prepareCheckout(target, force: force).plan
            return CheckoutResult(written: plan.data.map(\.file), removed: plan.removed, code: plan.code.count)
        }
        let (head, done) = try await move(to: target, force: force)
        var result = done
        // Others may move again from here on, and the hook itself may.
        result.hookStatus = try runUserHook(from: head, to: target)
        return result
    }

    /// How often others may change the index or HEAD between the plan and the lock.
    static let attempts = 10

    static let indexKeepsChanging = VxError(
        .locked, "the index keeps changing", because: "other processes write it all the time",
        hint: "repeat the command when they have ended")

    /// Does all of a checkout but the user's hook; says where HEAD was.
    private func move(to target: CheckoutTarget, force: Bool) async throws -> (Head, CheckoutResult) {
        // Of two vx the second sees where the first has moved to.
        let alone = try lock(.moving)
        defer { withExtendedLifetime(alone) {} }
        for _ in 1...Self.attempts {
            let prepared = try await prepareCheckout(target, force: force)
            let wanted = try wantedData
            let data = try prepared.plan.data.filter { try laysDown($0.file, wanted) }
            let others = try prepared.plan.data.filter { try !laysDown($0.file, wanted) }
            let reasons = try provide(data.map(\.file.pointer))
            // From here to the end no other git can change what the plan rests on.
            let transaction = try IndexTransaction(repository, .command(cancellation))
            transaction.forgetsConflicts = true
            guard try Files.targetStatus(repository.indexPath) == prepared.index,
                try repository.head() == prepared.head
            else { continue }
            if case .newBranch(let name, let upstream, _) = target { try await makeBranch(name, tracking: upstream) }
            let plan = prepared.plan
            var result = CheckoutResult(removed: plan.removed, code: plan.code.count, malformed: plan.malformed)
            result.cutShort = plan.cutShort
            try UnfinishedCheckout(repository).begin(from: prepared.head.commit, to: target.commit)
            for path in plan.inTheWay { try files.removeTree(path) }
            try removeFiles(plan.gone)
            for folder in plan.emptied { try files.removeEmptyFolders(from: folder) }
            for (path, _) in plan.submodules { try files.makeFolders(path) }
            let text = try writeText(others)
            let written = try text + writeData(data, forced: plan.inTheWay, reasons, &result)
            try edit(transaction, plan, data: plan.present.map { ($0.file.path, $0.status) } + written)
            // Index and HEAD go last, one right after the other: what ends before leaves both as they were.
            if plan.code.isEmpty {
                try transaction.commit()
            } else {
                try await transaction.commit { try await writeCode(plan.code, index: $0) }
            }
            try await moveHead(from: prepared.head, to: target)
            try repository.forgetMerge()
            try UnfinishedCheckout(repository).end()
            return (prepared.head, result)
        }
        throw Self.indexKeepsChanging
    }

    /// What a checkout is to do, and what that rests on: where HEAD is, and the index file.
    private struct Prepared {
        var head: Head
        var index: FileStat?
        var plan: CheckoutPlan
    }

    private func prepareCheckout(_ target: CheckoutTarget, force: Bool) async throws -> Prepared {
        if let operation = repository.operationInProgress(), try !canLeave(operation, force: force) {
            throw VxError(
                .refused, "cannot check out another commit in the middle of a \(operation)",
                hint: "finish or abort it first ('git status' says how)")
        }
        let head = try repository.head()
        let oldTree = try head.commit.map { try repository.tree(ofCommit: $0) }
        let newTree = try repository.tree(ofCommit: target.commit)
        if try repository.readIndex().hasConflicts, !force {
            throw VxError(
                .refused, "cannot check out another commit with unmerged files",
                hint: "'git status' lists them; settle each with 'git add PATH' or 'git rm PATH'")
        }
        var changes =
            force ? try changesToForce(newTree) : try Self.sound(try repository.diffTrees(oldTree, newTree))
        try refuseWhatGitDoesBetter(changes)
        if case .branch(let name, _) = target, let other = try repository.worktree(havingBranch: name),
            other.gitDirectory != repository.gitDirectory
        {
            throw VxError(
                .refused, "'\(name)' is already checked out at \(other.path ?? other.gitDirectory)",
                hint: "work there, or check out the commit itself: 'vx checkout \(typed: target.commit.short)'")
        }
        let left = force ? LeftBehind() : try await leftBehind(from: head)
        // What a killed run has written, and this one would not touch, goes back to what it was.
        if !left.changes.isEmpty {
            let touched = Set(changes.map(\.path))
            changes = (changes + left.changes.filter { !touched.contains($0.path) }).sorted { $0.path < $1.path }
        }
        let unchanged = try await unchangedCode(changes)
        let state = try Files.targetStatus(repository.indexPath)
        var plan = try planCheckout(changes, unchanged: unchanged, left: left, force: force)
        try addPending(to: &plan)
        return Prepared(head: head, index: state, plan: plan)
    }

    /// Whether git would go elsewhere, too: a bisection goes on from there, and `--force` gives up a merge.
    private func canLeave(_ operation: String, force: Bool) throws -> Bool {
        switch operation {
        case "bisect": true
        case "merge", "cherry-pick", "revert": try force && !repository.hasMergeAutostash()
        default: false
        }
    }

    /// Files that an earlier command has left as pointer text, and that do not differ between the commits: to move on
    /// without a word would say that all is there.
    private func addPending(to plan: inout CheckoutPlan) throws {
        let leaving = Set(plan.removed)
        let index = try repository.readIndex()
        for (job, entry) in try standingPending(pending.read(), index) {
            guard plan.blobs[entry.path] == nil, !leaving.contains(entry.path) else { continue }
            plan.blobs[entry.path] = entry.item
            plan.data.append(job)
        }
    }

    // MARK: - Doing

    private func removeFiles(_ gone: [(path: RepoPath, status: FileStat)]) throws {
        let cursor = FolderCursor(files)
        var left: Set<RepoPath> = []
        for (path, status) in gone {
            guard let folder = try cursor.folder(holding: path) else { continue }
            left.insert(folder.path)
            guard let now = try Files.status(path.platformName, in: folder.file) else { continue }
            guard now == status else { throw LayDown.changed(path) }
            try Files.remove(path.platformName, in: folder.file)
        }
        // The deeper ones first.
        for folder in left.sorted(by: >) { try files.removeEmptyFolders(from: folder) }
    }

    private func makeBranch(_ name: String, tracking upstream: String) async throws {
        _ = try await GitProcess().check(
            "git could not make the branch '\(name)'", ["branch", "-q", "--track", "--", name, upstream], in: root)
    }

    /// - Parameters:
    ///   - forced: places cleared because the user said so: nothing stands there any more.
    ///   - reasons: why contents cannot be had, where that is known.
    private func writeData(
        _ jobs: [LayDown.Job], forced: Set<RepoPath>, _ reasons: [ContentID: VxError], _ result: inout CheckoutResult
    ) throws -> [(RepoPath, FileStat?)] {
        let jobs = jobs.map { forced.contains($0.file.path) ? LayDown.Job(file: $0.file, standing: nil) : $0 }
        let outcomes = try LayDown(self).write(jobs)
        var written: [(RepoPath, FileStat?)] = []
        for (file, outcome) in zip(jobs.map(\.file), outcomes) {
            switch outcome {
            case .written(let status):
                result.written.append(file)
                written.append((file.path, status))
            case .failed(let error):
                result.failures.append((file, reasons.error(for: file) ?? error))
                written.append((file.path, error.code == .refused ? nil : try writePointerText(file)))
            }
        }
        return written
    }

    /// Lays down the pointers' text of files whose data is not wanted here.
    private func writeText(_ jobs: [LayDown.Job]) throws -> [(RepoPath, FileStat?)] {
        try jobs.map { job in
            (
                job.file.path,
                try replaceFile(
                    job.file.path, with: job.file.pointer.encoded, executable: job.file.isExecutable)
            )
        }
    }

    /// What git would leave there: text that says which content belongs in its place, which is still to come.
    func writePointerText(_ file: DataFile) throws -> FileStat {
        try pending.append(failed: [file.path])
        return try replaceFile(file.path, with: file.pointer.encoded, executable: file.isExecutable)
    }

    private func edit(
        _ transaction: IndexTransaction, _ plan: CheckoutPlan, data: [(path: RepoPath, status: FileStat?)]
    ) throws {
        let haveAssumedValid = transaction.original.entries.haveAssumedValid
        func isAssumedValid(_ path: RepoPath) -> Bool {
            haveAssumedValid && transaction.original.find(path)?.assumeValid == true
        }
        for path in plan.removed { transaction.remove(path) }
        for (path, status) in data {
            guard let side = plan.blobs[path] else { continue }
            try transaction.add(
                IndexEntry(
                    path: path, mode: side.mode, id: side.id, stat: status.map { IndexEntry.Stat($0) } ?? .unknown,
                    assumeValid: isAssumedValid(path)))
        }
        for change in plan.code {
            guard let side = change.new else { continue }
            try transaction.add(
                IndexEntry(
                    path: change.path, mode: side.mode, id: side.id, stat: .unknown,
                    assumeValid: isAssumedValid(change.path)))
        }
        for (path, side) in plan.submodules {
            try transaction.add(IndexEntry(path: path, mode: side.mode, id: side.id, stat: .unknown))
        }
    }

    /// Puts HEAD where it is to be, with the line in its reflog that `git checkout` writes: `@{-1}` counts them.
    private func moveHead(from head: Head, to target: CheckoutTarget) async throws {
        guard let name = target.name else { return }
        let reason = "checkout: moving from \(head.branch ?? head.commit?.hex ?? "nothing") to \(name)"
        switch target {
        case .branch(let name, _) where name == head.branch:
            // libgit2 writes no line where HEAD stays on its branch, and git does.
            _ = try await GitProcess().check(
                "git could not note where HEAD is", ["symbolic-ref", "-m", reason, "HEAD", "refs/heads/\(name)"], in: root)
        case .branch(let name, _), .newBranch(let name, _, _): try repository.setHead(branch: name, reason: reason)
        case .detached(let commit, _): try repository.setHead(detached: commit, reason: reason)
        case .head: break
        }
    }

    /// Has git write the code files from an index, with whatever filters and line endings the user has set.
    ///
    /// `.gitattributes` go first: `git checkout-index` reads them in the workspace, and they say how to write the others.
    private func writeCode(_ code: [TreeChange], index: FilePath) async throws {
        let attributes = code.filter { $0.path.name == Self.attributesPath }
        for part in [attributes, code.filter { $0.path.name != Self.attributesPath }] where !part.isEmpty {
            do {
                // No hook: git's index is another one yet.
                _ = try await GitProcess().check(
                    "git could not write the other files",
                    ["-c", "core.hooksPath=/dev/null", "checkout-index", "-q", "-f", "-u", "-z", "--stdin"], in: root,
                    input: part.flatMap { $0.path.bytes + [0] }, environment: ["GIT_INDEX_FILE": index.string])
            } catch {
                try cancellation.check()
                throw error
            }
        }
    }

    /// Runs the user's own post-checkout hook, as `git checkout` would; gives its exit status.
    private func runUserHook(from head: Head, to target: CheckoutTarget) throws -> Int32 {
        guard try HookInstaller.hasUserHook("post-checkout", in: repository.hooksDirectory()) else { return 0 }
        let old = head.commit?.hex ?? String(repeating: "0", count: 40)
        return try UserHook.run("post-checkout", [old, target.commit.hex, "1"], of: repository, in: root)
    }
}
