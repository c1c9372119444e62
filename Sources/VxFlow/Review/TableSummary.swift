import VxModel
import VxStore
import VxTable

/// What one table, or several together, hold.
struct TableSummary: Sendable {
    var rows = 0
    /// The columns' names, in the order of the table that had them first.
    private(set) var names: [String] = []
    private(set) var columns: [String: ColumnSummary] = [:]

    init(rows: Int = 0) { self.rows = rows }

    /// Reads one table.
    ///
    /// - Throws: ``TableError`` where it is no table; where it cannot be read.
    init(of table: TableContent, _ store: Store) throws {
        var summaries: [ColumnSummary] = []
        // Which rows are sampled depends on the content and the row, so that it is the same on every machine.
        var hash = Self.mixed(UInt128Key(Hex.decode(table.pointer.id.hex.utf8) ?? []).high)
        let reader = try TableStream.read(table.pointer, table.form, store) { reader, _, fields in
            if summaries.count < fields.count {
                // The rows before have no such column.
                var summary = ColumnSummary()
                summary.addMissing(rows: rows)
                summaries += .init(repeating: summary, count: fields.count - summaries.count)
                for position in summaries.indices { summaries[position].limit(columns: summaries.count) }
            }
            rows += 1
            hash = Self.mixed(hash)
            for position in summaries.indices { summaries[position].add(fields[position], hash: hash) }
        }
        if summaries.isEmpty { summaries = reader.columns.map { _ in ColumnSummary() } }
        names = reader.columns
        columns = Dictionary(zip(reader.columns, summaries), uniquingKeysWith: { first, _ in first })
    }

    /// Takes another table's rows; a column that only one of the two has is missing in the other's.
    mutating func add(_ other: TableSummary) {
        for name in other.names {
            guard let summary = other.columns[name] else { continue }
            if columns[name] == nil {
                names.append(name)
                columns[name] = ColumnSummary()
                columns[name]?.addMissing(rows: rows)
            }
            columns[name]?.add(summary)
        }
        for name in names {
            if other.columns[name] == nil { columns[name]?.addMissing(rows: other.rows) }
            columns[name]?.limit(columns: names.count)
        }
        rows += other.rows
    }

    /// As many tables with so many columns as may be read before they are added up: what each holds is kept until then.
    static func atOnce(columns: Int, workers: Int) -> Int {
        max(1, min(2 * workers, 2 * SummaryShare.wholeColumns / max(1, columns)))
    }

    /// A well-spread successor (Steele, Lea and Flood's SplitMix64, 2014).
    private static func mixed(_ value: UInt64) -> UInt64 {
        var mixed = value &+ 0x9e37_79b9_7f4a_7c15
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
