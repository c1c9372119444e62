import VxConfig

/// Names of groups and keys that differ in spelling only: how many, whether they are on two sides, and what makes one of them.
struct SpellingVariants {
    private let split: Configuration.Split

    init(_ split: Configuration.Split) { self.split = split }

    /// Two names, each with the side it is on.
    private typealias Pair = (first: (name: String, side: Int), other: (name: String, side: Int))

    func ofGroups(_ groups: GroupsOnSides) -> [String] {
        // Of most divisions' many groups none differ in spelling only: no more than a number is kept of each.
        var spellings: [UInt64] = []
        spellings.reserveCapacity(groups.count)
        var first = RowNumbers()
        first.reserve(groups.count, of: spellings) { $0[$1] }
        var pairs: [Pair] = []
        var across = Across()
        for number in 0..<groups.count {
            let name = groups.name(number)
            let spelling = UInt64(bitPattern: Int64(NameSpelling.loosest.text(name).hashValue))
            spellings.append(spelling)
            if !groups.isThere(number) { continue }
            if let other = first.first(spelling, where: { spellings[$0] == spelling }) {
                pairs.append(((groups.name(other), groups.side(other)), (name, groups.side(number))))
                across.add(groups.side(other), groups.side(number))
            } else {
                first.insert(number, of: spellings) { $0[$1] }
            }
        }
        return text(pairs.count, pairs, across, "group", words: words(joining: pairs))
    }

    /// - Parameter keyText: what a row says in the key's column.
    /// - Returns: besides, what is the same for keys that differ in spelling only, of those that do.
    func ofKeys(
        _ assigner: Assigner, _ keyText: (Int) throws -> String
    ) rethrows -> (warnings: [String], spellings: Set<UInt64>) {
        let examples = assigner.examples
        var first = RowNumbers()
        if examples.hasKeys, assigner.relevance == nil {
            first.reserve(examples.count, of: examples) { $0.spelling($1) }
        }
        var spellings: Set<UInt64> = []
        var told: Set<UInt64> = []
        var across = Across()
        var rows: [(Int, Int)] = []
        var apart: [(Int, Int)] = []
        for row in 0..<examples.count where examples.key(row) != 0 {
            guard let side = examples.side(row) else { continue }
            let spelling = examples.spelling(row)
            if let relevance = assigner.relevance, !relevance.mayConcern(spelling: spelling) { continue }
            guard let other = first.first(spelling, where: { examples.spelling($0) == spelling }) else {
                first.insert(row, of: examples) { $0.spelling($1) }
                continue
            }
            guard let otherSide = examples.side(other), examples.key(other) != examples.key(row) else { continue }
            spellings.insert(spelling)
            guard told.insert(examples.key(row)).inserted else { continue }
            across.add(otherSide, side)
            if otherSide != side, apart.count < SplitWarnings.named { apart.append((other, row)) }
            if otherSide == side, rows.count < SplitWarnings.named { rows.append((other, row)) }
        }
        let pairs: [Pair] = try (apart + rows).prefix(SplitWarnings.named).map { one, other in
            (
                (try keyText(one), examples.side(one) ?? 0), (try keyText(other), examples.side(other) ?? 0)
            )
        }
        // Of more than are read, every word that they were found by.
        let words =
            told.count > pairs.count ? Set(Configuration.Spelling.allCases).subtracting([.nfc]) : words(joining: pairs)
        return (text(told.count, pairs, across, "key", words: words), spellings)
    }

    /// How many pairs are on two sides, by these.
    private struct Across {
        private(set) var count = 0
        private(set) var sides: [[Int]: Int] = [:]

        mutating func add(_ one: Int, _ other: Int) {
            if one == other { return }
            count += 1
            sides[[min(one, other), max(one, other)], default: 0] += 1
        }
    }

    /// The fewest words of `normalise` that make one of each pair.
    private func words(joining pairs: [Pair]) -> Set<Configuration.Spelling> {
        var words = Set(Configuration.Spelling.allCases)
        for word in Configuration.Spelling.allCases {
            let spelling = NameSpelling(words.subtracting([word]))
            if pairs.allSatisfy({ spelling.text($0.first.name) == spelling.text($0.other.name) }) { words.remove(word) }
        }
        return words
    }

    private func text(
        _ count: Int, _ pairs: [Pair], _ across: Across, _ what: String, words: Set<Configuration.Spelling>
    ) -> [String] {
        if count == 0 { return [] }
        let list = Configuration.Spelling.allCases.filter(words.union(split.normalise).contains).map(\.rawValue)
            .joined(separator: ", ")
        // Those on two sides first: they are what does harm.
        let shown = (pairs.filter { $0.first.side != $0.other.side } + pairs.filter { $0.first.side == $0.other.side })
            .prefix(SplitWarnings.named).map { first, other in
                first.side == other.side
                    ? "'\(first.name)' and '\(other.name)'"
                    : "'\(first.name)' on \(side(first.side)) and '\(other.name)' on \(side(other.side))"
            }
        let whole =
            "\(SplitWarnings.count(count, what)) \(count == 1 ? "differs" : "differ") from another in spelling only"
        let normalise = "'split: {normalise: [\(list)]}' in vx.yaml makes one of each"
        guard across.count > 0 else { return ["\(whole): \(shown.joined(separator: "; ")); \(normalise)"] }
        let places = across.sides.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { sides, number in
            "\(number) on \(sides.map(side).joined(separator: " and "))"
        }
        return [
            "\(whole), and \(across.count) of them \(across.count == 1 ? "is" : "are") on two sides "
                + "(\(places.joined(separator: ", "))): \(shown.joined(separator: "; ")); \(normalise) in a division begun anew, "
                + "on a branch of its own: 'roles: {split: split-2}'"
        ]
    }

    private func side(_ number: Int) -> String { split.ratios[number].side }
}
