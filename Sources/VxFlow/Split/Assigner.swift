import Crypto
import VxConfig

/// One example that is to be divided: what is known of it besides its bytes.
package struct Example: Sendable {
    /// Hashed to find the side.
    package var key: [UInt8]
    /// Stands for what it holds: examples with equal content are on one side. 16 bytes of a SHA-256.
    package var content: UInt128Key
    package var group: String?
    package var stratum: String?
    package var time: TimePoint?

    package init(
        key: [UInt8], content: UInt128Key, group: String? = nil, stratum: String? = nil, time: TimePoint? = nil
    ) {
        self.key = key
        self.content = content
        self.group = group
        self.stratum = stratum
        self.time = time
    }
}

/// 128 bits of a hash.
package struct UInt128Key: Hashable, Sendable {
    package var high: UInt64
    package var low: UInt64

    /// All of it in 64 bits.
    var mixed: UInt64 { high ^ low }

    /// The first 16 bytes; fewer count as if zeros followed.
    package init(_ bytes: some Collection<UInt8>) {
        (high, low) = (0, 0)
        for (position, byte) in bytes.prefix(16).enumerated() {
            if position < 8 {
                high |= UInt64(byte) << UInt64(56 - position * 8)
            } else {
                low |= UInt64(byte) << UInt64(120 - position * 8)
            }
        }
    }

    /// The first 16 bytes of a SHA-256.
    package init(digest: SHA256.Digest) {
        (high, low) = digest.withUnsafeBytes { bytes in
            (
                UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
                UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            )
        }
    }
}

/// Divides examples, given where older ones are. Old examples keep their side whatever comes.
package struct Assigner: Sendable {
    /// Why an example is on its side, or on none.
    package enum Decision: Sendable, Equatable {
        case side(Int)
        /// The content is on that side already: the example is written nowhere again.
        case known(Int)
        /// Its content is on one side and its group on another: it would leak on either.
        case leftOut(contentSide: Int, groupSide: Int)
    }

    /// What is on two sides of an older division, by somebody's hand.
    package struct Overlap: Sendable, Equatable {
        package var contents: Set<UInt128Key> = []
        package var groups: Set<String> = []

        package var isEmpty: Bool { contents.isEmpty && groups.isEmpty }

        /// Whether an example has a part in it.
        package func concerns(content: UInt128Key, group: String?) -> Bool {
            contents.contains(content) || group.map(groups.contains) == true
        }
    }

    private let hash: SideHash
    private let shares: [Configuration.Share]
    /// All that is known: the examples of before and the new ones.
    private(set) var examples = ExampleTable()
    /// The first example on a side of each content.
    private var contents = RowNumbers()
    /// The side of each group; -1 where none is known.
    private var groups: [Int] = []
    /// For each stratum, the examples on each side.
    private var strata: [[Int]] = []
    /// The number of the newest time of each group among the new examples; -1 where there is none.
    private var newest: [Int] = []
    /// The sides from the oldest to the newest.
    private let order: [Int]
    /// The first time of each later side, by which new examples go on; `nil` where time decides nothing.
    package var cuts: [TimePoint]?
    package private(set) var overlap = Overlap()

    package init(_ split: Configuration.Split) {
        hash = SideHash(seed: split.seed, shares: split.ratios)
        shares = split.ratios
        order = Self.order(split)
    }

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
                content: example.content, near: UInt128Key([]),
                value: hash.value(group: example.group, key: example.key), line: 0),
            group: example.group, stratum: example.stratum, time: example.time, key: example.key)
        return examples.count - 1
    }

    /// Takes note of an example that is on a side already.
    package mutating func remember(_ example: Example, on side: Int) { remember(append(example), on: side) }

    /// Takes note of a row that is on a side already.
    mutating func remember(_ row: Int, on side: Int) {
        let example = examples[row]
        if let other = self.side(ofContent: example.content) {
            if other != side { overlap.contents.insert(example.content) }
        } else {
            contents.insert(row, of: examples) { $0[$1].content.mixed }
        }
        examples[row].fate = .side(side)
        if let group = example.group {
            if let other = self.side(ofGroup: group), other != side {
                overlap.groups.insert(examples.groups[group])
            }
            put(group, on: side)
        }
        if let stratum = example.stratum {
            while strata.count <= stratum { strata.append(.init(repeating: 0, count: shares.count)) }
            strata[stratum][side] += 1
        }
    }

    private mutating func put(_ group: Int, on side: Int) {
        while groups.count <= group { groups.append(-1) }
        groups[group] = side
    }

    private func side(ofContent content: UInt128Key) -> Int? {
        contents.first(content.mixed) { examples[$0].content == content }.flatMap { examples[$0].side }
    }

    private func side(ofGroup group: Int) -> Int? { group < groups.count && groups[group] >= 0 ? groups[group] : nil }

    /// The examples of each stratum on a side, of the strata it has some of.
    func strata(of side: Int) -> [String: Int] {
        var found: [String: Int] = [:]
        for (number, counts) in strata.enumerated() where counts[side] > 0 {
            found[examples.strata[number]] = counts[side]
        }
        return found
    }

    /// Decides over new examples, together, in an order that does not depend on the one they come in.
    package mutating func assign(_ batch: [Example]) -> [Decision] {
        let first = examples.count
        for example in batch { _ = append(example) }
        let rows = first..<examples.count
        assign(rows)
        return rows.map { decision($0) }
    }

    /// Decides over new rows, as over examples.
    mutating func assign(_ rows: Range<Int>) {
        if cuts != nil { newest = newestOfGroups(rows) }
        contents.reserve(contents.count + rows.count, of: examples) { $0[$1].content.mixed }
        for row in examples.ordered(rows) { decide(Int(row)) }
    }

    /// What was decided over a row.
    func decision(_ row: Int) -> Decision {
        let example = examples[row]
        let known = side(ofContent: example.content) ?? 0
        return switch example.fate {
        case .side(let side): .side(side)
        case .open, .known: .known(known)
        case .leftOut: .leftOut(contentSide: known, groupSide: example.group.flatMap { side(ofGroup: $0) } ?? 0)
        }
    }

    private mutating func decide(_ row: Int) {
        let example = examples[row]
        let known = side(ofContent: example.content)
        if let group = example.group, let side = side(ofGroup: group) {
            if let known {
                examples[row].fate = known == side ? .known : .leftOut
            } else {
                remember(row, on: side)
            }
        } else if let known {
            // A group that is new follows its first example, which is where equal content is already.
            if let group = example.group { put(group, on: known) }
            examples[row].fate = .known
        } else {
            remember(row, on: choose(example))
        }
    }

    private func choose(_ example: ExampleTable.Row) -> Int {
        if cuts != nil, let time = time(example, newest) { return side(at: examples.moments[time]) }
        guard let stratum = example.stratum else { return hash.side(of: example.value) }
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

    // MARK: - Time

    /// The side of a time, by the cuts.
    func side(at time: TimePoint.Moment) -> Int { order[(cuts ?? []).count { $0.moment <= time }] }

    /// The sides in the order written, but for the test side, which is the newest wherever it is written.
    private static func order(_ split: Configuration.Split) -> [Int] {
        let test = SplitRule.testSide(split)
        return split.ratios.indices.filter { split.ratios[$0].side != test }
            + split.ratios.indices.filter { split.ratios[$0].side == test }
    }

    private func newestOfGroups(_ rows: Range<Int>) -> [Int] {
        var newest = [Int](repeating: -1, count: examples.groups.count)
        for row in rows {
            guard let group = examples[row].group, let time = examples[row].time else { continue }
            if newest[group] >= 0, examples.moments[newest[group]] >= examples.moments[time] { continue }
            newest[group] = time
        }
        return newest
    }

    /// The time by which an example goes: that of its group where it has one.
    private func time(_ example: ExampleTable.Row, _ newest: [Int]) -> Int? {
        example.group.flatMap { newest[$0] >= 0 ? newest[$0] : nil } ?? example.time
    }

    /// Sets the times at which the later sides begin, so that each gets its share of these rows; equal times stay together.
    /// A group is as new as its newest example: nothing of an older side is newer than the cut. Without rows there are none.
    mutating func cut(_ rows: Range<Int>) {
        let newest = newestOfGroups(rows)
        var sorted = rows.compactMap { time(examples[$0], newest).map { UInt32($0) } }
        if sorted.isEmpty { return }
        sorted.sort { examples.moments[Int($0)] < examples.moments[Int($1)] }
        var sum = 0.0
        cuts = order.dropLast().map { side in
            sum += shares[side].ratio
            let number = Int(sorted[min(sorted.count - 1, max(0, Int((sum * Double(sorted.count)).rounded())))])
            return TimePoint(examples.time(number), at: examples.moments[number])
        }
    }
}
