import VxTable

/// Some rows of a table as they stand, to be taken apart by several workers.
struct RowPart: Sendable {
    private var bytes: [UInt8] = []
    /// Where each row ends, and its line.
    private var rows: [(end: Int, line: Int)] = []
    private var fields = RowFields(.csv, count: 0)
    private(set) var columns: [String] = []
    private(set) var kinds: [FieldKind] = []

    /// So many rows are in each slice but the last.
    private static let slice = 4096

    /// How many bytes it has.
    var size: Int { bytes.count }
    var slices: Int { (rows.count + Self.slice - 1) / Self.slice }
    var form: TableForm { fields.form }

    mutating func append(_ row: UnsafeRawBufferPointer, _ reader: TableReader) {
        if columns.isEmpty {
            (columns, kinds) = (reader.columns, reader.kinds)
            fields = RowFields(reader.form, count: columns.count)
        }
        bytes.append(contentsOf: row)
        rows.append((bytes.count, reader.line))
    }

    mutating func removeRows() {
        bytes.removeAll(keepingCapacity: true)
        rows.removeAll(keepingCapacity: true)
    }

    /// Calls `body` with the fields and the line of each row of a slice.
    ///
    /// - Throws: `TableError` for a malformed row; what `body` throws.
    func forEach(inSlice number: Int, _ body: ([[UInt8]], Int) throws -> Void) throws {
        let range = number * Self.slice..<min(rows.count, (number + 1) * Self.slice)
        try bytes.withUnsafeBytes { bytes in
            var start = range.lowerBound == 0 ? 0 : rows[range.lowerBound - 1].end
            for row in rows[range] {
                let text = UnsafeRawBufferPointer(rebasing: bytes[start..<row.end])
                try body(try fields.split(text, line: row.line), row.line)
                start = row.end
            }
        }
    }
}
