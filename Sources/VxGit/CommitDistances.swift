import VxModel

/// How many commits some branches have that others have not: one walk over what they do not all share, for all pairs.
package final class CommitDistances {
    private let region: CommitRegion
    private let targets: [GitObjectID: Int]
    /// For each commit of the region, a bit for each target that leads to it.
    private var reached: [UInt64]
    private let words: Int
    /// The question by which each commit was met last.
    private var met: [Int]
    private var question = 0

    /// - Parameters:
    ///   - sources: commits that may be ahead.
    ///   - targets: commits that may be behind.
    /// - Throws: where a commit is missing, as in a shallow clone.
    package init(_ repository: Repository, from sources: [GitObjectID], to targets: [GitObjectID]) throws(VxError) {
        var numbers: [GitObjectID: Int] = [:]
        for target in targets where numbers[target] == nil { numbers[target] = numbers.count }
        self.targets = numbers
        // What all targets have is missing in none of them.
        var shared = targets.first
        for target in targets {
            if let base = shared { shared = try repository.mergeBase(base, target) }
        }
        region = try CommitRegion(
            repository, from: Array(Set(sources).union(targets)), notFrom: shared.map { [$0] } ?? [])
        words = (numbers.count + 63) / 64
        reached = Array(repeating: 0, count: words * region.order.count)
        met = Array(repeating: 0, count: region.order.count)
        for (target, number) in numbers {
            guard let position = region.position(of: target) else { continue }
            reached[position * words + number / 64] |= 1 << (number % 64)
        }
        for position in region.order.indices.reversed() {
            for parent in try region.parents(at: position) {
                for word in 0..<words { reached[parent * words + word] |= reached[position * words + word] }
            }
        }
    }

    /// What a target lacks of a source.
    ///
    /// - Returns: the number of commits, and whether the two share none at all.
    /// - Throws: where a commit cannot be read.
    package func missing(
        of source: GitObjectID, in target: GitObjectID
    ) throws(VxError) -> (commits: Int, isUnrelated: Bool) {
        guard let number = targets[target], let start = region.position(of: source) else { return (0, false) }
        question += 1
        var waiting = [start]
        var commits = 0
        var isUnrelated = true
        while let position = waiting.popLast() {
            if reached[position * words + number / 64] & (1 << (number % 64)) != 0 {
                isUnrelated = false
                continue
            }
            if met[position] == question { continue }
            met[position] = question
            commits += 1
            // A parent outside of the region is one that all targets have.
            if try region.leadsOut(at: position) { isUnrelated = false }
            waiting += try region.parents(at: position)
        }
        return (commits, isUnrelated)
    }
}
