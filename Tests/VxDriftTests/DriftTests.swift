import Testing
import VxModel
import VxTable
import VxTestSupport

@testable import VxDrift

extension SeededGenerator {
    /// A number of mean 0 and deviation 1, near enough to normal: the sum of twelve even ones (Irwin and Hall).
    fileprivate mutating func normal() -> Double {
        (0..<12).reduce(-6) { sum, _ in sum + Double.random(in: 0..<1, using: &self) }
    }
}

@Suite("Drift of a batch") struct DriftTests {
    private typealias Row = [String: String]
    private static let names = ["size", "steps", "kind", "rare", "holes", "day", "tail"]

    /// What production would send: numbers, whole numbers, categories of even and uneven shares, missing values, days.
    private func row(_ dice: inout SeededGenerator) -> Row {
        let share = Double.random(in: 0..<1, using: &dice)
        return [
            "size": "\(dice.normal() * 3 + 10)", "steps": "\(Int.random(in: 0..<40, using: &dice))",
            "kind": share < 0.5 ? "a" : share < 0.8 ? "b" : "c",
            "rare": "v\(Int(100 * share * share * share * share))",
            "holes": Double.random(in: 0..<1, using: &dice) < 0.1 ? "" : "\(dice.normal())",
            "day": "2024-01-\(Int.random(in: 10..<30, using: &dice))",
        ]
    }

    private func rows(_ count: Int, _ dice: inout SeededGenerator) -> [Row] { (0..<count).map { _ in row(&dice) } }

    private func summaries(_ rows: [Row], _ dice: inout SeededGenerator) -> [String: ColumnSummary] {
        var columns: [String: ColumnSummary] = [:]
        for row in rows {
            let hash = dice.next()
            for (name, value) in row { columns[name, default: ColumnSummary()].add(Array(value.utf8), hash: hash) }
        }
        return columns
    }

    private func drift(
        _ reference: [Row], _ batch: [Row], limits: DriftLimits = DriftLimits(), seed: UInt64 = 0
    ) -> DatasetDrift {
        var dice = SeededGenerator(seed: seed)
        let (old, new) = (summaries(reference, &dice), summaries(batch, &dice))
        let names = Self.names.filter { old[$0] != nil || new[$0] != nil }
        var found = [
            DatasetDrift(
                referenceRows: reference.count, batchRows: batch.count,
                columns: names.map { ($0, old[$0], new[$0]) }, limits: limits)
        ]
        DatasetDrift.judge(&found, limits)
        return found[0]
    }

    /// A reference and a batch of 200 rows, the batch's changed.
    private func drift(_ change: (inout Row, Int) -> Void) -> DatasetDrift {
        var dice = SeededGenerator(seed: 7)
        let reference = rows(1000, &dice)
        var batch = rows(200, &dice)
        for position in batch.indices { change(&batch[position], position) }
        return drift(reference, batch)
    }

    private func drifting(_ dataset: DatasetDrift) -> [String] { dataset.columns.filter(\.drifts).map(\.name) }

    // MARK: - No alarm

    @Test("identical data does not alarm, whatever the limits")
    func identical() {
        var dice = SeededGenerator(seed: 1)
        let data = rows(300, &dice)
        var limits = DriftLimits()
        for measure in DriftMeasure.allCases { limits[measure] = 0 }
        #expect(drift(data, data, limits: limits).verdict == .none)
    }

    /// The limits are 0, so that only the level keeps chance from alarming: 200 trials at 5 % may give 10, and more than
    /// 19 in one case of 300 if the level were just kept.
    @Test("another sample of the same source alarms no more often than the level says", arguments: [25, 60, 200])
    func falseAlarms(size: Int) {
        var limits = DriftLimits()
        limits.level = 0.05
        for measure in DriftMeasure.allCases { limits[measure] = 0 }
        // Its probability costs a thousand divisions, and is asked where the distance is over the limit.
        limits[.wasserstein] = 0.3
        var alarms = 0
        for trial in 0..<200 {
            var dice = SeededGenerator(seed: UInt64(trial) &* 7919 &+ UInt64(size))
            let found = drift(rows(300, &dice), rows(size, &dice), limits: limits, seed: UInt64(trial))
            if found.verdict == .drift { alarms += 1 }
        }
        #expect(alarms <= 19)
    }

    @Test("numbers whose mean is a matter of chance alarm no more often either")
    func heavyTails() {
        var limits = DriftLimits()
        limits.level = 0.05
        for measure in DriftMeasure.allCases { limits[measure] = 0 }
        var alarms = 0
        for trial in 0..<200 {
            var dice = SeededGenerator(seed: UInt64(trial) &* 104_729)
            // Pareto's distribution of shape 1 has no mean.
            func rows(_ count: Int) -> [Row] {
                (0..<count).map { _ in ["tail": "\(1 / (1 - Double.random(in: 0..<1, using: &dice)))"] }
            }
            if drift(rows(75), rows(25), limits: limits, seed: UInt64(trial)).verdict == .drift { alarms += 1 }
        }
        #expect(alarms <= 19)
    }

    @Test("a random sample of the reference alarms no more often than the level says, at the limits that come with it")
    func sampleOfReference() {
        var dice = SeededGenerator(seed: 3)
        let reference = rows(600, &dice)
        var alarms = 0
        for trial in 0..<200 {
            let sample = Array(reference.shuffled(using: &dice).prefix(80))
            if drift(reference, sample, seed: UInt64(trial)).verdict == .drift { alarms += 1 }
        }
        // 2 are expected of a level of 1 % that is just kept; 8 are one case in 1,000.
        #expect(alarms <= 7)
    }

    // MARK: - Alarm

    @Test func aShiftedMeanAlarms() {
        let found = drift { row, _ in row["size"] = "\((Double(row["size"] ?? "") ?? 0) + 3)" }
        #expect(drifting(found) == ["size"])
        let effects = found.columns[0].effects.filter(\.counts).map(\.measure)
        #expect(effects == [.psi, .ks, .wasserstein])
    }

    @Test("few values far away alarm, which no distance of distribution functions sees")
    func outliers() {
        let found = drift { row, position in if position % 20 == 0 { row["size"] = "1000" } }
        #expect(found.columns[0].effects.filter(\.counts).map(\.measure) == [.wasserstein])
    }

    @Test func changedSharesOfCategoriesAlarm() {
        let found = drift { row, position in row["kind"] = position % 4 == 0 ? "a" : position % 4 == 1 ? "b" : "c" }
        #expect(drifting(found) == ["kind"])
        #expect(found.columns[2].newValues.isEmpty)
    }

    @Test("a new category alarms, and is named")
    func newCategory() {
        let found = drift { row, position in if position % 20 == 0 { row["kind"] = "z" } }
        #expect(drifting(found) == ["kind"])
        #expect(found.columns[2].newValues == ["z"])
        #expect(found.columns[2][.new]?.counts == true)
        // Once in 200 rows is what a rare value gives.
        #expect(drift { row, position in if position == 0 { row["kind"] = "z" } }.verdict == .none)
    }

    @Test func moreMissingValuesAlarm() {
        let found = drift { row, position in if position % 3 == 0 { row["holes"] = "NA" } }
        #expect(drifting(found) == ["holes"])
        #expect(found.columns[4][.missing]?.counts == true)
    }

    @Test("columns that are missing, extra or of another type alarm, without a test")
    func schema() {
        var dice = SeededGenerator(seed: 9)
        let reference = rows(100, &dice)
        let batch = rows(100, &dice).map { row in
            var row = row
            row["steps"] = "many"
            row["kind"] = nil
            return row
        }
        let found = drift(reference, batch)
        #expect(drifting(found) == ["steps", "kind"])
        #expect(found.columns.filter(\.drifts).map(\.change) == [.retyped, .missing])
        #expect(drift(batch, reference).columns.first { $0.name == "kind" }?.change == .extra)
    }

    // MARK: - What is not compared

    @Test("with fewer than 20 rows nothing is said")
    func fewRows() {
        var dice = SeededGenerator(seed: 2)
        let found = drift(rows(100, &dice), rows(19, &dice).map { _ in ["size": "x"] })
        #expect(found.verdict == .tooFew)
        #expect(found.columns.isEmpty)
    }

    @Test("days, and too many different values, are not compared")
    func unread() {
        let found = drift { row, _ in row["day"] = "2025-06-01" }
        #expect(found.verdict == .none)
        #expect(found.columns[5].unread == .dates)
    }

    @Test("whole numbers among others, and numbers written in another way, are no drift")
    func notation() {
        var dice = SeededGenerator(seed: 4)
        let reference = (0..<100).map { _ in ["size": "\(Int.random(in: 0..<5, using: &dice)).0", "steps": "1.5"] }
        let batch = reference.map { ["size": "\($0["size"]?.dropLast(2) ?? "")", "steps": "1.50"] }
        #expect(drift(reference, batch).verdict == .none)
    }
}
