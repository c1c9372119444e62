import VxModel
import VxStore
import VxTable

/// What one table, or several together, hold.
struct TableSummary: Sendable {
    var rows = 0
    /// The columns' names, in the order of the table that had them first.
    private(set) var names: [String] = []
    private(set) var columns: [String: ColumnSummary] = [:]

    init() {}

    /// Reads one table.
    ///
    /// - Throws: ``TableError`` where it is no table; where it cannot be read.
    init(of table: TableContent, _ store: Store) throws {
        var summaries: [ColumnSummary] = []
        // Which rows are sampled depends on the content and the row, so that it is the same on every machine.
        var hash = Self.mixed(UInt128Key(Hex.decode(table.pointer.id.hex.utf8) ?? []).high)
        let reader = try TableStream.read(table.pointer, table.form, store) { reader, _, fields in
            while summaries.count < fields.count {
                // The rows before have no such column.
                var summary = ColumnSummary()
                summary.addMissing(rows: rows)
                summaries.append(summary)
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
        for name in columns.keys where other.columns[name] == nil { columns[name]?.addMissing(rows: other.rows) }
        rows += other.rows
    }

    /// A well-spread successor (Steele, Lea and Flood's SplitMix64, 2014).
    private static func mixed(_ value: UInt64) -> UInt64 {
        var mixed = value &+ 0x9e37_79b9_7f4a_7c15
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
