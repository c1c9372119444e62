import VxConfig
import VxModel

/// Where examples stood that are on no side any more, by what they go by: one that comes back goes to its old side, whatever
/// the rule says of it today.
struct Withdrawn: Sendable {
    /// The most names that are kept: an example has one or two, and a group one more. Each takes 20 bytes of the manifest.
    static let limit = 200_000

    /// Sides at which an example stood that comes back.
    struct Recalled: Sendable {
        var key: Int?
        var group: Int?
        var content: Int?
        /// Where an example was whose name differs in spelling only.
        var hint: Int?

        var isEmpty: Bool { key == nil && group == nil && content == nil && hint == nil }
    }

    /// One name that is on no side any more.
    struct Leaving {
        var name: ExampleNames.Name
        var side: Int
        /// Whether the rule says the same of it: it can be forgotten before others.
        var isByRule: Bool
    }

    /// The side of each name.
    private var sides: [UInt64: Int] = [:]
    /// How many there was no room for.
    private(set) var forgotten = 0
    private let names: [String]
    private let limit: Int

    /// - Parameter before: those of the division before, by the names of the sides.
    init(_ before: [String: [UInt64]], _ split: Configuration.Split, limit: Int = Self.limit) {
        names = split.ratios.map(\.side)
        self.limit = limit
        for (side, name) in names.enumerated() {
            for value in before[name] ?? [] { sides[value] = side }
        }
    }

    var isEmpty: Bool { sides.isEmpty }

    /// Where what comes back was; `nil` where nothing is known of it.
    func recall(_ names: ExampleNames) -> Recalled? {
        if sides.isEmpty { return nil }
        var found = Recalled(key: side(names.key), group: side(names.group), content: side(names.content))
        if found.key == nil { found.hint = hint(names.key) }
        if found.group == nil, found.hint == nil { found.hint = hint(names.group) }
        return found.isEmpty ? nil : found
    }

    private func side(_ name: ExampleNames.Name?) -> Int? {
        for value in name?.exact ?? [] { if let side = sides[value] { return side } }
        return nil
    }

    private func hint(_ name: ExampleNames.Name?) -> Int? {
        for value in name?.loose ?? [] { if let side = sides[value] { return side } }
        return nil
    }

    /// Keeps names; those that the rule leads back anyway, last.
    mutating func add(_ leaving: [Leaving]) {
        for isByRule in [false, true] {
            for item in leaving where item.isByRule == isByRule {
                let count = item.name.exact.count + 1
                if sides.count + count > limit {
                    forgotten += isByRule ? 0 : 1
                    continue
                }
                for value in item.name.exact { sides[value] = item.side }
                guard item.name.loose.count > 1, let loose = item.name.loose.first else { continue }
                // Two that may be one, and were on two sides, say nothing of a third.
                if let other = sides[loose], other != item.side { sides[loose] = nil } else { sides[loose] = item.side }
            }
        }
    }

    /// Takes out what is on a side again.
    mutating func remove(_ names: ExampleNames) {
        if sides.isEmpty { return }
        for name in [names.key, names.group, names.content] {
            for value in name?.exact ?? [] { sides[value] = nil }
            if let name, name.loose.count > 1, let loose = name.loose.first { sides[loose] = nil }
        }
    }

    /// By the names of the sides, in order.
    var byName: [String: [UInt64]] {
        sides.sorted { $0.key < $1.key }.reduce(into: [:]) { $0[names[$1.value], default: []].append($1.key) }
    }

    /// What is to be known of those that were not kept; `nil` where all were.
    var warning: String? {
        if forgotten == 0 { return nil }
        return "\(forgotten) names of examples that leave are not remembered, for more than \(limit) are gone: "
            + "if they come back, they may go to another side"
    }
}
