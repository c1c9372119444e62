import VxGit
import VxModel
import VxSystem

/// The tags that others can see, as far as it is known.
package enum PublishedTags: Sendable {
    /// A tag on a remote.
    package struct Tag: Sendable, Equatable {
        /// The object it names: a commit, or the tag's own.
        package var id: GitObjectID
        /// The commit that leads to.
        package var commit: GitObjectID
    }

    /// There is no remote: what is here is all there is.
    case nowhere
    /// The remote did not answer, and why.
    case unknown(remote: String, reason: String)
    /// All that the remote has, by name.
    case known(remote: String, tags: [String: Tag])

    subscript(name: String) -> Tag? {
        if case .known(_, let tags) = self { return tags[name] }
        return nil
    }

    /// Whether a tag that is not among these is nowhere.
    var tellsAll: Bool {
        if case .unknown = self { return false }
        return true
    }

    /// The remote's name.
    var remote: String? {
        switch self {
        case .nowhere: nil
        case .unknown(let remote, _), .known(let remote, _): remote
        }
    }

    /// Asks the remote of the current branch; `origin`, or the first one there is, where the branch has none.
    ///
    /// Nobody is asked for a password, and a remote that is silent for ten seconds is not waited for any longer.
    ///
    /// - Throws: where the repository cannot be read, or its folder written to; `interrupted`.
    package static func asked(_ repository: Repository, cancellation: Cancellation) throws -> PublishedTags {
        let names = try repository.remotes().map(\.name).sorted()
        let branch = try CheckTarget.currentBranch(repository)
        let own = try branch.flatMap { try repository.configString("branch.\($0).remote") }
        guard let remote = [own, "origin"].compactMap({ $0 }).first(where: names.contains) ?? names.first else {
            return .nowhere
        }
        let answer = try ServerReferences.asked(
            remote, "--tags", for: repository, timeout: 10, cancellation: cancellation)
        switch answer {
        case .unknown(let reason): return .unknown(remote: remote, reason: reason)
        case .known(let references): return .known(remote: remote, tags: tags(of: references))
        }
    }

    /// One with `^{}` after the name says where the tag before it leads.
    static func tags(of references: [ServerReferences.Line]) -> [String: Tag] {
        var tags: [String: Tag] = [:]
        for (reference, id) in references where reference.hasPrefix("refs/tags/") {
            let name = String(reference.dropFirst(10))
            if name.hasSuffix("^{}") {
                tags[String(name.dropLast(3))]?.commit = id
            } else {
                tags[name] = Tag(id: id, commit: id)
            }
        }
        return tags
    }
}
