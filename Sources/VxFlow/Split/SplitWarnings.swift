import VxConfig
import VxModel
import VxTable

/// What is to be known of a division, in sentences with numbers.
struct SplitWarnings {
    private let split: Configuration.Split
    private let isKeyed: Bool
    private let branch: String
    /// So many of a kind are named.
    static let named = 3

    /// - Parameter branch: the one that has the sides.
    init(_ split: Configuration.Split, isKeyed: Bool, branch: String) {
        self.split = split
        self.branch = branch
        self.isKeyed = isKeyed
    }

    /// - Parameters:
    ///   - place: where a row is.
    ///   - keyText: what a row says in the key's column.
    /// - Returns: besides, what is the same for keys that differ in spelling only, of those that do.
    func ofRows(
        _ assigner: Assigner, _ manifest: SplitManifest, place: (Int) -> String, keyText: (Int) throws -> String
    ) rethrows -> (warnings: [String], spellings: Set<UInt64>) {
        let examples = assigner.examples
        var groups = GroupsOnSides(count: examples.groups.count) { examples.groups[$0] }
        var (withoutGroup, withoutKey) = (0, 0)
        for row in 0..<examples.count {
            guard let side = examples.side(row) else { continue }
            if let group = examples.group(row) {
                groups.add(group, on: side)
            } else {
                withoutGroup += 1
            }
            if examples.key(row) == 0 { withoutKey += 1 }
        }
        var warnings: [String] = []
        if split.group != nil, withoutGroup > 0 {
            warnings.append(
                "\(Self.count(withoutGroup, "row")) without \(label(split.group)): each is an example of its own")
        }
        if isKeyed, withoutKey > 0 {
            warnings.append(
                "\(Self.count(withoutKey, "row")) without \(keyName): each is an example of its own, and cannot be followed"
            )
        }
        warnings += large(groups, manifest.counts.onSides)
        let spellings = SpellingVariants(split)
        warnings += spellings.ofGroups(groups)
        let keys: (warnings: [String], spellings: Set<UInt64>) =
            isKeyed ? try spellings.ofKeys(assigner, keyText) : ([], [])
        warnings += keys.warnings
        if assigner.overlap.keys > 0 {
            let pairs = assigner.overlap.keyRows.prefix(Self.named).map { "\(place($0.0)) and \(place($0.1))" }
            warnings.append(
                "\(Self.count(assigner.overlap.keys, "row")) of the division before on another side than one of the same "
                    + "key: \(pairs.joined(separator: "; ")); only a division begun anew mends that: "
                    + "'roles: {split: split-2}'")
        }
        return (warnings + common(manifest, "row"), keys.spellings)
    }

    func ofFiles(
        _ names: [RepoPath], _ labels: FileSplit.Labels, _ sizes: [(group: String, size: Int, side: Int)],
        _ manifest: SplitManifest
    ) -> [String] {
        var warnings: [String] = []
        let ungrouped = split.group == nil ? [] : names.filter { labels.group(of: $0) == nil }
        if let first = ungrouped.first {
            warnings.append(
                "\(Self.count(ungrouped.count, "file")) without a group, such as \(first): each is an example of its own"
            )
        }
        for pattern in split.companions where !names.contains(where: pattern.matches) {
            warnings.append(
                "'companions: \(pattern.text)' fits no file: a path is looked at below the folder of clean"
                    + (names.first.map { ", as '\($0)'" } ?? ""))
        }
        let alone = labels.companions.alone(names)
        for (isUndecided, what) in [(false, "without a file"), (true, "with several files")] {
            let some = alone.filter { labels.companions.isUndecided($0) == isUndecided }
            guard let first = some.first else { continue }
            warnings.append(
                "\(Self.count(some.count, "companion")) \(what) of the same stem, such as \(first): "
                    + "each is an example of its own")
        }
        var groups = GroupsOnSides(count: sizes.count) { sizes[$0].group }
        for (number, group) in sizes.enumerated() { groups.add(number, on: group.side, size: group.size) }
        warnings += large(groups, manifest.sides.values.reduce(0) { $0 + $1.examples })
        warnings += SpellingVariants(split).ofGroups(groups)
        return warnings + common(manifest, "file")
    }

    // MARK: - Both

    private func common(_ manifest: SplitManifest, _ what: String) -> [String] {
        var warnings: [String] = []
        let counts = manifest.counts
        if counts.removed > 0 {
            warnings.append(
                "\(Self.count(counts.removed, what)) left the sides: clean does not have them any more, or has them otherwise or elsewhere"
            )
        }
        for (path, sides) in manifest.remaining.sorted(by: { $0.key < $1.key }).prefix(Self.named) {
            let total = sides.values.reduce(0, +)
            let places = sides.sorted { $0.key < $1.key }.map { "\($0.value) on \($0.key)" }.joined(separator: ", ")
            warnings.append(
                what == "file"
                    ? "\(path) stays, although clean does not have it any more: the test side only grows"
                    : "\(Self.count(total, what)) of \(path) that clean does not have any more, or has otherwise, "
                        + "\(total == 1 ? "stays" : "stay"): \(places)")
        }
        if manifest.remaining.count > Self.named {
            warnings.append(
                "and so with \(manifest.remaining.count - Self.named) more: 'remaining' in \(FlowFiles.split)")
        }
        if !manifest.remaining.isEmpty, !isKeyed {
            let key = what == "file" ? "key: path" : "key: {column: NAME}"
            warnings.append(
                "without a key, both versions of a corrected \(what) stay, perhaps on two sides: set 'split: {\(key)}' in "
                    + "vx.yaml, then 'vx split'; where it refuses, begin anew with 'roles: {split: split-2}'")
        }
        if counts.unaccounted != 0 {
            warnings.append(
                "the sums differ by \(abs(counts.unaccounted)): somebody has changed the sides by hand; "
                    + "'git log \(typed: branch) -- \(typed: split.into)' has the commits")
        }
        if manifest.equalAcrossCount > 0 {
            warnings.append(
                "\(Self.count(manifest.equalAcrossCount, what)) with the content of one on another side: "
                    + "key and group say where they go")
        }
        return warnings + shares(manifest) + strata(manifest)
    }

    private func shares(_ manifest: SplitManifest) -> [String] {
        var warnings: [String] = []
        let total = manifest.sides.values.reduce(0) { $0 + $1.examples }
        if !manifest.emptySides.isEmpty {
            let sides = manifest.emptySides.joined(separator: ", ")
            warnings.append(
                manifest.cuts != nil
                    ? "there is no example on \(sides): those of one time, or of groups as new as each other, stay together"
                    : "none of \(Self.count(total, "example"))"
                        + (manifest.groups.map { " in \(Self.count($0, "group"))" } ?? "") + " is on \(sides)")
        }
        guard split.time != nil, total >= 20 else { return warnings }
        let drifted = split.ratios.contains { share in
            let part = Double(manifest.sides[share.side]?.examples ?? 0) / Double(total)
            return abs(part - share.ratio) > 0.05 || part < share.ratio / 2
        }
        if drifted, manifest.emptySides.isEmpty {
            let parts = split.ratios.map { share in
                let part = Double(manifest.sides[share.side]?.examples ?? 0) / Double(total)
                return "\(share.side) \(Self.percent(part)), not \(Self.percent(share.ratio))"
            }
            warnings.append(
                "the shares are not the ratios: \(parts.joined(separator: "; ")); the times at which the sides begin stay "
                    + "as the first division set them")
        }
        return warnings
    }

    private func strata(_ manifest: SplitManifest) -> [String] {
        guard split.stratify != nil else { return [] }
        let names = Set(manifest.sides.values.flatMap { $0.strata.keys }).sorted()
        let poor = names.compactMap { name -> String? in
            let missing = split.ratios.map(\.side).filter { manifest.sides[$0]?.strata[name] == nil }
            if missing.isEmpty { return nil }
            let total = manifest.sides.values.reduce(0) { $0 + ($1.strata[name] ?? 0) }
            return "'\(name)' with \(Self.count(total, "example")) has none on \(missing.joined(separator: ", "))"
        }
        if poor.isEmpty { return [] }
        return [
            "\(poor.count == 1 ? "a class" : "\(poor.count) classes") cannot be on every side: "
                + poor.prefix(Self.named).joined(separator: "; ") + (poor.count > Self.named ? "; …" : "")
        ]
    }

    /// Groups that are more than the share of their side.
    private func large(_ groups: GroupsOnSides, _ total: Int) -> [String] {
        func size(_ number: Int) -> Int { Int(groups.sizes[number]) }
        func share(_ number: Int) -> Configuration.Share { split.ratios[groups.side(number)] }
        let large = (0..<groups.count).filter {
            size($0) > 1 && Double(size($0)) > share($0).ratio * Double(total)
        }
        guard total >= 10,
            let most = large.max(by: { (size($0), groups.name($1)) < (size($1), groups.name($0)) })
        else { return [] }
        let part = Int((share(most).ratio * Double(total)).rounded())
        return [
            "\(large.count == 1 ? "a group is" : "\(large.count) groups are") larger than the side it is on: "
                + "'\(groups.name(most))' has \(size(most)) of \(total) examples, and the share of \(share(most).side) is \(part)"
        ]
    }

    // MARK: - Words

    private var keyName: String {
        if case .column(let name) = split.key { "'\(name)'" } else { "a key" }
    }

    private func label(_ label: Configuration.Split.Label?) -> String {
        if case .column(let name)? = label { "'\(name)'" } else { "a group" }
    }

    static func count(_ number: Int, _ what: String) -> String {
        number == 1 ? "1 \(what)" : "\(number) \(what)s"
    }

    private static func percent(_ share: Double) -> String { "\((share * 1000).rounded() / 10) %" }
}
