import VxModel

/// What the bytes of a field stand for.
package enum FieldKind: UInt8, Sendable {
    /// The object has no such member; there are no bytes.
    case absent = 0
    /// JSON's `null`; there are no bytes.
    case null = 1
    /// The bytes are the value itself.
    case text = 2
    /// A number, a truth value, a list or an object: the bytes are JSON.
    case json = 3
}

/// Takes the rows of a CSV or TSV table apart.
package struct RowFields: Sendable {
    package let form: TableForm
    /// How many fields the header has; `nil` for the header itself.
    private let count: Int?

    package init(_ form: TableForm, count: Int?) {
        self.form = form
        self.count = count
    }

    /// The fields of a row, quotes taken off.
    ///
    /// - Parameter line: where the row is, for what is wrong with it.
    /// - Throws: where there are more or fewer than the header has, or something follows a closing quote.
    package func split(_ row: UnsafeRawBufferPointer, line: Int) throws(TableError) -> [[UInt8]] {
        let separator = form == .tsv ? UInt8(ascii: "\t") : UInt8(ascii: ",")
        let fields: [[UInt8]]
        do throws(MalformedRecord) {
            fields = try RecordFields.split(row, separator: separator, expecting: count ?? 0)
        } catch {
            throw TableError(line: line, reason: error.reason)
        }
        guard let count, fields.count != count else { return fields }
        throw TableError(line: line, reason: "\(fields.count) fields, where the header has \(count)")
    }
}

/// Reads a table row by row from pieces of bytes.
///
/// The first record of CSV and TSV names the columns. A JSONL row names its own: a member that no row before had is one
/// more column at the end, absent from the rows before.
package final class TableReader {
    /// The form of the table.
    package let form: TableForm
    /// The columns' names; empty before the first row. In JSONL there may be more of them after each row.
    package private(set) var columns: [String] = []
    /// What each field of the row that is being given is.
    package private(set) var kinds: [FieldKind] = []
    /// The bytes of the header, without a line end; empty for JSONL.
    package private(set) var header: [UInt8] = []
    /// Records read so far, the header included; the number of the line where no field spans lines.
    package private(set) var line = 0
    /// Told of a row that is malformed and stands on a line of its own, where reading is to go on behind it.
    private let malformedRow: ((TableError) throws -> Void)?
    private let readsFields: Bool
    private var cutter: RecordCutter
    private var positions: [String: Int] = [:]
    /// Columns of the first row.
    private var firstCount = 0
    /// The most members that only later rows have: names that are data would make every row as wide as the table is long.
    package static let mostLaterMembers = 1000

    /// - Parameter malformedRow: told of each malformed row, which is then passed over; `nil` where the first one ends the
    ///   reading. A row that spans lines ends it in any case, as a double quote may have swallowed others.
    /// - Parameter readsFields: whether rows are given with their fields; without, they are taken as they stand.
    package init(
        _ form: TableForm, malformedRow: ((TableError) throws -> Void)? = nil, readsFields: Bool = true
    ) {
        self.form = form
        self.readsFields = readsFields
        self.malformedRow = malformedRow
        cutter = RecordCutter(form)
    }

    /// Takes the next piece; calls `body` for each row with its bytes and its fields in the order of ``columns``.
    ///
    /// - Throws: ``TableError`` for a ragged or malformed row; what `body` throws.
    package func take(
        _ piece: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer, [[UInt8]]) throws -> Void
    ) throws {
        do {
            try cutter.take(piece) { try self.record($0, body) }
        } catch let error as MalformedRecord {
            throw TableError(line: line + 1, reason: error.reason)
        }
    }

    /// Gives the last row where it has no line end.
    ///
    /// - Throws: as ``take(_:_:)``.
    package func finish(_ body: (UnsafeRawBufferPointer, [[UInt8]]) throws -> Void) throws {
        do {
            try cutter.finish { try self.record($0, body) }
        } catch let error as MalformedRecord {
            throw TableError(line: line + 1, reason: error.reason)
        }
    }

    /// What is wrong with the ends of the lines, once the header is read: a file with those of the 1980s is one header and no
    /// row. Inside quotes a carriage return belongs to a name.
    package var lineEndProblem: String? {
        guard form != .jsonl, header.contains(13), !header.contains(UInt8(ascii: "\"")) else { return nil }
        return "its lines end with a carriage return alone"
    }

    private func malformed(_ reason: String) -> TableError { TableError(line: line, reason: reason) }

    private func record(
        _ bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer, [[UInt8]]) throws -> Void
    ) throws {
        line += 1
        if line == 1, bytes.starts(with: [0xff, 0xfe]) || bytes.starts(with: [0xfe, 0xff]) {
            throw malformed("it is UTF-16 text, not UTF-8")
        }
        if bytes.isEmpty { return }
        if !readsFields, form == .jsonl || !columns.isEmpty { return try body(bytes, []) }
        if form == .jsonl {
            guard let fields = try passing(over: bytes, { try object(bytes) }) else { return }
            return try body(bytes, fields)
        }
        var bytes = bytes
        if line == 1, bytes.starts(with: [0xef, 0xbb, 0xbf]) {
            bytes = UnsafeRawBufferPointer(rebasing: bytes.dropFirst(3))
        }
        if columns.isEmpty {
            let fields = try RowFields(form, count: nil).split(bytes, line: line)
            columns = fields.map { String(decoding: $0, as: UTF8.self) }
            kinds = .init(repeating: .text, count: columns.count)
            header = Array(bytes)
            var seen: Set<String> = []
            for name in columns where !seen.insert(name).inserted {
                throw malformed("the column '\(name)' is there twice")
            }
            return
        }
        let row = try passing(over: bytes) {
            try RowFields(form, count: columns.count).split(bytes, line: line)
        }
        if let row { try body(bytes, row) }
    }

    /// What a row is read as; `nil` where it is malformed and may be passed over.
    private func passing(over bytes: UnsafeRawBufferPointer, _ read: () throws -> [[UInt8]]) throws -> [[UInt8]]? {
        guard let malformedRow else { return try read() }
        do {
            return try read()
        } catch let error as TableError where !bytes.contains(UInt8(ascii: "\n")) {
            try malformedRow(error)
            return nil
        }
    }

    private func object(_ bytes: UnsafeRawBufferPointer) throws -> [[UInt8]] {
        let bytes = Array(bytes)
        let object: (members: [String: JSONValue], places: [String: Range<Int>])?
        do {
            object = try JSONValue.object(bytes, allowsNonFinite: true)
        } catch {
            throw malformed("column \(error.column): \(error.reason)")
        }
        guard let object else { throw malformed("no JSON object") }
        try addColumns(object.members)
        var fields = [[UInt8]](repeating: [], count: columns.count)
        kinds = .init(repeating: .absent, count: columns.count)
        for (name, value) in object.members {
            guard let position = positions[name], let place = object.places[name] else { continue }
            switch value {
            case .null: kinds[position] = .null
            case .string(let text): (kinds[position], fields[position]) = (.text, Array(text.utf8))
            // As it is written: a double does not hold every integer.
            case .bool, .integer, .large, .number: (kinds[position], fields[position]) = (.json, Array(bytes[place]))
            case .array, .object:
                (kinds[position], fields[position]) = (.json, try JSONText.canonical(bytes, at: place))
            }
        }
        return fields
    }

    private func addColumns(_ members: [String: JSONValue]) throws {
        if columns.isEmpty {
            firstCount = members.count
        } else if members.keys.allSatisfy({ positions[$0] != nil }) {
            return
        }
        let new = members.keys.filter { positions[$0] == nil }.sorted()
        // Before any is taken: the row may be left out, and the table be read on.
        guard columns.count + new.count - firstCount <= Self.mostLaterMembers else {
            throw malformed("over \(Self.mostLaterMembers) members that the first row does not have")
        }
        for name in new {
            positions[name] = columns.count
            columns.append(name)
        }
    }
}
