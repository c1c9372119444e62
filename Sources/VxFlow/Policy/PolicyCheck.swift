import VxConfig
import VxGit
import VxModel

/// Holds commits against the rules of their branch. One engine for hooks, servers and `vx check`; it needs git's objects
/// only, so that it works in a bare repository.
package final class PolicyCheck {
    let repository: Repository
    let configuration: Configuration
    let arriving: [ReferenceUpdate]
    let reader: PolicyReader
    /// Where the references are updated that are looked at, as whoever updates them calls that.
    private(set) var remote = "origin"
    /// The newest commit of the branch that is looked at; `nil` while a commit is being made.
    var newest: GitObjectID?
    /// What that has, where the branch has sides; read when it is asked for.
    var newestSides: NewestSides?
    var report = PolicyReport()

    /// Rules that make sense only where data comes in through raw. In a repository that has no such branch, a user may
    /// well keep data on main; `vx.yaml` can say otherwise.
    private static let needingRaw: Set<PolicyRule> = [.mainNoData, .stableNoCode, .stableNoData, .stableSource]
    private lazy var hasRaw = Result { try !branches.get().tips(ofRoles: .raw).isEmpty }
    lazy var branches = Result { try KnownBranches(repository, configuration, arriving: arriving) }
    lazy var everOnSplit = Result { try Self.files(everOn: branches.get().tips(ofRoles: .split), repository) }
    lazy var recordedTags = Result { try readRecordedTags() }
    /// Commits whose history is looked at.
    var subjects: [GitObjectID] = []
    /// What of that dev, split and main do not have.
    var notOnSources: CommitRegion?
    /// Commits of branches that no rule is about but the one of large blobs: a second branch adds nothing to say of them.
    var lookedAt: Set<GitObjectID> = []
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
        self.remote = remote
        begin(updates.compactMap(\.new).filter { repository.hasObject($0) })
        let fresh = try freshRegions(updates, known)
        var total = PolicyReport()
        for update in updates {
            report = PolicyReport()
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
        (newest, newestSides) = (nil, nil)
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

    func isHere(_ commit: GitObjectID?) -> Bool { commit.map(repository.hasObject) ?? false }

    /// The branch of a reference of this repository.
    private static func branch(ofHead name: String) -> String? {
        name.hasPrefix("refs/heads/") ? String(name.dropFirst(11)) : nil
    }

    // MARK: - One commit

    /// What of a commit is looked at: a hook sees content and message one after the other.
    enum Scope { case content, message, everything }

    func check(_ candidate: Candidate, on branch: String, scope: Scope) throws {
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
    func followsRoad(_ rule: PolicyRule) throws -> Bool { try hasRaw.get() || isExplicit(rule) }

    /// Whether a change of code, or of `vx.yaml`, that is made on a branch cannot be committed there.
    package func refusesCode(on branch: String) throws -> Bool {
        guard configuration.role(ofBranch: branch) == .stable else { return false }
        return try configuration.policy.severity(of: .stableNoCode) == .error && followsRoad(.stableNoCode)
    }

    private func isExplicit(_ rule: PolicyRule) -> Bool { configuration.policy.severities[rule] != nil }

    func add(
        _ rule: PolicyRule, on branch: String, _ commit: GitObjectID?, _ path: RepoPath?, _ message: String,
        wayOut: String
    ) {
        let severity = configuration.policy.severity(of: rule)
        guard severity != .off else { return }
        report.add(
            Finding(
                rule: rule, severity: severity, branch: branch, commit: commit, path: path,
                message: VisibleText.line(message), wayOut: VisibleText.line(wayOut)))
    }
}
