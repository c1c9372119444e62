import ArgumentParser
import VxModel
import VxSystem

/// The `vx` program.
package struct Tool: AsyncParsableCommand {
    package static let version = "0.1.0"

    package static let configuration = CommandConfiguration(
        commandName: "vx",
        abstract: "Version data and models in git's own branches.",
        discussion: """
            Git keeps code and small pointers; vx keeps the bytes in a store beside it. Add data with 'vx add', commit
            with git, and every git command that moves files moves the data with them.
            """,
        version: version,
        groupedSubcommands: [
            CommandGroup(name: "Start", subcommands: [Init.self, Install.self, Clone.self]),
            CommandGroup(
                name: "Data",
                subcommands: [
                    Add.self, Status.self, Diff.self, Checkout.self, Hydrate.self, Ls.self, Cat.self, Get.self,
                ]),
            CommandGroup(
                name: "Remotes",
                subcommands: [
                    RemoteCommand.self, PushCommand.self, FetchCommand.self, PullCommand.self,
                ]),
            CommandGroup(
                name: "Branches",
                subcommands: [
                    IngestCommand.self, CleanCommand.self, SplitCommand.self, Flow.self, Check.self, Drift.self,
                ]),
            CommandGroup(name: "Snapshots", subcommands: [SnapshotCommand.self, ReproduceCommand.self, Runs.self]),
            CommandGroup(name: "Store", subcommands: [DiskUsage.self, GarbageCollect.self, Evict.self, Fsck.self]),
            CommandGroup(
                name: "Plumbing", subcommands: [FilterProcessCommand.self, Hook.self, MergeDriverCommand.self]),
        ])

    package init() {}

    /// Runs the command line of this process and ends it.
    ///
    /// On the main thread, so that nothing starts others before a command asks for them.
    @MainActor
    package static func main() async -> Never {
        if CommandLine.arguments.dropFirst().elementsEqual(["--version"]) {
            // Asked by scripts in loops: building the parser's tree of commands takes longer than all of git's start.
            CurrentProcess.write(version + "\n")
            CurrentProcess.exit(0)
        }
        let arguments = movedBehindCommand(Array(CommandLine.arguments.dropFirst()))
        let wantsJSON = arguments.contains("--json")
        do {
            var command = try parse(commandLine: arguments)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            CurrentProcess.exit(0)
        } catch {
            CurrentProcess.exit(ErrorReport.print(error, asJSON: wantsJSON))
        }
    }

    /// Parses a command by its own parser, without building those of all the others: git starts vx several times a
    /// commit, and the whole tree costs more than the work of most of those.
    ///
    /// ``Tool``'s parser sees what is something other than a command to run, as help or a mistake: its words for that
    /// name the whole command.
    private static func parse(commandLine arguments: [String]) throws -> sending any ParsableCommand {
        if let name = arguments.first,
            let command = configuration.subcommands.first(where: { $0._commandName == name }),
            command.configuration.subcommands.isEmpty,
            let parsed = try? command.parseAsRoot(Array(arguments.dropFirst()))
        {
            return parsed
        }
        return try parseAsRoot(arguments)
    }

    /// Options every command takes may also stand before its name, as git's may: `vx -C DIR status`.
    static func movedBehindCommand(_ arguments: [String]) -> [String] {
        var common: [String] = []
        var rest = arguments[...]
        while let first = rest.first {
            if first == "-C", rest.count > 1 {
                common += rest.prefix(2)
                rest = rest.dropFirst(2)
            } else if ["--json", "--quiet", "-q", "--verbose", "-v"].contains(first) {
                common.append(first)
                rest = rest.dropFirst()
            } else {
                break
            }
        }
        guard let command = rest.first, !command.hasPrefix("-") else { return arguments }
        return [command] + common + rest.dropFirst()
    }
}
