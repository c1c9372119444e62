import ArgumentParser
import VxModel
import VxWorkspace

struct Hydrate: VxCommand {
    static let configuration = CommandConfiguration(
        commandName: "hydrate", abstract: "Put the real files where pointer text stands.",
        discussion: """
            Plain git writes files up to a limit itself; larger ones, and those whose content could not be had, stand as \
            pointer text until a hook or this command lays them down. 'git config vx.filterLimit 256m' sets the limit; by \
            default it is the smaller of 1 GiB and an eighth of the memory. 0 leaves every file to the hooks.

            What is laid down is what the text names, whatever git's index says of the path. Files that you name are laid \
            down also where git ignores them.
            """)

    @OptionGroup var common: CommonOptions
    @Flag(name: [.customShort("n"), .long], help: "Only say what would be laid down.") var dryRun = false
    @Option(help: ArgumentHelp("Only below this path; may be repeated.", valueName: "path")) var only: [String] = []
    @Argument(help: "Only below these files and folders.") var paths: [String] = []

    func run(_ session: Session) async throws {
        let workspace = try session.workspace(remotes: true)
        let chosen = try session.paths(paths + only, in: workspace)
        if !dryRun { try workspace.want(also: chosen) }
        let result = try await session.showingProgress(workspace.access ?? session.access) { _ in
            try workspace.hydrate(chosen, dryRun: dryRun)
        }
        session.report(
            [
                "hydrated": .array(result.files.map(Wording.json)),
                "failures": .array(result.failures.map(Wording.json)), "dryRun": .bool(dryRun),
            ],
            "\(dryRun ? "Would lay down" : "Laid down") \(Wording.count(result.files.count, "file", bytes: result.bytes))"
        )
        try session.finish(failures: result.failures)
    }
}
