import VxModel

/// Reads a table row by row from pieces of bytes.
///
/// The first record of CSV and TSV names the columns; a JSONL row names its own, and its columns are those of the first row.
package final class TableReader {
    /// The form of the table.
    package let form: TableForm
    /// The columns' names; empty before the first row.
    package private(set) var columns: [String] = []
    /// The bytes of the header, without a line end; empty for JSONL.
    package private(set) var header: [UInt8] = []
    /// Records read so far, the header included; the number of the line where no field spans lines.
    package private(set) var line = 0
    private var cutter: RecordCutter
    private var positions: [String: Int] = [:]

    package init(_ form: TableForm) {
        self.form = form
        cutter = RecordCutter(form)
    }

    private var separator: UInt8 { form == .tsv ? UInt8(ascii: "\t") : UInt8(ascii: ",") }

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

    private func malformed(_ reason: String) -> TableError { TableError(line: line, reason: reason) }

    private func record(
        _ bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer, [[UInt8]]) throws -> Void
    ) throws {
        line += 1
        if bytes.isEmpty { return }
        if form == .jsonl { return try body(bytes, try object(bytes)) }
        var bytes = bytes
        if line == 1, bytes.starts(with: [0xef, 0xbb, 0xbf]) {
            bytes = UnsafeRawBufferPointer(rebasing: bytes.dropFirst(3))
        }
        let fields: [[UInt8]]
        do throws(MalformedRecord) {
            fields = try RecordFields.split(bytes, separator: separator)
        } catch {
            throw malformed(error.reason)
        }
        if columns.isEmpty {
            columns = fields.map { String(decoding: $0, as: UTF8.self) }
            header = Array(bytes)
            var seen: Set<String> = []
            for name in columns where !seen.insert(name).inserted {
                throw malformed("the column '\(name)' is there twice")
            }
            return
        }
        guard fields.count == columns.count else {
            throw malformed("\(fields.count) fields, where the header has \(columns.count)")
        }
        try body(bytes, fields)
    }

    private func object(_ bytes: UnsafeRawBufferPointer) throws -> [[UInt8]] {
        let value: JSONValue
        do {
            value = try JSONValue.parse(Array(bytes), allowsNonFinite: true)
        } catch {
            throw malformed("column \(error.column): \(error.reason)")
        }
        guard case .object(let members) = value else { throw malformed("no JSON object") }
        if columns.isEmpty {
            columns = members.keys.sorted()
            positions = Dictionary(uniqueKeysWithValues: columns.enumerated().map { ($1, $0) })
        }
        var fields = [[UInt8]](repeating: [], count: columns.count)
        for (name, value) in members {
            guard let position = positions[name] else {
                throw malformed("the first row has no member '\(name)'")
            }
            switch value {
            case .null: break
            case .string(let text): fields[position] = Array(text.utf8)
            default: fields[position] = Array(value.compact.utf8)
            }
        }
        return fields
    }
}
