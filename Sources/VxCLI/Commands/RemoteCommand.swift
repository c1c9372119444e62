import ArgumentParser
import VxConfig
import VxFlow
import VxGit
import VxModel
import VxRemote
import VxSystem
import VxWorkspace

struct RemoteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remote", abstract: "The places data is shared through, as vx.yaml names them.",
        subcommands: [RemoteAdd.self, RemoteList_.self, RemoteRemove.self, RemoteCheck.self],
        defaultSubcommand: RemoteList_.self)
}

extension RemoteList.Entry {
    fileprivate var shownURL: String { RemoteAddress.shown(url) }
    fileprivate var shownOptions: [String: String] { options.mapValues(RemoteAddress.shown) }
}

struct RemoteAdd: VxCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Add a remote to vx.yaml, and make the place ready.",
        discussion: """
            A URL is a folder (/path, file:///path), s3://BUCKET/PREFIX, ssh://USER@HOST/path, or rclone:NAME:path. \
            Credentials come from the environment, ~/.aws, or git's configuration, never from vx.yaml.
            """)

    @OptionGroup var common: CommonOptions
    @Option(name: .customShort("o"), help: ArgumentHelp("An option, such as region=eu-west-1.", valueName: "key=value"))
    var options: [String] = []
    @Flag(name: .customLong("default"), help: "Use it where no remote is named.") var isDefault = false
    @Argument(help: "What to call it.") var name: String
    @Argument(help: "Where it is.") var url: String

    func run(_ session: Session) async throws {
        guard RemoteList.isName(name) else {
            throw VxError(.usage, "a remote cannot be called '\(name)'", hint: "use letters, digits, '-', '_' and '.'")
        }
        var entry = RemoteList.Entry(name: name, url: url, isDefault: isDefault)
        for option in options {
            guard let equals = option.firstIndex(of: "=") else {
                throw VxError(.usage, "'\(option)' is no option", hint: "write it as KEY=VALUE")
            }
            entry.options[String(option[..<equals])] = String(option[option.index(after: equals)...])
        }
        let workspace = try session.workspace(remotes: true)
        if let other = workspace.configuration.remotes[name], other.url != url {
            throw Workspace.taken(other)
        }
        try session.requireCodeAllowed(in: workspace)
        let isNew = try workspace.addRemote(entry, session.access)
        session.report(
            ["name": .string(name), "url": .string(entry.shownURL), "created": .bool(isNew)],
            "\(isNew ? "Made" : "Found") the remote '\(name)' at \(entry.shownURL); commit vx.yaml so that others find it too"
        )
    }
}

extension Session {
    /// - Throws: `refused` where the branch is one on which `vx.yaml` could be changed and never committed.
    fileprivate func requireCodeAllowed(in workspace: Workspace) throws {
        guard let branch = try workspace.repository.head().branch else { return }
        let (repository, configuration) = try policy()
        guard try PolicyCheck(repository, configuration).refusesCode(on: branch) else { return }
        let patterns = configuration.roles.patterns[.dev] ?? []
        throw VxError(
            .refused, "vx.yaml cannot be changed on '\(branch)'",
            because: "no code is written on stable: it arrives by merging dev",
            hint:
                "go to a dev branch ('git switch -c \(typed: patterns.first.map { $0.split(separator: "*").joined() + "NAME" } ?? "dev/NAME")'), repeat the command and commit vx.yaml there, then merge it"
        )
    }
}

struct RemoteList_: VxCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the remotes.")

    @OptionGroup var common: CommonOptions

    func run(_ session: Session) async throws {
        let remotes = try session.workspace().remotes
        let standard = remotes.default
        session.result(
            .array(
                remotes.entries.map { entry in
                    [
                        "name": .string(entry.name), "url": .string(entry.shownURL),
                        "default": .bool(entry == standard),
                        "options": .object(entry.shownOptions.mapValues(JSONValue.string)),
                    ]
                }),
            remotes.entries.map { entry in
                let options = entry.shownOptions.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
                return "\(entry.name)\t\(entry.shownURL)\(options)\(entry == standard ? " (default)" : "")"
            }.joined(separator: "\n"))
    }
}

struct RemoteRemove: VxCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Take a remote out of vx.yaml. Its data stays where it is.")

    @OptionGroup var common: CommonOptions
    @Argument(help: "Its name.") var name: String

    func run(_ session: Session) async throws {
        let workspace = try session.workspace()
        let entry = try workspace.remote(named: name)
        guard workspace.configuration.remotes[name] != nil else {
            throw VxError(
                .usage, "there is no remote '\(name)' in vx.yaml here",
                hint: "vx.yaml of '\(workspace.configuration.tracking.branch)' names it: remove it there")
        }
        try session.requireCodeAllowed(in: workspace)
        try workspace.removeRemote(entry)
        session.report(
            ["removed": .string(name)],
            "Removed the remote '\(name)' from vx.yaml; its data is still at \(entry.shownURL)")
    }
}

struct RemoteCheck: VxCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "See whether a remote can be reached, read and listed.")

    @OptionGroup var common: CommonOptions
    @Argument(help: "Its name; the default remote without one.") var name: String?

    func run(_ session: Session) async throws {
        let workspace = try session.workspace(remotes: true)
        let entry = try workspace.remote(named: name)
        let state = try workspace.checkRemote(entry, session.access)
        for problem in state.problems { ErrorReport.write(problem, asJSON: common.json) }
        session.result(
            [
                "name": .string(entry.name), "url": .string(entry.shownURL), "indexes": .integer(Int64(state.indexes)),
                "packs": .integer(Int64(state.packs)), "bytes": .integer(Int64(state.bytes)),
                "putIfAbsent": .string(state.properties.putIfAbsent.rawValue),
            ],
            "\(entry.name) at \(entry.shownURL): \(Wording.count(state.packs, "pack", bytes: state.bytes)), "
                + "\(Wording.count(state.indexes, "index", plural: "indexes"))")
        if !state.problems.isEmpty { throw ExitStatus(.corrupt) }
    }
}
