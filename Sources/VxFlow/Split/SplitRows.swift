import VxConfig
import VxModel
import VxStore
import VxSystem
import VxTable
import VxWorkspace

/// Reads the rows of tables that are to be divided, or that are on a side.
struct SplitRows {
    /// What a table's path says of all its rows.
    struct Labels: Sendable {
        var group: String?
        var stratum: String?
    }

    let workspace: Workspace
    let split: Configuration.Split
    let withdrawn: Withdrawn
    /// What is known of rows that stand.
    let cache: RowCache
    /// What is not to be read of files.
    var grown = GrownSources()

    /// So many files are read before their rows are handed on, and so many bytes: a few words for each of many small files do not
    /// add up, nor do the names that each of some large ones has for itself.
    private static let batch = (files: 1024, bytes: UInt64(16) << 20)

    /// Hands the rows of each file on, in the order of the files, each with its place among these; those of one alone in parts.
    ///
    /// - Parameters:
    ///   - labels: for each file.
    ///   - areSides: whether they are parts of tables that were divided before: a part may lack a column, and nothing is decided
    ///     over the rows.
    func read(
        _ files: [DataFile], _ labels: [Labels], areSides: Bool, _ take: (Int, inout ExampleTable) throws -> Void
    ) throws {
        let (split, withdrawn, store, cache, grown) = (split, withdrawn, workspace.store, cache, grown)
        let isKnown = files.count == 1 && areSides && cache.has(files[0])
        if files.count == 1, !isKnown, TableForm(name: files[0].path) != .jsonl {
            return try read(alone: files[0], labels[0], areSides: areSides) { try take(0, &$0) }
        }
        var start = 0
        while start < files.count {
            var (end, bytes) = (start, UInt64(0))
            // Every worker gets a file, however large they are.
            while end < files.count, end - start < Self.batch.files,
                bytes < Self.batch.bytes || end - start < workspace.pool.width
            {
                bytes += files[end].pointer.size
                end += 1
            }
            var tables = try workspace.pool.map(count: end - start, batch: 1, cancellation: workspace.cancellation) {
                [start] in
                let (file, labels) = (files[start + $0], labels[start + $0])
                if areSides, let known = cache.rows(of: file) { return ExampleTable(known, labels) }
                let before = grown.beginnings[file.path]?.rows ?? 0
                return try Self.read(
                    file, behind: before, RowExamples(file.path, labels, split, withdrawn, areSides: areSides), store,
                    cache)
            }
            for position in tables.indices { try take(start + position, &tables[position]) }
            start = end
        }
    }

    /// - Parameter before: so many rows are passed over, which are not taken apart.
    private static func read(
        _ file: DataFile, behind before: Int, _ examples: RowExamples, _ store: Store, _ cache: RowCache
    ) throws -> ExampleTable {
        var (examples, row) = (examples, 0)
        try stream(file, store, readsFields: before == 0) { reader, bytes, fields in
            row += 1
            if row <= before { return }
            let own =
                before == 0
                ? fields : try RowFields(reader.form, count: reader.columns.count).split(bytes, line: reader.line)
            try examples.take(own, reader.kinds, reader.columns, reader.form, line: reader.line)
        }
        cache.note(examples.columnNames, of: file)
        return try examples.finish()
    }

    /// So many bytes of rows are taken at once.
    private static let partSize = 4 << 20

    /// The same with all workers: where there is no other table, they have nothing else to do.
    private func read(
        alone file: DataFile, _ labels: Labels, areSides: Bool, _ take: (inout ExampleTable) throws -> Void
    ) throws {
        let examples = RowExamples(file.path, labels, split, withdrawn, areSides: areSides)
        var part = RowPart()
        let before = grown.beginnings[file.path]?.rows ?? 0
        var row = 0
        func settle() throws {
            // What the first malformed row is does not depend on who comes to it first.
            let found = try workspace.pool.map(
                count: part.slices, batch: 1, cancellation: workspace.cancellation
            ) { [part] number in
                Result {
                    var examples = examples
                    try part.forEach(inSlice: number) { fields, line in
                        try examples.take(fields, part.kinds, part.columns, part.form, line: line)
                    }
                    return try examples.finish()
                }
            }
            part.removeRows()
            for result in found {
                var rows = try Self.naming(file) { try result.get() }
                try take(&rows)
            }
        }
        do {
            try Self.stream(file, workspace.store, readsFields: false) { reader, bytes, _ in
                row += 1
                if row <= before { return }
                part.append(bytes, reader)
                if part.size >= Self.partSize { try settle() }
            }
        } catch {
            // What is wrong with a row before comes first.
            try settle()
            throw error
        }
        try settle()
        cache.note(part.columns, of: file)
        // A table without a row is a table.
        var none = ExampleTable()
        try take(&none)
    }

    /// Calls `body` with each row of a table.
    ///
    /// - Parameter readsFields: whether it needs more of a row than its bytes.
    /// - Throws: where it is no table, by its name or by what is in it.
    static func stream(
        _ file: DataFile, _ store: Store, readsFields: Bool = true,
        _ body: (TableReader, UnsafeRawBufferPointer, [[UInt8]]) throws -> Void
    ) throws {
        guard let form = TableForm(name: file.path) else {
            throw VxError(
                .usage, "\(file.path) is no table by its name", because: "'by: row' reads csv, tsv and jsonl",
                hint: "leave it out: 'split: {files: \"*.csv\"}', or divide by file: 'by: file'")
        }
        var reader: TableReader?
        func begin(_ opened: TableReader) throws {
            if reader != nil { return }
            reader = opened
            if let problem = opened.lineEndProblem { throw leftOut(file, problem) }
        }
        try naming(file) {
            try begin(
                TableStream.read(file.pointer, form, store, readsFields: readsFields) { reader, bytes, fields in
                    try begin(reader)
                    try body(reader, bytes, fields)
                })
        }
    }

    /// What is wrong with a table, and what leaves it out.
    private static func leftOut(_ file: DataFile, _ problem: String) -> VxError {
        let form = TableForm(name: file.path)?.rawValue ?? "csv"
        return VxError("\(file.path): \(problem)", hint: "'vx clean' with 'format: \(form)' leaves such files out")
    }

    /// What `body` gives of a table; what is wrong with that is told with its name.
    private static func naming<Value>(_ file: DataFile, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as TableError {
            throw leftOut(file, "\(error)")
        }
    }

    private struct Found: Error { var text: String }

    /// What a row says in a column; nothing where the table has no such row.
    static func text(of column: String, line: Int, _ file: DataFile, _ store: Store) throws -> String {
        do {
            try stream(file, store) { reader, _, fields in
                guard reader.line == line, let place = reader.columns.firstIndex(of: column) else { return }
                throw Found(text: String(decoding: fields[place], as: UTF8.self))
            }
            return ""
        } catch let found as Found {
            return found.text
        }
    }

    /// - Parameter tables: each file with its rows.
    /// - Throws: where the times of some tables are numbers and dates: those have no order.
    static func requireOneKind(
        _ tables: [(file: DataFile, rows: Range<Int>)], in examples: ExampleTable, column: String
    ) throws(VxError) {
        var first: (place: String, kind: TimePoint.Kind)?
        for (file, rows) in tables {
            for row in rows {
                guard let time = examples.time(row) else { continue }
                let (line, kind) = (examples.line(row), examples.moments[time].kind)
                guard let known = first else {
                    first = ("\(file.path): line \(line)", kind)
                    continue
                }
                if known.kind == kind { continue }
                func text(_ kind: TimePoint.Kind) -> String { kind == .number ? "a number" : "a date" }
                throw VxError(
                    .usage,
                    "\(file.path): line \(line): '\(column)' is \(text(kind)): '\(examples.text(ofTime: time))'",
                    because: "\(known.place) has \(text(known.kind)), and the two have no order",
                    hint: "let 'vx clean' leave one of them out: 'values: {\(column): {dtype: date}}'")
            }
        }
    }
}
