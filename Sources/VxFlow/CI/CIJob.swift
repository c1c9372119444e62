import VxModel

/// The job of a CI server, as the server says it in variables: what happened, and to which commits.
package struct CIJob: Sendable, Equatable {
    /// The servers whose words are known.
    package enum Service: String, Sendable {
        case github, gitlab
    }

    /// What the job is there for.
    package enum Event: Sendable, Equatable {
        /// Commits have been pushed to a branch, which was at `old` before: zeros where it is new.
        case push(branch: String, old: String)
        /// Commits are proposed for a branch, from another one, which may be one of a fork.
        ///
        /// `base` is where the branch they are for was when the server looked.
        case proposal(branch: String, from: String?, base: String?)
        /// A tag has been pushed.
        case tag(String)
        /// A branch or tag has been deleted: there is nothing to look at.
        case deletion
        /// Nothing was pushed: the job runs by the clock, by hand, or on somebody's own machine. The same where what is to be looked
        /// at is typed.
        case look
    }

    /// `nil` where no server runs this.
    package var service: Service?
    package var event: Event
    /// The newest commit that is looked at: its id, or `HEAD`.
    package var head = Self.current
    /// A reference of `origin` that leads to `head`, where no branch does: a fork's commits are under a number.
    package var headReference: String?
    /// Whether what is proposed comes from a fork, to whose jobs servers give no secrets.
    package var isFromFork = false
    /// Whether commits have been pushed: what was proposed before that has had its review.
    package var isPush: Bool {
        if case .push = event { return true }
        return false
    }
    /// Whether the server says neither what happened nor to which commit, as in a container that gets none of its variables.
    package var isUnknown: Bool { service != nil && event == .look && head == Self.current }

    /// - Parameters:
    ///   - environment: the variables of the process.
    ///   - event: what `GITHUB_EVENT_PATH` says, where that is set.
    package init(_ environment: [String: String], event: JSONValue?) {
        func variable(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        if variable("GITHUB_ACTIONS") == "true" {
            self = Self.github(variable, event ?? [:])
        } else if variable("GITLAB_CI") == "true" {
            self = Self.gitlab(variable)
        } else {
            self.event = .look
        }
    }

    private init(_ service: Service, _ event: Event) {
        self.service = service
        self.event = event
    }

    private static func github(_ variable: (String) -> String?, _ event: JSONValue) -> CIJob {
        let name = variable("GITHUB_REF_NAME")
        let commit = variable("GITHUB_SHA") ?? current
        if let proposal = event["pull_request"], let branch = proposal["base"]?["ref"]?.stringValue {
            let (base, head) = (proposal["base"], proposal["head"])
            var job = CIJob(
                .github,
                .proposal(branch: branch, from: head?["ref"]?.stringValue, base: base?["sha"]?.stringValue))
            job.head = head?["sha"]?.stringValue ?? commit
            job.headReference = event["number"]?.doubleValue.flatMap(Int.init(exactly:)).map { "refs/pull/\($0)/head" }
            let places = [base, head].map { $0?["repo"]?["full_name"]?.stringValue }
            job.isFromFork = places[0] != places[1]
            return job
        }
        var job = CIJob(.github, .look)
        job.head = commit
        if let group = event["merge_group"], let reference = group["base_ref"]?.stringValue {
            job.event = .proposal(
                branch: branchName(reference), from: nil, base: group["base_sha"]?.stringValue)
            job.head = group["head_sha"]?.stringValue ?? commit
            return job
        }
        guard variable("GITHUB_EVENT_NAME") == "push", let name else { return job }
        if let after = event["after"]?.stringValue {
            if isNothing(after) {
                job.event = .deletion
                return job
            }
            job.head = after
        }
        job.event =
            variable("GITHUB_REF_TYPE") == "tag"
            ? .tag(name) : .push(branch: name, old: event["before"]?.stringValue ?? nothing)
        return job
    }

    private static func gitlab(_ variable: (String) -> String?) -> CIJob {
        var job = CIJob(.gitlab, .look)
        job.head = variable("CI_COMMIT_SHA") ?? current
        if let branch = variable("CI_MERGE_REQUEST_TARGET_BRANCH_NAME") {
            job.event = .proposal(
                branch: branch, from: variable("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME"),
                base: variable("CI_MERGE_REQUEST_DIFF_BASE_SHA"))
            // Where the server has merged the two to try the result, the commit of the job is its own.
            job.head = variable("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA") ?? job.head
            job.headReference = variable("CI_MERGE_REQUEST_IID").map { "refs/merge-requests/\($0)/head" }
            // The project that the request is for, and the one that it comes from.
            let places = ["CI_MERGE_REQUEST_PROJECT_ID", "CI_MERGE_REQUEST_SOURCE_PROJECT_ID"].map(variable)
            job.isFromFork = places[0] != places[1]
        } else if let tag = variable("CI_COMMIT_TAG") {
            job.event = .tag(tag)
        } else if variable("CI_PIPELINE_SOURCE") == "push", let branch = variable("CI_COMMIT_BRANCH") {
            job.event = .push(branch: branch, old: variable("CI_COMMIT_BEFORE_SHA") ?? nothing)
        }
        return job
    }

    /// The commit that the clone stands at, where the server names none.
    private static let current = "HEAD"

    /// What servers say for a commit that is none.
    package static let nothing = String(repeating: "0", count: 40)

    private static func isNothing(_ commit: String) -> Bool { commit.allSatisfy { $0 == "0" } }

    private static func branchName(_ reference: String) -> String {
        reference.hasPrefix("refs/heads/") ? String(reference.dropFirst(11)) : reference
    }
}
