import ArgumentParser
import VxConfig
import VxFlow
import VxGit
import VxModel
import VxRemote
import VxSystem
import VxWorkspace

import struct SystemPackage.FilePath

/// Git runs it once per command and sends it all files that pass its filter.
struct FilterProcessCommand: VxCommand {
    static let configuration = CommandConfiguration(
        commandName: "filter-process", abstract: "Serve git as its filter.", shouldDisplay: false)

    @OptionGroup var common: CommonOptions

    func run(_ session: Session) async throws {
        let input = PacketReader(try CurrentProcess.standardInput())
        let output = PacketWriter(try CurrentProcess.standardOutput())
        let report = { ErrorReport.write($0, asJSON: false) }
        let workspace: Workspace
        do {
            workspace = try session.workspace(forGit: true, remotes: true)
        } catch let error as VxError where error.code != .interrupted && error.code != .notARepository {
            // Also where the disk of a shared store is not mounted.
            let repository = try session.repository()
            return try FilterWithoutStore(error, repository, input: input, output: output, report: report).run()
        }
        let filter = FilterProcess(workspace, input: input, output: output, report: report)
        // Whoever has one git command run without hooks knows.
        if try !workspace.repository.isInEnvironment("core.hooksPath") { try session.warnOfIdleHooks(workspace) }
        try await session.showingProgress(workspace.access ?? session.access) { _ in try filter.run() }
        // Where there is a remote, the hook that follows fetches them, and says what it cannot.
        if !filter.missing.isEmpty, workspace.remotes.default == nil {
            session.warn(
                "\(Wording.count(filter.missing.count, "data file")) stayed pointer text: the content is in no store here"
            )
        }
    }
}

/// Git's hooks run it (docs/architecture.md tells which, and why each).
struct Hook: VxCommand {
    static let configuration = CommandConfiguration(
        commandName: "hook", abstract: "Do what vx does in one of git's hooks.", shouldDisplay: false)

    @OptionGroup var common: CommonOptions
    @Flag(help: "Also in a clone that 'vx install' has not set up.") var everywhere = false
    @Argument(help: "The hook's name.") var name: String
    @Argument(parsing: .allUnrecognized, help: "What git gave the hook.") var arguments: [String] = []

    func run(_ session: Session) async throws {
        // A folder of hooks may serve many repositories, and those that have not asked for vx are not touched.
        if !everywhere, HookInstaller.names.contains(name),
            try !session.repository().hasOwnConfig(Workspace.filterSetting)
        {
            return
        }
        switch name {
        case "pre-commit", "pre-merge-commit", "commit-msg":
            try await hold(to: checkCommit(session))
        case "pre-receive":
            let updates = HookCheck.received(try session.standardInput())
            let (repository, configuration) = try session.policy(pushing: updates)
            try hold(to: HookCheck.receive(updates, repository, configuration))
        case "pre-push":
            let input = try session.standardInput()
            let updates = HookCheck.pushed(input)
            let (repository, configuration) = try session.policy(pushing: updates)
            try hold(
                to: HookCheck.push(updates, remote: arguments.first ?? "origin", repository, configuration))
            try await send(PushedRef.read(Array(input.utf8)), session)
        case let name where HookInstaller.names.contains(name):
            let workspace = try session.workspace(forGit: true, remotes: true)
            let result = try await session.showingProgress(workspace.access ?? session.access) { _ in
                // The one that comes last in a checkout or a merge.
                try workspace.hydratePending(
                    looksAgain: name != "post-index-change", isInSeries: session.environment["VX_SERIES"] != "0")
            }
            for failure in result.failures { ErrorReport.write(failure.error, asJSON: false) }
            if let first = result.waiting.first {
                let others = result.waiting.count - 1
                session.warn(
                    "\(first)\(others > 0 ? " and \(Wording.count(others, "other file"))" : "") still stands as pointer text: "
                        + "'vx hydrate' gets the data, or says why not")
            }
        default:
            let names = HookInstaller.names + HookInstaller.serverNames
            throw VxError(
                .usage, "vx does nothing in a hook '\(name)'",
                hint: Suggestion.nearest(to: name, among: names).map { "did you mean '\($0)'?" }
                    ?? "its hooks are \(names.joined(separator: ", "))")
        }
    }

    /// Says what breaks a rule.
    ///
    /// - Throws: the status that stops git, where git has to be stopped.
    private func hold(to report: PolicyReport) throws {
        for note in report.notes { Output.message("note: \(VisibleText.line(note))\n") }
        if report.findings.isEmpty { return }
        Output.message(report.text)
        if report.refuses { throw ExitStatus(.refused) }
    }

    /// What the commit that is being made breaks.
    private func checkCommit(_ session: Session) async throws -> PolicyReport {
        let (repository, configuration) = try session.policy(isCommitting: true)
        if name == "pre-commit" { try session.workspace(forGit: true).requireWholeClone() }
        let circumstances = HookCheck.Circumstances(environment: session.environment)
        guard name == "commit-msg" else {
            return try await HookCheck.staged(repository, configuration, circumstances)
        }
        guard let name = arguments.first, !name.isEmpty else {
            throw VxError(
                .usage, "the hook commit-msg gets the file of a message, and there is none",
                because: "git names it when it runs the hook",
                hint: "'vx check' holds what is committed against the same rules")
        }
        let file = session.currentDirectory.pushing(FilePath(name))
        let message = String(decoding: try Files.read(file, limit: 1 << 24) ?? [], as: UTF8.self)
        return try await HookCheck.message(message, repository, configuration, circumstances)
    }

    /// Sends the data of what git is about to push; an error keeps git from it.
    private func send(_ refs: [PushedRef], _ session: Session) async throws {
        // Not as git's other hooks: a mistake in vx.yaml would hide where the data has to go.
        let workspace = try session.workspace(remotes: true)
        let result = try await session.showingProgress { access in
            try await workspace.pushHook(refs, to: GitServer(arguments: arguments), access)
        }
        if result.contents > 0 {
            session.note(
                "sent \(Wording.count(result.contents, "file")) in \(Wording.count(result.objects, "object", bytes: result.bytes))\(Wording.reused(result))"
            )
        }
    }
}

/// Git runs it where both sides of a merge changed a data file.
struct MergeDriverCommand: VxCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge-driver", abstract: "Merge two versions of a pointer.", shouldDisplay: false)

    @OptionGroup var common: CommonOptions
    @Argument var base: String
    @Argument var ours: String
    @Argument var theirs: String
    @Argument var path: String

    func run(_ session: Session) async throws {
        let outcome = try MergeDriver.run(
            base: FilePath(base), ours: FilePath(ours), theirs: FilePath(theirs)
        ) { try MergePreference.ofRunningGit(CommandLines.ofAncestors(), session.repository()) }
        switch outcome {
        case .merged: return
        case .toRemake(let command):
            session.note("\(path) is theirs now: '\(command)' makes it of what both sides brought")
        case .conflict(let ours, let theirs):
            throw VxError(
                "both sides changed \(path): ours is \(ours), theirs is \(theirs)",
                because: "a data file is one version or the other",
                hint: "choose with 'git checkout --ours -- \(typed: path)' or '--theirs', then 'git add \(typed: path)'"
            )
        }
    }
}
