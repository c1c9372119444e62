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

    /// So many files are read before their rows are handed on: a few words for each of many small files do not add up.
    private static let batch = 1024

    /// Hands the rows of each file on, in the order of the files.
    ///
    /// - Parameters:
    ///   - labels: for each file.
    ///   - areSides: whether they are parts of tables that were divided before: a part may lack a column, and nothing is decided
    ///     over the rows.
    func read(
        _ files: [DataFile], _ labels: [Labels], areSides: Bool, _ take: (inout ExampleTable) throws -> Void
    ) throws {
        let (split, store) = (split, workspace.store)
        let hash = areSides ? nil : SideHash(seed: split.seed, shares: split.ratios)
        let spelling = NameSpelling(split.normalise)
        for start in stride(from: 0, to: files.count, by: Self.batch) {
            var tables = try workspace.pool.map(
                count: min(Self.batch, files.count - start), batch: 1, cancellation: workspace.cancellation
            ) { try Self.read(files[start + $0], labels[start + $0], split, store, hash, spelling) }
            for position in tables.indices { try take(&tables[position]) }
        }
    }

    private static func read(
        _ file: DataFile, _ labels: Labels, _ split: Configuration.Split, _ store: Store, _ hash: SideHash?,
        _ spelling: NameSpelling
    ) throws -> ExampleTable {
        var table = ExampleTable()
        var columns = Columns()
        var isKeyed = false
        if case .column = split.key { isKeyed = true }
        let near = split.nearDuplicates == false ? nil : NearText(keepsOrder: split.nearWordOrder == .keep)
        try stream(file, store) { reader, _, fields in
            if columns.count != fields.count {
                columns = Columns(reader.columns, split)
                // What stands may be from before there was the column: its rows have no key then.
                if reader.form != .jsonl, hash != nil { try columns.requireAll(reader.columns, file.path) }
            }
            let digest = columns.identity.digest(fields, reader.kinds)
            let content = UInt128Key(digest: digest)
            /// A name in its one spelling; `nil` where there is none.
            func name(_ position: Int?) -> [UInt8]? {
                guard let position, !Self.isMissing(fields[position], reader.kinds[position], reader.form) else {
                    return nil
                }
                return spelling.spelled(fields[position])
            }
            func value(_ position: Int?) -> String? { position.map { String(decoding: fields[$0], as: UTF8.self) } }
            let group = name(columns.group).map { String(decoding: $0, as: UTF8.self) } ?? labels.group
            let key = name(columns.key)
            let number = key.map(Self.number(ofKey:)) ?? 0
            table.append(
                .init(
                    content: content,
                    near: near.map { (columns.identity.near(fields, $0, without: columns.key) ?? content).mixed } ?? 0,
                    key: number, value: hash?.value(group: group, key: key ?? Array(digest)) ?? 0, line: reader.line),
                group: group, stratum: value(columns.stratum) ?? labels.stratum,
                time: try split.time.map { try time($0, value(columns.time) ?? "", file.path, reader.line) },
                key: group == nil || hash == nil ? nil : key,
                spelling: isKeyed ? key.map { Self.number(ofKey: NameSpelling.loosest.spelled($0)) } ?? 0 : nil)
        }
        if hash != nil, table.count > 0 { try columns.requireAll(columns.names, file.path) }
        return table
    }

    private static func number(ofKey key: [UInt8]) -> UInt64 {
        // Bytes that are no text are themselves.
        String(validating: key, as: UTF8.self).map(ExampleTable.number(ofKey:)) ?? max(1, RowHash.key(key).mixed)
    }

    /// Whether a field names nothing. JSON has a word for that; in CSV there are several.
    private static func isMissing(_ field: [UInt8], _ kind: FieldKind, _ form: TableForm) -> Bool {
        switch kind {
        case .absent, .null: true
        case .json: false
        case .text: form == .jsonl ? field.isEmpty : MissingValue.isMissing(field)
        }
    }

    private static func time(
        _ column: String, _ text: String, _ path: RepoPath, _ line: Int
    ) throws(VxError) -> TimePoint {
        if let time = TimePoint(String(text.trimmingPrefix { $0 == " " })) { return time }
        throw VxError(
            .usage, "\(path): line \(line): '\(column)' is no time: '\(text)'",
            because: "a time is a number, or a date as ISO 8601 writes it: 2024-03-01, 2024-03-01T12:00:00Z",
            hint: "let 'vx clean' make it one, or leave such files out: 'values: {\(column): {dtype: date}}'")
    }

    /// Where the columns a division asks for are.
    private struct Columns {
        var names: [String] = []
        var identity = RowIdentity()
        var key: Int?
        var group: Int?
        var stratum: Int?
        var time: Int?
        /// Columns that are asked for and not there.
        private var absent: [String] = []

        var count: Int { names.count }

        init() {}

        init(_ names: [String], _ split: Configuration.Split) {
            self.names = names
            identity = RowIdentity(names)
            if case .column(let name) = split.key { key = find(name) }
            if case .column(let name)? = split.group { group = find(name) }
            if case .column(let name)? = split.stratify { stratum = find(name) }
            if let name = split.time { time = find(name) }
        }

        private mutating func find(_ name: String) -> Int? {
            let position = names.firstIndex(of: name)
            if position == nil { absent.append(name) }
            return position
        }

        func requireAll(_ names: [String], _ path: RepoPath) throws(VxError) {
            guard let name = absent.first else { return }
            let near = Suggestion.nearest(to: name, among: names)
            throw VxError(
                .usage, "\(path) has no column '\(name)'", because: "its columns are \(names.joined(separator: ", "))",
                hint: near.map { "did you mean '\($0)'? Say so in 'split:' of vx.yaml" }
                    ?? "name one of them in 'split:' of vx.yaml")
        }
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
        do {
            try TableStream.read(file.pointer, form, store, readsFields: readsFields, body)
        } catch let error as TableError {
            throw VxError(
                "\(file.path): \(error)", hint: "'vx clean' with 'format: \(form.rawValue)' leaves such files out")
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
                guard let time = examples[row].time else { continue }
                let (line, kind) = (examples[row].line, examples.moments[time].kind)
                guard let known = first else {
                    first = ("\(file.path): line \(line)", kind)
                    continue
                }
                if known.kind == kind { continue }
                func text(_ kind: TimePoint.Kind) -> String { kind == .number ? "a number" : "a date" }
                throw VxError(
                    .usage, "\(file.path): line \(line): '\(column)' is \(text(kind)): '\(examples.time(time))'",
                    because: "\(known.place) has \(text(known.kind)), and the two have no order",
                    hint: "let 'vx clean' leave one of them out: 'values: {\(column): {dtype: date}}'")
            }
        }
    }
}
