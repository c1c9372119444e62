import ArgumentParser
import VxFlow
import VxModel
import VxSystem
import VxWorkspace

import struct SystemPackage.FilePath

struct Init: VxCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Start a project: a git repository, a vx.yaml, and vx's filter and hooks in it.",
        discussion: """
            What is there already stays as it is. With '--template': a problem statement to fill in on main, a branch for \
            each role, and folders for code on dev.
            """)

    @OptionGroup var common: CommonOptions
    @Flag(help: "Lay down the branches and a small project.") var template = false
    @Option(help: StoreOption.help) var store: String?
    @Argument(help: "The folder; the current one by default.") var directory: String?

    func run(_ session: Session) async throws {
        let folder = directory.map { session.currentDirectory.pushing(FilePath($0)) } ?? session.currentDirectory
        let result = try await Initialize.run(
            folder, program: try CurrentProcess.executable(), store: StoreOption.path(store, in: session),
            environment: session.gitEnvironment(), cancellation: session.cancellation)
        var laid: Template.Result?
        if template {
            let workspace = try Workspace(
                at: folder, environment: session.gitEnvironment(), cancellation: session.cancellation)
            laid = try await Template(workspace).lay()
        }
        let next =
            laid == nil
            ? "Next: 'vx add DATA', then 'git commit'"
            : "Next: fill in PROBLEM.md, then 'vx ingest DATA --source WHERE'"
        let branches =
            laid.map { $0.branches.isEmpty ? "" : "Branches: \($0.branches.joined(separator: ", "))\n" } ?? ""
        session.report(
            [
                "root": .string(result.root.string), "repository": .bool(result.madeRepository),
                "configuration": .bool(result.madeConfiguration),
                "branches": .array((laid?.branches ?? []).map(JSONValue.string)),
            ],
            "\(result.madeRepository ? "Started" : "Set up vx in") \(result.root)\n\(branches)\(next)")
        try session.finish(failures: result.install.hydrated.failures)
    }
}
