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
        /// How it is where nothing was found.
        var state = "missing"
    }

    func run(_ session: Session) async throws {
        if let load { return try Self.load(library: load) }
        let packages = PackageManager(path: session.environment["PATH"])
        let hasLibgit2 = try loads("libgit2")
        var items = [
            try own(session), try await git(session, packages), try await identity(session),
            Item(
                name: "libgit2", found: hasLibgit2 ? "loads" : nil, cost: "no command works",
                remedy: packages.line(.libgit2), isNeeded: true),
            Item(
                name: "libcurl", found: try loads("libcurl") ? "loads" : nil,
                cost: "remotes in buckets and behind rclone cannot be reached", remedy: packages.line(.libcurl)),
        ]
        for library in ImageLibrary.all() {
            items.append(
                Item(
                    name: library.name, found: library.isHere ? "loads" : nil,
                    cost: "\(library.images) images are not compared by what they show ('vx split')",
                    remedy: packages.line(.images(library.name))))
        }
        items += [
            try rclone(session),
            Item(
                name: "ssh", found: program("ssh", session), cost: "remotes ssh://… cannot be reached",
                remedy: packages.line(.ssh)),
            Item(
                name: "python3", found: EnvironmentProbe(variables: session.environment).pythonExecutable()?.string,
                cost: "a snapshot does not say which Python and packages it was made with",
                remedy: packages.line(.python)),
            Item(
                name: "duckdb", found: program("duckdb", session), cost: "no command of vx's; your own queries of tables",
                remedy: "nothing, or what https://duckdb.org/docs/installation says"),
            try temporaryFolder(session), terminal(),
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
                "\(item.isNeeded ? "!! " : "-- ") \(name)  \(item.state): \(item.cost)\n    \(String(repeating: " ", count: width))  \(item.remedy)"
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
            let folder = ShellWord(program.removingLastComponent().string)
            item.found? += "; not on PATH, so hooks find it only as long as it stays there: export PATH=\(folder):\"$PATH\""
            return item
        }
        if let (cost, remedy) = try first.complaint() {
            return Item(name: "vx", cost: cost, remedy: remedy, isNeeded: true, state: "faulty")
        }
        if Files.realPath(first.path) != program { item.found? += "; git and its hooks run \(first.path), which is on PATH" }
        return item
    }

    private func git(_ session: Session, _ packages: PackageManager) async throws -> Item {
        let (major, minor) = GitProcess.minimumVersion
        var item = Item(
            name: "git", cost: "git \(major).\(minor) or newer is needed", remedy: packages.line(.git), isNeeded: true)
        do {
            item.found = try await GitProcess().requireVersion(in: session.currentDirectory)
        } catch {
            if error.code == .interrupted { throw error }
            item.cost = "\(error)"
        }
        return item
    }

    /// Who commits: git asks before it makes the first one, and so do the commands that end in one.
    private func identity(_ session: Session) async throws -> Item {
        var item = Item(
            name: "identity", cost: "'git commit' fails, and so do 'vx init', 'vx ingest', 'vx clean' and 'vx split'")
        do {
            let found = try await GitProcess().identity(.author, in: session.currentDirectory)
            item.found = "\(found.name) <\(found.email)>"
        } catch {
            if error.code == .interrupted { throw error }
            item.remedy = error.hint ?? ""
        }
        return item
    }

    /// Asked for its version: the one of a system's packages is often too old.
    private func rclone(_ session: Session) throws -> Item {
        var item = Item(name: "rclone", cost: "remotes rclone:… and ssh://… cannot be reached")
        do {
            item.found = try RcloneSearch.version(session.environment, session.cancellation)
        } catch {
            let error = error.vxError
            if error.code == .interrupted { throw error }
            item.cost += ": \(error.message)"
            item.remedy = error.hint ?? ""
        }
        return item
    }

    private func temporaryFolder(_ session: Session) throws -> Item {
        let folder = TemporaryFolder(session.environment)
        let trouble = try folder.trouble()
        return Item(
            name: "TMPDIR", found: trouble == nil ? folder.path.string : nil,
            cost: "\(trouble.map { "\($0)" } ?? ""); 'git -c …', rclone:… and ssh://… fail", remedy: trouble?.hint ?? "",
            isNeeded: true, state: "faulty")
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
        let repository: Repository
        do {
            repository = try session.repository()
        } catch let error as VxError where error.code != .interrupted {
            if error.code == .notARepository { return [] }
            return [Item(name: "repository", cost: "\(error)", remedy: error.hint ?? "", isNeeded: true, state: "faulty")]
        }
        if repository.isBare { return [] }
        // Where PATH has no vx, or another program of that name, only the whole path is one.
        let isOnPath = try VxOnPath(session)?.isVx == true
        let program = isOnPath ? "vx" : ShellWord(try CurrentProcess.executable().string).description
        var hooks = Item(name: "hooks", cost: "git runs none of vx's", remedy: "\(program) install", isNeeded: true)
        let idle = try HookInstaller(of: repository, executable: "/").idle(
            configured: repository.configString("core.hooksPath"))
        if let idle {
            hooks.cost = idle.message.split(separator: "\n").joined(separator: "; ")
        } else {
            hooks.found = "all \(HookInstaller.names.count) in \(try repository.hooksDirectory())"
        }
        return [try filter(of: repository, session, remedy: "\(program) install"), hooks]
    }

    /// What git runs for data files.
    private func filter(of repository: Repository, _ session: Session, remedy: String) throws -> Item {
        var item = Item(
            name: "filter", cost: "in this clone, git writes pointers in place of data", remedy: remedy, isNeeded: true)
        guard let setting = try repository.configString(ProgramLookup.filterSetting) else { return item }
        guard setting.hasPrefix(ProgramLookup.beginning) else {
            item.isNeeded = false
            item.cost = "it is an older vx's, which names one place: 'git switch' fails once vx is moved from there"
            return item
        }
        let recorded = ProgramLookup.recorded(in: setting)
        let isThere = recorded.map(ProgramSearch.isProgram) ?? false
        if try repository.configBool("filter.vx.required") != true {
            item.cost = "filter.vx.required is not true: where vx fails, git adds data to its own history"
        } else if try repository.configString(ProgramLookup.absenceSetting) == nil {
            item.cost = "filter.vx.absent is gone: without vx, 'git switch' fails here"
        } else if let first = try VxOnPath(session) {
            let next = recorded.map { ", else \($0)\(isThere ? "" : ", which is gone")" } ?? ""
            item.found = "\(first.path), the first on PATH\(next)"
        } else if let recorded, isThere {
            item.found = "\(recorded), where it was set up; a vx on PATH would come first"
        } else {
            let place = recorded.map { ", nor at \($0)" } ?? ""
            item.cost = "there is no vx on PATH\(place): \(item.cost)"
        }
        return item
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
