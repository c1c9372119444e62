import VxConfig
import VxGit
import VxModel
import VxWorkspace

/// The rules of stable branches: code from dev, data from split, and models made here.
extension PolicyCheck {
    func checkStable(_ candidate: Candidate, _ branch: String) throws {
        guard candidate.isOnFirstParentLine else { return }
        // Where a stable branch begins without a parent, everything in it was written there.
        if candidate.isMerge {
            try checkStableMerge(candidate, branch)
        } else {
            try checkStableCommit(candidate, branch)
        }
    }

    private func checkStableCommit(_ candidate: Candidate, _ branch: String) throws {
        let (models, metrics) = try outputs(candidate, branch)
        for change in try reader.changes(candidate) {
            if isOutput(change.path) || metrics.contains(change.path) { continue }
            let isData = try reader.newPointer(change, candidate) != nil || reader.oldPointer(change, candidate) != nil
            let verb = change.old == nil ? "added" : change.new == nil ? "deleted" : "changed"
            if isData {
                if models.contains(where: { change.path.isInside($0) }) { continue }
                add(
                    .stableNoData, on: branch, candidate.id, change.path,
                    "the data file \(change.path) is \(verb) here",
                    wayOut:
                        "data comes with 'git merge split'; a model is named in 'snapshot: {model: […]}' or by 'vx snapshot --model'"
                )
            } else {
                add(
                    .stableNoCode, on: branch, candidate.id, change.path, "\(change.path) is \(verb) here",
                    wayOut:
                        "make the change on a dev branch, then 'git merge --no-ff dev/NAME'; outputs are named in 'policy: {stable-outputs: […]}'"
                )
            }
        }
    }

    func isOutput(_ path: RepoPath) -> Bool {
        // What vx itself commits there is allowed whatever a project names besides.
        path.isInside("snapshots") || path == Workspace.attributesPath
            || configuration.policy.stableOutputs.matches(path) || path == configuration.snapshot.metrics
    }

    /// What the configuration or a manifest in the commit itself names as a model, and the metrics that a manifest names.
    func outputs(_ candidate: Candidate, _ branch: String) throws -> (models: [RepoPath], metrics: Set<RepoPath>) {
        var models = configuration.snapshot.model
        var metrics: Set<RepoPath> = []
        for change in try reader.changes(candidate) where change.path.isInside("snapshots") {
            guard let item = change.new, item.mode.isFile else { continue }
            func unreadable(_ why: String) {
                add(
                    .stableNoData, on: branch, candidate.id, change.path,
                    "\(change.path) cannot be read as a snapshot's manifest: \(why)",
                    wayOut: "'vx snapshot' writes it; take this one out with 'git rm --cached \(typed: change.path)'")
            }
            guard let bytes = try repository.blob(item.id, limit: 64 << 20) else {
                unreadable("it is larger than \(ByteCount.text(64 << 20))")
                continue
            }
            do throws(JSONSyntaxError) {
                let manifest = try JSONValue.parse(bytes)
                // Other files may stand there: what names no model names none.
                guard case .array(let files) = manifest["model"] else { continue }
                models += files.compactMap { $0["path"]?.stringValue.map { RepoPath($0) } }
                if let path = manifest["metrics"]?["path"]?.stringValue {
                    models.append(RepoPath(path))
                    metrics.insert(RepoPath(path))
                }
            } catch {
                if change.path.name.bytes.suffix(5).elementsEqual(".json".utf8) {
                    unreadable("line \(error.line), column \(error.column): \(error.reason)")
                }
            }
        }
        return (models, metrics)
    }

    private func checkStableMerge(_ candidate: Candidate, _ branch: String) throws {
        let isFromElsewhere = try !checkSources(candidate, branch)
        let own = try reader.ownChanges(candidate).filter { !isOutput($0.path) }
        var told: Set<RepoPath> = []
        var merged: [RepoPath: TreeItem] = [:]
        if candidate.parents.count == 2, !own.isEmpty {
            merged = try repository.automaticMerge(
                of: candidate.parents[0], with: candidate.parents[1], at: own.map(\.path))
        }
        for change in own where merged[change.path] != change.new || change.new == nil && candidate.parents.count > 2 {
            let isData = try reader.newPointer(change, candidate) != nil || reader.oldPointer(change, candidate) != nil
            told.insert(change.path)
            add(
                isData ? .stableNoData : .stableNoCode, on: branch, candidate.id, change.path,
                "\(change.path) is neither side's in this merge",
                wayOut: isData
                    ? "take one version: 'git checkout --theirs -- \(typed: change.path)', then 'git add \(typed: change.path)'"
                    : "merge \(branch) into a dev branch, settle it there, and merge that one")
        }
        // What comes with such a merge need not be named file by file.
        if isFromElsewhere, configuration.policy.severity(of: .stableSource) == .error { return }
        try checkBrought(candidate, branch, except: told)
    }

    /// What is merged in must not come past dev and split. Of a branch without a role only the newest commit is known to be
    /// its own: the others it may share with one of dev that is gone.
    ///
    /// - Returns: whether nothing is wrong with that.
    private func checkSources(_ candidate: Candidate, _ branch: String) throws -> Bool {
        var isLegal = true
        let branches = try branches.get()
        let own = try ownOfStable()
        let roles: [(Role, String)] = [(.raw, "raw"), (.clean, "clean"), (.monitoring, "monitoring")]
        for parent in candidate.parents.dropFirst() {
            if !own.contains(parent) { continue }
            if try branches.isOnStable(parent, besides: branch) { continue }
            let sources = try roles.filter { try repository.isAncestor(parent, ofAny: branches.tips(ofRoles: $0.0)) }
            if !sources.isEmpty { isLegal = false }
            for (_, name) in sources {
                add(
                    .stableSource, on: branch, candidate.id, nil, "\(parent.short) is merged from \(name)",
                    wayOut:
                        "data goes to stable by way of split: 'vx clean', 'vx split', then 'git merge --no-ff split'")
            }
            let holders = branches.names(at: parent)
            guard sources.isEmpty, !holders.contains(branch),
                let other = holders.first(where: { branches.role(of: $0) == nil })
            else { continue }
            isLegal = false
            add(
                .stableSource, on: branch, candidate.id, nil, "\(parent.short) is merged from \(other)",
                wayOut:
                    "merge it into a dev branch, and that one with 'git merge --no-ff dev/NAME'; or say that it is one: 'roles: {dev: […]}'"
            )
        }
        return isLegal
    }
}
