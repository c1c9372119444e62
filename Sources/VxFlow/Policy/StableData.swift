import VxConfig
import VxGit
import VxModel

/// Data on stable comes from split, by whichever branch it is merged.
extension PolicyCheck {
    /// Names the data files that a commit brings to stable and split has never had there: a dev branch may hold any data,
    /// and takes it along when it is merged.
    ///
    /// - Parameters:
    ///   - told: paths that are found fault with already.
    ///   - staying: where the branch only moved forward over the commit, the tree it stands at now; what is gone from
    ///     there is of no account.
    func checkBrought(
        _ candidate: Candidate, _ branch: String, except told: Set<RepoPath> = [], staying: GitObjectID? = nil
    ) throws {
        var brought = try reader.changes(candidate).filter { change in
            guard let new = change.new, new.mode.isFile, new.id != change.old?.id else { return false }
            return !isOutput(change.path) && !told.contains(change.path)
        }
        for tip in try branches.get().tips(ofRoles: .split) where !brought.isEmpty {
            let others = Set(
                try repository.diffTrees(repository.tree(ofCommit: tip), candidate.tree).map(\.path))
            brought.removeAll { !others.contains($0.path) }
        }
        brought = try brought.filter { try reader.newPointer($0, candidate) != nil }
        if brought.isEmpty { return }
        let (models, _) = try outputs(candidate, branch)
        let known = try everOnSplit.get()
        for change in brought {
            guard let new = change.new, known[new.id]?.contains(change.path) != true,
                !models.contains(where: { change.path.isInside($0) })
            else { continue }
            if let staying, try repository.entry(at: change.path, inTree: staying)?.id != new.id { continue }
            add(
                .stableNoData, on: branch, candidate.id, change.path,
                "the data file \(change.path) comes in, and split has never had it",
                wayOut:
                    "data goes to stable by way of split, which is pushed first: 'vx ingest', 'vx clean', 'vx split', 'git merge --no-ff split'; take it off the branch it came by with 'git rm --cached \(typed: change.path)'"
            )
        }
    }

    /// The files that any commit of split has had, by their blobs.
    static func files(
        everOn tips: [GitObjectID], _ repository: Repository
    ) throws -> [GitObjectID: Set<RepoPath>] {
        var files: [GitObjectID: Set<RepoPath>] = [:]
        for commit in tips.isEmpty ? [] : try repository.commits(from: tips) {
            let info = try repository.commitInfo(commit)
            let before = try info.parents.first.map { try repository.tree(ofCommit: $0) }
            for change in try repository.diffTrees(before, info.tree) {
                if let new = change.new { files[new.id, default: []].insert(change.path) }
            }
        }
        return files
    }
}
