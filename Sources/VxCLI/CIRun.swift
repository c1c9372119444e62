import VxConfig
import VxFlow
import VxGit
import VxModel
import VxRemote
import VxStore
import VxSystem
import VxWorkspace

/// The steps of `vx ci`, one after the other: what one cannot do keeps no other from being done.
struct CIRun {
    let job: CIJob
    let subject: CISubject
    let workspace: Workspace
    let configuration: Configuration
    let access: RemoteAccess
    var report: CIReport
    /// Whether what is not here may be asked of the remote.
    private var reachesRemote = true

    init(
        job: CIJob, subject: CISubject, workspace: Workspace, configuration: Configuration, access: RemoteAccess,
        report: CIReport
    ) {
        self.job = job
        self.subject = subject
        self.workspace = workspace
        self.configuration = configuration
        self.access = access
        self.report = report
    }

    mutating func run() async throws {
        do {
            try judge()
        } catch let error as VxError {
            try note(error)
        }
        do {
            try await lookForData()
        } catch let error as VxError {
            reachesRemote = false
            try note(error)
        }
        if !job.isPush, let old = subject.before(workspace.repository).first {
            do {
                let review = try Reviewer(workspace).review(from: old, to: subject.head, fetching: reachesRemote)
                if !review.changes.isEmpty { report.review = review.markdown(from: old.short, to: subject.head.short) }
            } catch let error as VxError {
                try note(error)
            }
        }
        if let branch = subject.branch, configuration.role(ofBranch: branch) == .monitoring, subject.update != nil {
            do {
                report.drift = try DriftCheck(workspace).run(
                    batch: subject.range(workspace.repository), reference: nil)
            } catch let error as VxError {
                try note(error)
            }
        }
    }

    /// Keeps what went wrong in one step. To jobs of forks servers give no keys: what needs them is left to the job that runs
    /// when the commits are taken in.
    private mutating func note(_ error: VxError) throws {
        if error.code == .interrupted { throw error }
        let isKeyless = job.isFromFork && (!reachesRemote || [.untrusted, .notAuthorised].contains(error.code))
        if isKeyless, [.untrusted, .notAuthorised, .missing].contains(error.code) {
            let text = "not looked at, as a fork's job has no keys: \(error)"
            if !report.notes.contains(text) { report.notes.append(text) }
        } else if !report.failures.contains(error) {
            report.failures.append(error)
        }
    }

    private mutating func judge() throws {
        let repository = workspace.repository
        var rules = try subject.check(repository, configuration)
        rules.notes += try RoleNotes.notes(on: rules.branches, repository, configuration)
        report.rules = rules
        let check = PolicyCheck(repository, configuration)
        if try check.hasTags {
            report.rules?.add(try check.checkTags(.asked(repository, cancellation: workspace.cancellation)))
        }
    }

    private mutating func lookForData() async throws {
        guard let entry = workspace.remotes.default else {
            var seen: Set<DataFile> = []
            let files = try subject.tips.flatMap { try workspace.dataFiles($0) }.filter { seen.insert($0).inserted }
            let missing = try files.filter { try !workspace.store.isComplete($0.pointer.id) }
            report.missing = missing.map(\.path)
            report.data =
                "no remote is the default, so data was looked for in the store here: \(Wording.count(files.count, "file")), \(missing.count) missing"
            return
        }
        let before = subject.before(workspace.repository)
        let state = try await workspace.checkRemote(subject.tips, without: before, on: entry, access)
        report.missing = state.missing.map(\.path)
        report.data =
            "\(Wording.count(state.checked, "content")) checked on '\(entry.name)', \(state.missing.count) missing"
        report.failures += state.problems
    }
}
