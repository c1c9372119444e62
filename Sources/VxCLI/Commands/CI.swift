import ArgumentParser
import VxConfig
import VxFlow
import VxGit
import VxModel
import VxSystem
import VxWorkspace

import struct SystemPackage.FilePath

struct CI: VxCommand {
    static let configuration = CommandConfiguration(
        commandName: "ci", abstract: "Do what a CI server is to do: the rules, the data, the review, drift.",
        discussion: """
            What to look at is read from the variables of GitHub Actions and GitLab CI; elsewhere, name it. A pull request is \
            judged from where it has parted from its branch. Commits and branches that the server left out of its clone are \
            fetched. The rules of the branch hold, every tag stands where it was, every content is on the default remote, a \
            pull request gets a review of its data, and a batch on monitoring must not have drifted.

            On GitHub findings are annotations, and the page of the run gets all of it. Exit status 4 where something is \
            refused.
            """)

    @OptionGroup var common: CommonOptions
    @Option(help: ArgumentHelp("Whose rules hold, where no server says it.", valueName: "name")) var branch: String?
    @Option(help: ArgumentHelp("Write a report in JUnit's XML there.", valueName: "file")) var junit: String?
    @Option(help: ArgumentHelp("Write the rules' findings there, as SARIF.", valueName: "file")) var sarif: String?
    @Option(help: ArgumentHelp("Write a page in Markdown there.", valueName: "file")) var markdown: String?
    @Argument(help: "OLD..NEW, a branch, or a commit, where no server says it.") var range: String?

    func run(_ session: Session) async throws {
        var job = try CIJob(session.environment, event: session.workflowEvent())
        do {
            try await look(&job, session)
        } catch let error as VxError where job.service != nil && error.code != .interrupted {
            // Where the server shows what was found, it shows what kept it from being looked for.
            var report = CIReport(subject: "what is pushed")
            report.failures = [error]
            if job.service == .github { ErrorReport.write(error, asJSON: common.json) }
            try write(report, job, session)
        }
    }

    private func look(_ job: inout CIJob, _ session: Session) async throws {
        let isTyped = range != nil || branch != nil || job.service == nil
        // What is typed is looked at, whatever the job is there for: of the server, only the form of the output is left.
        if isTyped { job.event = .look }
        if job.event == .deletion {
            return session.tell("there is nothing to look at: the branch or tag was deleted")
        }
        if !isTyped, job.isUnknown {
            throw VxError(
                .usage, "the server's variables do not say what to look at",
                because: "\(job.service == .github ? "GITHUB_SHA" : "CI_COMMIT_SHA") is not set",
                hint: "pass them on to where vx runs, or name it: 'vx ci --branch raw OLD..NEW'")
        }
        let repository = try session.repository()
        let note = job.service == nil ? nil : try await session.completeHistory(of: job, repository)
        let (_, configuration) = try session.policy()
        let subject =
            isTyped
            ? try CISubject(range: range, branch: branch, repository, configuration)
            : try CISubject(job, repository, configuration)
        var run = CIRun(
            job: job, subject: subject, workspace: try session.workspace(remotes: true),
            configuration: configuration, access: session.access,
            report: CIReport(subject: Self.name(of: subject, job)))
        if let note { run.report.notes.append(note) }
        try await session.showingProgress(run.access) { _ in try await run.run() }
        try write(run.report, job, session)
    }

    private static func name(of subject: CISubject, _ job: CIJob) -> String {
        if case .tag(let name) = job.event { return "the tag \(name)" }
        if subject.update == nil { return "every branch and tag" }
        let name = subject.branch ?? subject.head.short
        return subject.isProposal ? "\(subject.head.short) for \(name)" : name
    }

    private func write(_ report: CIReport, _ job: CIJob, _ session: Session) throws {
        let isGitHub = job.service == .github
        if common.json {
            session.print(report.jsonValue)
        } else {
            let text = isGitHub ? report.github : report.text
            if !text.isEmpty { session.print(text) }
        }
        for note in (report.rules?.notes ?? []) + (isGitHub ? [] : report.notes) {
            session.note(VisibleText.line(note))
        }
        if !isGitHub { for failure in report.failures { ErrorReport.write(failure, asJSON: common.json) } }
        for line in report.summary { session.tell(line) }
        // What was found has been said by now: a file that cannot be written takes nothing of it away.
        let failures = try writeFiles(of: report, isGitHub: isGitHub, session)
        for failure in failures { ErrorReport.write(failure, asJSON: common.json) }
        if let code = report.failure ?? failures.first?.code { throw ExitStatus(code) }
    }

    /// - Returns: what kept files from being written.
    private func writeFiles(of report: CIReport, isGitHub: Bool, _ session: Session) throws(VxError) -> [VxError] {
        var failures: [VxError] = []
        func write(
            _ text: @autoclosure () -> String, as medium: Output.Medium = .text, _ name: String?,
            appending: Bool = false
        ) throws(VxError) {
            guard let name, !name.isEmpty else { return }
            let file = session.currentDirectory.pushing(FilePath(name))
            do {
                try Output.file(text(), as: medium, file, appending: appending)
            } catch {
                if error.code == .interrupted { throw error }
                failures.append(error.wrapped("cannot write \(file)"))
            }
        }
        try write(report.junit, junit)
        // Without findings, a file would say that there are none.
        if let rules = report.rules { try write(rules.sarif(Tool.version).canonical, as: .json, sarif) }
        try write(report.markdown, markdown)
        if isGitHub { try write(report.markdown, session.environment["GITHUB_STEP_SUMMARY"], appending: true) }
        return failures
    }
}

extension Session {
    /// What GitHub says of the event that a workflow runs for; `nil` where this is none.
    fileprivate func workflowEvent() throws -> JSONValue? {
        guard let path = environment["GITHUB_EVENT_PATH"], !path.isEmpty else { return nil }
        let file = currentDirectory.pushing(FilePath(path))
        guard let bytes = try Files.read(file, limit: 64 << 20) else {
            throw VxError("there is no file \(file), which GITHUB_EVENT_PATH names")
        }
        do throws(JSONSyntaxError) {
            return try JSONValue.parse(bytes)
        } catch {
            throw VxError(
                "\(file), which GITHUB_EVENT_PATH names, is no JSON",
                because: "line \(error.line), column \(error.column): \(error.reason)")
        }
    }

    /// Gets what a CI server has left out of its clone: older commits, other branches, tags, the commits of a fork.
    ///
    /// - Returns: what to say where it could not be had, and may not be needed.
    fileprivate func completeHistory(of job: CIJob, _ repository: Repository) async throws -> String? {
        guard try repository.remotes().contains(where: { $0.name == "origin" }) else { return nil }
        let place = repository.workTree ?? repository.gitDirectory
        func fetch(_ arguments: [String]) async throws -> String? {
            let result = try await GitProcess().run(
                ["fetch", "--quiet", "--no-recurse-submodules", "--force"] + arguments, in: place,
                environment: ["GIT_TERMINAL_PROMPT": "0"])
            if result.status == 0 { return nil }
            return String(decoding: result.error, as: UTF8.self).split(separator: "\n").first.map(String.init) ?? "?"
        }
        let isShallow = try !repository.shallowCommits().isEmpty
        let problem = try await fetch(
            (isShallow ? ["--unshallow"] : []) + [
                "origin", "+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*",
            ])
        if let problem, isShallow {
            throw VxError(
                "the history of this clone is cut off, and the rest could not be fetched", because: problem,
                hint: "let the server clone the whole: 'fetch-depth: 0' on GitHub, 'GIT_DEPTH: \"0\"' on GitLab")
        }
        // Where one cannot be had, what needs it says so.
        if let head = GitObjectID(hex: job.head), !repository.hasObject(head), let reference = job.headReference {
            _ = try await fetch(["origin", reference])
        }
        // A branch that was moved by force does not lead there any more.
        if case .push(_, let old) = job.event, let id = GitObjectID(hex: old), old != CIJob.nothing,
            !repository.hasObject(id)
        {
            _ = try await fetch(["origin", old])
        }
        return problem.map { "branches and tags could not be fetched, so those of this clone count: \($0)" }
    }
}
