import ArgumentParser
import VxConfig
import VxModel
import VxSystem
import VxTracking
import VxWorkspace

import struct SystemPackage.FilePath

struct SnapshotCommand: VxCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshot",
        abstract: "Tie code, data, model, metrics and environment together under a tag.",
        discussion: """
            On a stable branch: commits the model, the metrics and a manifest with the code, tags that commit, and puts a \
            record of the run on main. What is not given is taken from 'snapshot:' in vx.yaml.
            """)

    @OptionGroup var common: CommonOptions
    @Option(help: "The snapshot's name, which is the tag's.") var tag: String
    @Option(help: ArgumentHelp("Parameters: a JSON or YAML file.", valueName: "file")) var params: String?
    @Option(help: ArgumentHelp("Metrics: a JSON or YAML file.", valueName: "file")) var metrics: String?
    @Option(parsing: .upToNextOption, help: ArgumentHelp("The model's files and folders.", valueName: "path"))
    var model: [String] = []
    @Option(help: ArgumentHelp("The command that makes the model; 'vx reproduce' runs it again.", valueName: "cmd"))
    var command: String?

    func run(_ session: Session) async throws {
        let workspace = try session.workspace()
        let resolver = PathArguments(root: workspace.root, current: session.currentDirectory)
        func path(_ argument: String?) throws -> RepoPath? { try argument.map { try resolver.resolve(FilePath($0)) } }
        let options = SnapshotOptions(
            name: try SnapshotName(tag), params: try path(params), metrics: try path(metrics),
            model: try model.compactMap(path), command: command, now: FileTime.now().seconds,
            variables: session.environment, vxVersion: Tool.version)
        let result = try await Snapshot(workspace, options).take { session.warn($0) }
        for warning in result.warnings { session.warn(warning) }
        session.report(
            [
                "tag": .string(result.record.tag), "commit": .string(result.commit.hex),
                "recordCommit": .string(result.recordCommit.hex), "manifest": result.manifest.jsonValue,
            ],
            text(result, workspace))
    }

    private func text(_ result: SnapshotResult, _ workspace: Workspace) -> String {
        let record = result.record
        return """
            Tagged \(record.tag) at \(result.commit.short) on \(record.branch)
            Data: \(Wording.count(Int(record.data.files), "file", bytes: record.data.bytes)); model: \
            \(Wording.count(record.model.count, "file", bytes: record.modelBytes))
            Recorded on \(workspace.configuration.tracking.branch) at \(result.recordCommit.short)
            """
    }
}
