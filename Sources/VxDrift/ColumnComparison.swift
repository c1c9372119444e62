import VxModel
import VxTable

/// Measures how two summaries of a column differ.
struct ColumnComparison {
    private let limits: DriftLimits
    /// Numbers with no more different values are categories.
    private static let fewNumbers = 10
    /// As many new values are named.
    private static let named = 5
    /// The bins of numbers: parts of the reference with equally many values.
    private static let parts = 10

    init(_ limits: DriftLimits) { self.limits = limits }

    func compare(_ name: String, _ reference: ColumnSummary?, _ batch: ColumnSummary?) -> ColumnDrift {
        var column = ColumnDrift(name: name)
        (column.referenceType, column.batchType) = (reference?.type, batch?.type)
        column.referenceMissing = Self.missingShare(reference)
        column.batchMissing = Self.missingShare(batch)
        guard let reference, let batch else {
            column.change = reference == nil ? .extra : .missing
            return column
        }
        if Self.isRetyped(reference.type, batch.type) { column.change = .retyped }
        column.effects.append(
            .init(
                measure: .missing, size: abs(column.batchMissing - column.referenceMissing),
                probability: Contingency.fisher(
                    reference.missing, of: reference.rows, batch.missing, of: batch.rows)))
        if column.change == nil { compareValues(reference, batch, &column) }
        return column
    }

    private static func missingShare(_ summary: ColumnSummary?) -> Double {
        guard let summary, summary.rows > 0 else { return 0 }
        return Double(summary.missing) / Double(summary.rows)
    }

    /// Whether values of one type are none of the other. A sample may well have whole numbers only.
    private static func isRetyped(_ reference: ValueType, _ batch: ValueType) -> Bool {
        if reference == .none || batch == .none || reference.isNumeric && batch.isNumeric { return false }
        let joined = reference.joined(with: batch)
        return joined != reference && joined != .datetime
    }

    // MARK: - Values

    private func compareValues(_ reference: ColumnSummary, _ batch: ColumnSummary, _ column: inout ColumnDrift) {
        let least = DatasetDrift.leastRows
        let dates: [ValueType] = [.date, .datetime]
        if dates.contains(reference.type) {
            column.unread = .dates
            return
        }
        guard reference.rows - reference.missing >= least, batch.rows - batch.missing >= least else {
            column.unread = .tooFewValues
            return
        }
        let isNumeric = reference.type.isNumeric && batch.type.isNumeric
        if isNumeric { (column.referenceMean, column.batchMean) = (reference.mean, batch.mean) }
        let counts = Self.counts(reference, batch, isNumeric: isNumeric)
        if isNumeric, counts == nil || (counts?.count ?? 0) > Self.fewNumbers {
            compareNumbers(reference.sampledNumbers, batch.sampledNumbers, &column)
        } else if let counts {
            compareCategories(counts, &column)
        } else {
            column.unread = .tooManyValues
        }
    }

    private func compareNumbers(_ reference: [Double], _ batch: [Double], _ column: inout ColumnDrift) {
        guard min(reference.count, batch.count) >= DatasetDrift.leastRows else {
            column.unread = .tooFewValues
            return
        }
        let parts = min(Self.parts, min(reference.count, batch.count) / 5)
        let bins = zip(
            PopulationStability.counts(reference, inPartsOf: reference, parts),
            PopulationStability.counts(batch, inPartsOf: reference, parts))
        compareBins(Array(bins), &column)
        let distance = Smirnov.distance(reference, batch)
        column.effects.append(
            .init(
                measure: .ks, size: distance,
                probability: Smirnov.probability(distance, reference.count, batch.count)))
        let deviation = Transport.deviation(reference)
        guard deviation > 0 else { return }
        let moved = Transport.distance(reference, batch) / deviation
        column.effects.append(
            .init(
                measure: .wasserstein, size: moved,
                probability: moved < limits[.wasserstein] ? 1 : Transport.probability(reference, batch)))
    }

    private func compareCategories(_ counts: [[UInt8]: (Int, Int)], _ column: inout ColumnDrift) {
        let ordered = counts.sorted { left, right in
            let (one, two) = (left.value.0 + left.value.1, right.value.0 + right.value.1)
            return one != two ? one < two : left.key.lexicographicallyPrecedes(right.key)
        }
        // Rare ones first, so that they are put together.
        compareBins(ordered.map { (Double($0.value.0), Double($0.value.1)) }, &column)
        let new = ordered.reversed().filter { $0.value.0 == 0 }
        guard let most = new.first else { return }
        let (n, m) = counts.values.reduce((0, 0)) { ($0.0 + $1.0, $0.1 + $1.1) }
        column.newValues = new.prefix(Self.named).map { String(decoding: $0.key, as: UTF8.self) }
        column.effects.append(
            .init(
                measure: .new, size: Double(new.reduce(0) { $0 + $1.value.1 }) / Double(m),
                probability: Contingency.onlyInSecond(most.value.1, values: counts.count, n, m)))
    }

    private func compareBins(_ bins: [(Double, Double)], _ column: inout ColumnDrift) {
        let merged = Contingency.merged(bins)
        column.effects.append(
            .init(
                measure: .psi, size: PopulationStability.index(merged.map(\.0), merged.map(\.1)),
                probability: Contingency.homogeneity(merged).probability))
    }

    /// How often each value occurs on either side; `nil` where there are too many. Numbers are the same however they are
    /// written.
    private static func counts(
        _ reference: ColumnSummary, _ batch: ColumnSummary, isNumeric: Bool
    ) -> [[UInt8]: (Int, Int)]? {
        guard let one = reference.categories, let two = batch.categories else { return nil }
        func key(_ value: [UInt8]) -> [UInt8] {
            guard isNumeric, let number = Double(String(decoding: value, as: UTF8.self)) else { return value }
            return Array((number == 0 ? 0 : number).description.utf8)
        }
        var counts: [[UInt8]: (Int, Int)] = [:]
        for (value, times) in one { counts[key(value), default: (0, 0)].0 += times }
        for (value, times) in two { counts[key(value), default: (0, 0)].1 += times }
        return counts
    }
}
