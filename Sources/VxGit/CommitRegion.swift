import VxModel

/// The commits that some commits lead to and others do not: walked once, however often it is asked.
package final class CommitRegion {
    private let repository: Repository
    /// Parents before children.
    package let order: [GitObjectID]
    private let positions: [GitObjectID: Int]
    /// The positions of the parents that are in the region, and whether there are others.
    private var parents: [Int: (inside: [Int], leadsOut: Bool)] = [:]

    /// - Parameters:
    ///   - tips: commits that are in it with their history.
    ///   - hidden: commits that are not in it, with theirs.
    /// - Throws: where a commit is missing, as in a shallow clone.
    package init(
        _ repository: Repository, from tips: [GitObjectID], notFrom hidden: [GitObjectID]
    ) throws(VxError) {
        self.repository = repository
        order = tips.isEmpty ? [] : try repository.commits(from: tips, notFrom: hidden)
        positions = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1, $0) })
    }

    package func contains(_ commit: GitObjectID) -> Bool { positions[commit] != nil }

    /// The parents of a commit that are in the region, too.
    ///
    /// - Throws: where the commit cannot be read.
    package func parents(of commit: GitObjectID) throws(VxError) -> [GitObjectID] {
        guard let position = positions[commit] else { return [] }
        return try parents(at: position).map { order[$0] }
    }

    /// The commits of the region that `tip` leads to, parents before children.
    ///
    /// - Parameter isLeftOut: says of a commit that it, and what it leads to, is not asked for.
    /// - Throws: where a commit cannot be read.
    package func range(
        to tip: GitObjectID, without isLeftOut: (GitObjectID) -> Bool = { _ in false }
    ) throws(VxError) -> [GitObjectID] {
        var waiting = positions[tip].map { [$0] } ?? []
        var found: Set<Int> = []
        while let position = waiting.popLast() {
            if isLeftOut(order[position]) || !found.insert(position).inserted { continue }
            waiting += try parents(at: position)
        }
        return found.sorted().map { order[$0] }
    }

    func position(of commit: GitObjectID) -> Int? { positions[commit] }

    func parents(at position: Int) throws(VxError) -> [Int] { try links(at: position).inside }

    /// Whether a commit has a parent that is not in the region.
    func leadsOut(at position: Int) throws(VxError) -> Bool { try links(at: position).leadsOut }

    private func links(at position: Int) throws(VxError) -> (inside: [Int], leadsOut: Bool) {
        if let known = parents[position] { return known }
        let all = try repository.commitInfo(order[position]).parents
        let inside = all.compactMap { positions[$0] }
        let found = (inside, inside.count < all.count)
        parents[position] = found
        return found
    }
}
