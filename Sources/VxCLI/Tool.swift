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
            Git keeps code and small pointers; vx keeps the bytes in a store beside it. Add data with 'vx add', commit \
            with git, and every git command that moves files moves the data with them.

            'vx help TOPIC' explains \(HelpTopic.all.map(\.name).joined(separator: ", ")).
            """,
        version: version,
        groupedSubcommands: [
            CommandGroup(name: "Start", subcommands: [Init.self, Install.self, Clone.self, TrustCommand.self]),
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
                    CI.self,
                ]),
            CommandGroup(name: "Snapshots", subcommands: [SnapshotCommand.self, ReproduceCommand.self, Runs.self]),
            CommandGroup(name: "Store", subcommands: [DiskUsage.self, GarbageCollect.self, Evict.self, Fsck.self]),
            CommandGroup(name: "Help", subcommands: [SelfCheck.self, Completions.self, ManualCommand.self]),
            CommandGroup(
                name: "Plumbing",
                subcommands: [
                    Complete.self, FilterProcessCommand.self, Hook.self, MergeDriverCommand.self,
                ]),
        ])

    package init() {}

    /// Runs the command line of this process and ends it.
    package static func main() -> Never {
        do {
            try CurrentProcess.openStandardDescriptors()
        } catch {
            CurrentProcess.exit(ErrorReport.print(error, asJSON: false))
        }
        if CommandLine.arguments.dropFirst().elementsEqual(["--version"]) {
            // Asked by scripts in loops: building the parser's tree of commands takes longer than all of git's start.
            Output.result(version + "\n")
            CurrentProcess.exit(Output.status(after: 0, asJSON: false))
        }
        LastWords.prepare()
        CommandThreads.run { await runCommand(Array(CommandLine.arguments.dropFirst())) }
    }

    private static func runCommand(_ typed: [String]) async -> Never {
        let arguments = withHelpFirst(movedBehindCommand(typed))
        let wantsJSON = typed.prefix { $0 != "--" }.contains("--json")
        do {
            try Machine.prepare()
            if let error = emptyArgument(arguments) { throw error }
            if try document(arguments) { CurrentProcess.exit(Output.status(after: 0, asJSON: false)) }
            if let error = unknownCommand(arguments) { throw error }
            var command = try parse(commandLine: arguments)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            CurrentProcess.exit(Output.status(after: 0, asJSON: wantsJSON))
        } catch {
            let status = ErrorReport.print(error, asJSON: wantsJSON)
            CurrentProcess.exit(Output.status(after: status, asJSON: wantsJSON))
        }
    }

    /// Parses a command by its own parser, without building those of all the others: git starts vx several times a
    /// commit, and the whole tree costs more than the work of most of those.
    ///
    /// ``Tool``'s parser sees what is something other than a command to run, as help or a mistake: its words for that
    /// name the whole command.
    private static func parse(commandLine arguments: [String]) throws -> sending any ParsableCommand {
        if let error = unknownSubcommand(arguments) { throw error }
        guard let name = arguments.first,
            let command = configuration.subcommands.first(where: { $0._commandName == name }),
            command.configuration.subcommands.isEmpty
        else { return try parseAsRoot(arguments) }
        guard let many = command as? any ManyPathsCommand.Type else { return try parse(command, arguments) }
        return try parseMany(many, arguments)
    }

    private static func parse(
        _ command: any ParsableCommand.Type, _ arguments: some Sequence<String>
    ) throws -> sending any ParsableCommand {
        // A mistake, and what is asked of the command, is told of by the parser of the whole, whose words begin with 'vx'.
        if let parsed = try? command.parseAsRoot(Array(arguments.dropFirst())), type(of: parsed) == command { return parsed }
        return try parseAsRoot(Array(arguments))
    }

    /// The command with all its paths. The parser's time grows with the square of their number, so it does not get those in the
    /// middle of the longest row of them: of the first two, one may be an option's value.
    private static func parseMany<Command: ManyPathsCommand>(
        _ command: Command.Type, _ arguments: [String]
    ) throws -> sending any ParsableCommand {
        let row = longestRow(in: arguments.dropFirst())
        if row.count < 100 { return try parse(command, arguments) }
        let left = row.dropFirst(2)
        // No argument holds a zero byte: it stands for them, at their place.
        let parsed = try parse(command, arguments[..<left.startIndex] + ["\0"] + arguments[left.endIndex...])
        guard var parsed = parsed as? Command, let place = parsed[keyPath: Command.manyPaths].firstIndex(of: "\0")
        else { return parsed }
        parsed[keyPath: Command.manyPaths].replaceSubrange(place...place, with: left)
        return parsed
    }

    /// The longest row of arguments that are no options.
    private static func longestRow(in arguments: ArraySlice<String>) -> ArraySlice<String> {
        var longest = arguments.prefix(0)
        var start = arguments.startIndex
        for position in arguments.indices {
            if arguments[position].hasPrefix("-") {
                start = position + 1
            } else if position + 1 - start > longest.count {
                longest = arguments[start...position]
            }
        }
        return longest
    }

    /// What to say of an argument that is empty. In scripts it is a variable that is not set, and must not pass for "everything"
    /// or "here". What git itself calls may be given empty ones.
    static func emptyArgument(_ arguments: [String]) -> VxError? {
        let plumbing: [any ParsableCommand.Type] = [
            FilterProcessCommand.self, Hook.self, MergeDriverCommand.self, Complete.self,
        ]
        if plumbing.contains(where: { $0._commandName == arguments.first }) { return nil }
        guard let place = arguments.firstIndex(where: \.isEmpty) ?? arguments.firstIndex(where: isEmptyOption) else {
            return nil
        }
        let name = place == 0 ? "" : arguments[place - 1]
        let help = arguments.first.map { "'vx help \(typed: $0)'" } ?? "'vx help'"
        let what = isEmptyOption(arguments[place]) ? String(arguments[place].dropLast()) : name
        return VxError(
            .usage, what.hasPrefix("-") && what != "--" ? "the value of \(what) is empty" : "an argument is empty",
            because: "a variable of the shell may not be set",
            hint:
                "leave it out, or write what you mean; \(help) tells what it can be"
        )
    }

    /// Whether an argument is `--option=` without a value.
    private static func isEmptyOption(_ argument: String) -> Bool {
        argument.hasPrefix("--") && argument.firstIndex(of: "=") == argument.indices.last
    }

    /// Prints what is asked for where that is no command: a topic of help, or the script that completes vx in a shell.
    ///
    /// - Returns: whether it was.
    private static func document(_ arguments: [String]) throws(VxError) -> Bool {
        guard arguments.count == 2 else { return false }
        if arguments[0] == "--generate-completion-script" {
            Output.result(try Completions.script(arguments[1]))
            return true
        }
        guard arguments[0] == "help", command(arguments[1], of: Self.self) == nil,
            let topic = HelpTopic.named(arguments[1])
        else { return false }
        Output.result("\(topic.title)\n\n\(topic.text)\n")
        return true
    }

    /// Options every command takes may also stand before its name, as git's may: `vx -C DIR status`,
    /// `vx -C DIR remote list`, `vx remote -C DIR list`.
    static func movedBehindCommand(_ arguments: [String]) -> [String] {
        var common: [String] = []
        var rest = arguments[...]
        var names: [String] = []
        var parent: (any ParsableCommand.Type)? = Self.self
        // Down to the command that has no others below it.
        while let group = parent, names.isEmpty || !group.configuration.subcommands.isEmpty {
            moveOptions(from: &rest, to: &common)
            guard let name = rest.first, !name.hasPrefix("-") else { break }
            parent = command(name, of: group)
            // What is no command is left to the parser to name.
            if parent == nil, !names.isEmpty { break }
            names.append(name)
            rest = rest.dropFirst()
        }
        // Help is the same everywhere.
        return names.isEmpty ? arguments : names + (names == ["help"] ? [] : common) + rest
    }

    private static func moveOptions(from rest: inout ArraySlice<String>, to common: inout [String]) {
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
    }
}
