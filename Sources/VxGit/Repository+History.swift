import CLibgit2
import VxModel
import VxSystem

extension Repository {
    /// What mends the commonest reason why a commit's parent is not there.
    static let shallowHint = "a shallow clone has no more: 'git fetch --unshallow'"

    /// The commits that can be reached from `tips` and from none of `hidden`, parents before children.
    ///
    /// - Throws: where a commit is missing, as in a shallow clone.
    package func commits(from tips: [GitObjectID], notFrom hidden: [GitObjectID] = []) throws(VxError) -> [GitObjectID]
    {
        if let history = try ShallowHistory(self) { return try history.commits(from: tips, notFrom: hidden) }
        let what = "cannot walk the history of \(tips.first?.short ?? "nothing")"
        let walk = try Handle(what, release: git_revwalk_free) { git_revwalk_new(&$0, raw.pointer) }
        let order = GIT_SORT_TOPOLOGICAL.rawValue | GIT_SORT_REVERSE.rawValue
        try Libgit2.check(git_revwalk_sorting(walk.pointer, order), what)
        for tip in tips {
            var id = tip.libgit2
            try Libgit2.check(
                git_revwalk_push(walk.pointer, &id), what, hint: Self.shallowHint)
        }
        for tip in hidden {
            var id = tip.libgit2
            try Libgit2.check(git_revwalk_hide(walk.pointer, &id), what)
        }
        var found: [GitObjectID] = []
        var id = git_oid()
        while true {
            let status = git_revwalk_next(&id, walk.pointer)
            if status == GIT_ITEROVER.rawValue { return found }
            try Libgit2.check(status, what, hint: Self.shallowHint)
            found.append(GitObjectID(id))
        }
    }

    /// What merging two commits gives at some paths by itself. Paths that are in conflict, or gone, are missing.
    ///
    /// - Throws: where a commit or a tree is missing.
    package func automaticMerge(
        of ours: GitObjectID, with theirs: GitObjectID, at paths: [RepoPath]
    ) throws(VxError) -> [RepoPath: TreeItem] {
        let what = "cannot merge \(theirs.short) with \(ours.short)"
        let index = try mergedIndex(of: ours, with: theirs, what)
        var items: [RepoPath: TreeItem] = [:]
        for path in paths {
            guard let entry = path.withCString({ git_index_get_bypath(index.pointer, $0, 0) }),
                let mode = FileMode(rawValue: entry.pointee.mode)
            else { continue }
            items[path] = TreeItem(mode: mode, id: GitObjectID(entry.pointee.id))
        }
        return items
    }

    private func mergedIndex(
        of ours: GitObjectID, with theirs: GitObjectID, _ what: String
    ) throws(VxError) -> Handle {
        if let history = try ShallowHistory(self) {
            // libgit2 would look for a base beyond the end of the clone.
            return try mergedTrees(of: ours, with: theirs, base: history.mergeBase(ours, theirs), what)
        }
        var names = (ours.libgit2, theirs.libgit2)
        let first = try Handle(what, release: git_commit_free) { git_commit_lookup(&$0, raw.pointer, &names.0) }
        let second = try Handle(what, release: git_commit_free) { git_commit_lookup(&$0, raw.pointer, &names.1) }
        return try Handle(what, release: git_index_free) {
            git_merge_commits(&$0, raw.pointer, first.pointer, second.pointer, nil)
        }
    }

    private func mergedTrees(
        of ours: GitObjectID, with theirs: GitObjectID, base: GitObjectID?, _ what: String
    ) throws(VxError) -> Handle {
        func handle(_ commit: GitObjectID) throws(VxError) -> Handle {
            var name = try tree(ofCommit: commit).libgit2
            return try Handle(what, release: git_tree_free) { git_tree_lookup(&$0, raw.pointer, &name) }
        }
        let first = try handle(ours)
        let second = try handle(theirs)
        guard let base else {
            return try Handle(what, release: git_index_free) {
                git_merge_trees(&$0, raw.pointer, nil, first.pointer, second.pointer, nil)
            }
        }
        let common = try handle(base)
        return try Handle(what, release: git_index_free) {
            git_merge_trees(&$0, raw.pointer, common.pointer, first.pointer, second.pointer, nil)
        }
    }

    /// The merge in progress here brings in these commits; none outside of a merge.
    ///
    /// - Throws: where the file that says so cannot be read.
    package func mergeHeads() throws(VxError) -> [GitObjectID] {
        guard let bytes = try Files.read(gitDirectory.appending("MERGE_HEAD"), limit: 1 << 16) else { return [] }
        return bytes.split(separator: UInt8(ascii: "\n")).compactMap {
            GitObjectID(hex: String(decoding: $0, as: UTF8.self))
        }
    }
}
