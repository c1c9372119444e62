import ArgumentParser
import VxFlow
import VxGit
import VxModel
import VxWorkspace

/// How differences are written.
enum DiffFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json, markdown
}

struct Diff: VxCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff", abstract: "Show which data files were added, changed, removed or moved.",
        discussion: """
            Without a revision: the workspace against what is staged. With one: the workspace against that commit. With
            two: the second against the first. '--format markdown' with two revisions writes a review for a pull request: \
            rows, columns, the shift of each column's values, samples and cost.
            """)

    @OptionGroup var common: CommonOptions
    @Flag(help: "Compare what is staged instead of the workspace.") var staged = false
    @Option(help: ArgumentHelp("text, json or markdown.", valueName: "form")) var format: DiffFormat?
    @Argument(help: "Up to two revisions.") var revisions: [String] = []

    func run(_ session: Session) async throws {
        let workspace = try session.workspace()
        if format == .markdown { return session.print(try review(workspace, session)) }
        let (old, new) = try sides(workspace)
        let changes = try workspace.diff(from: old, to: new)
        if format == .json { return session.print(.array(changes.map(DataChangeWording.json))) }
        session.result(.array(changes.map(DataChangeWording.json)), DataChangeWording.text(changes))
    }

    private func review(_ workspace: Workspace, _ session: Session) throws -> String {
        guard revisions.count == 2, !staged, !session.options.json else {
            throw VxError(
                .usage, "a review compares two revisions",
                because: session.options.json ? "'--json' is another form" : nil,
                hint: "vx diff --format markdown main HEAD")
        }
        let commits = try revisions.map { try CheckTarget.resolve($0, workspace.repository) }
        let review = try Reviewer(workspace).review(from: commits[0], to: commits[1])
        return review.markdown(from: revisions[0], to: revisions[1])
    }

    private func sides(_ workspace: Workspace) throws -> (DiffSide, DiffSide) {
        let commits = try revisions.map { try CheckTarget.resolve($0, workspace.repository) }
        switch (commits.count, staged) {
        case (0, false): return (.index, .workspace)
        case (0, true): return (try workspace.repository.head().commit.map { .commit($0) } ?? .nothing, .index)
        case (1, _): return (.commit(commits[0]), staged ? .index : .workspace)
        case (2, false): return (.commit(commits[0]), .commit(commits[1]))
        default:
            throw VxError(.usage, "too many revisions", hint: "vx diff [--staged] [REV [REV]]")
        }
    }
}
