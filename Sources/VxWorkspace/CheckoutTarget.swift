import VxGit
import VxModel

/// Where HEAD is to point.
package enum CheckoutTarget: Sendable {
    case branch(String, GitObjectID)
    /// A branch that only a remote has yet: it is made here, and tracks that one.
    case newBranch(String, upstream: String, GitObjectID)
    /// A commit and no branch, and what the user called it.
    case detached(GitObjectID, named: String)
    /// Where HEAD is, by the name of HEAD: it stays there.
    case head(GitObjectID)

    /// As git's reflog names it; `nil` where git notes nothing.
    var name: String? {
        switch self {
        case .branch(let name, _), .newBranch(let name, _, _), .detached(_, let name): name
        case .head: nil
        }
    }

    package var commit: GitObjectID {
        switch self {
        case .branch(_, let commit), .newBranch(_, _, let commit), .detached(let commit, _), .head(let commit): commit
        }
    }
}

extension Workspace {
    /// What a revision names for a checkout: a branch to be on, or a commit; `nil` where it names nothing.
    ///
    /// As in git, `-` is where HEAD was before, `HEAD` stays on its branch, and a name that only one remote has a branch
    /// of becomes a branch here that tracks it.
    package func checkoutTarget(_ revision: String) async throws -> CheckoutTarget? {
        if revision == "-" { return try await earlierTarget("@{-1}") }
        if revision.hasPrefix("@{-") { return try await earlierTarget(revision) }
        if let commit = try repository.reference("refs/heads/\(revision)") { return .branch(revision, commit) }
        if revision == "HEAD", let commit = try repository.head().commit { return .head(commit) }
        if let commit = try repository.findCommit(revision) { return .detached(commit, named: revision) }
        var upstreams: [(name: String, commit: GitObjectID)] = []
        for remote in try repository.remotes() {
            let name = "\(remote.name)/\(revision)"
            if let commit = try repository.reference("refs/remotes/\(name)") { upstreams.append((name, commit)) }
        }
        guard upstreams.count == 1, let upstream = upstreams.first else { return nil }
        return .newBranch(revision, upstream: upstream.name, upstream.commit)
    }

    /// Where HEAD was some checkouts ago, which git reads from its reflog.
    private func earlierTarget(_ revision: String) async throws -> CheckoutTarget? {
        let answer = try await GitProcess().run(
            ["rev-parse", "--verify", "-q", "--symbolic-full-name", revision], in: root)
        let name = String(decoding: answer.output.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        if name.hasPrefix("refs/heads/"), let commit = try repository.reference(name) {
            return .branch(String(name.dropFirst(11)), commit)
        }
        return try repository.findCommit(revision).map { .detached($0, named: $0.hex) }
    }
}
