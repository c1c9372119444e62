import VxModel
import VxTable

/// How one column of a batch differs from the same of the reference.
package struct ColumnDrift: Sendable, Equatable {
    /// What is another than it was, whatever the values.
    package enum Change: String, Sendable {
        /// The reference has the column, the batch has not.
        case missing
        /// The batch has it, the reference has not.
        case extra
        /// Values of the batch do not fit the reference's type.
        case retyped
    }

    /// Why values were not compared.
    package enum Unread: String, Sendable {
        /// Time goes on: a day that was not there before is none of the data's doing.
        case dates
        case tooManyValues = "too-many-values"
        case tooFewValues = "too-few-values"
    }

    /// One difference, how large it is, and how likely by chance.
    package struct Effect: Sendable, Equatable {
        package var measure: DriftMeasure
        package var size: Double
        /// How likely two samples of one distribution differ as much; 1 where that was not asked, as the size is below
        /// its limit already.
        package var probability: Double
        /// The same, corrected for all that was compared.
        package var adjusted = 1.0
        /// Whether it is both large enough to matter and more than chance gives.
        package var counts = false
    }

    package var name: String
    /// `nil` where the side has no such column.
    package var referenceType: ValueType?
    package var batchType: ValueType?
    package var change: Change?
    package var unread: Unread?
    package var effects: [Effect] = []
    /// The shares of missing values.
    package var referenceMissing = 0.0
    package var batchMissing = 0.0
    /// The means, of numbers.
    package var referenceMean: Double?
    package var batchMean: Double?
    /// Values of the batch that the reference does not have, the most frequent first.
    package var newValues: [String] = []

    package init(name: String) { self.name = name }

    /// Whether the column has drifted.
    package var drifts: Bool { change != nil || effects.contains(where: \.counts) }

    package subscript(measure: DriftMeasure) -> Effect? { effects.first { $0.measure == measure } }
}

/// How a dataset of a batch differs from the reference.
package struct DatasetDrift: Sendable, Equatable {
    package enum Verdict: String, Sendable {
        case none, drift
        /// Too few rows to say.
        case tooFew = "too-few-rows"
    }

    /// The least rows of which something is said.
    package static let leastRows = 20

    package var referenceRows: Int
    package var batchRows: Int
    /// In the reference's order; columns only the batch has are last. None where there are too few rows.
    package var columns: [ColumnDrift] = []

    package var verdict: Verdict {
        if min(referenceRows, batchRows) < Self.leastRows { return .tooFew }
        return columns.contains(where: \.drifts) ? .drift : .none
    }

    /// - Parameter columns: all that are to be compared, each with what the sides hold; `nil` where a side has no such.
    package init(
        referenceRows: Int, batchRows: Int,
        columns: [(name: String, reference: ColumnSummary?, batch: ColumnSummary?)], limits: DriftLimits
    ) {
        self.referenceRows = referenceRows
        self.batchRows = batchRows
        if min(referenceRows, batchRows) < Self.leastRows { return }
        self.columns = columns.map { ColumnComparison(limits).compare($0.name, $0.reference, $0.batch) }
    }

    /// Says of every effect of some datasets whether it counts: all of them are one family of tests, so that the level is
    /// that of the whole answer.
    package static func judge(_ datasets: inout [DatasetDrift], _ limits: DriftLimits) {
        let all = datasets.flatMap { $0.columns.flatMap { $0.effects.map(\.probability) } }
        var adjusted = Holm.adjusted(all)[...]
        for dataset in datasets.indices {
            for column in datasets[dataset].columns.indices {
                for effect in datasets[dataset].columns[column].effects.indices {
                    guard let probability = adjusted.popFirst() else { return }
                    let size = datasets[dataset].columns[column].effects[effect].size
                    let measure = datasets[dataset].columns[column].effects[effect].measure
                    datasets[dataset].columns[column].effects[effect].adjusted = probability
                    datasets[dataset].columns[column].effects[effect].counts =
                        size >= limits[measure] && probability <= limits.level
                }
            }
        }
    }
}
