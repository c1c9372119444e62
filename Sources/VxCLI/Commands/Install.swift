import ArgumentParser
import VxModel
import VxSystem
import VxWorkspace

struct Install: VxCommand {
    static let configuration = CommandConfiguration(
        commandName: "install",
        abstract: "Set vx up in this clone: git's filter, hooks and merge driver; then lay the data down.",
        discussion: "Hooks that are there already keep working: vx's run after them.")

    @OptionGroup var common: CommonOptions
    @Flag(help: "Take them out again. Data and store stay.") var uninstall = false

    func run(_ session: Session) async throws {
        let workspace = try session.workspace(remotes: true)
        let program = try CurrentProcess.executable()
        if uninstall {
            try workspace.uninstall(program: program)
            session.report(["installed": false], "vx is no longer set up in \(workspace.root)")
            return
        }
        let result = try await session.showingProgress(workspace.access ?? session.access) { _ in
            try workspace.install(program: program)
        }
        let files = result.hydrated.files
        session.report(
            [
                "installed": true, "hydrated": .array(files.map(Wording.json)),
                "failures": .array(result.hydrated.failures.map(Wording.json)),
            ],
            "vx is set up in \(workspace.root)"
                + (files.isEmpty
                    ? "" : "\nLaid down \(Wording.count(files.count, "file", bytes: result.hydrated.bytes))"))
        try session.finish(failures: result.hydrated.failures)
    }
}
