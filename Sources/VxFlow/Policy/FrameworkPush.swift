import VxGit
import VxModel

/// What the pre-commit framework tells its hooks of a push. It reads what git says to `pre-push` itself and passes the
/// first branch on in variables.
package struct FrameworkPush {
    /// What moves on the remote.
    package var update: ReferenceUpdate
    /// The remote's name.
    package var remote: String

    /// - Returns: `nil` where the environment is that of no such push.
    package init?(_ environment: [String: String], _ repository: Repository) throws {
        guard let name = environment["PRE_COMMIT_REMOTE_BRANCH"], name.hasPrefix("refs/") else { return nil }
        remote = environment["PRE_COMMIT_REMOTE_NAME"] ?? "origin"
        // Without the commit, where a history goes out from its beginning on.
        let local = [environment["PRE_COMMIT_TO_REF"], environment["PRE_COMMIT_LOCAL_BRANCH"]].compactMap { $0 }
        guard let revision = local.first else { return nil }
        var old: GitObjectID?
        // For a branch that is new on the remote, the framework names the commit before the first that is not there.
        let tracked = "refs/remotes/\(remote)/\(name.dropFirst(11))"
        if name.hasPrefix("refs/heads/"), try repository.reference(tracked) != nil {
            old = try environment["PRE_COMMIT_FROM_REF"].map { try repository.resolveCommit($0) }
        }
        update = ReferenceUpdate(name: name, old: old, new: try repository.resolveCommit(revision))
    }
}
