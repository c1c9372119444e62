import Testing
import VxModel

@testable import VxTable

@Suite("Double quotes of CSV and TSV") struct RecordQuotesTests {
    /// Fields as they are written, and what they say: a quote inside one that does not begin with it is a letter.
    private static let fields: [(text: String, value: String)] = [
        ("1", "1"), ("", ""), ("5\" pipe", "5\" pipe"), ("x\"", "x\""), ("a\"b\"c", "a\"b\"c"), ("a\"\"b", "a\"\"b"),
        ("\"\"", ""), ("\"q\"", "q"), ("\"two\nlines\"", "two\nlines"), ("\"x\"\"y\"", "x\"y"),
        ("\"\"\"\"", "\""), ("\"a\"\"\n\"\"b\"", "a\"\n\"b"), (" \"1", " \"1"), ("\"sep,\tarate\"", "sep,\tarate"),
        ("'", "'"), ("\"\n\"", "\n"), ("x\"\"", "x\"\""),
    ]

    @Test(
        "whatever fields stand beside each other, and however the pieces fall, rows and fields are read as they were written",
        arguments: [TableForm.csv, .tsv], 0..<12)
    func read(form: TableForm, seed: Int) throws {
        // Over the rows, each field comes beside each other one.
        func field(_ row: Int, _ column: Int) -> (text: String, value: String) {
            Self.fields[(row * (column + 1) + column * seed + row / Self.fields.count * column) % Self.fields.count]
        }
        let separator = form == .tsv ? "\t" : ","
        let columns = 1 + seed % 3
        let lineEnd = seed % 2 == 0 ? "\n" : "\r\n"
        let header = (0..<columns).map { seed % 4 == 0 ? "\"column\n\($0)\"" : "column\($0)" }
        let rows = (0..<60).compactMap { number -> [(text: String, value: String)]? in
            let row = (0..<columns).map { field(number, $0) }
            // A line without anything is no row.
            return columns == 1 && row[0].text.isEmpty ? nil : row
        }
        var text = seed % 3 == 0 ? "\u{feff}" : ""
        for line in [header] + rows.map({ $0.map(\.text) }) { text += line.joined(separator: separator) + lineEnd }
        let bytes = Array(text.utf8)
        for size in [1, 2, 3, 5, 64, bytes.count] {
            let reader = TableReader(form)
            var found: [[String]] = []
            for start in stride(from: 0, to: bytes.count, by: size) {
                try bytes[start..<min(bytes.count, start + size)].withUnsafeBytes {
                    try reader.take($0) { found.append($1.map { String(decoding: $0, as: UTF8.self) }) }
                }
            }
            try reader.finish { found.append($1.map { String(decoding: $0, as: UTF8.self) }) }
            #expect(reader.columns.count == columns)
            #expect(found == rows.map { $0.map(\.value) }, "pieces of \(size)")
        }
    }
}
