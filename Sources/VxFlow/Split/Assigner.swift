import VxConfig
import VxSystem

import struct SystemPackage.FilePath

/// Divides examples, given where older ones are. Old examples keep their side whatever comes.
///
/// The side is that of its key, else that of its group, else that of its content; only what has none of them on a side gets
/// one by the rule: by time, by stratum, or by the hash.
package struct Assigner: Sendable {
    /// Why an example is on its side, or on none.
    package enum Decision: Sendable, Equatable {
        case side(Int)
        /// It stands on that side from the division before.
        case known(Int)
        /// The content is on that side already, and is to be there once.
        case repeated(Int)
        /// Its key is on one side and its group on another: it would leak on either.
        case leftOut(keySide: Int, groupSide: Int)
    }

    /// What is on two sides of an older division, by somebody's hand.
    package struct Overlap: Sendable, Equatable {
        package var contents: Set<UInt128Key> = []
        package var groups: Set<String> = []
        /// How many keys; the division of before there was a `revision` of 3 did not look at them.
        package var keys = 0
        /// The first of these keys, each by two of its examples.
        package var keyRows: [(Int, Int)] = []

        package static func == (left: Overlap, right: Overlap) -> Bool {
            left.contents == right.contents && left.groups == right.groups && left.keys == right.keys
        }

        /// Whether it is sound; keys are told of, and do not stop a division that began before they were looked at.
        package var isEmpty: Bool { contents.isEmpty && groups.isEmpty }

        /// Whether an example has a part in it.
        package func concerns(content: UInt128Key, group: String?) -> Bool {
            contents.contains(content) || group.map(groups.contains) == true
        }
    }

    private let hash: SideHash
    /// Where examples stood that may come back.
    var withdrawn: Withdrawn
    /// Where examples stood that come back now, by their rows: as if they stood there still.
    var recalled: [Int: Withdrawn.Recalled] = [:]
    let shares: [Configuration.Share]
    /// All that is known: the examples of before and the new ones.
    private(set) var examples = ExampleTable()
    /// The first example on a side of each content, and of each key.
    private var contents = RowNumbers()
    private var keys = RowNumbers()
    /// The side of each group; -1 where none is known.
    private var groups: [Int32] = []
    /// For each stratum, the examples on each side.
    private var strata: [[Int]] = []
    /// The newest time among the new examples of each group and key.
    private var newest = NewestTimes()
    private let duplicates: Configuration.Duplicates
    /// The sides from the oldest to the newest.
    let order: [Int]
    /// The first time of each later side, by which new examples go on; `nil` where time decides nothing.
    package var cuts: [TimePoint]?
    package private(set) var overlap = Overlap()
    private var hasGone = false
    /// The sum of what was looked at ahead: without it, nobody would have to look.
    private var read: UInt64 = 0
    /// Which rows that stand are to be found by what they hold; `nil` for all of them.
    private(set) var relevance: Relevance?
    /// How many different contents the others have.
    private var contentsBesides = 0
    /// Whether a content is on two sides: its keys or groups say so.
    private(set) var hasContentAcross = false
    /// Contents of which all that stands is leaving: the next example of each takes the place, also where each is to be there once.
    var vacated: Set<UInt128Key> = []

    package init(_ split: Configuration.Split) {
        hash = SideHash(seed: split.seed, shares: split.ratios)
        shares = split.ratios
        withdrawn = Withdrawn([:], split)
        order = Self.order(split)
        duplicates = split.duplicates
    }

    /// Has what of many examples is seldom looked at kept on disk, in files without a name.
    mutating func keepAside(in folder: FilePath) { examples.keepAside(in: folder) }

    /// Appends examples without deciding over them, and takes them from where they were.
    ///
    /// - Returns: their rows.
    mutating func take(_ table: inout ExampleTable) -> Range<Int> {
        let first = examples.count
        examples.take(&table)
        return first..<examples.count
    }

    /// Appends an example without deciding over it.
    ///
    /// - Returns: its row.
    mutating func append(_ example: Example) -> Int {
        examples.append(
            .init(
                content: example.content, near: 0, key: example.identity.map { KeyNumber.of(Array($0.utf8)) } ?? 0,
                value: example.group == nil ? hash.value(example.key) : 0, line: 0),
            group: example.group.map { Array($0.utf8) }, stratum: example.stratum, time: example.time, key: example.key)
        return examples.count - 1
    }

    /// Takes note of what is known of the rows that stand, before they are remembered.
    mutating func begin(_ relevance: Relevance) { self.relevance = relevance }

    /// Takes note that all that stand are remembered.
    mutating func endStanding(_ known: KnownStanding) { contentsBesides = max(0, known.contents - contents.count) }

    /// Makes room for so many rows more on the sides.
    mutating func expect(_ count: Int) {
        contents.reserve(contents.count + count, of: examples) { $0.content($1).mixed }
        if examples.hasKeys { keys.reserve(keys.count + count, of: examples) { $0.key($1) } }
    }

    /// Takes note of an example that is on a side already.
    package mutating func remember(_ example: Example, on side: Int) { remember(append(example), on: side) }

    /// Takes note of a row that is on a side already.
    mutating func remember(_ row: Int, on side: Int) {
        let (content, key) = (examples.content(row), examples.key(row))
        if let relevance, !relevance.mayConcern(content: content, key: key) { return settle(row, on: side) }
        remember(row, on: side, firsts: (first(ofContent: content), first(ofKey: key)))
    }

    /// - Parameter firsts: the first rows on a side with its content, and with its key.
    private mutating func remember(_ row: Int, on side: Int, firsts: (content: Int?, key: Int?)) {
        let (content, key) = (examples.content(row), examples.key(row))
        if let first = firsts.content {
            if let other = examples.side(first), other != side {
                hasContentAcross = true
                if !areApart(first, row) { overlap.contents.insert(content) }
            }
        } else {
            contents.insert(row, of: examples) { $0.content($1).mixed }
        }
        if let first = firsts.key {
            if let other = examples.side(first), other != side {
                overlap.keys += 1
                if overlap.keyRows.count < 5 { overlap.keyRows.append((first, row)) }
            }
        } else if key != 0 {
            keys.insert(row, of: examples) { $0.key($1) }
        }
        settle(row, on: side)
    }

    /// Counts a row where it is on a side.
    private mutating func settle(_ row: Int, on side: Int) {
        examples.settle(row, .side(side))
        if let group = examples.group(row) {
            if let other = self.side(ofGroup: group), other != side {
                overlap.groups.insert(examples.groups[group])
            }
            put(group, on: side)
        }
        if let stratum = examples.stratum(row) {
            while strata.count <= stratum { strata.append(.init(repeating: 0, count: shares.count)) }
            strata[stratum][side] += 1
        }
    }

    /// Whether two examples of one content belong to two keys or two groups, whose sides are their own.
    private func areApart(_ one: Int, _ other: Int) -> Bool {
        examples.key(one) != examples.key(other) || examples.group(one) != examples.group(other)
    }

    private mutating func put(_ group: Int, on side: Int) {
        if groups.count <= group {
            groups.reserveCapacity(examples.groups.count)
            while groups.count < examples.groups.count { groups.append(-1) }
        }
        groups[group] = Int32(side)
    }

    /// The first example on a side with this content.
    func first(ofContent content: UInt128Key) -> Int? {
        contents.first(content.mixed) { examples.content($0) == content }
    }

    /// The first example on a side with this key.
    func first(ofKey key: UInt64) -> Int? {
        key == 0 ? nil : keys.first(key) { examples.key($0) == key }
    }

    private func side(ofContent content: UInt128Key) -> Int? {
        first(ofContent: content).flatMap { examples.side($0) }
    }

    private func side(ofKey key: UInt64) -> Int? { first(ofKey: key).flatMap { examples.side($0) } }

    private func side(ofGroup group: Int) -> Int? {
        group < groups.count && groups[group] >= 0 ? Int(groups[group]) : nil
    }

    /// Changes what became of a row after all have been decided over.
    mutating func settle(_ row: Int, _ fate: ExampleTable.Fate) {
        examples.settle(row, fate)
        if fate == .gone { hasGone = true }
    }

    /// How many different contents are on the sides.
    var distinctContents: Int {
        if !hasGone { return contentsBesides + contents.count }
        var isThere = [Bool](repeating: false, count: examples.count)
        for row in 0..<examples.count where examples.side(row) != nil {
            if let first = first(ofContent: examples.content(row)) { isThere[first] = true }
        }
        return contentsBesides + isThere.count { $0 }
    }

    /// Decides over new examples, together, in an order that does not depend on the one they come in.
    package mutating func assign(_ batch: [Example]) -> [Decision] {
        let first = examples.count
        for example in batch { _ = append(example) }
        let rows = first..<examples.count
        assign(rows)
        return rows.map { decision($0) }
    }

    /// Decides over new rows, as over examples; not over those that are known to stand.
    mutating func assign(_ rows: Range<Int>) {
        if cuts != nil { newest = NewestTimes(examples, rows) }
        examples.place(groupsBy: { [hash] in hash.value(group: $0) })
        let order = examples.ordered(rows)
        expect(rows.count)
        for start in stride(from: 0, to: order.count, by: Self.ahead) {
            let some = order[start..<min(order.count, start + Self.ahead)]
            lookAhead(some)
            for row in some { decide(Int(row)) }
        }
    }

    /// So many rows are looked at before the first of them is decided over.
    private static let ahead = 64

    /// Reads what deciding over rows is going to: they are anywhere in memory, and so is what they are compared with. One after
    /// another, each would be waited for; here none waits for another.
    private mutating func lookAhead(_ rows: ArraySlice<UInt32>) {
        var read: UInt64 = 0
        for row in rows { read &+= examples.lookAhead(Int(row)) }
        var nearest: [Int?] = []
        for row in rows {
            nearest.append(contents.nearest(examples.content(Int(row)).mixed))
            nearest.append(keys.nearest(examples.key(Int(row))))
            if let group = examples.group(Int(row)), group < groups.count { read &+= UInt64(bitPattern: Int64(groups[group])) }
        }
        for other in nearest { if let other { read &+= examples.lookAhead(other) } }
        self.read &+= read
    }

    /// Gives back the memory of what only deciding and ``decision(_:)`` need.
    mutating func endDeciding() {
        (keys, newest) = (RowNumbers(), NewestTimes())
        examples.endOrdering()
        Machine.giveBackMemory()
    }

    /// Gives back that of what equal and nearly equal rows are found by, too: sides, groups and keys are still known.
    mutating func endComparing() {
        contents = RowNumbers()
        examples.endComparing()
        Machine.giveBackMemory()
    }

    /// What was decided over a row.
    func decision(_ row: Int) -> Decision {
        func known() -> Int {
            side(ofKey: examples.key(row)) ?? recalled[row]?.key ?? side(ofContent: examples.content(row)) ?? 0
        }
        return switch examples.fate(row) {
        case .side(let side), .hint(let side): .side(side)
        case .open, .known, .gone: .known(known())
        case .repeated: .repeated(known())
        case .leftOut:
            .leftOut(
                keySide: known(),
                groupSide: examples.group(row).flatMap { side(ofGroup: $0) } ?? recalled[row]?.group ?? 0)
        }
    }

    private mutating func decide(_ row: Int) {
        var hint: Int?
        switch examples.fate(row) {
        case .open: break
        case .hint(let side): hint = side
        default: return
        }
        let (content, key) = (examples.content(row), examples.key(row))
        let (standing, sameKey) = (first(ofContent: content), first(ofKey: key))
        // A division of before may have a key on two sides: what stands is where it stands.
        let isKnown = standing.map { examples.key($0) == key && key != 0 } ?? false
        let back = recalled.isEmpty ? nil : recalled[row]
        let keySide = (isKnown ? standing : sameKey).flatMap { examples.side($0) } ?? (isKnown ? nil : back?.key)
        let groupSide = examples.group(row).flatMap { side(ofGroup: $0) } ?? back?.group
        if let keySide, let groupSide, keySide != groupSide {
            examples.settle(row, .leftOut)
            return
        }
        let contentSide = standing.flatMap { examples.side($0) }
        if contentSide != nil, duplicates == .once, vacated.remove(content) == nil {
            examples.settle(row, .repeated)
            return
        }
        remember(
            row, on: keySide ?? groupSide ?? contentSide ?? back?.content ?? hint ?? back?.hint ?? choose(row),
            firsts: (standing, sameKey))
    }

    private func choose(_ row: Int) -> Int {
        if cuts != nil, let time = newest.time(row, examples) { return side(at: examples.moments[time]) }
        guard let stratum = examples.stratum(row) else { return hash.side(of: examples.value(row)) }
        // The side that lacks most of its share of this stratum.
        let counts = stratum < strata.count ? strata[stratum] : .init(repeating: 0, count: shares.count)
        let total = Double(counts.reduce(0, +) + 1)
        var best = 0
        var largest = -Double.infinity
        for side in shares.indices {
            let lack = shares[side].ratio * total - Double(counts[side])
            if lack > largest + 1e-12 { (best, largest) = (side, lack) }
        }
        return best
    }
}
