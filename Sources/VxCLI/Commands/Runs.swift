import ArgumentParser
import VxConfig
import VxModel
import VxSystem
import VxTracking
import VxWorkspace

struct Runs: VxCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs", abstract: "List the recorded runs with their metrics.")

    @OptionGroup var common: CommonOptions

    func run(_ session: Session) async throws {
        let workspace = try session.workspace()
        let (records, complaints) = try TrackingBranch(workspace).records()
        let table = RunTable(records)
        let width = session.environment["COLUMNS"].flatMap { Int($0) } ?? CurrentProcess.terminalWidth() ?? 100
        if records.isEmpty, !session.options.json {
            session.note(
                "no runs are recorded on \(workspace.configuration.tracking.branch) yet: 'vx snapshot' records one")
        } else {
            session.options.json ? session.print(table.jsonValue) : session.print(table.text(width: width))
        }
        for complaint in complaints { ErrorReport.write(complaint, asJSON: session.options.json) }
        if !complaints.isEmpty { throw ExitStatus(.partlyDone) }
    }
}
