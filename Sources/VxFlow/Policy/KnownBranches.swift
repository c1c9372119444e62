import VxConfig
import VxGit
import VxModel

/// The branches that commits are held against: those here, those of remotes, and those that arrive. Read once for all that
/// is checked in one go, so that each reference that is checked costs the same, however many there are.
final class KnownBranches {
    private let repository: Repository
    private let stable: [(name: String, tip: GitObjectID)]
    private let tipsByRole: [Role: [GitObjectID]]
    private let namesByTip: [GitObjectID: [String]]
    private let roles: [String: Role]
    /// The stable branches that lead to a commit that dev, split and main do not lead to: the first, and another.
    private lazy var holders = Result { try findHolders() }

    /// - Parameter arriving: what a push brings.
    /// - Throws: where the references cannot be read.
    init(_ repository: Repository, _ configuration: Configuration, arriving: [ReferenceUpdate]) throws {
        self.repository = repository
        var all: [(name: String, tip: GitObjectID)] = []
        for reference in try repository.references(withPrefix: "refs/") {
            guard let branch = PolicyCheck.branch(ofReference: reference),
                let tip = try repository.reference(reference)
            else { continue }
            all.append((branch, tip))
        }
        for update in arriving {
            guard let branch = PolicyCheck.branch(ofReference: update.name), let tip = update.new else { continue }
            all.append((branch, tip))
        }
        var tipsByRole: [Role: [GitObjectID]] = [:]
        var roles: [String: Role] = [:]
        var stable: [(name: String, tip: GitObjectID)] = []
        for (name, tip) in all {
            guard let role = configuration.role(ofBranch: name) else { continue }
            roles[name] = role
            tipsByRole[role, default: []].append(tip)
            if role == .stable { stable.append((name, tip)) }
        }
        self.tipsByRole = tipsByRole
        self.roles = roles
        self.stable = stable
        namesByTip = Dictionary(grouping: all, by: \.tip).mapValues { $0.map(\.name) }
    }

    /// The newest commits of the branches of some roles.
    func tips(ofRoles roles: Role...) -> [GitObjectID] { roles.flatMap { tipsByRole[$0] ?? [] } }

    /// The newest commits of the branches that stable takes from.
    var sources: [GitObjectID] { tips(ofRoles: .dev, .split, .main) }

    /// The branches whose newest commit it is.
    func names(at tip: GitObjectID) -> [String] { namesByTip[tip] ?? [] }

    func role(of branch: String) -> Role? { roles[branch] }

    /// Whether a stable branch other than `branch` leads to a commit that dev, split and main do not lead to.
    func isOnStable(_ commit: GitObjectID, besides branch: String) throws -> Bool {
        try holders.get()[commit]?.contains { $0 != branch } ?? false
    }

    private func findHolders() throws -> [GitObjectID: [String]] {
        let region = try CommitRegion(repository, from: stable.map(\.tip), notFrom: sources)
        var holders: [GitObjectID: [String]] = [:]
        func add(_ names: [String], to commit: GitObjectID) {
            for name in names {
                let known = holders[commit] ?? []
                if known.count < 2, !known.contains(name) { holders[commit] = known + [name] }
            }
        }
        for (name, tip) in stable where region.contains(tip) { add([name], to: tip) }
        for commit in region.order.reversed() {
            guard let names = holders[commit] else { continue }
            for parent in try region.parents(of: commit) { add(names, to: parent) }
        }
        return holders
    }
}
