import VxConfig
import VxGit
import VxModel

/// What `vx check` is to look at, found from what was typed.
package enum CheckTarget {
    /// The updates that a range stands for.
    ///
    /// - Parameters:
    ///   - range: `A..B`, a branch, or a commit; `nil` for what the branch has beyond what is published.
    ///   - branch: whose rules hold; found from the range, or HEAD, where it is `nil`.
    ///   - command: the one that was typed, for hints.
    /// - Throws: `usage` where a revision is unknown, no branch can be told, or there is none of that name.
    package static func updates(
        _ repository: Repository, _ configuration: Configuration, range: String?, branch: String?, command: String
    ) throws -> (update: ReferenceUpdate, known: [GitObjectID]) {
        let branch = try branch.map { try self.branch(asTyped: $0, repository, configuration) }
        if let range, let dots = range.firstRange(of: "..") {
            let (from, to) = (String(range[..<dots.lowerBound]), String(range[dots.upperBound...]))
            guard !to.hasPrefix("."), !from.isEmpty || !to.isEmpty else {
                throw VxError(.usage, "'\(range)' is no range of commits", hint: "write 'OLD..NEW', with two dots")
            }
            let name = try branch ?? self.branch(named: to.isEmpty ? "HEAD" : to, repository, command)
            let new = try resolve(to, repository)
            let old = try start(of: from, repository).map { try beginning(of: new, from: $0, for: name, repository) }
            return (ReferenceUpdate(name: "refs/heads/\(name)", old: old, new: new), [])
        }
        let whole = try range.flatMap { $0 == "HEAD" || $0 == "@" ? nil : try self.branch(spelled: $0, repository) }
        if let range, whole == nil {
            let commit = try resolve(range, repository)
            let name = try branch ?? self.branch(named: range, repository, command)
            let parent = try repository.commitInfo(commit).parents.first
            return (ReferenceUpdate(name: "refs/heads/\(name)", old: parent, new: commit), [])
        }
        let name = try whole ?? branch ?? self.branch(named: "HEAD", repository, command)
        let local = try repository.reference("refs/heads/\(name)")
        // On a CI server, HEAD is what is to be looked at, and the branch is known by its remote only.
        let tip = try local ?? (range == nil ? nil : tip(ofBranch: name, repository)) ?? resolve("HEAD", repository)
        let old = try published(name, repository) ?? (range == nil || local != nil ? nil : tip)
        return (ReferenceUpdate(name: "refs/heads/\(branch ?? name)", old: old, new: tip), [])
    }

    /// Where a range begins, as CI servers say it: `nil` for a new branch, whose beginning is all zeros. After a push by
    /// force, it is a commit that a new clone does not have.
    static func start(of revision: String, _ repository: Repository) throws -> GitObjectID? {
        if !revision.isEmpty, revision.allSatisfy({ $0 == "0" }) { return nil }
        if let id = GitObjectID(hex: revision), !repository.hasObject(id) { return id }
        return try resolve(revision, repository)
    }

    /// Where what is to be looked at begins. A pull request is held against the branch it goes to, which may have gone on since:
    /// nothing of that is lost where the branch still has it and has not been moved to what is asked for. Then it begins where
    /// the two have parted.
    private static func beginning(
        of new: GitObjectID, from old: GitObjectID, for branch: String, _ repository: Repository
    ) throws -> GitObjectID {
        guard repository.hasObject(old), try !repository.isAncestor(old, of: new) else { return old }
        let tips = try repository.references(withPrefix: "refs/").filter {
            PolicyCheck.branch(ofReference: $0) == branch
        }
        .compactMap { try repository.reference($0) }
        let isProposed = try !tips.contains { try repository.isAncestor(new, of: $0) }
        guard isProposed, try tips.contains(where: { try repository.isAncestor(old, of: $0) }) else { return old }
        return try repository.mergeBase(old, new) ?? old
    }

    /// Where a branch stands on its remote, as far as this clone knows; `nil` where it is not published.
    package static func published(_ branch: String, _ repository: Repository) throws -> GitObjectID? {
        let remote = try repository.configString("branch.\(branch).remote") ?? "origin"
        let merge = try repository.configString("branch.\(branch).merge")
        let name = merge.flatMap { $0.hasPrefix("refs/heads/") ? String($0.dropFirst(11)) : nil } ?? branch
        return try repository.reference("refs/remotes/\(remote)/\(name)")
    }

    /// Where a branch stands: the local one, or the remote's where there is no local one, as in a new clone.
    package static func tip(ofBranch name: String, _ repository: Repository) throws -> GitObjectID? {
        if let local = try repository.reference("refs/heads/\(name)") { return local }
        return try remote(ofBranch: name, repository).flatMap {
            try repository.reference("refs/remotes/\($0)/\(name)")
        }
    }

    /// The remote a branch is on, as far as this clone knows: `origin`, or the first of the others that has it.
    package static func remote(ofBranch name: String, _ repository: Repository) throws -> String? {
        if name == "HEAD" { return nil }
        let names = try repository.remotes().map(\.name).sorted()
        return try (names.filter { $0 == "origin" } + names.filter { $0 != "origin" }).first {
            try repository.reference("refs/remotes/\($0)/\(name)") != nil
        }
    }

    /// The commit a revision names; of a branch that is not here, the one its remote has.
    ///
    /// - Throws: `usage` where there is no such commit.
    package static func resolve(_ revision: String, _ repository: Repository) throws -> GitObjectID {
        // git itself looks for 'raw' among the local branches only.
        if try repository.reference("refs/heads/\(revision)") == nil,
            try repository.reference("refs/tags/\(revision)") == nil, let tip = try tip(ofBranch: revision, repository)
        {
            return tip
        }
        do {
            return try repository.resolveCommit(revision.isEmpty ? "HEAD" : revision)
        } catch {
            var error = error
            error.code = .usage
            throw error
        }
    }

    /// The branch a revision begins with, as `raw~1` with raw; the one HEAD is on where it begins with none.
    private static func branch(
        named revision: String, _ repository: Repository, _ command: String
    ) throws -> String {
        var start = revision
        if let end = revision.firstIndex(where: { "~^".contains($0) }) ?? revision.firstRange(of: "@{")?.lowerBound {
            start = String(revision[..<end])
        }
        if let branch = try self.branch(spelled: start, repository) { return branch }
        if let branch = try currentBranch(repository) { return branch }
        throw VxError(
            .usage, "cannot tell whose rules hold: HEAD is on no branch",
            hint: "name the branch: 'vx \(typed: command) --branch raw'")
    }

    /// The branch of this work tree; in a rebase, the one it will come back to.
    package static func currentBranch(_ repository: Repository) throws -> String? {
        if let branch = try repository.head().branch { return branch }
        return try repository.worktrees().first { $0.gitDirectory == repository.gitDirectory }?.branch
    }

    /// Every branch with a role: the local one, or the remote's where there is no local one.
    package static func allBranches(_ repository: Repository, _ configuration: Configuration) throws -> [String] {
        var names: Set<String> = []
        for reference in try repository.references(withPrefix: "refs/") {
            if let name = PolicyCheck.branch(ofReference: reference) { names.insert(name) }
        }
        return names.filter { configuration.role(ofBranch: $0) != nil }.sorted()
    }
}
