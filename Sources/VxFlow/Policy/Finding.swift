import VxModel

/// A rule that is broken, where, and the way out.
package struct Finding: Sendable, Equatable {
    package var rule: PolicyRule
    package var severity: Severity
    /// The branch or tag whose rule it is.
    package var branch: String
    /// The commit that breaks it; `nil` for one that is just being made.
    package var commit: GitObjectID?
    /// The file it is about, where it is about one.
    package var path: RepoPath?
    /// What is wrong, in one clause.
    package var message: String
    /// What to type or do.
    package var wayOut: String
}

/// What a check has found, and how much it looked at.
package struct PolicyReport: Sendable, Equatable {
    package var findings: [Finding] = []
    /// How many more there are of a rule than are listed: a thousand findings of one kind help nobody.
    package private(set) var unlisted: [PolicyRule: Int] = [:]
    /// Commits looked at.
    package var commits = 0
    /// Branches looked at, by name.
    package var branches: [String] = []
    /// How many tags were looked at.
    package var tags = 0
    /// What could not be found out, and what is no finding but worth knowing.
    package var notes: [String] = []

    package init() {}

    /// Whether something is to be refused.
    package var refuses: Bool { findings.contains { $0.severity == .error } }

    /// What is listed of one rule at most.
    private static let most = 100

    /// Lists a finding, or counts it where enough of its rule are listed.
    mutating func add(_ finding: Finding) {
        if findings.count(where: { $0.rule == finding.rule }) < Self.most {
            findings.append(finding)
        } else {
            unlisted[finding.rule, default: 0] += 1
        }
    }

    package mutating func add(_ other: PolicyReport) {
        findings += other.findings
        unlisted.merge(other.unlisted, uniquingKeysWith: +)
        commits += other.commits
        branches += other.branches.filter { !branches.contains($0) }
        tags += other.tags
        notes += other.notes
    }
}
