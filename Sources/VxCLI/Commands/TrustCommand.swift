import ArgumentParser
import VxModel
import VxSystem
import VxTracking
import VxWorkspace

struct TrustCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trust", abstract: "Say that remotes and commands of this repository may be used in this clone.",
        discussion: """
            Shows them in full first. What is trusted is remembered by its content, in this clone: a change asks again. What \
            'vx remote add' made here, and commands you wrote into vx.yaml here, are trusted already. Machines set the \
            variable VX_TRUST to 'remotes', 'commands' or 'all' ('vx help security').
            """,
        subcommands: [TrustAll.self, TrustRemote.self, TrustSnapshot.self, TrustList.self, TrustForget.self],
        defaultSubcommand: TrustAll.self)
}

/// What to do with what is shown.
struct TrustOptions: ParsableArguments {
    @Flag(name: [.customShort("n"), .long], help: "Only show what would be trusted.") var dryRun = false
    @Flag(name: [.short, .long], help: "Do not ask on a terminal.") var yes = false
}

struct TrustAll: VxCommand {
    static let configuration = CommandConfiguration(
        commandName: "all", abstract: "Trust the remotes and commands that vx.yaml names.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var trust: TrustOptions

    func run(_ session: Session) async throws {
        let workspace = try session.workspace()
        try await session.askTrust(workspace.trustItems, trust, in: workspace, none: "vx.yaml names nothing to trust")
    }
}

struct TrustRemote: VxCommand {
    static let configuration = CommandConfiguration(commandName: "remote", abstract: "Trust one remote of vx.yaml.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var trust: TrustOptions
    @Argument(help: "Its name.") var name: String

    func run(_ session: Session) async throws {
        let workspace = try session.workspace()
        let entry = try workspace.remote(named: name)
        try await session.askTrust(
            workspace.needsTrust(entry) ? [.remote(entry)] : [], trust, in: workspace,
            none: "'\(name)' is a folder, which needs no trust")
    }
}

struct TrustSnapshot: VxCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshot", abstract: "Trust the command that 'vx reproduce' would run.")

    @OptionGroup var common: CommonOptions
    @OptionGroup var trust: TrustOptions
    @Argument(help: "The snapshot's tag.") var tag: String

    func run(_ session: Session) async throws {
        let workspace = try session.workspace()
        try await session.askTrust(
            [Reproduce.trustItem(SnapshotName(tag), in: workspace)], trust, in: workspace, none: "")
    }
}

struct TrustList: VxCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List what vx.yaml names that needs trust, and whether it has it.")

    @OptionGroup var common: CommonOptions

    func run(_ session: Session) async throws {
        let workspace = try session.workspace()
        let found = try await workspace.standing(of: workspace.trustItems, TrustGrants(session.environment))
        session.result(
            .array(found.map { $0.item.json(isTrusted: $0.isTrusted) }),
            found.map { "\($0.isTrusted ? "trusted" : "not trusted"): \(Session.text($0.item))" }.joined(separator: "\n"))
    }
}

struct TrustForget: VxCommand {
    static let configuration = CommandConfiguration(
        commandName: "forget", abstract: "Forget all that was trusted in this clone.")

    @OptionGroup var common: CommonOptions

    func run(_ session: Session) async throws {
        let workspace = try session.workspace()
        try workspace.forgetTrust()
        session.report(["forgotten": true], "Nothing is trusted in \(workspace.root) but what you write there yourself")
    }
}

extension Session {
    /// Shows what is not trusted yet; trusts it where the user agrees. Off a terminal, the command itself is his word.
    fileprivate func askTrust(
        _ items: [TrustItem], _ options: TrustOptions, in workspace: Workspace, none: String
    ) async throws {
        let fresh = try await workspace.standing(of: items, TrustGrants(environment)).filter { !$0.isTrusted }.map(\.item)
        if fresh.isEmpty {
            return report([], items.isEmpty ? none : "All of it is trusted already")
        }
        let asks = !options.dryRun && !options.yes && !self.options.json && CurrentProcess.isAtTerminal
        if asks || !self.options.quiet, !self.options.json {
            for item in fresh { self.print(Self.text(item)) }
        }
        if asks {
            Output.message("Trust this in this clone? [y/N] ")
            guard ["y", "yes"].contains((readLine() ?? "").lowercased()) else {
                throw VxError(.refused, "nothing was trusted", hint: "'vx trust' shows it again")
            }
        }
        if !options.dryRun { try workspace.trust(fresh) }
        report(
            .array(fresh.map { $0.json(isTrusted: !options.dryRun) }),
            options.dryRun
                ? "Would trust \(Wording.count(fresh.count, "item")) in this clone"
                : "Trusted in this clone; 'vx trust forget' takes it back")
    }
}

extension TrustItem {
    fileprivate func json(isTrusted: Bool) -> JSONValue {
        [
            "kind": .string(kind.rawValue), "title": .string(title), "id": .string(id.hex), "trusted": .bool(isTrusted),
            "details": .object(
                Dictionary(details.map { ($0.name, JSONValue.string($0.value)) }, uniquingKeysWith: { first, _ in first })),
        ]
    }
}
