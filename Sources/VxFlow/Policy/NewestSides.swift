import VxModel

/// The sides as the newest commit of what is looked at has them. What an earlier one broke, and this one has put right, is not told
/// any more: that is the way out.
struct NewestSides {
    /// Where each content is, by the side.
    let places: [ContentID: [String: RepoPath]]
    /// Contents that the division itself has on two sides.
    let equalAcross: Set<ContentID>
    /// Groups that are on two sides.
    let groups: Set<String>
    /// Whether they are as its manifest tells, or what git's merge or rebase made of such.
    let isWritten: Bool
    let hasManifest: Bool

    func isOnTwoSides(_ id: ContentID) -> Bool { places[id, default: [:]].count > 1 && !equalAcross.contains(id) }

    func has(_ id: ContentID, on side: String) -> Bool { places[id]?[side] != nil }
}
