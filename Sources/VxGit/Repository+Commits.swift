import CLibgit2
import VxModel

extension Repository {
    /// Where HEAD stands.
    ///
    /// - Throws: where HEAD cannot be read.
    package func head() throws(VxError) -> Head {
        let head = try Handle("cannot read HEAD", release: git_reference_free) {
            git_reference_lookup(&$0, raw.pointer, "HEAD")
        }
        guard let target = git_reference_symbolic_target(head.pointer) else {
            guard let id = git_reference_target(head.pointer) else { throw VxError(.corrupt, "HEAD names nothing") }
            return .detached(commit: GitObjectID(id.pointee))
        }
        let name = String(cString: target)
        let branch = Self.shortBranchName(name)
        guard let commit = try reference(name) else { return .unborn(branch: branch) }
        return .branch(name: branch, commit: commit)
    }

    static func shortBranchName(_ fullName: String) -> String {
        fullName.hasPrefix("refs/heads/") ? String(fullName.dropFirst(11)) : fullName
    }

    /// The commit that `revision` means, in any form `git rev-parse` takes; tags are followed to their commit.
    ///
    /// - Throws: where there is no such revision, where a short id fits several objects, or where it is no commit.
    package func resolveCommit(_ revision: String) throws(VxError) -> GitObjectID {
        if let commit = try findCommit(revision) { return commit }
        let hasCommit = try head().commit != nil
        let isUnborn = Self.spelled(revision).hasPrefix("HEAD") && !hasCommit
        throw VxError(
            "there is no revision '\(revision)'", because: isUnborn ? "this branch has no commit yet" : nil,
            hint: isUnborn
                ? "make one with 'git commit'"
                : "'git branch -a' and 'git tag' list the names; 'git fetch' gets new ones")
    }

    /// The same, with `nil` where there is no such revision.
    ///
    /// - Throws: where a short id fits several objects, or where it is no commit.
    package func findCommit(_ revision: String) throws(VxError) -> GitObjectID? {
        var pointer: OpaquePointer?
        let status = git_revparse_single(&pointer, raw.pointer, Self.spelled(revision))
        guard status == 0, let pointer else {
            switch status {
            case GIT_EINVALIDSPEC.rawValue: return nil
            case GIT_ENOTFOUND.rawValue:
                try requireReadableObjects()
                return nil
            case GIT_EAMBIGUOUS.rawValue where revision.utf8.count < 4: return nil  // too short for an id in git
            case GIT_EAMBIGUOUS.rawValue:
                throw VxError(
                    "'\(revision)' could be several objects",
                    hint: "give more digits; 'git rev-parse \(typed: revision)' lists them")
            default: throw Libgit2.error(status, "cannot look '\(revision)' up")
            }
        }
        let object = Handle(pointer, release: git_object_free)
        let commit = try Handle("'\(revision)' is no commit", release: git_object_free) {
            git_object_peel(&$0, object.pointer, GIT_OBJECT_COMMIT)
        }
        guard let id = git_object_id(commit.pointer) else { throw VxError(.corrupt, "'\(revision)' has no id") }
        return GitObjectID(id.pointee)
    }

    /// The commit an object leads to: itself, or what a tag names; `nil` for one that is not here or leads to none.
    ///
    /// - Throws: where it cannot be read.
    package func peeledCommit(_ id: GitObjectID) throws(VxError) -> GitObjectID? {
        var name = id.libgit2
        var found: OpaquePointer?
        guard
            try Libgit2.found(git_object_lookup(&found, raw.pointer, &name, GIT_OBJECT_ANY), "cannot read \(id.short)"),
            let found
        else { return nil }
        let object = Handle(found, release: git_object_free)
        var peeled: OpaquePointer?
        let status = git_object_peel(&peeled, object.pointer, GIT_OBJECT_COMMIT)
        if status == GIT_EPEEL.rawValue || status == GIT_EINVALIDSPEC.rawValue { return nil }
        guard try Libgit2.found(status, "cannot read what \(id.short) leads to"), let peeled else { return nil }
        let commit = Handle(peeled, release: git_object_free)
        return git_object_id(commit.pointer).map { GitObjectID($0.pointee) }
    }

    /// libgit2 1.5 does not know git's short form of HEAD.
    private static func spelled(_ revision: String) -> String {
        revision == "@" || ["@~", "@^"].contains(where: revision.hasPrefix) ? "HEAD" + revision.dropFirst() : revision
    }

    /// The top tree of a commit.
    ///
    /// - Throws: where there is no such commit.
    package func tree(ofCommit id: GitObjectID) throws(VxError) -> GitObjectID {
        let commit = try commitHandle(id)
        guard let tree = git_commit_tree_id(commit.pointer) else { throw VxError(.corrupt, "commit \(id) has no tree") }
        return GitObjectID(tree.pointee)
    }

    /// What a commit says. One at which a shallow clone ends has no parents.
    ///
    /// - Throws: where there is no such commit.
    package func commitInfo(_ id: GitObjectID) throws(VxError) -> CommitInfo {
        let commit = try commitHandle(id)
        guard let tree = git_commit_tree_id(commit.pointer), let author = git_commit_author(commit.pointer),
            let committer = git_commit_committer(commit.pointer)
        else { throw VxError(.corrupt, "commit \(id) cannot be read") }
        let count = try shallowEnds().contains(id) ? 0 : git_commit_parentcount(commit.pointer)
        let parents = (0..<count).compactMap { git_commit_parent_id(commit.pointer, $0) }
        return CommitInfo(
            id: id, tree: GitObjectID(tree.pointee), parents: parents.map { GitObjectID($0.pointee) },
            message: git_commit_message(commit.pointer).map { String(cString: $0) } ?? "",
            author: Identity(author.pointee), committer: Identity(committer.pointee))
    }

    private func commitHandle(_ id: GitObjectID) throws(VxError) -> Handle {
        var name = id.libgit2
        return try handle("commit", id, release: git_commit_free) { git_commit_lookup(&$0, raw.pointer, &name) }
    }

    /// Whether `ancestor` is `commit` or lies in its history.
    ///
    /// - Throws: where a commit is missing, as in a shallow clone that was cut badly.
    package func isAncestor(_ ancestor: GitObjectID, of commit: GitObjectID) throws(VxError) -> Bool {
        if ancestor == commit { return true }
        if let history = try ShallowHistory(self) { return try history.reachable(from: [commit]).contains(ancestor) }
        var old = ancestor.libgit2
        var new = commit.libgit2
        let status = git_graph_descendant_of(raw.pointer, &new, &old)
        return try Libgit2.check(
            status, "cannot compare the histories of \(ancestor.short) and \(commit.short)", hint: Self.shallowHint)
            == 1
    }

    /// Whether `ancestor` is one of some commits or lies in the history of one: one walk, however many there are.
    ///
    /// - Throws: where a commit is missing, as in a shallow clone that was cut badly.
    package func isAncestor(_ ancestor: GitObjectID, ofAny commits: [GitObjectID]) throws(VxError) -> Bool {
        if commits.contains(ancestor) { return true }
        if commits.isEmpty { return false }
        if let history = try ShallowHistory(self) { return try history.reachable(from: commits).contains(ancestor) }
        var old = ancestor.libgit2
        let status = commits.map(\.libgit2).withUnsafeBufferPointer {
            git_graph_reachable_from_any(raw.pointer, &old, $0.baseAddress, $0.count)
        }
        return try Libgit2.check(
            status, "cannot look for \(ancestor.short) in the histories of \(commits.count) commits",
            hint: Self.shallowHint) == 1
    }

    /// The best common ancestor, or `nil` where the histories share nothing.
    ///
    /// - Throws: where a commit is missing.
    package func mergeBase(_ first: GitObjectID, _ second: GitObjectID) throws(VxError) -> GitObjectID? {
        if let history = try ShallowHistory(self) { return try history.mergeBase(first, second) }
        var one = first.libgit2
        var two = second.libgit2
        var base = git_oid()
        let status = git_merge_base(&base, raw.pointer, &one, &two)
        let what = "cannot compare the histories of \(first.short) and \(second.short)"
        return try Libgit2.found(status, what, hint: Self.shallowHint) ? GitObjectID(base) : nil
    }
}

extension Identity {
    init(_ signature: git_signature) {
        name = signature.name.map { String(cString: $0) } ?? ""
        email = signature.email.map { String(cString: $0) } ?? ""
        time = signature.when.time
        offsetMinutes = Int(signature.when.offset)
    }
}
