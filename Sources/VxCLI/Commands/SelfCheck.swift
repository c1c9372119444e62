import ArgumentParser
import VxFlow
import VxGit
import VxModel
import VxRemote
import VxSystem
import VxTracking
import VxWorkspace

import struct SystemPackage.FilePath

struct SelfCheck: VxCommand {
    static let configuration = CommandConfiguration(
        commandName: "self-check", abstract: "Say what of vx's surroundings is here, what is not, and what that costs.",
        discussion:
            "Exit status 4 where something is missing that vx needs; what is only of use here and there is said.")

    @OptionGroup var common: CommonOptions
    /// A library that is missing ends the process that needs it: it is tried in one of its own.
    @Option(help: .hidden) var load: String?

    /// One thing that is looked for.
    private struct Item {
        var name: String
        /// What was found; `nil` where it is missing.
        var found: String?
        /// What is not possible without it.
        var cost = ""
        /// What to type.
        var remedy = ""
        var isNeeded = false
    }

    func run(_ session: Session) async throws {
        if let load { return try Self.load(library: load) }
        let hasLibgit2 = try loads("libgit2")
        var items = [
            try own(session), try await git(session),
            Item(
                name: "libgit2", found: hasLibgit2 ? "loads" : nil, cost: "no command works",
                remedy: "install it, with apt or brew", isNeeded: true),
            Item(
                name: "libcurl", found: try loads("libcurl") ? "loads" : nil,
                cost: "remotes in buckets and behind rclone cannot be reached", remedy: "install it, with apt or brew"),
        ]
        for library in ImageLibrary.all() {
            items.append(
                Item(
                    name: library.name, found: library.isHere ? "loads" : nil,
                    cost: "\(library.images) images are not compared by what they show ('vx split')",
                    remedy: "install it, with apt or brew"))
        }
        items += [
            Item(
                name: "rclone", found: RcloneSearch.find(session.environment)?.string,
                cost: "remotes rclone:… and ssh://… cannot be reached",
                remedy: "install rclone 1.65 or newer, or set VX_RCLONE"),
            Item(
                name: "ssh", found: program("ssh", session), cost: "remotes ssh://… cannot be reached",
                remedy: "install an ssh client"),
            Item(
                name: "python3", found: EnvironmentProbe(variables: session.environment).pythonExecutable()?.string,
                cost: "a snapshot does not say which Python and packages it was made with", remedy: "install Python 3"),
            Item(
                name: "duckdb", found: program("duckdb", session),
                cost: "no command of vx's; your own queries of tables", remedy: "install duckdb, where you want it"),
            terminal(),
        ]
        // What a clone is set up with is asked of its repository, which nothing but libgit2 opens.
        if hasLibgit2 { items += try clone(session) }
        report(items, session)
        if items.contains(where: { $0.isNeeded && $0.found == nil }) { throw ExitStatus(.refused) }
    }

    private func report(_ items: [Item], _ session: Session) {
        let width = items.map(\.name.count).max() ?? 0
        let lines = items.map { item in
            let name = item.name + String(repeating: " ", count: width - item.name.count)
            if let found = item.found { return "ok  \(name)  \(found)" }
            return
                "\(item.isNeeded ? "!! " : "-- ") \(name)  missing: \(item.cost)\n    \(String(repeating: " ", count: width))  \(item.remedy)"
        }
        let value: [JSONValue] = items.map { item in
            [
                "name": .string(item.name), "found": item.found.map(JSONValue.string) ?? .null,
                "needed": .bool(item.isNeeded), "cost": .string(item.cost), "remedy": .string(item.remedy),
            ]
        }
        session.result(.array(value), lines.map(VisibleText.lines).joined(separator: "\n"))
    }

    // MARK: - What is looked for

    private func program(_ name: String, _ session: Session) -> String? {
        ProgramSearch.find(name, in: session.environment["PATH"])?.string
    }

    private func own(_ session: Session) throws -> Item {
        let program = try CurrentProcess.executable()
        var item = Item(name: "vx", found: "\(Tool.version), \(program)")
        guard let first = try VxOnPath(session) else {
            item.found? += "; not on PATH, so hooks find it only as long as it stays there"
            return item
        }
        if let (cost, remedy) = try first.complaint() {
            return Item(name: "vx", cost: cost, remedy: remedy, isNeeded: true)
        }
        if Files.realPath(first.path) != program { item.found? += "; git and its hooks run \(first.path), which is on PATH" }
        return item
    }

    private func git(_ session: Session) async throws -> Item {
        let (major, minor) = GitProcess.minimumVersion
        var item = Item(
            name: "git", cost: "git \(major).\(minor) or newer is needed", remedy: "install git, \(major).\(minor) or newer, with apt or brew", isNeeded: true
        )
        do {
            item.found = try await GitProcess().requireVersion(in: session.currentDirectory)
        } catch {
            if error.code == .interrupted { throw error }
            item.cost = "\(error)"
        }
        return item
    }

    private func terminal() -> Item {
        let isTerminal = CurrentProcess.standardErrorIsTerminal
        let columns = CurrentProcess.terminalWidth().map { "\($0) columns" }
        return Item(
            name: "terminal",
            found: [columns, isTerminal ? "progress is shown" : "none on standard error, so no progress is shown"]
                .compactMap { $0 }.joined(separator: ", "))
    }

    /// What is set up in the clone around the current folder; nothing outside of one.
    private func clone(_ session: Session) throws -> [Item] {
        guard let repository = try attempting({ try session.repository() }), !repository.isBare else { return [] }
        let filter = try repository.configString(ProgramLookup.filterSetting)
        var setUp = Item(
            name: "filter", cost: "in this clone, git writes pointers in place of data", remedy: "vx install",
            isNeeded: true)
        if let filter {
            if filter.hasPrefix(ProgramLookup.beginning) {
                if try repository.configBool("filter.vx.required") != true {
                    setUp.cost = "filter.vx.required is not true: where vx fails, git adds data to its own history"
                } else if try repository.configString(ProgramLookup.absenceSetting) == nil {
                    setUp.cost = "filter.vx.absent is gone: without vx, 'git switch' fails here"
                } else {
                    setUp.found = "looks for vx on PATH, then where it was"
                }
            } else {
                (setUp.isNeeded, setUp.cost) = (
                    false, "it is an older vx's, which names one place: 'git switch' fails once vx is moved from there"
                )
            }
        }
        var hooks = Item(
            name: "hooks", cost: "git runs none of vx's", remedy: "vx install", isNeeded: true)
        let idle = try HookInstaller(of: repository, executable: "/").idle(
            configured: repository.configString("core.hooksPath"))
        if let idle {
            hooks.cost = idle.message.split(separator: "\n").joined(separator: "; ")
        } else {
            hooks.found = "all \(HookInstaller.names.count) in \(try repository.hooksDirectory())"
        }
        return [setUp, hooks]
    }

    // MARK: - Libraries

    /// Whether a library loads: asked of another vx.
    private func loads(_ library: String) throws -> Bool {
        let program = try CurrentProcess.executable().string
        let arguments = ["self-check", "--load", library].map { Array($0.utf8) }
        return try Program(program, arguments).collect(limits: (1 << 16, 1 << 16), timeout: .seconds(10)).ending.status
            == 0
    }

    private static func load(library: String) throws {
        switch library {
        case "libgit2": try GitLibrary.load()
        case "libcurl":
            guard TransferLibrary.load() else { throw VxError("libcurl cannot be started") }
        default: throw VxError(.usage, "there is no library '\(library)' to load")
        }
    }
}
