import VxConfig

/// One example that is to be divided: what is known of it besides its bytes.
package struct Example: Sendable {
    /// Hashed to find the side.
    package var key: [UInt8]
    /// Stands for what it holds: examples with equal content are on one side. 16 bytes of a SHA-256.
    package var content: UInt128Key
    package var group: String?
    package var stratum: String?
    /// Its place in time; larger is newer.
    package var time: String?

    package init(
        key: [UInt8], content: UInt128Key, group: String? = nil, stratum: String? = nil, time: String? = nil
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

    private let hash: SideHash
    private let shares: [Configuration.Share]
    private var contents: [UInt128Key: Int] = [:]
    private var groups: [String: Int] = [:]
    private var strata: [String: [Int]] = [:]
    /// The first time of each later side, by which new examples go on; `nil` where time decides nothing.
    package var cuts: [String]?

    package init(_ split: Configuration.Split) {
        hash = SideHash(seed: split.seed, shares: split.ratios)
        shares = split.ratios
    }

    /// Takes note of an example that is on a side already.
    package mutating func remember(_ example: Example, on side: Int) {
        contents[example.content] = side
        if let group = example.group { groups[group] = side }
        if let stratum = example.stratum {
            strata[stratum, default: .init(repeating: 0, count: shares.count)][side] += 1
        }
    }

    /// Decides over new examples, together, in an order that does not depend on the one they come in.
    package mutating func assign(_ examples: [Example]) -> [Decision] {
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
        if let cuts, let time = example.time { return cuts.count { $0 <= time } }
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

    /// The times at which the later sides begin, so that each gets its share of these examples; equal times stay together.
    package static func cuts(_ times: [String], shares: [Configuration.Share]) -> [String] {
        let sorted = times.sorted()
        var sum = 0.0
        return shares.dropLast().map { share in
            sum += share.ratio
            let position = min(sorted.count - 1, max(0, Int((sum * Double(sorted.count)).rounded())))
            return sorted.isEmpty ? "" : sorted[position]
        }
    }
}
