import SystemPackage
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
        // An 'ssh' that has something to ask asks the program 'false'.
        let silence = "LC_ALL=C GIT_TERMINAL_PROMPT=0 GIT_ASKPASS= SSH_ASKPASS=false SSH_ASKPASS_REQUIRE=force"
        let command = ShellText("\(silence) git ls-remote --tags -- {remote}")
            .replacing("{remote}", with: FilePath(remote))
        let log = Files.temporarySibling(of: repository.gitDirectory.appending("vx-tags"))
        defer { try? Files.remove(log) }  // a file of a few kilobytes that stays does no harm
        let outcome = try ShellCommand.run(
            command, in: repository.workTree ?? repository.gitDirectory, output: log, timeout: 10,
            cancellation: cancellation)
        let text = String(decoding: try Files.read(log, limit: 1 << 30) ?? [], as: UTF8.self)
        if outcome.timedOut { return .unknown(remote: remote, reason: "it did not answer within ten seconds") }
        if outcome.status != 0 {
            let lines = text.split(whereSeparator: \.isNewline)
            let reason = lines.first { $0.hasPrefix("fatal: ") }?.dropFirst(7) ?? lines.last
            return .unknown(
                remote: remote, reason: reason.map(String.init) ?? "git ls-remote ended with \(outcome.status)")
        }
        return .known(remote: remote, tags: parsed(text))
    }

    /// Lines of `<id> TAB refs/tags/<name>`; one with `^{}` after the name says where the tag before it leads.
    static func parsed(_ text: String) -> [String: Tag] {
        var tags: [String: Tag] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            let fields = line.split(separator: "\t", maxSplits: 1)
            guard fields.count == 2, let id = GitObjectID(hex: String(fields[0])), fields[1].hasPrefix("refs/tags/")
            else { continue }
            let name = String(fields[1].dropFirst(10))
            if name.hasSuffix("^{}") {
                tags[String(name.dropLast(3))]?.commit = id
            } else {
                tags[name] = Tag(id: id, commit: id)
            }
        }
        return tags
    }
}
