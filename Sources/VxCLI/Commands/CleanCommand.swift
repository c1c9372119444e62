import ArgumentParser
import VxFlow
import VxModel
import VxWorkspace

struct CleanCommand: VxCommand {
    static let configuration = CommandConfiguration(
        commandName: "clean", abstract: "Make clean from raw: what passes the declared checks.",
        discussion: """
            'clean:' in vx.yaml declares the checks and transforms; without any, files that are not empty and not there \
            twice are clean. Only what raw gained is looked at, and what took too long before. What is left out, and why, is \
            committed beside the data.
            """)

    @OptionGroup var common: CommonOptions
    @Flag(help: "Say what would be done.") var dryRun = false
    @Flag(help: "Ask all checks again, as after a change of a script they call.") var recheck = false
    @Flag(help: "Trust the commands of vx.yaml, as 'vx trust' would.") var trust = false

    func run(_ session: Session) async throws {
        let workspace = try session.workspace()
        if trust { try await session.trust(workspace.trustItems.filter { $0.kind == .command }, in: workspace) }
        let result = try await Cleaner(workspace, variables: session.environment).run(dryRun: dryRun, recheck: recheck)
        guard let report = result.report else { return }
        for left in report.leftOut.prefix(10) { session.note("left out: \(left.path): \(left.reason) [\(left.check)]") }
        if report.leftOut.count > 10 { session.note("and \(report.leftOut.count - 10) more left out") }
        for text in result.unmatched { session.warn(text) }
        let counts =
            "\(Wording.count(report.files, "file")) of \(report.branch): \(report.taken) clean, "
            + "\(report.made.count) made by transforms, \(report.leftOut.count) left out; \(result.checked) checked now"
        session.reportStep(
            result.branch, result.commit, added: result.added, removed: result.removed, leftBehind: result.leftBehind,
            dryRun: dryRun,
            details: [
                "checked": .integer(Int64(result.checked)), "report": report.jsonValue,
                "unmatched": .array(result.unmatched.map(JSONValue.string)),
            ], counts)
    }
}
