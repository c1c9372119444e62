import VxConfig
import VxGit
import VxModel

/// The checks of git's hooks: what git hands a hook becomes what the engine looks at.
package enum HookCheck {
    /// What a hook knows of the commit that is being made, besides what is staged.
    package struct Circumstances: Sendable {
        /// Whether the newest commit is replaced.
        package var amends = false
        /// Commits that are merged in, where git has not written them down yet: it names them to `pre-merge-commit` by
        /// variables `GITHEAD_<id>` only.
        package var merging: [GitObjectID] = []

        /// What the environment of a hook says.
        package init(environment: [String: String]) {
            amends = environment["VX_AMEND"] == "1"
            merging = environment.keys.filter { $0.hasPrefix("GITHEAD_") }.sorted()
                .compactMap { GitObjectID(hex: String($0.dropFirst(8))) }
        }
    }

    /// `pre-commit` and `pre-merge-commit`: what is staged.
    ///
    /// - Throws: where git cannot write the index as a tree, as with unmerged files.
    package static func staged(
        _ repository: Repository, _ configuration: Configuration, _ circumstances: Circumstances,
        git: GitProcess = GitProcess()
    ) async throws -> PolicyReport {
        try await pending(repository, configuration, circumstances, message: nil, git: git)
    }

    /// `commit-msg`: the message in the file git names.
    package static func message(
        _ text: String, _ repository: Repository, _ configuration: Configuration, _ circumstances: Circumstances,
        git: GitProcess = GitProcess()
    ) async throws -> PolicyReport {
        try await pending(repository, configuration, circumstances, message: withoutComments(text), git: git)
    }

    private static func pending(
        _ repository: Repository, _ configuration: Configuration, _ circumstances: Circumstances, message: String?,
        git: GitProcess
    ) async throws -> PolicyReport {
        guard let branch = try CheckTarget.currentBranch(repository), let root = repository.workTree else {
            return PolicyReport()
        }
        let line = try await git.check("git could not write what is staged as a tree", ["write-tree"], in: root)
        guard let tree = GitObjectID(hex: String(decoding: line.prefix(40), as: UTF8.self)) else {
            throw VxError("git gave no tree for what is staged")
        }
        let head = try repository.head().commit
        var merging = try repository.mergeHeads()
        if merging.isEmpty { merging = circumstances.merging }
        var parents = (head.map { [$0] } ?? []) + merging
        if circumstances.amends, let head { parents = try repository.commitInfo(head).parents }
        return try PolicyCheck(repository, configuration).check(
            pendingOn: branch, tree: tree, parents: parents, message: message,
            replacing: circumstances.amends ? head : nil)
    }

    /// Lines git will not keep: comments, and everything below the scissors.
    private static func withoutComments(_ text: String) -> String {
        var kept: [Substring] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("# ----") && line.contains(">8") { break }
            if !line.hasPrefix("#") { kept.append(line) }
        }
        return kept.joined(separator: "\n")
    }

    /// What `pre-push` reads: lines of `<local ref> <local id> <remote ref> <remote id>` (githooks(5)).
    package static func pushed(_ input: String) -> [ReferenceUpdate] {
        lines(input, 4).map { update($0[2], old: $0[3], new: $0[1]) }
    }

    /// What `pre-receive` reads: lines of `<old id> <new id> <ref>` (githooks(5)).
    package static func received(_ input: String) -> [ReferenceUpdate] {
        lines(input, 3).map { update($0[2], old: $0[0], new: $0[1]) }
    }

    private static func lines(_ input: String, _ count: Int) -> [[String]] {
        input.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }.filter { $0.count == count }
    }

    private static func update(_ name: String, old: String, new: String) -> ReferenceUpdate {
        func id(_ hex: String) -> GitObjectID? { hex.allSatisfy { $0 == "0" } ? nil : GitObjectID(hex: hex) }
        return ReferenceUpdate(name: name, old: id(old), new: id(new))
    }

    /// `pre-push`: what a remote is about to be sent.
    package static func push(
        _ updates: [ReferenceUpdate], remote: String, _ repository: Repository, _ configuration: Configuration
    ) throws -> PolicyReport {
        try check(updates, repository, configuration, published: "refs/remotes/\(remote)/", remote)
    }

    /// `pre-receive`: what a bare repository is sent.
    package static func receive(
        _ updates: [ReferenceUpdate], _ repository: Repository, _ configuration: Configuration
    ) throws -> PolicyReport {
        try check(updates, repository, configuration, published: "refs/heads/", "origin")
    }

    private static func check(
        _ updates: [ReferenceUpdate], _ repository: Repository, _ configuration: Configuration, published: String,
        _ remote: String
    ) throws -> PolicyReport {
        var others: [(role: Role?, tip: GitObjectID)]?
        return try PolicyCheck(repository, configuration, arriving: updates).check(updates, remote: remote) { role in
            let found = try others ?? Self.branches(repository, configuration, below: published)
            others = found
            // A new branch of a role with rules is looked at whole, but for main, where it began.
            return found.filter { role == nil || role == .dev || $0.role == .main || $0.role == role }.map(\.tip)
        }
    }

    /// The branches below a place among the references, each with the part it plays.
    private static func branches(
        _ repository: Repository, _ configuration: Configuration, below place: String
    ) throws -> [(role: Role?, tip: GitObjectID)] {
        try repository.references(withPrefix: place).compactMap { reference in
            let role = configuration.role(ofBranch: String(reference.dropFirst(place.count)))
            return try repository.reference(reference).map { (role, $0) }
        }
    }
}
