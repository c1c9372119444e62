import VxConfig
import VxGit
import VxModel
import VxSystem
import VxWorkspace

/// What is looked at before a snapshot writes anything.
extension Snapshot {
    /// - Throws: `refused` where the name is another thing's already, or cannot be a tag beside those there are.
    func checkNameIsFree(_ tracking: TrackingBranch) throws {
        let name = options.name
        let hint = "take another name; 'vx runs' lists those there are"
        let repository = workspace.repository
        if try repository.reference(name.reference) != nil {
            throw VxError(
                .refused, "the tag '\(name)' exists already", because: "a snapshot's tag never moves", hint: hint)
        }
        if let rival = try rival() {
            throw VxError(
                .refused, "'\(name)' is \(rival)",
                because: "git would not know which of the two a name means, and 'git push' would refuse", hint: hint)
        }
        for taken in try repository.references(withPrefix: "refs/tags/") {
            let (own, other) = (name.reference, taken)
            guard own.hasPrefix("\(other)/") || other.hasPrefix("\(own)/") else { continue }
            throw VxError(
                .refused, "the tag '\(other.dropFirst("refs/tags/".count))' is in the way of '\(name)'",
                because: "git keeps tags as files, and a name is a file's or a folder's", hint: hint)
        }
        if try tracking.hasRecord(name) {
            throw VxError(
                .refused, "there is a record of '\(name)' already", because: "records are only added", hint: hint)
        }
    }

    /// What git would take the name for beside the tag, in the order it looks (gitrevisions); `nil` for nothing.
    private func rival() throws -> String? {
        let repository = workspace.repository
        let name = options.name.text
        if try repository.reference("refs/heads/\(name)") != nil { return "a branch" }
        let remotes = try repository.remotes().map(\.name)
        if try remotes.contains(where: { try repository.reference("refs/remotes/\($0)/\(name)") != nil }) {
            return "a branch"
        }
        // The record would begin the one, and the road the others.
        let kept = workspace.configuration.roles.patterns.values.joined().filter { !$0.contains("*") }
        if name == workspace.configuration.tracking.branch || kept.contains(name) {
            return "the name of a branch that vx.yaml gives a role"
        }
        if name.hasSuffix("_HEAD"), name.allSatisfy({ $0.isUppercase || $0 == "_" }) {
            return "a name that git keeps for commits of its own"
        }
        if remotes.contains(name) { return "the name of a remote" }
        let others = [name, "refs/\(name)", "refs/remotes/\(name)"]
        return try others.first { try repository.reference($0) != nil }.map { "what git calls '\($0)'" }
    }

    /// The files the snapshot itself commits may have changed; anything else would make the tag lie about what was run.
    func checkNothingElseChanged() async throws {
        let outputs = outputs
        let status = try await git.check(
            "git could not compare the workspace with the commit",
            ["status", "--porcelain=v1", "-z", "--untracked-files=no", "--no-renames"], in: workspace.root)
        let changed = status.split(separator: 0).map { RepoPath(bytes: Array($0.dropFirst(3))) }
            .filter { path in !outputs.contains { path.isInside($0) } }
        if changed.isEmpty { return }
        throw VxError(
            .refused, "the workspace has changes that are not committed",
            because: changed.prefix(10).map(\.description).joined(separator: ", ") + (changed.count > 10 ? ", …" : ""),
            hint: "commit them, or put them aside with 'git stash'; outputs are named with --model and --metrics")
    }

    /// What the snapshot commits; the last two are its own, and may be left by one that did not get to its end.
    private var outputs: [RepoPath] {
        options.model + [options.metrics, options.params].compactMap { $0 }
            + [Self.manifestPath(options.name), Workspace.attributesPath]
    }

    /// Names files that the tag will not have and its command may need: those git does not know, and of those it ignores
    /// the ones the command names.
    func nameUntracked(_ warn: (String) -> Void) async throws {
        let status = try await git.check(
            "git could not list the files it does not know",
            ["status", "--porcelain=v1", "-z", "--untracked-files=normal", "--ignored", "--no-renames"],
            in: workspace.root)
        func files(_ letters: String) -> [RepoPath] {
            status.split(separator: 0).filter { $0.starts(with: letters.utf8) }
                .map { bytes in
                    let name = bytes.dropFirst(3)
                    return RepoPath(bytes: Array(name.last == UInt8(ascii: "/") ? name.dropLast() : name))
                }
                .filter { path in !outputs.contains { path.isInside($0) || $0.isInside(path) } }
        }
        let untracked = files("??")
        if !untracked.isEmpty {
            warn(
                "git does not know \(Self.list(untracked)): the tag will not have \(Self.them(untracked)), and its command "
                    + "may need \(Self.them(untracked)); 'git add' or 'vx add' takes \(Self.them(untracked)) in")
        }
        let ignored = files("!!")
        let named = try Self.words(options.command ?? "").filter { word in
            try ignored.contains { word.isInside($0) || $0.isInside(word) }
                && Files.status(workspace.root.appending(word)) != nil
        }
        if !named.isEmpty {
            warn(
                "git ignores \(Self.list(named)), which the command names: the tag will not have \(Self.them(named)); "
                    + "'git add --force' takes \(Self.them(named)) in")
        }
    }

    private static func list(_ paths: [RepoPath]) -> String {
        paths.prefix(5).map(\.description).joined(separator: ", ")
            + (paths.count > 5 ? " and \(paths.count - 5) more" : "")
    }

    private static func them(_ paths: [RepoPath]) -> String { paths.count == 1 ? "it" : "them" }

    /// The words of a command that can be paths of the work tree, each once.
    static func words(_ command: String) -> [RepoPath] {
        let separators = Set(" \t\n'\"`;|&()<>=,:")
        var seen: Set<RepoPath> = []
        return command.split(whereSeparator: separators.contains).compactMap { word in
            let parts = word.split(separator: "/").filter { $0 != "." }
            guard !word.hasPrefix("/"), !word.hasPrefix("-"), !parts.isEmpty, !parts.contains("..") else { return nil }
            let path = RepoPath(parts.joined(separator: "/"))
            return path.fault() == nil && seen.insert(path).inserted ? path : nil
        }
    }
}
