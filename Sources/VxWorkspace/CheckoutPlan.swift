import VxConfig
import VxGit
import VxModel
import VxRemote
import VxStore
import VxSystem

import struct SystemPackage.FilePath

/// What a checkout is to change, all of it known before anything is touched.
struct CheckoutPlan {
    /// Data files to write.
    var data: [LayDown.Job] = []
    /// Data files that already stand there with the right bytes.
    var present: [(file: DataFile, status: FileStat)] = []
    /// Other files (code, symlinks, empty files), which git itself writes.
    var code: [TreeChange] = []
    /// Submodules of the target: git records their commit, and leaves their own workspace to `git submodule update`.
    var submodules: [(path: RepoPath, item: TreeItem)] = []
    /// Paths the target does not have.
    var removed: [RepoPath] = []
    /// Those of them that stand in the workspace, and what they were like.
    var gone: [(path: RepoPath, status: FileStat)] = []
    /// Folders that go where they are empty: those of submodules the target does not have (git leaves the others, too), and
    /// those that stand where it has a file.
    var emptied: [RepoPath] = []
    /// Files that a killed command has left cut short, and that are written anew.
    var cutShort: [RepoPath] = []
    /// The user's own, to be removed because `--force` says so.
    var inTheWay: Set<RepoPath> = []
    /// What is wrong with files that git writes as they are.
    var malformed: [VxError] = []
    /// The blobs of the target for everything that changes.
    var blobs: [RepoPath: TreeItem] = [:]
}

extension Workspace {
    /// Refuses what only git's own checkout gets right.
    func refuseWhatGitDoesBetter(_ changes: [TreeChange]) throws {
        func refuse(_ why: String) -> VxError {
            VxError(
                .refused, "vx cannot check this out", because: why,
                hint: "use 'git checkout', which has the data laid down all the same")
        }
        if try repository.configBool("core.sparseCheckout") == true {
            throw refuse("this workspace is sparse (core.sparseCheckout)")
        }
        let index = try repository.readIndex()
        let leavesOut = index.entries.indices.contains(where: index.entries.isSkipped)
        for change in changes {
            if leavesOut, let entry = index.find(change.path), entry.skipWorktree {
                throw refuse("\(change.path) is left out of this workspace (skip-worktree), and changes")
            }
            if change.old?.mode == .symlink || change.new?.mode == .symlink,
                try repository.configBool("core.symlinks") == false
            {
                throw refuse("\(change.path) is a symlink, and core.symlinks is false")
            }
            if let old = change.old, let new = change.new, (old.mode == .submodule) != (new.mode == .submodule) {
                throw refuse("\(change.path) is a submodule on one side and a file on the other")
            }
            if change.old?.mode == .submodule || change.new?.mode == .submodule,
                try repository.configBool("submodule.recurse") == true
            {
                throw refuse("the submodule \(change.path) changes, and submodule.recurse is set")
            }
        }
    }

    /// The code files among the changes that only look changed: git itself settles that, as it knows line endings, other
    /// filters, symlinks and `core.fileMode`.
    func unchangedCode(_ changes: [TreeChange]) async throws -> Set<RepoPath> {
        let index = try repository.readIndex()
        let places = Places(root)
        let filters = try FilterRules(self, index)
        var doubtful: [RepoPath] = []
        for change in changes {
            // Of what the user has told git not to look at, git says that it is unchanged, whatever it is.
            guard let entry = index.find(change.path), entry.mode != .submodule, !entry.assumeValid,
                !entry.skipWorktree, let status = try places.status(change.path),
                !entry.isProvenUnchanged(status, index: index.timestamp),
                try !filters.isTracked(change.path)
            else { continue }
            doubtful.append(change.path)
        }
        if doubtful.isEmpty { return [] }
        // Its exit status only says that something is changed, which the next question tells in detail.
        _ = try await GitProcess().run(["update-index", "-q", "--refresh"], in: root)
        let question = ["--literal-pathspecs", "diff-files", "--name-only", "-z", "--"].map { Array($0.utf8) }
        // More paths than a command line may hold are asked about all at once.
        let paths = doubtful.count <= 500 ? doubtful.map(\.bytes) : []
        let answer = try await GitProcess().run(question + paths, in: root)
        guard answer.status == 0 else { return [] }
        return Set(doubtful).subtracting(answer.output.split(separator: 0).map { RepoPath(bytes: Array($0)) })
    }

    /// - Parameters:
    ///   - unchanged: files that git says are as the index has them.
    ///   - left: what a checkout before this one, which was killed, has written.
    func planCheckout(
        _ changes: [TreeChange], unchanged: Set<RepoPath>, left: LeftBehind, force: Bool
    ) throws -> CheckoutPlan {
        let index = try repository.readIndex()
        var planner = try CheckoutPlanner(self, index, changes, unchanged: unchanged, left: left)
        for change in changes { try planner.consider(change) }
        let obstacles = planner.obstacles.sorted()
        // As git's, '--force' puts back what both commits have alike, and writes no other version over such a file.
        let unseen = changes.filter { change in
            change.old != change.new && planner.obstacles.contains(change.path)
                && index.find(change.path)?.assumeValid == true
        }.map(\.path).sorted()
        if let first = unseen.first {
            throw VxError(
                .refused,
                "\(unseen.count == 1 ? "a file" : "\(unseen.count) files") would lose local changes that git has been told not to look at",
                because: unseen.prefix(10).map(\.description).joined(separator: ", ")
                    + (unseen.count > 10 ? ", …" : ""),
                hint:
                    "'git update-index --no-assume-unchanged -- \(typed: first)' has it look again ('git ls-files -v' marks such files with a small 'h'); then keep the changes, or discard them with --force"
            )
        }
        if force {
            planner.plan.inTheWay = planner.inTheWay
        } else if case let paths = try lastCopies(planner.onlyCopies), !paths.isEmpty {
            throw VxError(
                .refused,
                "\(paths.count == 1 ? "a file" : "\(paths.count) files") would go whose content is not in the store",
                because: paths.prefix(10).map(\.description).joined(separator: ", ") + (paths.count > 10 ? ", …" : ""),
                hint: "'vx fsck --repair' stores it again from the workspace, where it may be the only copy")
        } else if !obstacles.isEmpty {
            throw VxError(
                .refused, "\(obstacles.count == 1 ? "a file" : "\(obstacles.count) files") would lose local changes",
                because: obstacles.prefix(10).map(\.description).joined(separator: ", ")
                    + (obstacles.count > 10 ? ", …" : ""),
                hint:
                    "commit them ('vx add' for data, 'git add' for code, then 'git commit'), put them aside with 'git stash -u', or discard them with --force"
            )
        }
        return planner.plan
    }

    /// Of files whose content the store does not have, those whose content the default remote does not hold either. It is
    /// asked only where there are such files: after 'vx evict', say.
    private func lastCopies(_ files: [(path: RepoPath, pointer: Pointer)]) throws -> [RepoPath] {
        guard !files.isEmpty, let access, let entry = remotes.default else { return files.map(\.path) }
        let missing: Set<ContentID>
        do {
            let backend = try connect(entry, access)
            missing = try RemoteCatalog.load(
                backend, cache: RemoteCatalog.cache(in: store, for: backend), cancellation: cancellation
            ).missing(files.map(\.pointer), on: backend, local: store, cancellation: cancellation)
        } catch let error as VxError where error.code != .interrupted {
            return files.map(\.path)  // a remote that does not answer proves nothing
        }
        return files.filter { missing.contains($0.pointer.id) }.map(\.path)
    }
}
