import VxTable

/// How one column of a dataset has changed, as a line of a table.
struct ColumnShift: Sendable {
    var name: String
    var type: String
    var missing: String
    var before: String
    var after: String
    /// `nil` where the column was or is not there, or holds too many different texts.
    var index: Double?
    var shift: PopulationStability.Shift = .unknown

    /// As many different numbers are told one by one.
    private static let fewNumbers = 10
    /// The commonest values, each a bin; all others are one more.
    private static let bins = 19

    /// - Parameter isRetyped: whether the values' type is another one.
    init(_ name: String, _ before: ColumnSummary?, _ after: ColumnSummary?, isRetyped: Bool) {
        self.name = name
        type =
            isRetyped
            ? "\(before?.type.rawValue ?? "") → \(after?.type.rawValue ?? "")" : (after ?? before)?.type.rawValue ?? ""
        if let before, let after, before.type == .none { type = after.type.rawValue }
        missing = Self.pair(before, after) {
            $0.missing == 0 ? "0" : ShortNumber.percent(Double($0.missing) / Double($0.rows))
        }
        (self.before, self.after) = ("", "")
        let present = [before, after].compactMap(\.self).filter { $0.type != .none }
        let isNumeric = !present.isEmpty && present.allSatisfy(\.type.isNumeric)
        let values = Set(present.flatMap { ($0.categories ?? [:]).keys })
        let hasFew = present.allSatisfy { $0.categories != nil }
        if isNumeric, !hasFew || values.count > Self.fewNumbers {
            compareNumbers(before, after)
        } else if hasFew, !isRetyped {
            compareCategories(before, after)
        } else {
            self.before = before.map(Self.kind) ?? ""
            self.after = after.map(Self.kind) ?? ""
        }
    }

    private static func pair(
        _ before: ColumnSummary?, _ after: ColumnSummary?, _ text: (ColumnSummary) -> String
    ) -> String {
        let texts = [before, after].compactMap(\.self).map(text)
        return Set(texts).count == 1 ? texts[0] : texts.joined(separator: " → ")
    }

    // MARK: - Numbers

    private mutating func compareNumbers(_ before: ColumnSummary?, _ after: ColumnSummary?) {
        let (old, new) = (before?.sampledNumbers ?? [], after?.sampledNumbers ?? [])
        self.before = before.map { Self.numbers($0, old) } ?? ""
        self.after = after.map { Self.numbers($0, new) } ?? ""
        guard let before, let after, !old.isEmpty, !new.isEmpty else { return }
        func counts(_ values: [Double], _ summary: ColumnSummary) -> [Double] {
            // Missing values are a bin of their own, in the sample's measure.
            let missing =
                Double(summary.missing) * Double(values.count) / Double(max(1, summary.rows - summary.missing))
            return PopulationStability.decileCounts(values, reference: old) + [missing]
        }
        judge(counts(old, before), counts(new, after))
    }

    private static func numbers(_ summary: ColumnSummary, _ sorted: [Double]) -> String {
        guard let mean = summary.mean else { return "" }
        let quantiles = [0.05, 0.5, 0.95].compactMap { ColumnSummary.quantile($0, ofSorted: sorted) }
        return "\(ShortNumber.text(mean)) (\(quantiles.map(ShortNumber.text).joined(separator: " · ")))"
    }

    // MARK: - Categories

    private mutating func compareCategories(_ before: ColumnSummary?, _ after: ColumnSummary?) {
        let (old, new) = (before?.categories ?? [:], after?.categories ?? [:])
        func shares(_ counts: [[UInt8]: Int], _ summary: ColumnSummary?) -> [[UInt8]: Double] {
            counts.mapValues { Double($0) / Double(max(1, summary?.rows ?? 1)) }
        }
        let (oldShares, newShares) = (shares(old, before), shares(new, after))
        func change(_ value: [UInt8]) -> Double { abs((newShares[value] ?? 0) - (oldShares[value] ?? 0)) }
        func size(_ value: [UInt8]) -> Int { (old[value] ?? 0) + (new[value] ?? 0) }
        let all = Set(old.keys).union(new.keys)
        // Where nothing has changed, or there is one side only, the commonest are told.
        let told = all.sorted { left, right in
            let (one, two) = (before == nil || after == nil ? (0, 0) : (change(left), change(right)))
            if one != two { return one > two }
            if size(left) != size(right) { return size(left) > size(right) }
            return left.lexicographicallyPrecedes(right)
        }.prefix(3)
        func text(_ shares: [[UInt8]: Double]) -> String {
            let parts = told.map { value in
                MarkdownText.code(String(decoding: value, as: UTF8.self), limit: 24) + " "
                    + ShortNumber.percent(shares[value] ?? 0)
            }
            return (parts + (all.count > told.count ? ["…"] : [])).joined(separator: ", ")
        }
        self.before = before == nil ? "" : text(oldShares)
        self.after = after == nil ? "" : text(newShares)
        guard let before, let after, !old.isEmpty, !new.isEmpty else { return }
        let common = all.sorted {
            size($0) != size($1) ? size($0) > size($1) : $0.lexicographicallyPrecedes($1)
        }.prefix(Self.bins)
        func counts(_ values: [[UInt8]: Int], _ summary: ColumnSummary) -> [Double] {
            let known = common.map { Double(values[$0] ?? 0) }
            let rest = Double(summary.rows - summary.missing) - known.reduce(0, +)
            return known + (all.count > common.count ? [rest] : []) + [Double(summary.missing)]
        }
        judge(counts(old, before), counts(new, after))
    }

    private static func kind(_ summary: ColumnSummary) -> String {
        guard summary.type != .none else { return "" }
        return summary.categories.map { "\(ShortNumber.count($0.count)) values" }
            ?? "over \(ShortNumber.count(summary.share.categories)) values"
    }

    private mutating func judge(_ old: [Double], _ new: [Double]) {
        // Bins that are empty on both sides say nothing.
        let used = zip(old, new).filter { $0.0 > 0 || $0.1 > 0 }
        let index = PopulationStability.index(used.map(\.0), used.map(\.1))
        self.index = index
        shift = PopulationStability.shift(
            index, bins: used.count, before: Int(old.reduce(0, +)), after: Int(new.reduce(0, +)))
    }
}
