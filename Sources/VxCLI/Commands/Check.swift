import ArgumentParser
import VxConfig
import VxFlow
import VxGit
import VxModel
import VxWorkspace

struct Check: VxCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Hold commits against the rules of their branch.",
        discussion: """
            Without a range: what the branch has beyond what is published, and whether each tag is where its run record \
            and the remote have it. The hooks that 'vx install' sets up ask the same rules; here and in CI they also find what was committed with hooks off. Exit status 4 where a rule is \
            broken; how much each rule matters is said in 'policy: {rules: …}' of vx.yaml.
            """)

    @OptionGroup var common: CommonOptions
    @Option(help: ArgumentHelp("Whose rules hold; the branch of the range, or the current one.", valueName: "name"))
    var branch: String?
    @Flag(help: "Look at every branch that plays a role.") var all = false
    @Flag(help: "Look at the tags: beside a range those, too, and without one only those.") var tags = false
    @Flag(help: "Prove instead that the default remote has every content the commits name, without reading it.")
    var remote = false
    @Option(help: ArgumentHelp("text, json, github, sarif or junit.", valueName: "form")) var format: String?
    @Argument(help: "OLD..NEW, a branch, or a commit.") var range: String?

    func run(_ session: Session) async throws {
        if remote {
            guard !all, !tags, branch == nil, format == nil else {
                throw VxError(
                    .usage, "'--remote' looks at the data and not at the branches' rules",
                    hint: "run 'vx check' for those, and 'vx check --remote [RANGE]' by itself")
            }
            return try await session.checkRemote(range ?? "HEAD")
        }
        let format: PolicyFormat = try session.form(format)
        let isPlain = range == nil && branch == nil && !all && !tags
        let pushed = isPlain ? try FrameworkPush(session.environment, session.repository()) : nil
        let (repository, configuration) = try session.policy(pushing: pushed.map { [$0.update] } ?? [])
        var report = PolicyReport()
        if all {
            guard range == nil, branch == nil else {
                throw VxError(
                    .usage, "'--all' looks at whole branches", hint: "leave out the range and '--branch'")
            }
            let names = try CheckTarget.allBranches(repository, configuration)
            let updates = try names.map {
                try CheckTarget.updates(
                    repository, configuration, range: $0, branch: nil, command: "check"
                ).update
            }
            report = try PolicyCheck(repository, configuration).check(updates)
            if names.isEmpty { report.notes.append("no branch here plays a role: 'roles:' of vx.yaml says which do") }
        } else if let pushed {
            report = try HookCheck.push([pushed.update], remote: pushed.remote, repository, configuration)
        } else if !tags || range != nil || branch != nil {
            report = try check(range, branch, repository, configuration)
        }
        report.notes += try RoleNotes.notes(on: report.branches, repository, configuration)
        if range == nil || tags {
            let check = PolicyCheck(repository, configuration)
            if try check.hasTags {
                report.add(try check.checkTags(.asked(repository, cancellation: session.cancellation)))
            }
        }
        let text = report.rendered(format, version: Tool.version)
        if !text.isEmpty { session.print(text, as: format.medium) }
        for note in report.notes { session.note(VisibleText.line(note)) }
        if format == .text { session.tell(report.summary) }
        if report.refuses { throw ExitStatus(.refused) }
    }

    private func check(
        _ range: String?, _ branch: String?, _ repository: Repository, _ configuration: Configuration
    ) throws -> PolicyReport {
        let (update, known) = try CheckTarget.updates(
            repository, configuration, range: range, branch: branch, command: "check")
        return try PolicyCheck(repository, configuration).check(update, known: known)
    }
}

extension Session {
    /// The repository, bare or not.
    func repository() throws -> Repository {
        try Repository(discovering: currentDirectory, environment: gitEnvironment())
    }

    /// The repository, bare or not, with the configuration that governs it.
    ///
    /// - Parameters:
    ///   - isCommitting: whether a commit is being made.
    ///   - updates: what a push brings.
    func policy(isCommitting: Bool = false, pushing updates: [ReferenceUpdate] = []) throws -> (
        Repository, Configuration
    ) {
        let repository = try repository()
        if repository.isBare {
            return (repository, try GoverningConfiguration.ofBare(repository, receiving: updates))
        }
        let own = try workspace().configuration
        return (
            repository,
            try GoverningConfiguration.ofWorkTree(
                repository, own: own, isCommitting: isCommitting, pushing: updates)
        )
    }
}

extension PolicyFormat: ReportForm {
    var medium: Output.Medium { [.json, .sarif].contains(self) ? .json : .text }
}
