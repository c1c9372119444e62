import ArgumentParser
import VxFlow
import VxModel
import VxWorkspace

struct CleanCommand: VxCommand {
    static let configuration = CommandConfiguration(
        commandName: "clean", abstract: "Make clean from raw: what passes the declared checks.",
        discussion: """
            'clean:' in vx.yaml declares the checks and transforms; without any, files that are not empty are \
            clean. The declaration is main's, wherever the command is typed. Only what raw gained is looked at, and what took too long before. What is left out, and why, is \
            committed beside the data.
            """)

    @OptionGroup var common: CommonOptions
    @Flag(help: "Say what would be done.") var dryRun = false
    @Flag(help: "Ask all checks again, as after a change of a script they call.") var recheck = false
    @Flag(help: "Trust the commands of vx.yaml, as 'vx trust' would.") var trust = false

    func run(_ session: Session) async throws {
        let workspace = try session.workspace(remotes: true)
        let cleaner = try Cleaner(workspace, variables: session.environment)
        if trust { try await session.trust(cleaner.commands, in: workspace) }
        let result = try await session.showingProgress { _ in try await cleaner.run(dryRun: dryRun, recheck: recheck) }
        if let note = result.note { session.note(note) }
        guard let report = result.report else { return }
        show(report.leftOut.map { "left out: \($0.path): \($0.reason) [\($0.check)]" }, "left out", session)
        show(
            report.reduced.map { made in "rows left out: \(made.from): \(made.rows?.text ?? "")" },
            "with rows left out", session)
        show(
            report.warnings.map { "clean with a warning: \($0.path): \($0.warning.reason) [\($0.warning.check)]" },
            "with a warning", session)
        for text in result.unmatched { session.warn(text) }
        if result.passedOver > 0 {
            session.note(
                "\(Wording.count(result.passedOver, "file")) of \(report.branch) not looked at: 'clean: {files: …}' does not name "
                    + (result.passedOver == 1 ? "it" : "them"))
        }
        let reduced = report.reduced.filter(\.isReduced).count
        let rows = report.reduced.compactMap(\.rows)
        let (total, kept) = (rows.reduce(0) { $0 + $1.total }, rows.reduce(0) { $0 + $1.kept })
        let dropped =
            rows.isEmpty
            ? "" : "\n\(total) rows of \(Wording.count(rows.count, "file")): \(kept) kept, \(total - kept) left out"
        let equal = report.equal == 0 ? "" : " (\(report.equal) with the content of another)"
        let counts =
            "\(Wording.count(report.files, "file")) of \(report.branch): \(report.taken) clean\(equal), "
            + (reduced == 0 ? "" : "\(reduced) clean without some rows, ")
            + "\(report.made.count - reduced) made by transforms, \(report.leftOut.count) left out; \(result.checked) checked now"
            + dropped
        session.reportStep(
            result.branch, result.commit, added: result.added, removed: result.removed, leftBehind: result.leftBehind,
            dryRun: dryRun,
            details: [
                "checked": .integer(Int64(result.checked)), "report": report.jsonValue,
                "unmatched": .array(result.unmatched.map(JSONValue.string)),
            ], counts)
    }

    /// Says the first few of what may be many.
    private func show(_ lines: [String], _ what: String, _ session: Session) {
        for line in lines.prefix(10) { session.note(line) }
        if lines.count > 10 { session.note("and \(lines.count - 10) more \(what)") }
    }
}
