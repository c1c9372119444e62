import CLibgit2
import VxModel

/// The history of a shallow clone, which ends at some commits as though they had no parents. libgit2 1.5 knows nothing of
/// that, and would look for commits that are not there. Such a history is short, so it is simply walked.
struct ShallowHistory {
    private let repository: Repository

    /// - Returns: `nil` for a clone whose history is whole.
    init?(_ repository: Repository) throws(VxError) {
        if try repository.shallowEnds().isEmpty { return nil }
        self.repository = repository
    }

    /// The commits that `tips` lead to and `hidden` do not, parents before children.
    func commits(from tips: [GitObjectID], notFrom hidden: [GitObjectID]) throws(VxError) -> [GitObjectID] {
        var seen = try reachable(from: hidden)
        var order: [GitObjectID] = []
        for tip in tips where !seen.contains(tip) {
            seen.insert(tip)
            var path: [(commit: GitObjectID, parents: [GitObjectID])] = [(tip, try parents(tip))]
            while var last = path.popLast() {
                guard let next = last.parents.popLast() else {
                    order.append(last.commit)
                    continue
                }
                path.append(last)
                if seen.insert(next).inserted { path.append((next, try parents(next))) }
            }
        }
        return order
    }

    /// Everything that some commits lead to, themselves included.
    func reachable(from tips: [GitObjectID]) throws(VxError) -> Set<GitObjectID> {
        var found: Set<GitObjectID> = []
        var waiting = tips
        while let id = waiting.popLast() {
            if found.insert(id).inserted { waiting += try parents(id) }
        }
        return found
    }

    /// The best common ancestor.
    func mergeBase(_ first: GitObjectID, _ second: GitObjectID) throws(VxError) -> GitObjectID? {
        let common = try reachable(from: [first]).intersection(try reachable(from: [second]))
        // Parents come first, so the last is no other's ancestor.
        return try commits(from: [first], notFrom: []).last(where: common.contains)
    }

    private func parents(_ id: GitObjectID) throws(VxError) -> [GitObjectID] { try repository.commitInfo(id).parents }
}

extension Repository {
    /// The commits at which this shallow clone ends, read once; none in a whole one. ``commitInfo(_:)`` gives them no
    /// parents, as git does.
    func shallowEnds() throws(VxError) -> Set<GitObjectID> {
        if let knownShallowEnds { return knownShallowEnds }
        let ends = try shallowCommits()
        knownShallowEnds = ends
        return ends
    }

    /// Whether the history ends at this commit because the clone is shallow: what it changes cannot be told from here.
    ///
    /// - Throws: where git's list cannot be read.
    package func isShallowEnd(_ commit: GitObjectID) throws(VxError) -> Bool { try shallowEnds().contains(commit) }

    /// Whether what a commit leads to goes on beyond what this shallow clone has.
    ///
    /// - Throws: where a commit cannot be read.
    package func isCutOff(_ commit: GitObjectID) throws(VxError) -> Bool {
        guard let history = try ShallowHistory(self) else { return false }
        return try !history.reachable(from: [commit]).isDisjoint(with: shallowEnds())
    }
}
