import VxGit
import VxModel
import VxStore
import VxSystem

import struct SystemPackage.FilePath

extension Workspace {
    /// Puts files back as the index has them, or as `revision` has them, and the index with them.
    ///
    /// - Throws: `corrupt` for a path that nothing may be written at; `refused` where that would discard the only copy of local changes, unless `force` says so; nothing is
    ///   touched then.
    package func checkout(
        paths: [RepoPath], from revision: GitObjectID?, force: Bool = false, dryRun: Bool = false
    ) async throws -> CheckoutResult {
        for _ in 1...Self.attempts {
            if let result = try await attemptCheckout(paths, from: revision, force: force, dryRun: dryRun) {
                return result
            }
        }
        throw Self.indexKeepsChanging
    }

    /// - Returns: `nil` where another process changed the index meanwhile; nothing was touched then.
    private func attemptCheckout(
        _ paths: [RepoPath], from revision: GitObjectID?, force: Bool, dryRun: Bool
    ) async throws -> CheckoutResult? {
        let index = try repository.readIndex()
        let sources =
            try revision.map { try entries(ofCommit: $0, inside: paths) } ?? indexEntries(index, inside: paths)
        for source in sources { try WorkTree.require(source.path, isSymlink: source.mode == .symlink) }
        var data: [LayDown.Job] = []
        var blobs: [RepoPath: TreeItem] = [:]
        var code: [TreeChange] = []
        var obstacles: [RepoPath] = []
        var cutShort: [RepoPath] = []
        // The user's own, to be removed because `--force` says so.
        var inTheWay: Set<RepoPath> = []
        let places = Places(root)
        let owner: any PathOwner =
            try revision.map { TreeAttributes(repository, try repository.tree(ofCommit: $0)) }
            ?? FilterRules(self, index)
        var seen: Set<RepoPath> = []
        for source in sources where seen.insert(source.path).inserted {
            try cancellation.check()
            let side = TreeItem(mode: source.mode, id: source.id)
            let entry = index.find(source.path)
            // What is left out of the work tree stays out, unless another version is asked for.
            if let entry, entry.skipWorktree, entry.item == side { continue }
            let blocker = try places.blocker(above: source.path)
            if let blocker, inTheWay.insert(blocker).inserted, !force { obstacles.append(blocker) }
            guard let pointer = try repository.soundPointer(of: side, at: source.path, owner: owner) else {
                code.append(TreeChange(path: source.path, old: side, new: side))
                continue
            }
            var status = try places.status(source.path)
            if status?.kind == .directory, force {
                inTheWay.insert(source.path)
                status = nil
            }
            if let status {
                let isStored = try entry.map { try isKept(status, of: $0, in: index) } ?? false
                let isRight = isStored && entry?.item == side && !Pointer.couldBeWorkTreeText(ofLength: status.size)
                if try isRight && hasMode(status, source.mode) { continue }
                let comparison = isStored ? Comparison.same : try compare(status, at: source.path, with: pointer)
                if comparison == .different, !force {
                    let isCut = try isCutShort(status, at: source.path, of: pointer)
                    if isCut { cutShort.append(source.path) } else { obstacles.append(source.path) }
                }
            }
            blobs[source.path] = side
            let file = DataFile(path: source.path, pointer: pointer, isExecutable: source.mode == .executable)
            data.append(LayDown.Job(file: file, standing: status))
        }
        if !force { obstacles += try await changedCode(code, index, places) }
        if let entry = obstacles.lazy.compactMap({ index.find($0) }).first(where: \.assumeValid) { throw entry.leftOut }
        guard obstacles.isEmpty else {
            throw VxError(
                .refused,
                "\(obstacles.count == 1 ? "a file has" : "\(obstacles.count) files have") changes that are stored nowhere else",
                because: obstacles.prefix(10).map(\.description).joined(separator: ", ")
                    + (obstacles.count > 10 ? ", …" : ""),
                hint:
                    "keep them first ('vx add' for data, 'git add' for code), or discard them with '\(Self.discarding(obstacles, from: revision))'"
            )
        }
        var result = CheckoutResult(written: data.map(\.file), code: code.count)
        result.cutShort = cutShort
        if dryRun { return result }
        let reasons = try provide(data.map(\.file.pointer))
        guard try layDown(data, blobs, inTheWay, planned: index, reasons, &result) else { return nil }
        try await checkoutCode(code.map(\.path), from: revision)
        return result
    }

    /// Writes data files, and the index with them.
    ///
    /// - Parameters:
    ///   - inTheWay: what stands where a file, or a folder of one, is to be.
    ///   - planned: the index by which it was decided what may be written over.
    /// - Returns: whether the index still had what it had of these paths; nothing was touched where not.
    private func layDown(
        _ data: [LayDown.Job], _ blobs: [RepoPath: TreeItem], _ inTheWay: Set<RepoPath>, planned: GitIndex,
        _ reasons: [ContentID: VxError], _ result: inout CheckoutResult
    ) throws -> Bool {
        let transaction = try IndexTransaction(repository, .command(cancellation))
        guard data.allSatisfy({ planned.find($0.file.path)?.item == transaction.original.find($0.file.path)?.item })
        else {
            return false
        }
        result.written = []
        for path in inTheWay.sorted() { try files.removeTree(path) }
        let outcomes = try LayDown(self).write(data)
        for (file, outcome) in zip(data.map(\.file), outcomes) {
            switch outcome {
            case .written(let status):
                guard let side = blobs[file.path] else { continue }
                result.written.append(file)
                // Another version is one that git is to look at.
                let entry = transaction.original.find(file.path)
                try transaction.add(
                    IndexEntry(
                        path: file.path, mode: side.mode, id: side.id, stat: status.map { .init($0) } ?? .unknown,
                        assumeValid: entry?.assumeValid == true && entry?.item == side))
            case .failed(let error): result.failures.append((file, reasons.error(for: file) ?? error))
            }
        }
        try transaction.commit()
        return true
    }

    private typealias Source = (path: RepoPath, mode: FileMode, id: GitObjectID)

    private func indexEntries(_ index: GitIndex, inside paths: [RepoPath]) throws -> [Source] {
        try paths.flatMap { path -> [Source] in
            let known = index.entries(under: path).filter { $0.stage == 0 }
            let found = known.filter { !$0.skipWorktree }
            guard !found.isEmpty else { throw known.first.map { $0.leftOut } ?? Self.unknown(path, "the index") }
            return found.map { ($0.path, $0.mode, $0.id) }
        }
    }

    private func entries(ofCommit commit: GitObjectID, inside paths: [RepoPath]) throws -> [Source] {
        let tree = try repository.tree(ofCommit: commit)
        return try paths.flatMap { path -> [Source] in
            var found: [Source] = []
            try repository.walkTree(tree, under: path) { found.append(($0.path, $0.mode, $0.id)) }
            guard !found.isEmpty else { throw Self.unknown(path, "commit \(commit.short)") }
            return found
        }
    }

    /// The command that puts files back whatever they hold.
    private static func discarding(_ paths: [RepoPath], from revision: GitObjectID?) -> String {
        let names = paths.count <= 10 ? paths.map { ShellWord($0).description }.joined(separator: " ") : "PATH…"
        return "vx checkout --force \(revision.map { "\($0.short) " } ?? "")-- \(names)"
    }

    private static func unknown(_ path: RepoPath, _ place: String) -> VxError {
        VxError(
            .usage, "'\(path)' is neither a revision nor a path that \(place) knows",
            hint: "list the data files with 'vx ls', and the branches and tags with 'git branch' and 'git tag'")
    }

    private func hasMode(_ status: FileStat, _ mode: FileMode) throws -> Bool {
        try status.isExecutable == (mode == .executable) || !repository.trustsFileMode
    }

    /// Whether what stands there is what the index entry says, so that overwriting it loses nothing.
    private func isKept(_ status: FileStat, of entry: IndexEntry, in index: GitIndex) throws -> Bool {
        if entry.isProvenUnchanged(status, index: index.timestamp) { return true }
        guard let pointer = try repository.pointer(inBlob: entry.id, at: entry.path) else { return false }
        return try compare(status, at: entry.path, with: pointer) != .different
    }

    /// The code files, symlinks and empty files that hold changes of the user's own.
    private func changedCode(_ code: [TreeChange], _ index: GitIndex, _ places: Places) async throws -> [RepoPath] {
        let unchanged = try await unchangedCode(code)
        return try code.filter { change in
            guard let status = try places.status(change.path), !unchanged.contains(change.path) else { return false }
            if let entry = index.find(change.path) {
                if entry.mode == .submodule || entry.isProvenUnchanged(status, index: index.timestamp) { return false }
            }
            return status.size > 0 || status.kind != .regular
        }.map(\.path)
    }

    /// Code, symlinks and empty files are git's.
    private func checkoutCode(_ paths: [RepoPath], from revision: GitObjectID?) async throws {
        if paths.isEmpty { return }
        let arguments = ["--literal-pathspecs", "checkout", "-q"] + (revision.map { [$0.hex] } ?? [])
        _ = try await GitProcess().check(
            "git could not put the other files back", arguments + ["--pathspec-from-file=-", "--pathspec-file-nul"],
            in: root, input: paths.flatMap { $0.bytes + [0] })
    }
}
