import VxConfig
import VxModel
import VxStore
import VxSystem
import VxTable
import VxWorkspace

/// Tables, row by row.
extension FileChecker {
    /// - Returns: what is wrong with the table as a whole, or with its first row that fails where that leaves the file out.
    func table(
        _ pointer: Pointer, _ form: TableForm, _ check: CleanCheck, _ judgement: inout Judgement
    ) throws -> Failure? {
        let passed = judgement.dropped.rows
        var rules = TableRules(check, schemas[check])
        var tally = RowTally()
        var rows = 0
        func fail(_ problem: RowProblem, _ line: Int) throws {
            if check.onFail == .dropFile {
                throw Found(failure: Failure(check: problem.check, reason: problem.reason(line: line)))
            }
            tally.add(problem, line: line)
        }
        func malformed(_ error: TableError) throws {
            rows += 1
            if passed.contains(error.line) { return }
            try fail(
                RowProblem(check: "format", rule: "it is no well-formed row", detail: error.reason), error.line)
        }
        do {
            let reader = try TableStream.read(pointer, form, store, malformedRow: malformed) { reader, row, fields in
                try cancellation.check()
                rows += 1
                if passed.contains(reader.line) { return }
                try rules.prepare(reader)
                if let problem = try rules.problem(reader, row, fields, cancellation) { try fail(problem, reader.line) }
            }
            try rules.prepare(reader)
        } catch let found as Found {
            return found.failure
        } catch let error as TableError {
            return Failure(check: "format", reason: error.description)
        }
        if check.onFail == .dropRows {
            (judgement.rows, judgement.form) = (rows, form)
            judgement.dropped.add(tally)
        } else if let first = tally.rules.first {
            judgement.warnings.append(
                .init(
                    check: first.check, reason: "\(tally.rows.count) of \(rows) rows fail: \(first.first)",
                    rows: tally.rows.count))
        }
        return rules.finalProblem.map { Failure(check: "values", reason: $0) }
    }
}

/// What a check declares of a table.
private struct TableRules {
    private let check: CleanCheck
    private let schema: JSONSchema?
    private var columns: [ColumnCheck]?

    init(_ check: CleanCheck, _ schema: JSONSchema?) {
        self.check = check
        self.schema = schema
    }

    /// Looks at the header, once it is known.
    mutating func prepare(_ reader: TableReader) throws {
        if columns != nil { return }
        if let reason = Self.headerProblem(reader) {
            throw FileChecker.Found(failure: .init(check: "format", reason: reason))
        }
        if let expected = check.columns, expected != reader.columns {
            throw FileChecker.Found(failure: .init(check: "columns", reason: Self.others(reader.columns, expected)))
        }
        columns = try check.values.map { rule in
            guard let position = reader.columns.firstIndex(of: rule.name) else {
                let found = reader.columns.joined(separator: ", ")
                throw FileChecker.Found(
                    failure: .init(
                        check: "values", reason: "there is no column '\(rule.name)'; there are \(found)"))
            }
            return try ColumnCheck(rule, at: position)
        }
    }

    /// What is wrong with a row; where nothing is, the row is taken for one that stays.
    mutating func problem(
        _ reader: TableReader, _ row: UnsafeRawBufferPointer, _ fields: [[UInt8]], _ cancellation: Cancellation
    ) throws -> RowProblem? {
        // In JSONL a row may bring a member that the first does not have.
        if let expected = check.columns, expected.count < reader.columns.count,
            reader.kinds[expected.count...].contains(where: { $0 != .absent })
        {
            return RowProblem(
                check: "columns", rule: "it has columns that are not declared",
                detail: Self.others(reader.columns, expected))
        }
        if let schema, let problem = schema.problem(try JSONValue.parse(Array(row), allowsNonFinite: true)) {
            return RowProblem(check: "json-schema", rule: problem.rule, detail: problem.detail)
        }
        guard var columns else { return nil }
        self.columns = nil
        defer { self.columns = columns }
        for position in columns.indices {
            if let problem = try columns[position].problem(fields, reader.kinds, reader.form, cancellation) {
                return problem
            }
        }
        if fields.contains(where: { Self.isNoText($0) }) {
            return RowProblem(check: "format", rule: "it is no UTF-8 text")
        }
        if let problem = columns.lazy.compactMap({ $0.repetition(fields) }).first { return problem }
        for position in columns.indices { columns[position].keep() }
        return nil
    }

    /// What is wrong with the rows that stay, all together.
    var finalProblem: String? { (columns ?? []).compactMap(\.finalProblem).first }

    private static func others(_ found: [String], _ expected: [String]) -> String {
        "its columns are \(found.joined(separator: ", ")), not \(expected.joined(separator: ", "))"
    }

    private static func isNoText(_ bytes: [UInt8]) -> Bool {
        bytes.contains(0) || String(validating: bytes, as: UTF8.self) == nil
    }

    private static func headerProblem(_ reader: TableReader) -> String? {
        if reader.form == .jsonl { return nil }
        if reader.columns.isEmpty { return "it has no header" }
        if isNoText(reader.header) { return "the header: it is no UTF-8 text" }
        return reader.lineEndProblem
    }
}
