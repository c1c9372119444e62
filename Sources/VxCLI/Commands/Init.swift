import ArgumentParser
import VxModel
import VxSystem
import VxWorkspace

import struct SystemPackage.FilePath

struct Init: VxCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Start a project: a git repository, a vx.yaml, and vx's filter and hooks in it.",
        discussion: "What is there already stays as it is.")

    @OptionGroup var common: CommonOptions
    @Option(help: StoreOption.help) var store: String?
    @Argument(help: "The folder; the current one by default.") var directory: String?

    func run(_ session: Session) async throws {
        let folder = directory.map { session.currentDirectory.pushing(FilePath($0)) } ?? session.currentDirectory
        let result = try await Initialize.run(
            folder, program: try CurrentProcess.executable(), store: StoreOption.path(store, in: session),
            environment: session.gitEnvironment, cancellation: session.cancellation)
        session.report(
            [
                "root": .string(result.root.string), "repository": .bool(result.madeRepository),
                "configuration": .bool(result.madeConfiguration),
            ],
            """
            \(result.madeRepository ? "Started" : "Set up vx in") \(result.root)
            Next: 'vx add DATA', then 'git commit'
            """)
        try session.finish(failures: result.install.hydrated.failures)
    }
}
