import VxConfig
import VxGit
import VxModel

/// A reference that moves, as a push or a range says it.
package struct ReferenceUpdate: Sendable, Equatable {
    /// `refs/heads/raw`, say.
    package var name: String
    /// `nil` where it is new.
    package var old: GitObjectID?
    /// `nil` where it is deleted.
    package var new: GitObjectID?

    package init(name: String, old: GitObjectID?, new: GitObjectID?) {
        self.name = name
        self.old = old
        self.new = new
    }
}

/// Holds commits against the rules of their branch. One engine for hooks, servers and `vx check`; it needs git's objects
/// only, so that it works in a bare repository.
package final class PolicyCheck {
    let repository: Repository
    let configuration: Configuration
    let arriving: [ReferenceUpdate]
    let reader: PolicyReader
    var report = PolicyReport()
    /// What is said of one rule at most: a thousand findings of one kind help nobody.
    private static let most = 100
    private var counts: [PolicyRule: Int] = [:]

    /// Rules that make sense only where data comes in through raw. In a repository that has no such branch, a user may
    /// well keep data on main; `vx.yaml` can say otherwise.
    private static let needingRaw: Set<PolicyRule> = [.mainNoData, .stableNoCode, .stableNoData, .stableSource]
    private lazy var hasRaw = Result { try !branches.get().tips(ofRoles: .raw).isEmpty }
    lazy var branches = Result { try KnownBranches(repository, configuration, arriving: arriving) }
    lazy var everOnSplit = Result { try Self.files(everOn: branches.get().tips(ofRoles: .split), repository) }
    lazy var recordedTags = Result { try readRecordedTags() }
    /// Commits whose history is looked at.
    private var subjects: [GitObjectID] = []
    /// What of that dev, split and main do not have.
    private var notOnSources: CommitRegion?
    /// Commits of branches that no rule is about but the one of large blobs: a second branch adds nothing to say of them.
    private var lookedAt: Set<GitObjectID> = []
    /// Walks over histories and records read so far: what a check of many references must not multiply.
    package var effort = 0

    /// - Parameter arriving: everything that a push brings: on a server, the references are not there yet.
    package init(_ repository: Repository, _ configuration: Configuration, arriving: [ReferenceUpdate] = []) {
        self.repository = repository
        self.configuration = configuration
        self.arriving = arriving
        reader = PolicyReader(repository)
    }

    // MARK: - What is checked

    /// The commit that is being made in a work tree.
    ///
    /// - Parameters:
    ///   - tree: what it will hold.
    ///   - message: `nil` before it is written; then only what it holds is looked at, and with it only what it says.
    ///   - replaced: the commit that goes by `--amend`.
    package func check(
        pendingOn branch: String, tree: GitObjectID, parents: [GitObjectID], message: String?,
        replacing replaced: GitObjectID? = nil
    ) throws -> PolicyReport {
        report = PolicyReport()
        report.branches = [branch]
        report.commits = 1
        begin(parents)
        let candidate = Candidate(id: nil, tree: tree, parents: parents, message: message)
        try check(candidate, on: branch, scope: message == nil ? .content : .message)
        if let replaced, message == nil, let role = configuration.role(ofBranch: branch), role != .dev,
            let published = try CheckTarget.published(branch, repository),
            try repository.isAncestor(replaced, of: published)
        {
            try addLost(branch, published, nil, lost: repository.commits(from: [published], notFrom: parents).count)
        }
        return report
    }

    /// Everything some updates of references bring. What they have in common is walked over and read once.
    ///
    /// - Parameters:
    ///   - known: for the name of a branch, the commits that need no second look where the reference is new, or was at a
    ///     commit that is not here: those of main and of branches of the same role that are published. The same for
    ///     branches of one role.
    ///   - remote: where the references are updated, as whoever updates them calls that.
    package func check(
        _ updates: [ReferenceUpdate], remote: String = "origin",
        known: (Role?) throws -> [GitObjectID] = { _ in [] }
    ) throws -> PolicyReport {
        begin(updates.compactMap(\.new).filter { repository.hasObject($0) })
        let fresh = try freshRegions(updates, known)
        var total = PolicyReport()
        for update in updates {
            report = PolicyReport()
            counts = [:]
            if update.name.hasPrefix("refs/tags/") {
                try checkTag(update, remote)
            } else if let branch = Self.branch(ofHead: update.name) {
                try checkBranch(branch, update, fresh)
            }
            total.add(report)
        }
        return total
    }

    /// The same of one update.
    package func check(
        _ update: ReferenceUpdate, known: [GitObjectID] = [], remote: String = "origin"
    ) throws -> PolicyReport {
        try check([update], remote: remote) { _ in known }
    }

    private func begin(_ subjects: [GitObjectID]) {
        self.subjects = subjects
        notOnSources = nil
        lookedAt = []
    }

    /// What branches that are new, or of which the old commit is not here, bring: by role, each walked over once.
    private func freshRegions(
        _ updates: [ReferenceUpdate], _ known: (Role?) throws -> [GitObjectID]
    ) throws -> [Role?: CommitRegion] {
        var tips: [Role?: [GitObjectID]] = [:]
        for update in updates where !isHere(update.old) {
            guard let branch = Self.branch(ofHead: update.name), let new = update.new else { continue }
            tips[configuration.role(ofBranch: branch), default: []].append(new)
        }
        return try Dictionary(
            uniqueKeysWithValues: tips.map { role, tips in
                effort += 1
                return (role, try CommitRegion(repository, from: tips, notFrom: try known(role)))
            })
    }

    private func isHere(_ commit: GitObjectID?) -> Bool { commit.map(repository.hasObject) ?? false }

    /// The branch of a reference of this repository.
    private static func branch(ofHead name: String) -> String? {
        name.hasPrefix("refs/heads/") ? String(name.dropFirst(11)) : nil
    }

    private func checkBranch(
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
                add(
                    .historyKept, on: branch, new, nil, "'\(branch)' has commits that are not here: \(old.short)",
                    wayOut: "get them with 'git fetch', then 'git rebase' your own commits on top of them")
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

    private func addLost(
        _ branch: String, _ old: GitObjectID, _ new: GitObjectID?, lost: Int, because unrelated: String = ""
    ) throws {
        let subject = try repository.commitInfo(old).subject
        let count = lost == 1 ? "a published commit" : "\(lost) published commits"
        add(
            .historyKept, on: branch, new, nil,
            "\(count) would go from '\(branch)', the newest is \(old.short) \"\(subject)\"\(unrelated)",
            wayOut:
                "go back to what is published with 'git reset --soft \(old.short)' and commit what is new on top of it")
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

    // MARK: - One commit

    /// What of a commit is looked at: a hook sees content and message one after the other.
    enum Scope { case content, message, everything }

    private func check(_ candidate: Candidate, on branch: String, scope: Scope) throws {
        let content = scope != .message
        let usesRoad = try hasRaw.get()
        let message = scope != .content && candidate.message != nil
        if content {
            try checkBlobSizes(candidate, branch)
            try checkPaths(candidate, branch)
            try checkServed(candidate, branch)
        }
        switch configuration.role(ofBranch: branch) {
        case .main where content: try checkMain(candidate, branch, noData: followsRoad(.mainNoData))
        case .raw:
            if content { try checkAppendOnly(.rawAppendOnly, candidate, branch) }
            if message { try checkSource(candidate, branch) }
        case .clean:
            if content { try checkClean(candidate, branch) }
            if message { try checkDerived(.cleanDerived, from: .raw, candidate, branch) }
        case .split:
            if content { try checkSplit(candidate, branch) }
            if message { try checkDerived(.splitDerived, from: .clean, candidate, branch) }
        case .stable where content && (usesRoad || Self.needingRaw.contains(where: isExplicit)):
            try checkStable(candidate, branch)
        case .monitoring:
            if content { try checkAppendOnly(.monitoringAppendOnly, candidate, branch) }
            if message { try checkModel(candidate, branch) }
        default: break
        }
    }

    /// Whether a rule holds that makes sense only where data comes in through raw.
    private func followsRoad(_ rule: PolicyRule) throws -> Bool { try hasRaw.get() || isExplicit(rule) }

    private func isExplicit(_ rule: PolicyRule) -> Bool { configuration.policy.severities[rule] != nil }

    func add(
        _ rule: PolicyRule, on branch: String, _ commit: GitObjectID?, _ path: RepoPath?, _ message: String,
        wayOut: String
    ) {
        let severity = configuration.policy.severity(of: rule)
        guard severity != .off, counts[rule, default: 0] < Self.most else { return }
        counts[rule, default: 0] += 1
        report.findings.append(
            Finding(
                rule: rule, severity: severity, branch: branch, commit: commit, path: path,
                message: VisibleText.line(message), wayOut: VisibleText.line(wayOut)))
    }
}
