import VxModel
import VxStore
import VxSystem
import VxTable
import VxWorkspace

/// Reads a stored table row by row.
enum TableStream {
    /// Calls `row` with the reader, each row's bytes and its fields.
    ///
    /// - Parameter malformedRow: told of each malformed row, as ``TableReader/init(_:malformedRow:)`` says.
    /// - Returns: the reader, which knows the columns.
    /// - Throws: ``TableError`` where the content is no such table; where it cannot be read; what `row` throws.
    @discardableResult
    static func read(
        _ pointer: Pointer, _ form: TableForm, _ store: Store, malformedRow: ((TableError) throws -> Void)? = nil,
        readsFields: Bool = true, _ row: (TableReader, UnsafeRawBufferPointer, [[UInt8]]) throws -> Void
    ) throws -> TableReader {
        let reader = TableReader(form, malformedRow: malformedRow, readsFields: readsFields)
        try store.reader().stream(pointer.id, size: pointer.size) { piece in
            try reader.take(piece) { try row(reader, $0, $1) }
        }
        try reader.finish { try row(reader, $0, $1) }
        return reader
    }

    private struct Enough: Error {}

    /// As many rows of JSONL are read for the names of the columns: any of them may lack some.
    private static let rowsForColumns = 100

    /// The names of a table's columns; no more of it is read than its first row takes, or in JSONL the first hundred.
    ///
    /// - Throws: as ``read(_:_:_:_:)``.
    static func columns(of pointer: Pointer, _ form: TableForm, _ store: Store) throws -> [String] {
        var columns: [String] = []
        var rows = 0
        do {
            columns = try read(pointer, form, store) { reader, _, _ in
                rows += 1
                columns = reader.columns
                if form != .jsonl || rows == rowsForColumns { throw Enough() }
            }.columns
        } catch is Enough {
            // No more was asked for.
        }
        return columns
    }
}

extension Workspace {
    /// Reads tables on all workers. What is wrong with a table is its result; what keeps it from being read is thrown.
    func readTables<Value: Sendable>(
        _ tables: [TableContent], _ body: @Sendable (TableContent) throws -> Value
    ) throws -> [Result<Value, TableError>] {
        try pool.map(count: tables.count, batch: 1, cancellation: cancellation) { position in
            do {
                return .success(try body(tables[position]))
            } catch let error as TableError {
                return .failure(error)
            }
        }
    }
}
