import VxDrift
import VxModel

/// What a drift check has found.
package struct DriftReport: Sendable {
    /// A dataset of the batch beside that of the reference.
    package struct Dataset: Sendable {
        /// As it was named: a tag, or what was typed.
        package var reference: String
        package var referenceFiles: [RepoPath]
        package var batchFiles: [RepoPath]
        package var drift: DatasetDrift
    }

    /// As it was typed.
    package var batch: String
    package var limits: DriftLimits
    package var datasets: [Dataset] = []
    /// Tables that no table of their reference has the columns of.
    package var unmatched: [RepoPath] = []
    /// Columns that are to be ignored, and are in no table of either side.
    package var notFound: [String] = []

    package var verdict: DatasetDrift.Verdict {
        let verdicts = datasets.map(\.drift.verdict)
        if verdicts.contains(.drift) { return .drift }
        return !verdicts.isEmpty && verdicts.allSatisfy { $0 == .tooFew } ? .tooFew : .none
    }

    /// Whether some column has drifted.
    package var hasDrifted: Bool { verdict == .drift }

    /// One line of counts.
    package var summary: String {
        func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
        let columns = datasets.flatMap(\.drift.columns)
        switch verdict {
        case .drift: return "drift in \(columns.count(where: \.drifts)) of \(count(columns.count, "column"))"
        case .tooFew: return "too few rows to say"
        case .none where datasets.isEmpty: return "there is no table to compare in \(batch)"
        case .none: return "no drift in \(count(columns.count, "column"))"
        }
    }
}
