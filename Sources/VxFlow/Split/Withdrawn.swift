import VxConfig
import VxModel

/// Where examples stood that clean does not have any more. With `stratify`, the side of a new example depends on what is there: one
/// that comes back is to find its own.
struct Withdrawn {
    /// The most that are kept. Each takes 20 bytes of the manifest.
    static let limit = 100_000

    /// The side of each, by the place that its key or group has (``SideHash/value(group:key:)``).
    private(set) var sides: [UInt64: Int] = [:]
    /// How many there was no room for.
    private(set) var forgotten = 0
    private let names: [String]

    /// - Parameter before: those of the division before, by the names of the sides.
    init(_ before: [String: [UInt64]], _ split: Configuration.Split) {
        names = split.ratios.map(\.side)
        if split.stratify == nil { return }
        for (side, name) in names.enumerated() {
            for value in before[name] ?? [] { sides[value] = side }
        }
    }

    mutating func add(_ value: UInt64, on side: Int) {
        if sides[value] == nil, sides.count >= Self.limit { return forgotten += 1 }
        sides[value] = side
    }

    /// Takes out what is on a side again, or never left as a whole.
    mutating func removeStanding(_ examples: ExampleTable) {
        if sides.isEmpty { return }
        for row in 0..<examples.count where examples[row].side != nil { sides[examples[row].value] = nil }
    }

    /// By the names of the sides, in order.
    var byName: [String: [UInt64]] {
        sides.sorted { $0.key < $1.key }.reduce(into: [:]) { $0[names[$1.value], default: []].append($1.key) }
    }

    /// What is to be known of those that were not kept; `nil` where all were.
    var warning: String? {
        if forgotten == 0 { return nil }
        return "\(forgotten) examples that leave are not remembered, for more than \(Self.limit) are gone: "
            + "if they come back, they may go to another side"
    }
}
