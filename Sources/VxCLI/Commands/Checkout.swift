import ArgumentParser
import VxGit
import VxModel
import VxWorkspace

struct Checkout: VxCommand {
    static let configuration = CommandConfiguration(
        abstract: "Move to another commit, or put files back.",
        discussion: """
            'vx checkout REV' does what 'git checkout REV' does, faster where there is much data. 'vx checkout PATH…' puts
            files back as they are staged, 'vx checkout REV -- PATH…' as they are in a commit.
            """)

    @OptionGroup var common: CommonOptions
    @Flag(name: [.short, .long], help: "Overwrite files even where that discards local changes.") var force = false
    @Flag(name: [.customShort("n"), .long], help: "Only say what would change.") var dryRun = false
    @Argument(help: "A branch, tag or commit; or paths.") var revisionOrPaths: [String]
    @Argument(parsing: .postTerminator, help: "Paths.") var paths: [String] = []

    func run(_ session: Session) async throws {
        let workspace = try session.workspace()
        let result: CheckoutResult
        if let target = try revision(workspace) {
            result = try await workspace.checkout(target, force: force, dryRun: dryRun)
        } else {
            result = try await checkoutPaths(session, workspace)
        }
        let head = try workspace.repository.head()
        session.report(json(result), text(result, head))
        try session.finish(failures: result.failures)
    }

    /// The revision to move to, `nil` where paths are meant.
    private func revision(_ workspace: Workspace) throws -> CheckoutTarget? {
        guard paths.isEmpty, revisionOrPaths.count == 1 else { return nil }
        do {
            return try workspace.checkoutTarget(revisionOrPaths[0])
        } catch let error as VxError where error.code == .usage {
            return nil  // no such revision: then it is a path
        }
    }

    private func checkoutPaths(_ session: Session, _ workspace: Workspace) async throws -> CheckoutResult {
        if paths.isEmpty {
            return try await workspace.checkout(
                paths: try session.paths(revisionOrPaths, in: workspace), from: nil, force: force, dryRun: dryRun)
        }
        guard revisionOrPaths.count == 1 else {
            throw VxError(.usage, "one revision goes before '--'", hint: "vx checkout REV -- PATH…")
        }
        return try await workspace.checkout(
            paths: try session.paths(paths, in: workspace),
            from: try workspace.repository.resolveCommit(revisionOrPaths[0]), force: force, dryRun: dryRun)
    }

    private func json(_ result: CheckoutResult) -> JSONValue {
        [
            "written": .array(result.written.map(Wording.json)),
            "removed": .array(result.removed.map { .string($0.description) }),
            "otherFiles": .integer(Int64(result.code)),
            "failures": .array(result.failures.map(Wording.json)),
            "dryRun": .bool(dryRun),
        ]
    }

    private func text(_ result: CheckoutResult, _ head: Head) -> String {
        let bytes = result.written.reduce(0) { $0 + $1.pointer.size }
        var parts = ["\(Wording.count(result.written.count, "data file", bytes: bytes)) written"]
        if result.code > 0 { parts.append("\(Wording.count(result.code, "other file")) written") }
        if !result.removed.isEmpty { parts.append("\(result.removed.count) removed") }
        return dryRun ? "Would be: \(parts.joined(separator: ", "))" : "\(Wording.text(head)): \(parts.joined(separator: ", "))"
    }
}
