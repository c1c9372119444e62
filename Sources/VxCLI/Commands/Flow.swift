import ArgumentParser
import VxFlow
import VxModel

struct Flow: VxCommand {
    static let configuration = CommandConfiguration(
        commandName: "flow", abstract: "Show the road: every branch, what it is behind on, and what catches it up.",
        discussion: "A star marks a branch that is behind.")

    @OptionGroup var common: CommonOptions

    func run(_ session: Session) async throws {
        let status = try FlowStatus(try session.workspace())
        if let note = status.note { session.note(note) }
        if status.branches.isEmpty {
            session.note("no branch plays a role; 'vx init --template' lays them down")
        }
        session.result(status.jsonValue, status.branches.isEmpty ? "" : status.text)
    }
}
