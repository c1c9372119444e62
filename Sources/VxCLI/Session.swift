import ArgumentParser
import VxGit
import VxModel
import VxSystem
import VxWorkspace

import struct SystemPackage.FilePath

/// Options every command takes.
struct CommonOptions: ParsableArguments {
    @Option(name: .customShort("C"), help: ArgumentHelp("Run as if started in this folder.", valueName: "dir"))
    var directory: String?

    @Flag(name: .long, help: "Print the result as JSON.")
    var json = false

    @Flag(name: [.short, .long], help: "Print nothing but results and errors.")
    var quiet = false

    @Flag(name: [.short, .long], help: "Say more of what is being done.")
    var verbose = false
}

/// A command of vx: options, one call of the engine, one result rendered.
protocol VxCommand: AsyncParsableCommand {
    var common: CommonOptions { get }
    func run(_ session: Session) async throws
}

extension VxCommand {
    func run() async throws {
        try await run(try Session(common))
    }
}

/// Everything a command takes from its surroundings.
struct Session {
    let options: CommonOptions
    let environment: [String: String]
    /// The command line as typed, for the one thing the parser does not tell: whether there was a '--'.
    let arguments: [String]
    let currentDirectory: FilePath
    let cancellation = Cancellation()

    init(_ options: CommonOptions) throws {
        self.options = options
        if let directory = options.directory { try CurrentProcess.changeDirectory(to: FilePath(directory)) }
        environment = CurrentProcess.environment
        arguments = CommandLine.arguments
        currentDirectory = try CurrentProcess.currentDirectory()
        Interrupts.cancel(cancellation)
    }

    /// Git's own variables, which it sets for hooks and filters.
    ///
    /// - Throws: `usage` for settings there that nobody understands.
    func gitEnvironment() throws -> GitEnvironment {
        func path(_ name: String) -> FilePath? {
            environment[name].map { currentDirectory.pushing(FilePath($0)) }
        }
        return GitEnvironment(
            gitDirectory: path("GIT_DIR"), workTree: path("GIT_WORK_TREE"), indexFile: path("GIT_INDEX_FILE"),
            objectDirectories: ["GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES"].flatMap { name in
                (environment[name] ?? "").split(separator: ":").map { currentDirectory.pushing(FilePath(String($0))) }
            }, settings: try EnvironmentSettings(environment))
    }

    /// - Parameter forGit: for commands that git starts by itself.
    /// - Parameter remotes: whether content that is missing here may be fetched.
    /// - Parameter settingUp: for commands that set up the hooks themselves.
    func workspace(forGit: Bool = false, remotes: Bool = false, settingUp: Bool = false) throws -> Workspace {
        let workspace = try Workspace(
            at: currentDirectory, environment: gitEnvironment(), cancellation: cancellation,
            ignoringConfiguration: forGit, access: remotes ? access : nil)
        workspace.sweepLeftovers()
        if !settingUp { try workspace.completeSettings() }
        if !forGit, !settingUp { try warnOfIdleHooks(workspace) }
        return workspace
    }

    /// Says so where git does not run vx's hooks: it would push pointers without their data, and leave large files as text.
    func warnOfIdleHooks(_ workspace: Workspace) throws {
        // What cannot be read there is the matter of the command that needs it.
        guard let idle = try attempting({ try workspace.idleHooks() }) ?? nil else { return }
        warn(idle.message)
    }

    /// The repository paths of what the user typed; the whole workspace below the current folder where it is nothing.
    func paths(_ arguments: [String], in workspace: Workspace) throws -> [RepoPath] {
        let resolver = PathArguments(root: workspace.root, current: currentDirectory)
        var typed = RawArguments()
        return try arguments.map { try resolver.resolve(typed.path($0)) }
    }

    // MARK: - Output

    /// Prints a result.
    ///
    /// - Parameter medium: JSON that was written already is to stay JSON.
    func print(_ text: String, as medium: Output.Medium = .text) {
        Output.result(text.hasSuffix("\n") ? text : text + "\n", as: medium)
    }

    func print(_ value: JSONValue) {
        Output.result(value.canonical, as: .json)
    }

    /// Prints what the command was asked for, as JSON or as text.
    func result(_ value: @autoclosure () -> JSONValue, _ text: @autoclosure () -> String) {
        if options.json { return print(value()) }
        let text = text()
        if !text.isEmpty { print(text) }
    }

    /// Tells what a command has done, as JSON or as text; nothing where that should not be said.
    func report(_ value: @autoclosure () -> JSONValue, _ text: @autoclosure () -> String) {
        if options.json {
            print(value())
        } else if !options.quiet {
            let text = text()
            if !text.isEmpty { print(text) }
        }
    }

    /// What comes in on standard input, as text.
    func standardInput() throws -> String {
        let input = try CurrentProcess.standardInput()
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = try piece.withUnsafeMutableBytes { try input.read(into: $0) }
            if count == 0 { return String(decoding: bytes, as: UTF8.self) }
            bytes += piece[..<count]
        }
    }

    /// - Throws: `usage` where an argument that has to be text was typed as bytes that are none: what Swift makes of them names
    ///   another file.
    func requireText(_ arguments: [String]) throws(VxError) {
        for raw in CurrentProcess.rawArguments where String(validating: raw, as: UTF8.self) == nil {
            guard arguments.contains(String(decoding: raw, as: UTF8.self)) else { continue }
            throw VxError(
                .usage, "the name '\(RepoPath(bytes: raw))' is not UTF-8",
                hint: "give the file another name, or name the folder it is in")
        }
    }

    /// Says in a line how a result came about; nothing where that should not be said.
    func tell(_ text: String) {
        if !options.quiet { Output.message("\(ErrorReport.indented(text))\n") }
    }

    /// Tells the user something that is no result.
    func note(_ text: String) {
        if !options.quiet { Output.message("note: \(ErrorReport.indented(text))\n") }
    }

    func warn(_ text: String) {
        Output.message("warning: \(ErrorReport.indented(text))\n")
    }

    /// Reports files that could not be laid down, and ends with the status for "partly done".
    func finish(failures: [(file: DataFile, error: VxError)], others: [VxError] = []) throws {
        let errors = failures.map(\.error) + others
        if errors.isEmpty { return }
        for error in errors.prefix(20) { ErrorReport.write(error, asJSON: options.json) }
        if errors.count > 20 { warn("and \(errors.count - 20) more") }
        let code = errors.contains { $0.code == .corrupt } ? VxError.Code.corrupt : .partlyDone
        throw ExitStatus(code)
    }
}

/// The command line as bytes: a path need not be text, and the parser's strings have lost what is none.
private struct RawArguments {
    /// What was typed, by what Swift made of it, in order.
    private var typed: [String: [FilePath]] = [:]

    init() {
        for raw in CurrentProcess.rawArguments where String(validating: raw, as: UTF8.self) == nil {
            typed[String(decoding: raw, as: UTF8.self), default: []].append(FilePath(byteArray: raw))
        }
    }

    mutating func path(_ argument: String) -> FilePath {
        guard var candidates = typed[argument], let first = candidates.first else { return FilePath(argument) }
        if candidates.count > 1 { candidates.removeFirst() }
        typed[argument] = candidates
        return first
    }
}
