import VxConfig
import VxGit
import VxModel

/// The commits that a job of a CI server is about, found in the clone.
package struct CISubject: Sendable {
    /// The branch whose rules hold; `nil` where there is none, as for a tag.
    package var branch: String?
    /// What the branch gets; `nil` where nothing has happened to one.
    package var update: ReferenceUpdate?
    /// The newest commit.
    package var head: GitObjectID
    /// The commits whose data is looked at, with that of their history.
    package var tips: [GitObjectID]
    /// Whether the commits are only proposed for the branch.
    package var isProposal = false
    /// What the commits are on where they come from, which may be no branch of this repository.
    private var arriving: [ReferenceUpdate] = []

    /// - Throws: `usage` where a commit that the server names is not here.
    package init(_ job: CIJob, _ repository: Repository, _ configuration: Configuration) throws {
        head = try CheckTarget.resolve(job.head, repository)
        tips = [head]
        switch job.event {
        case .push(let branch, let old):
            self.branch = branch
            update = ReferenceUpdate(
                name: "refs/heads/\(branch)", old: try CheckTarget.start(of: old, repository), new: head)
        case .proposal(let branch, let source, let base):
            self.branch = branch
            isProposal = true
            update = ReferenceUpdate(
                name: "refs/heads/\(branch)", old: try Self.parting(head, branch, base, repository), new: head)
            if job.isFromFork, let source {
                arriving = [ReferenceUpdate(name: "refs/heads/\(source)", old: nil, new: head)]
            }
        case .look: tips += try Self.everything(repository, configuration).filter { $0 != head }
        case .tag, .deletion: break
        }
    }

    /// Commits that were typed in place of what a server says.
    package init(
        range: String?, branch: String?, _ repository: Repository, _ configuration: Configuration
    ) throws {
        let (update, _) = try CheckTarget.updates(
            repository, configuration, range: range, branch: branch, command: "ci")
        self.branch = PolicyCheck.branch(ofReference: update.name)
        self.update = update
        head = try update.new ?? CheckTarget.resolve("HEAD", repository)
        tips = [head]
    }

    /// Where the branches that play a role stand, here and on the remote, and the tags. By the clock a server runs its job on
    /// main, which holds no data by its rules.
    private static func everything(
        _ repository: Repository, _ configuration: Configuration
    ) throws -> [GitObjectID] {
        let branches = try repository.references(withPrefix: "refs/").filter {
            PolicyCheck.branch(ofReference: $0).map { configuration.role(ofBranch: $0) } ?? nil != nil
        }
        var seen: Set<GitObjectID> = []
        return try (branches + repository.references(withPrefix: "refs/tags/")).compactMap { name in
            try repository.reference(name).flatMap { try repository.peeledCommit($0) }
        }.filter { seen.insert($0).inserted }
    }

    /// Where what is proposed has parted from the branch it is for, which may have gone on since: nothing of that is the
    /// proposal's. `nil` where the two have nothing in common.
    private static func parting(
        _ head: GitObjectID, _ branch: String, _ base: String?, _ repository: Repository
    ) throws -> GitObjectID? {
        let seen = base.flatMap { GitObjectID(hex: $0) }.flatMap { repository.hasObject($0) ? $0 : nil }
        let now = try CheckTarget.tip(ofBranch: branch, repository)
        guard seen != nil || now != nil else {
            throw VxError(
                .usage, "the branch '\(branch)', which these commits are for, is not here",
                hint: "git fetch origin \(typed: branch)")
        }
        // A proposal may have taken in what the branch got after the server looked, and may be merged by now.
        let isMerged = try now.map { try repository.isAncestor(head, of: $0) } ?? true
        let partings = try [seen, isMerged && seen != nil ? nil : now].compactMap { $0 }
            .compactMap { try repository.mergeBase($0, head) }
        guard let first = partings.first, let last = partings.last else { return nil }
        return try repository.isAncestor(first, of: last) ? last : first
    }

    /// Holds the commits against the rules of the branch.
    package func check(_ repository: Repository, _ configuration: Configuration) throws -> PolicyReport {
        guard let update else { return PolicyReport() }
        var report = try PolicyCheck(repository, configuration, arriving: arriving).check([update]) { role in
            try known(role, repository, configuration)
        }
        // The server has taken the push, and has given what it replaced to nobody: only a clone that has it can bring it back.
        if let old = update.old, !repository.hasObject(old) {
            let pushed = "\(old.hex):\(update.name)"
            for index in report.findings.indices where report.findings[index].rule == .historyKept {
                report.findings[index].wayOut =
                    "where 'git cat-file -t \(typed: old.hex)' says 'commit', put it back: 'git push --force origin \(typed: pushed)'"
            }
        }
        return report
    }

    /// The commits of other branches, which a new branch has not brought: on the server, it is there itself by now.
    private func known(
        _ role: Role?, _ repository: Repository, _ configuration: Configuration
    ) throws -> [GitObjectID] {
        try repository.references(withPrefix: "refs/").compactMap { reference in
            guard let name = PolicyCheck.branch(ofReference: reference), name != branch else { return nil }
            let other = configuration.role(ofBranch: name)
            // A new branch of a role with rules is looked at whole, but for main, where it began.
            guard role == nil || role == .dev || other == .main || other == role else { return nil }
            return try repository.reference(reference)
        }
    }

    /// Commits whose data others have had before.
    package func before(_ repository: Repository) -> [GitObjectID] {
        update?.old.flatMap { repository.hasObject($0) ? [$0] : nil } ?? []
    }

    /// The range as it is typed: for a new branch, all that it has.
    package func range(_ repository: Repository) -> String {
        (before(repository).first.map { "\($0.hex).." } ?? "") + head.hex
    }
}
