import VxConfig
import VxGit
import VxModel
import VxWorkspace

/// Where every branch of the road stands, and what it is behind on.
package struct FlowStatus: Sendable {
    /// Something a branch has not taken over yet.
    package struct Behind: Sendable, Equatable {
        /// The branch that is ahead.
        package var source: String
        /// Commits it is ahead by.
        package var commits: Int
        /// What catches up.
        package var command: String
        /// Whether the two share no commit: git does not merge what has no beginning in common.
        package var isUnrelated = false
    }

    /// One branch.
    package struct Branch: Sendable, Equatable {
        package var name: String
        package var role: Role
        package var commit: GitObjectID
        package var subject: String
        /// The branches it takes from.
        package var sources: [String]
        package var behind: [Behind]
        /// Commits that are not published, and commits that are only published; `nil` where it is not published.
        package var ahead: Int?
        package var unfetched: Int?
        /// The remote that has it, where there is no branch of this name here.
        package var remote: String?
    }

    /// In the order of the road.
    package var branches: [Branch] = []

    /// Looks at every branch that plays a role, here or, as in a new clone, on a remote.
    ///
    /// - Throws: where history cannot be read.
    package init(_ workspace: Workspace) throws {
        let repository = workspace.repository
        let configuration = workspace.configuration
        var tips: [Tip] = []
        for name in try CheckTarget.allBranches(repository, configuration) {
            guard let role = configuration.role(ofBranch: name),
                let tip = try CheckTarget.tip(ofBranch: name, repository)
            else { continue }
            let isLocal = try repository.reference("refs/heads/\(name)") != nil
            tips.append((name, role, tip, isLocal ? nil : try CheckTarget.remote(ofBranch: name, repository)))
        }
        let distances = try CommitDistances(
            repository, from: tips.filter { Self.feeds($0.role, .stable) }.map(\.tip),
            to: tips.filter { $0.role == .stable }.map(\.tip))
        for role in Role.allCases {
            for (name, _, tip, remote) in tips.filter({ $0.role == role }) {
                var branch = Branch(
                    name: name, role: role, commit: tip, subject: try repository.commitInfo(tip).subject, sources: [],
                    behind: [], remote: remote)
                let sources = tips.filter { Self.feeds($0.role, role) }
                branch.sources = sources.map(\.name)
                for source in sources {
                    if let behind = try Self.behind(name, role, tip, source, distances, workspace) {
                        branch.behind.append(behind)
                    }
                }
                if remote == nil, let published = try CheckTarget.published(name, repository) {
                    branch.ahead = try repository.commits(from: [tip], notFrom: [published]).count
                    branch.unfetched = try repository.commits(from: [published], notFrom: [tip]).count
                }
                branches.append(branch)
            }
        }
    }

    private typealias Tip = (name: String, role: Role, tip: GitObjectID, remote: String?)

    private static func feeds(_ source: Role, _ target: Role) -> Bool {
        switch (source, target) {
        case (.raw, .clean), (.clean, .split), (.split, .stable), (.dev, .stable): true
        default: false
        }
    }

    private static func behind(
        _ name: String, _ role: Role, _ tip: GitObjectID, _ source: Tip, _ distances: CommitDistances,
        _ workspace: Workspace
    ) throws -> Behind? {
        let repository = workspace.repository
        switch role {
        case .clean, .split:
            let tree = try repository.tree(ofCommit: tip)
            let taken =
                role == .clean
                ? try CleanReport.read(in: tree, repository)?.source
                : try SplitManifest.previous(in: tree, repository)?.commit
            guard try dataDiffers(taken, source.tip, workspace) else { return nil }
            let known = taken.flatMap { repository.hasObject($0) ? $0 : nil }
            let count = try repository.commits(from: [source.tip], notFrom: known.map { [$0] } ?? [tip]).count
            return Behind(
                source: source.name, commits: max(1, count), command: role == .clean ? "vx clean" : "vx split")
        default:
            let (count, isUnrelated) = try distances.missing(of: source.tip, in: tip)
            if count == 0 { return nil }
            let from = source.remote.map { "\($0)/\(source.name)" } ?? source.name
            if isUnrelated {
                // Code begins anew on main; the history of split is kept.
                let graft = "git switch \(source.name) && git rebase --root --onto"
                return Behind(
                    source: source.name, commits: count,
                    command: source.role == .dev
                        ? "\(graft) \(try FlowFiles.target(.main, in: workspace.configuration))"
                        : "git switch \(name) && git merge --no-ff --allow-unrelated-histories \(from)",
                    isUnrelated: true)
            }
            return Behind(
                source: source.name, commits: count, command: "git switch \(name) && git merge --no-ff \(from)")
        }
    }

    /// Whether two commits hold other data; none at all counts as no data.
    static func dataDiffers(_ old: GitObjectID?, _ new: GitObjectID, _ workspace: Workspace) throws -> Bool {
        let repository = workspace.repository
        if old == new { return false }
        let known = old.flatMap { repository.hasObject($0) ? $0 : nil }
        let before = try known.map { try repository.tree(ofCommit: $0) }
        let after = try repository.tree(ofCommit: new)
        return try repository.diffTrees(before, after).contains { change in
            try [(change.old, before), (change.new, after)].contains { item, tree in
                guard let tree else { return false }
                let owner = TreeAttributes(repository, tree)
                return try repository.soundPointer(of: item, at: change.path, owner: owner) != nil
            }
        }
    }

    // MARK: - Text

    /// Branches that one is behind of, in the text.
    private static let most = 10

    /// The road as a drawing, then what to do.
    package var text: String {
        func names(_ role: Role) -> String {
            let found = branches.filter { $0.role == role }.map { $0.behind.isEmpty ? $0.name : "\($0.name)*" }
            return found.isEmpty ? "(no \(role.rawValue))" : found.joined(separator: " ")
        }
        var lines = [
            "\(names(.raw)) ──▶ \(names(.clean)) ──▶ \(names(.split)) ──┐",
            "\(names(.dev)) ──▶ \(names(.stable)) ◀──┘   \(names(.monitoring))   \(names(.main))", "",
        ]
        // The second line's arrow stands under the first one's end.
        let width = max(
            lines[0].count,
            lines[1].firstIndex(of: "┘").map { lines[1].distance(from: lines[1].startIndex, to: $0) + 1 } ?? 0)
        lines[0] = String(lines[0].dropLast()) + String(repeating: "─", count: width - lines[0].count) + "┐"
        if let corner = lines[1].firstIndex(of: "┘") {
            let column = lines[1].distance(from: lines[1].startIndex, to: corner)
            lines[1].insert(contentsOf: String(repeating: "─", count: width - 1 - column), at: corner)
        }
        let longest = branches.map(\.name.count).max() ?? 0
        for branch in branches {
            let name = branch.name + String(repeating: " ", count: longest - branch.name.count)
            var notes: [String] = []
            if let remote = branch.remote { notes.append("on \(remote) only: git switch \(branch.name)") }
            if let ahead = branch.ahead, ahead > 0 { notes.append("\(ahead) not pushed") }
            if let unfetched = branch.unfetched, unfetched > 0 { notes.append("\(unfetched) to pull") }
            let suffix = notes.isEmpty ? "" : "  [\(notes.joined(separator: ", "))]"
            lines.append("\(name)  \(branch.commit.short)  \(VisibleText.line(branch.subject))\(suffix)")
            // A branch of a team of many is behind most of theirs, and takes a few.
            let shown = branch.behind.count > Self.most + 1 ? branch.behind.prefix(Self.most) : branch.behind[...]
            for behind in shown {
                let count = behind.commits == 1 ? "1 commit" : "\(behind.commits) commits"
                let how = behind.isUnrelated ? "\(count), with no history in common" : count
                lines.append("  behind \(behind.source) by \(how): \(behind.command)")
            }
            if shown.count < branch.behind.count {
                lines.append(
                    "  behind \(branch.behind.count - shown.count) more branches: 'vx flow --json' lists them")
            }
        }
        return lines.joined(separator: "\n")
    }

    package var jsonValue: JSONValue {
        .array(
            branches.map { branch in
                [
                    "name": .string(branch.name), "role": .string(branch.role.rawValue),
                    "commit": .string(branch.commit.hex), "subject": .string(branch.subject),
                    "sources": .array(branch.sources.map(JSONValue.string)),
                    "ahead": branch.ahead.map { .integer(Int64($0)) } ?? .null,
                    "unfetched": branch.unfetched.map { .integer(Int64($0)) } ?? .null,
                    "remote": branch.remote.map(JSONValue.string) ?? .null,
                    "behind": .array(
                        branch.behind.map {
                            [
                                "source": .string($0.source), "commits": .integer(Int64($0.commits)),
                                "command": .string($0.command), "unrelated": .bool($0.isUnrelated),
                            ]
                        }),
                ]
            })
    }
}
