import VxGit
import VxModel
import VxTable
import VxWorkspace

/// What a reviewer of data wants to know of two commits.
package struct DataReview: Sendable {
    /// Tables of one folder that have their columns in common.
    package struct Dataset: Sendable {
        /// The file, or the folder with a pattern where there are several.
        package var name: String
        package var filesBefore = 0
        package var filesAfter = 0
        package var rowsBefore = 0
        package var rowsAfter = 0
        package var columns: [Column] = []
        /// The most numbers of a column that quantiles were taken of.
        package var sampled = SummaryShare().numbers
        package var rows = RowDifference()

        /// Whether rows or columns are others than they were.
        package var differs: Bool {
            rows.added > 0 || rows.removed > 0
                || columns.contains { $0.before == nil || $0.after == nil || $0.isRetyped }
        }
    }

    /// One column; of what it held before and holds after, as much as is told.
    package struct Column: Sendable {
        package var name: String
        /// The type before; `nil` where there was no such column.
        package var before: ValueType?
        /// The type after; `nil` where there is no such column.
        package var after: ValueType?
        /// How its values have changed.
        let shift: ColumnShift

        package init(name: String, before: ColumnSummary?, after: ColumnSummary?) {
            (self.name, self.before, self.after) = (name, before?.type, after?.type)
            shift = ColumnShift(name, before, after, isRetyped: Self.isRetyped(before?.type, after?.type))
        }

        /// Whether the values' type is another one.
        package var isRetyped: Bool { Self.isRetyped(before, after) }

        private static func isRetyped(_ before: ValueType?, _ after: ValueType?) -> Bool {
            guard let before, let after, before != .none, after != .none else { return false }
            return before != after
        }
    }

    /// A table that was not looked into, and why.
    package struct Unread: Sendable {
        package var path: RepoPath
        /// Which of two contents at this path it is: `before` or `after`; `nil` where there is only one.
        package var side: String?
        package var reason: String
    }

    package var old: GitObjectID
    package var new: GitObjectID
    package var changes: [DataChange] = []
    /// The rows of each changed table that was read, by its path.
    package var rows: [RepoPath: (before: Int?, after: Int?)] = [:]
    package var datasets: [Dataset] = []
    package var unread: [Unread] = []
    /// Bytes in the store that only the newer commit's data needs, and how many of its contents are not here to be counted.
    package var storedGrowth: UInt64 = 0
    package var uncounted = 0

    /// Bytes of the files, after less before.
    package var apparentGrowth: Int64 { DataChange.growth(of: changes) }
}

/// Rows that one side of a dataset has and the other has not, counted as often as they occur.
package struct RowDifference: Sendable {
    package var added = 0
    package var removed = 0
    /// The columns rows were compared by: those both sides have.
    package var columns: [String] = []
    /// The first few, each with a field for each of ``columns``.
    package var addedSample: [[String]] = []
    package var removedSample: [[String]] = []
}
