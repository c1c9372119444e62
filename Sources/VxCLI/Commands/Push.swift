import ArgumentParser
import VxConfig
import VxGit
import VxModel
import VxRemote
import VxSystem
import VxWorkspace

struct PushCommand: VxCommand {
    static let configuration = CommandConfiguration(
        commandName: "push", abstract: "Upload the data that commits name.",
        discussion: """
            Without revisions, everything that HEAD and its history name. Only what the remote does not have is sent. \
            'git push' does the same by itself for what it pushes; this does it ahead, or for another remote.
            """)

    @OptionGroup var common: CommonOptions
    @Flag(name: [.customShort("n"), .long], help: "Only say what would be sent.") var dryRun = false
    @Flag(help: "Everything that any branch or tag names.") var all = false
    @Argument(help: "A remote, then revisions.") var arguments: [String] = []

    func run(_ session: Session) async throws {
        let workspace = try session.workspace(remotes: true)
        let named = arguments.first.flatMap { workspace.remotes[$0] }
        let entry = try named ?? workspace.remote()
        let revisions = named == nil ? arguments : Array(arguments.dropFirst())
        var tips = try revisions.map { try workspace.repository.resolveCommit($0) }
        if all { tips += try workspace.allTips() }
        if tips.isEmpty, !all { tips = [try workspace.repository.resolveCommit("HEAD")] }
        let result = try await session.showingProgress { access in
            try await workspace.push(tips, without: [], to: entry, access, dryRun: dryRun)
        }
        session.report(
            [
                "remote": .string(entry.name), "objects": .integer(Int64(result.objects)),
                "bytes": .integer(Int64(result.bytes)), "contents": .integer(Int64(result.contents)),
                "present": .integer(Int64(result.present)), "reused": .integer(Int64(result.reused)),
                "dryRun": .bool(dryRun),
            ],
            result.contents == 0
                ? "Everything is on '\(entry.name)' already"
                : "\(dryRun ? "Would send" : "Sent") \(Wording.count(result.contents, "file")) to '\(entry.name)' in "
                    + Wording.count(result.objects, "object", bytes: result.bytes)
                    + Wording.reused(result))
    }
}

struct FetchCommand: VxCommand {
    static let configuration = CommandConfiguration(
        commandName: "fetch", abstract: "Download the data that commits name, without touching files.",
        discussion: "Without revisions, what HEAD names.")

    @OptionGroup var common: CommonOptions
    @Option(help: "Another remote than the default.") var remote: String?
    @Argument(help: "Revisions.") var revisions: [String] = []

    func run(_ session: Session) async throws {
        let workspace = try session.workspace(remotes: true)
        let tips = try (revisions.isEmpty ? ["HEAD"] : revisions).map { try workspace.repository.resolveCommit($0) }
        let files = try tips.flatMap { try workspace.dataFiles($0) }
        let entry = try workspace.remote(named: remote)
        let result = try await session.showingProgress { access in
            try workspace.fetch(files.map(\.pointer), from: try workspace.connect(entry, access), access)
        }
        session.report(
            [
                "remote": .string(entry.name), "contents": .integer(Int64(result.contents)),
                "bytes": .integer(Int64(result.bytes)), "missing": .integer(Int64(result.missing.count)),
                "damaged": .integer(Int64(result.damaged.count)),
            ], "Fetched \(Wording.count(result.contents, "file", bytes: result.bytes)) from '\(entry.name)'")
        try session.finish(failures: workspace.failures(result, files, on: entry.name))
    }
}

struct PullCommand: VxCommand {
    static let configuration = CommandConfiguration(
        commandName: "pull", abstract: "'git pull', then the data of what came.",
        discussion: "Arguments go to git: 'vx pull --rebase origin main'.")

    @OptionGroup var common: CommonOptions
    @Argument(parsing: .allUnrecognized, help: "What 'git pull' takes.") var arguments: [String] = []

    func run(_ session: Session) async throws {
        let before = try session.workspace()
        let old = try before.repository.head().commit
        let isQuiet = common.quiet || common.json
        let showsProgress = CurrentProcess.standardErrorIsTerminal && !isQuiet
        try await session.runGit(
            // What git says of a merge would stand among the results.
            "git could not pull",
            ["pull"] + (isQuiet ? ["--quiet"] : []) + (showsProgress ? ["--progress"] : []) + arguments,
            in: before.root, hint: "see what git says above, then repeat the command")
        let workspace = try session.workspace(remotes: true)
        let new = try workspace.repository.head().commit
        let changes =
            try new.map { try workspace.diff(from: old.map { .commit($0) } ?? .nothing, to: .commit($0)) } ?? []
        let result = try await session.showingProgress(workspace.access ?? session.access) { _ in
            try workspace.pathsToLayDown.map { try workspace.hydrate($0) } ?? HydrateResult()
        }
        session.report(
            [
                "changes": .array(changes.map(DataChangeWording.json)),
                "hydrated": .array(result.files.map(Wording.json)),
                "failures": .array(result.failures.map(Wording.json)),
            ],
            (changes.isEmpty ? "No data came" : DataChangeWording.text(changes, atMost: 20))
                + (result.files.isEmpty
                    ? "" : "\nLaid down \(Wording.count(result.files.count, "file", bytes: result.bytes))"))
        try session.finish(failures: result.failures)
    }
}
