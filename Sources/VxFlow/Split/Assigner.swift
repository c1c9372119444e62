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
        package func concerns(_ example: Example) -> Bool {
            contents.contains(example.content) || example.group.map(groups.contains) == true
        }
    }

    private let hash: SideHash
    private let shares: [Configuration.Share]
    private var contents: [UInt128Key: Int] = [:]
    private var groups: [String: Int] = [:]
    private var strata: [String: [Int]] = [:]
    /// The newest time of each group among the new examples.
    private var newest: [String: TimePoint] = [:]
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

    /// Takes note of an example that is on a side already.
    package mutating func remember(_ example: Example, on side: Int) {
        if let other = contents.updateValue(side, forKey: example.content), other != side {
            overlap.contents.insert(example.content)
        }
        if let group = example.group, let other = groups.updateValue(side, forKey: group), other != side {
            overlap.groups.insert(group)
        }
        if let stratum = example.stratum {
            strata[stratum, default: .init(repeating: 0, count: shares.count)][side] += 1
        }
    }

    /// Decides over new examples, together, in an order that does not depend on the one they come in.
    package mutating func assign(_ examples: [Example]) -> [Decision] {
        if cuts != nil { newest = Self.newest(examples) }
        let values = examples.map { example in
            hash.value(example.group.map { Array("group".utf8) + [0] + Array($0.utf8) } ?? example.key)
        }
        let order = examples.indices.sorted { left, right in
            if values[left] != values[right] { return values[left] < values[right] }
            if examples[left].key != examples[right].key {
                return examples[left].key.lexicographicallyPrecedes(examples[right].key)
            }
            return left < right
        }
        var decisions = [Decision](repeating: .side(0), count: examples.count)
        for position in order { decisions[position] = decide(examples[position], values[position]) }
        return decisions
    }

    private mutating func decide(_ example: Example, _ value: UInt64) -> Decision {
        let known = contents[example.content]
        if let group = example.group, let side = groups[group] {
            if let known { return known == side ? .known(side) : .leftOut(contentSide: known, groupSide: side) }
            remember(example, on: side)
            return .side(side)
        }
        if let known {
            // A group that is new follows its first example, which is where equal content is already.
            if let group = example.group { groups[group] = known }
            return .known(known)
        }
        let side = choose(example, value)
        remember(example, on: side)
        return .side(side)
    }

    private func choose(_ example: Example, _ value: UInt64) -> Int {
        if cuts != nil, let time = example.group.flatMap({ newest[$0] }) ?? example.time { return side(at: time) }
        guard let stratum = example.stratum else { return hash.side(of: value) }
        // The side that lacks most of its share of this stratum.
        let counts = strata[stratum] ?? .init(repeating: 0, count: shares.count)
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
    package func side(at time: TimePoint) -> Int { order[(cuts ?? []).count { $0 <= time }] }

    /// The sides in the order written, but for the test side, which is the newest wherever it is written.
    private static func order(_ split: Configuration.Split) -> [Int] {
        let test = SplitRule.testSide(split)
        return split.ratios.indices.filter { split.ratios[$0].side != test }
            + split.ratios.indices.filter { split.ratios[$0].side == test }
    }

    private static func newest(_ examples: [Example]) -> [String: TimePoint] {
        var newest: [String: TimePoint] = [:]
        for example in examples {
            guard let group = example.group, let time = example.time else { continue }
            if let known = newest[group], known >= time { continue }
            newest[group] = time
        }
        return newest
    }

    /// The times at which the later sides begin, so that each gets its share of these examples; equal times stay together.
    /// A group is as new as its newest example: nothing of an older side is newer than the cut.
    ///
    /// - Returns: `nil` where there are no examples.
    package static func cuts(_ examples: [Example], _ split: Configuration.Split) -> [TimePoint]? {
        let newest = newest(examples)
        let sorted = examples.compactMap { example in example.group.flatMap { newest[$0] } ?? example.time }.sorted()
        if sorted.isEmpty { return nil }
        var sum = 0.0
        return order(split).dropLast().map { side in
            sum += split.ratios[side].ratio
            let position = min(sorted.count - 1, max(0, Int((sum * Double(sorted.count)).rounded())))
            return sorted[position]
        }
    }
}
