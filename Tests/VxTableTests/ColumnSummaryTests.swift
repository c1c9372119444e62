import Testing

@testable import VxTable

@Suite("Column summaries") struct ColumnSummaryTests {
    private func summary(_ values: [String], from start: UInt64 = 0) -> ColumnSummary {
        var summary = ColumnSummary()
        for (position, value) in values.enumerated() {
            summary.add(Array(value.utf8), hash: (start + UInt64(position)) &* 0x9e37_79b9_7f4a_7c15)
        }
        return summary
    }

    @Test(
        "the type is the narrowest that all values fit",
        arguments: [
            (["1", "-2"], ValueType.int), (["1", "2.5"], .float), (["1e3", "NA"], .float), (["true", "False"], .bool),
            (["2024-02-29"], .date), (["2024-02-30"], .str), (["2024-02-29", "2024-02-29 10:00:00"], .datetime),
            (["1", "x"], .str), (["true", "1"], .str), (["", "NaN"], .none), (["007"], .int), (["-"], .str),
        ])
    func types(values: [String], type: ValueType) {
        #expect(summary(values).type == type)
    }

    @Test func numbersAndMissingValues() {
        let found = summary(["1", "", "3", "NA", "8", "inf"])
        #expect(found.rows == 6)
        #expect(found.missing == 2)
        let finite = summary(["1", "3", "8"])
        #expect(finite.mean == 4)
        #expect((finite.least, finite.most) == (1, 8))
        #expect(finite.categories?[Array("3".utf8)] == 1)
    }

    @Test("quantiles are numpy's", arguments: [(0.0, 1.0), (0.05, 1.15), (0.5, 2.5), (0.95, 3.85), (1.0, 4.0)])
    func quantiles(share: Double, expected: Double) throws {
        let found = try #require(ColumnSummary.quantile(share, ofSorted: [1, 2, 3, 4]))
        #expect(abs(found - expected) < 1e-12)
        #expect(ColumnSummary.quantile(share, ofSorted: []) == nil)
    }

    @Test("parts add up to the whole, in any order")
    func addition() {
        let values = (0..<20_000).map { "\($0 * 7919 % 20_000)" }
        let whole = summary(values)
        var parts = stride(from: 0, to: values.count, by: 1777).map { start in
            summary(Array(values[start..<min(start + 1777, values.count)]), from: UInt64(start))
        }
        for _ in 0..<3 {
            parts.shuffle()
            var sum = ColumnSummary()
            for part in parts { sum.add(part) }
            #expect(sum == whole)
        }
        #expect(whole.sampledNumbers.count == SummaryShare().numbers)
        #expect(whole.categories == nil)
        let median = ColumnSummary.quantile(0.5, ofSorted: whole.sampledNumbers) ?? 0
        #expect(abs(median - 10_000) < 600)
    }

    @Test(
        "what is kept among many columns does not depend on when they were seen to be many",
        arguments: [1, 600, 10_000])
    func limits(columns: Int) {
        let values = (0..<9_000).map { "\($0 * 7919 % 9_000)" }
        var whole = ColumnSummary()
        whole.limit(columns: columns)
        for (position, value) in values.enumerated() {
            whole.add(Array(value.utf8), hash: UInt64(position) &* 0x9e37_79b9_7f4a_7c15)
        }
        var late = summary(values)
        late.limit(columns: columns)
        #expect(late == whole)
        var sum = ColumnSummary()
        sum.add(summary(Array(values[..<4_000])))
        sum.limit(columns: columns)
        sum.add(summary(Array(values[4_000...]), from: 4_000))
        #expect(sum == whole)
        #expect(whole.sampledNumbers.count == SummaryShare(columns: columns).numbers)
    }

    @Test("all columns together keep no more than a few hundred do, however many there are")
    func budget() {
        let (most, few) = (SummaryShare(), SummaryShare.wholeColumns)
        for columns in [1, 2, 100, few, few + 1, 3_000, 10_000] {
            let share = SummaryShare(columns: columns)
            #expect(columns * share.numbers <= few * most.numbers)
            #expect(columns * share.categories <= few * most.categories)
        }
        #expect(SummaryShare(columns: 100) == most)
        #expect(SummaryShare(columns: 10_000).categories >= 11)
    }

    @Test func aTextThatIsVeryLongIsNoCategory() {
        #expect(summary([String(repeating: "x", count: 300)]).categories == nil)
    }
}

@Suite("Population stability index") struct PopulationStabilityTests {
    @Test("equal shares are 0; the index is symmetric")
    func identities() {
        #expect(abs(PopulationStability.index([10, 20, 30], [1000, 2000, 3000])) < 0.01)
        #expect(PopulationStability.index([5, 5], [5, 5]) == 0)
        let (one, two) = ([30.0, 70], [60.0, 40])
        #expect(PopulationStability.index(one, two) == PopulationStability.index(two, one))
        #expect(PopulationStability.index([], []) == 0)
    }

    @Test("the sum of (b - a) ln(b / a), with half a case in each bin")
    func value() {
        // Shares 0.5/0.5 and 0.75/0.25 where the counts are large: 0.25 ln 1.5 - 0.25 ln 0.5 = 0.27465.
        let found = PopulationStability.index([500_000, 500_000], [750_000, 250_000])
        #expect(abs(found - 0.274653) < 1e-5)
        #expect(PopulationStability.index([10, 0], [0, 10]).isFinite)
    }

    @Test("bins are between the deciles; equal ones are one")
    func deciles() {
        let values = (0..<100).map(Double.init)
        #expect(PopulationStability.decileCounts(values, reference: values) == [Double](repeating: 10, count: 10))
        #expect(PopulationStability.decileCounts([1, 5, 5, 9], reference: [5, 5, 5]) == [1, 3])
        #expect(PopulationStability.decileCounts([1, 2], reference: []) == [2])
    }

    @Test("what chance gives is no shift")
    func chance() {
        #expect(PopulationStability.shift(0.3, bins: 10, before: 19, after: 1000) == .unknown)
        #expect(PopulationStability.shift(0.3, bins: 10, before: 50, after: 50) == .none)
        #expect(PopulationStability.shift(0.3, bins: 10, before: 5000, after: 5000) == .large)
        #expect(PopulationStability.shift(0.15, bins: 10, before: 5000, after: 5000) == .some)
        #expect(PopulationStability.shift(0.05, bins: 10, before: 5000, after: 5000) == .none)
    }
}
