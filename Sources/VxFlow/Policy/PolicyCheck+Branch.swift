import VxConfig
import VxGit
import VxModel

/// What an update does to a branch.
extension PolicyCheck {
    /// Holds what an update brings to a branch against its rules.
    ///
    /// - Parameter fresh: what branches that are new bring, by role.
    func checkBranch(
        _ branch: String, _ update: ReferenceUpdate, _ fresh: [Role?: CommitRegion]
    ) throws {
        report.branches = [branch]
        let role = configuration.role(ofBranch: branch)
        guard let new = update.new else {
            if role != nil, role != .dev {
                add(
                    .historyKept, on: branch, nil, nil, "'\(branch)' is deleted",
                    wayOut: "keep it; a branch that nobody needs any more does no harm")
            }
            return
        }
        if let old = update.old, role != nil, role != .dev {
            if isHere(old) {
                try checkHistory(branch, old, new)
            } else {
                // git refuses such a push by itself unless it is forced.
                let (remote, published) = (try publishedRemote(), try publishedName(branch))
                add(
                    .historyKept, on: branch, new, nil, "'\(branch)' has commits that are not here: \(old.short)",
                    // A rebase would replace commits that clean, split and the tags of snapshots name.
                    wayOut:
                        "get them with 'git fetch \(typed: remote)', then merge them: 'git switch \(typed: branch) && git merge \(typed: published)'"
                )
            }
        }
        let isFree = role == nil || role == .dev
        var range: [GitObjectID] = []
        if let old = update.old, isHere(old) {
            effort += 1
            range = try repository.commits(from: [new], notFrom: [old])
            if isFree { range.removeAll { lookedAt.contains($0) } }
        } else if let region = fresh[role] {
            range = try region.range(to: new) { isFree && lookedAt.contains($0) }
        }
        if isFree { lookedAt.formUnion(range) }
        report.commits = range.count
        (newest, newestSides) = (new, nil)
        let line = try firstParentLine(new, within: Set(range))
        let foreign = role == .stable ? try commitsOfSources(range, line, of: branch) : []
        var beyond = 0
        for id in range {
            if try repository.isShallowEnd(id) {
                beyond += 1
                continue
            }
            // Looked at where they were made.
            if foreign.contains(id), !line.contains(id) { continue }
            let info = try repository.commitInfo(id)
            let candidate = Candidate(
                id: id, tree: info.tree, parents: info.parents, message: info.message,
                isOnFirstParentLine: line.contains(id))
            if !foreign.contains(id) {
                try check(candidate, on: branch, scope: .everything)
            } else if try followsRoad(.stableNoData) {
                try checkBrought(candidate, branch, staying: repository.tree(ofCommit: new))
            }
        }
        if beyond > 0 {
            let which = beyond == 1 ? "a commit" : "\(beyond) commits"
            report.notes.append(
                "\(which) of '\(branch)' at the end of this shallow clone could not be judged: the server and CI do it, or 'git fetch --unshallow' and 'vx check'"
            )
        }
    }

    /// The remote that commits go to, as git here calls it.
    private func publishedRemote() throws -> String {
        try repository.remotes().contains { $0.name == remote } ? remote : "origin"
    }

    /// A branch as git here calls what is published of it: `origin/raw`.
    func publishedName(_ branch: String) throws -> String { "\(try publishedRemote())/\(branch)" }

    private func checkHistory(_ branch: String, _ old: GitObjectID, _ new: GitObjectID) throws {
        if try repository.isAncestor(old, of: new) { return }
        if try repository.isCutOff(new) {
            report.notes.append(
                "whether commits would go from '\(branch)' is not known in this shallow clone: the server judges it, or 'git fetch --unshallow' and 'vx check'"
            )
            return
        }
        let lost = try repository.commits(from: [old], notFrom: [new]).count
        let isUnrelated = try repository.mergeBase(old, new) == nil
        try addLost(branch, old, new, lost: lost, because: isUnrelated ? "; the two histories share nothing" : "")
    }

    func addLost(
        _ branch: String, _ old: GitObjectID, _ new: GitObjectID?, lost: Int, because unrelated: String = ""
    ) throws {
        let subject = try repository.commitInfo(old).subject
        let count = lost == 1 ? "a published commit" : "\(lost) published commits"
        add(
            .historyKept, on: branch, new, nil,
            "\(count) would go from '\(branch)', the newest is \(old.short) \"\(subject)\"\(unrelated)",
            wayOut:
                "go back to what is published with 'git reset --soft \(typed: old.short)' and commit what is new on top of it"
        )
    }

    private func firstParentLine(_ tip: GitObjectID, within range: Set<GitObjectID>) throws -> Set<GitObjectID> {
        var line: Set<GitObjectID> = []
        var next: GitObjectID? = tip
        while let id = next, range.contains(id), line.insert(id).inserted {
            next = try repository.commitInfo(id).parents.first
        }
        return line
    }

    /// Commits of a stable branch that were made on dev, split or main: a merge that only moved the branch forward shows
    /// them as if they were its own. What the branch's own reflog knows to be made on it is its own, whichever branch was
    /// begun there afterwards; elsewhere, the two cannot be told apart.
    private func commitsOfSources(
        _ range: [GitObjectID], _ line: Set<GitObjectID>, of branch: String
    ) throws -> Set<GitObjectID> {
        if try branches.get().sources.isEmpty { return [] }
        let own = try ownOfStable()
        let foreign = Set(range.filter { !own.contains($0) })
        if foreign.isDisjoint(with: line) { return foreign }
        let made = try repository.movements(ofBranch: branch).filter { Self.isMaking($0.value) }
        return foreign.subtracting(line.intersection(made.keys))
    }

    /// Whether words of git's reflog say that a commit was made, and not that the branch moved to it.
    private static func isMaking(_ words: String) -> Bool {
        ["commit", "cherry-pick", "revert", "am"].contains { words.hasPrefix($0) } || words.contains(": Merge made by")
    }

    /// What of the history that is looked at is on neither dev nor split nor main.
    func ownOfStable() throws -> CommitRegion {
        if let notOnSources { return notOnSources }
        effort += 1
        let region = try CommitRegion(repository, from: subjects, notFrom: branches.get().sources)
        notOnSources = region
        return region
    }

    /// The branch a reference is about: `raw` for `refs/heads/raw` and `refs/remotes/origin/raw`.
    package static func branch(ofReference name: String) -> String? {
        if name.hasPrefix("refs/heads/") { return String(name.dropFirst(11)) }
        guard name.hasPrefix("refs/remotes/") else { return nil }
        let rest = name.dropFirst(13)
        guard let slash = rest.firstIndex(of: "/") else { return nil }
        let branch = rest[rest.index(after: slash)...]
        return branch == "HEAD" ? nil : String(branch)
    }
}
