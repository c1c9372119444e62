import ArgumentParser
import VxGit
import VxModel
import VxSystem
import VxWorkspace

import struct SystemPackage.FilePath

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
    @Argument(help: "A branch, tag or commit; or a path.") var revisionOrPath: String
    @Argument(help: "Paths; '--' may stand before them.") var paths: [String] = []

    func run(_ session: Session) async throws {
        let workspace = try session.workspace(remotes: true)
        let result: CheckoutResult
        switch try await meaning(session, workspace) {
        case .move(let target): result = try await workspace.checkout(target, force: force, dryRun: dryRun)
        case .putBack(let paths, let revision):
            result = try await workspace.checkout(
                paths: try session.paths(paths, in: workspace), from: revision, force: force, dryRun: dryRun)
        }
        let head = try workspace.repository.head()
        session.report(json(result), text(result, head))
        if let first = result.cutShort.first {
            session.note(
                result.cutShort.count == 1
                    ? "a killed command had cut \(first) short: it is written again"
                    : "a killed command had cut \(first) and \(result.cutShort.count - 1) more short: they are written again"
            )
        }
        try session.finish(failures: result.failures, others: result.malformed)
        if result.hookStatus != 0 {
            // githooks(5): the hook cannot undo the checkout, and its failure is the command's.
            throw VxError(
                "the post-checkout hook ended with status \(result.hookStatus)",
                hint: "everything is checked out all the same")
        }
    }

    private enum Meaning {
        case move(CheckoutTarget)
        case putBack([String], from: GitObjectID?)
    }

    /// Tells a revision from a path as git does: '--' settles it, and where both are possible it must.
    private func meaning(_ session: Session, _ workspace: Workspace) async throws -> Meaning {
        let terminator = session.arguments.firstIndex(of: "--")
        if let terminator, session.arguments[(terminator + 1)...].elementsEqual([revisionOrPath] + paths) {
            return .putBack([revisionOrPath] + paths, from: nil)
        }
        guard let target = try await workspace.checkoutTarget(revisionOrPath) else {
            guard terminator == nil else {
                throw VxError(
                    .usage, "there is no revision '\(revisionOrPath)'",
                    hint: "list branches and tags with 'git branch -a' and 'git tag'")
            }
            return .putBack([revisionOrPath] + paths, from: nil)
        }
        if terminator == nil, try Files.status(session.currentDirectory.pushing(FilePath(revisionOrPath))) != nil {
            throw VxError(
                .usage, "'\(revisionOrPath)' is both a revision and a path",
                hint:
                    "'vx checkout \(typed: revisionOrPath) --' for the revision, 'vx checkout -- \(typed: revisionOrPath)' for the path"
            )
        }
        return paths.isEmpty ? .move(target) : .putBack(paths, from: target.commit)
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
        let bytes = result.written.sum(ofSizes: \.pointer.size)
        var parts = ["\(Wording.count(result.written.count, "data file", bytes: bytes)) written"]
        if result.code > 0 { parts.append("\(Wording.count(result.code, "other file")) written") }
        if !result.removed.isEmpty { parts.append("\(result.removed.count) removed") }
        return dryRun
            ? "Would be: \(parts.joined(separator: ", "))" : "\(Wording.text(head)): \(parts.joined(separator: ", "))"
    }
}
