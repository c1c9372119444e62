import ArgumentParser
import VxConfig
import VxFlow
import VxModel
import VxWorkspace

struct Drift: VxCommand {
    static let configuration = CommandConfiguration(
        commandName: "drift", abstract: "Compare a batch from production with what its model was trained on.",
        discussion: """
            Without a reference: the tag that the batch's commits name as their model ('Model: TAG'). A batch is a \
            revision, with all its tables, or a range, with those its commits brought. Exit status 4 where a column has \
            drifted: by more than 'drift: {limits: …}' of vx.yaml, and by more than chance gives with so many rows.
            """)

    @OptionGroup var common: CommonOptions
    @Option(help: ArgumentHelp("text, markdown, json or github.", valueName: "form")) var format: String?
    @Option(
        parsing: .upToNextOption, help: ArgumentHelp("Only tables of the batch below these.", valueName: "path"))
    var only: [String] = []
    @Argument(help: "A snapshot's tag, or any revision; OLD..NEW alone is the batch.") var reference: String?
    @Argument(help: "A revision, or OLD..NEW. Default: HEAD.") var batch: String?

    func run(_ session: Session) async throws {
        let format: DriftFormat = try session.form(format)
        let workspace = try session.workspace(remotes: true)
        let paths = try session.paths(only, in: workspace)
        // A range is no reference.
        let isRange = batch == nil && reference?.contains("..") == true
        let report = try DriftCheck(workspace).run(
            batch: (isRange ? reference : batch) ?? "HEAD", reference: isRange ? nil : reference, inside: paths)
        let text = report.rendered(format)
        if !text.isEmpty { session.print(text, as: format == .json ? .json : .text) }
        if !report.notFound.isEmpty {
            let names = report.notFound.map { "'\($0)'" }.joined(separator: ", ")
            session.note("no table here has \(names), which 'drift: {ignore: …}' of vx.yaml names")
        }
        if format == .text { session.tell(report.summary) }
        if report.hasDrifted { throw ExitStatus(.refused) }
    }
}

extension DriftFormat: ReportForm {}
