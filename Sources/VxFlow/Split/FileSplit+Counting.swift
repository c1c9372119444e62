import VxConfig
import VxModel
import VxStore
import VxWorkspace

/// What is on the sides in the end: it is counted, and proves that no group is on two of them.
extension FileSplit {
    /// What has to be on one side.
    private struct Held: Hashable {
        var id: ContentID
        var group: String?
        var name: RepoPath?
    }

    /// - Throws: where something would be on two sides, whatever led there.
    func finish(
        _ files: [DataFile], _ labels: Labels, _ edits: SideEdits, _ outcome: inout Splitter.Outcome
    ) throws {
        let all = edits.all.map { (name: labels.name(ofSideFile: $0.path), side: $0.side, id: $0.pointer.id) }
        let follows = follows(all.map(\.name), labels)
        var sides = [SplitManifest.Side](repeating: .init(), count: split.ratios.count)
        var groups: [String: (size: Int, side: Int)] = [:]
        var contents: Set<ContentID> = []
        var overlap = Assigner.Overlap()
        var held: [Held: Int] = [:]
        var named: [RepoPath: Set<Int>] = [:]
        for (position, (name, side, id)) in all.enumerated() {
            sides[side].files += 1
            contents.insert(id)
            if let group = labels.group(of: name) {
                if groups[group, default: (0, side)].side != side { overlap.groups.insert(group) }
                groups[group, default: (0, side)].size += follows[position] ? 0 : 1
            }
            guard !follows[position] else { continue }
            sides[side].examples += 1
            if let stratum = labels.stratum(of: name) { sides[side].strata[stratum, default: 0] += 1 }
            let key = labels.isNamed ? name : nil
            if let key { named[key, default: []].insert(side) }
            let other = held.updateValue(side, forKey: Held(id: id, group: labels.group(of: name), name: key))
            if let other, other != side { overlap.contents.insert(UInt128Key(id)) }
        }
        for (position, item) in all.enumerated() where follows[position] {
            if named[labels.companions.leader(of: item.name)]?.contains(item.side) == false { overlap.keys += 1 }
        }
        overlap.keys += named.values.count { $0.count > 1 }
        if !overlap.isEmpty {
            throw splitter.begunAnew(
                "the division would have examples on two sides",
                because: "of the groups: \(overlap.groups.sorted().prefix(5).joined(separator: ", ")); "
                    + "of the contents: \(overlap.contents.count); nothing was changed")
        }
        for (number, share) in split.ratios.enumerated() { outcome.manifest.sides[share.side] = sides[number] }
        outcome.manifest.overlap = overlap
        outcome.manifest.groups = split.group == nil ? nil : groups.count
        outcome.manifest.contents = contents.count
        outcome.manifest.counts.given = files.count
        outcome.manifest.counts.onSides = all.count
        outcome.manifest.counts.equal = outcome.manifest.counts.onSides - contents.count
        outcome.manifest.counts.remaining = outcome.manifest.remaining.count
        outcome.manifest.warnings += try SplitWarnings(split, isKeyed: split.key == .path, branch: splitter.branch)
            .ofFiles(
                files.map { splitter.name(of: $0.path) }, labels,
                groups.sorted { $0.key < $1.key }.map { ($0.key, $0.value.size, $0.value.side) }, outcome.manifest)
    }

    /// Which files are companions of another that is there; one that has been left alone is an example.
    private func follows(_ names: [RepoPath], _ labels: Labels) -> [Bool] {
        if split.companions.isEmpty { return names.map { _ in false } }
        let there = Set(names)
        return names.map { labels.companions.isFollower($0) && there.contains(labels.companions.leader(of: $0)) }
    }
}
