/// What a column holds, in memory that does not grow with its rows. Summaries of parts add up to that of the whole, in any
/// order.
package struct ColumnSummary: Sendable, Equatable {
    /// How long a value may be that is told apart from others.
    private static let longestCategory = 200

    /// What it may keep.
    package private(set) var share = SummaryShare()

    package private(set) var rows = 0
    package private(set) var missing = 0
    package private(set) var type = ValueType.none
    /// How often each value occurs; `nil` where there are too many, or too long ones.
    package private(set) var categories: [[UInt8]: Int]? = [:]
    /// The finite numbers among the values: their count, sum and range.
    package private(set) var numbers = 0
    private var sum = 0.0
    package private(set) var least = Double.infinity
    package private(set) var most = -Double.infinity
    private var sample = BottomSample()

    package init() {}

    /// Takes one value.
    ///
    /// - Parameter hash: of the row; which rows the sample holds depends on it alone.
    package mutating func add(_ field: [UInt8], hash: UInt64) {
        rows += 1
        if MissingValue.isMissing(field) {
            missing += 1
            return
        }
        if type != .str { type = type.joined(with: ValueType(of: field)) }
        count(field, 1)
        if type.isNumeric, let number = Double(String(decoding: field, as: UTF8.self)), number.isFinite {
            numbers += 1
            sum += number
            least = min(least, number)
            most = max(most, number)
            sample.add(number, hash: hash)
        }
    }

    /// Takes what another summary has seen.
    package mutating func add(_ other: ColumnSummary) {
        rows += other.rows
        missing += other.missing
        type = type.joined(with: other.type)
        if let more = other.categories {
            for (value, times) in more { count(value, times) }
        } else {
            categories = nil
        }
        numbers += other.numbers
        sum += other.sum
        least = min(least, other.least)
        most = max(most, other.most)
        sample.add(other.sample)
    }

    /// Keeps no more than is due to each of so many columns: what it keeps then is the same as if it had never kept more.
    package mutating func limit(columns: Int) {
        share = share.smaller(than: SummaryShare(columns: columns))
        sample.limit(to: share.numbers)
        if (categories?.count ?? 0) > share.categories { categories = nil }
    }

    /// Takes a row that has no such column.
    package mutating func addMissing(rows count: Int) {
        rows += count
        missing += count
    }

    private mutating func count(_ value: [UInt8], _ times: Int) {
        guard categories != nil else { return }
        categories?[value, default: 0] += times
        if value.count > Self.longestCategory || (categories?.count ?? 0) > share.categories { categories = nil }
    }

    package var mean: Double? { numbers > 0 ? sum / Double(numbers) : nil }

    /// Up to ``SummaryShare/numbers`` of the numbers, sorted; all of them where there are no more.
    package var sampledNumbers: [Double] { sample.values.sorted() }

    /// The value below which a share of the numbers lies (Hyndman and Fan 1996, definition 7: what numpy and R give).
    package static func quantile(_ share: Double, ofSorted values: [Double]) -> Double? {
        guard let last = values.last else { return nil }
        let place = share * Double(values.count - 1)
        let below = Int(place)
        if below + 1 >= values.count { return last }
        return values[below] + (place - Double(below)) * (values[below + 1] - values[below])
    }
}
