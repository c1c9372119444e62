import VxConfig
import VxGit
import VxModel
import VxStore
import VxWorkspace

/// One step of the road: data of a branch becomes a commit on the next, without a checkout.
struct RoadStep {
    /// What the step does to the next branch's tree, and the first line of the commit's message.
    struct Plan {
        var edits: [TreeEdit]
        var subject: String
        /// The tree that the edits are made in; `nil` for the next branch's own.
        var base: GitObjectID?
    }

    /// The branch the data comes from, and its commit.
    let source: String
    let commit: GitObjectID
    /// The branch that is written to.
    let branch: String
    private let workspace: Workspace
    private let writer: BranchWriter
    private let git: GitProcess

    /// - Parameters:
    ///   - configuration: what the road goes by.
    ///   - named: the source the configuration names; the first branch of `role` where it is `nil`.
    ///   - missing: what to say where the source does not exist: the end of "there is no branch '…'", and the way out.
    /// - Throws: `usage` where it does not exist.
    init(
        _ workspace: Workspace, _ configuration: Configuration, from named: String?, _ role: Role, to target: Role,
        git: GitProcess, missing: (what: String, wayOut: String)
    ) throws {
        try workspace.requireInstalled()
        self.workspace = workspace
        self.git = git
        source = try FlowFiles.source(named, role, in: configuration)
        branch = try FlowFiles.target(target, in: configuration)
        guard let commit = try BranchWriter(workspace.repository, branch: source).tip().start else {
            throw VxError(.usage, "there is no branch '\(source)' \(missing.what)", hint: missing.wayOut)
        }
        self.commit = commit
        writer = BranchWriter(
            workspace.repository, branch: branch,
            beginning: try FlowFiles.beginning(workspace.repository, configuration), git: git)
    }

    /// Makes the commit, which names the one its data was made from; only the plan in a dry run.
    ///
    /// - Parameter plan: given the next branch's commit and tree; asked anew whenever another process was faster. `nil`
    ///   where there is nothing to do.
    /// - Returns: the new commit; `nil` where there is none.
    func run(
        _ name: String, dryRun: Bool, plan: (GitObjectID?, _ tree: GitObjectID?) throws -> Plan?
    ) async throws -> GitObjectID? {
        func edits(_ tip: GitObjectID?) throws -> BranchWriter.Change? {
            guard let plan = try plan(tip, try tip.map { try workspace.repository.tree(ofCommit: $0) }) else {
                return nil
            }
            return BranchWriter.Change(
                plan.edits, "\(plan.subject)\n\n\(FlowFiles.derivedFrom): \(source)@\(commit.hex)\n", in: plan.base)
        }
        if dryRun {
            _ = try edits(try writer.tip().start)
            return nil
        }
        // What the plan puts into the store, or finds there, is named by nothing before the branch has moved.
        let hold = try workspace.store.hold()
        defer { withExtendedLifetime(hold) {} }
        return try await writer.commit(
            author: try await git.identity(.author, in: workspace.root),
            committer: try await git.identity(.committer, in: workspace.root), reason: "vx: \(name) of \(source)",
            edits: edits)
    }

    /// The edits that put a report or manifest, and the attributes its folder needs, beside the data.
    func edits(writing report: JSONValue, to path: RepoPath, for folder: RepoPath, _ tree: GitObjectID?) throws
        -> [TreeEdit]
    {
        let blob = try workspace.repository.writeBlobs([Array(report.canonical.utf8)])[0]
        return try workspace.attributeEdits(for: [folder], inTree: tree) + [.put(path, .regular, blob)]
    }
}
