import Testing
import VxConfig
import VxSystem
import VxTable

@testable import VxFlow

/// `dtype` means what pandas means by it, and so pandera and Great Expectations, which look at what pandas has read.
///
/// What pandas reads was seen with pandas 3.1.1: `read_csv` of a column with the one value. pandera 0.35.0 says of a
/// column of that type what its type says.
@Suite("Types of columns") struct DtypeTests {
    /// A value of a CSV file, the type of the column pandas reads, and whether it takes the value for missing.
    private static let read: [(value: String, type: String, isMissing: Bool)] = [
        ("5", "int64", false), ("-3", "int64", false), ("+5", "int64", false), ("007", "int64", false),
        (" 5", "int64", false), ("5 ", "int64", false), ("20240102", "int64", false),
        ("9223372036854775807", "int64", false), ("9223372036854775808", "uint64", false),
        ("18446744073709551615", "uint64", false), ("1.0", "float64", false), ("1.5", "float64", false),
        ("1e3", "float64", false), (".5", "float64", false), ("5.", "float64", false), ("+.5", "float64", false),
        ("1E5", "float64", false), ("1e+3", "float64", false), ("1e39", "float64", false), ("1e999", "float64", false),
        ("inf", "float64", false), ("-inf", "float64", false), ("+inf", "float64", false), ("INF", "float64", false),
        ("Infinity", "float64", false), ("-Infinity", "float64", false), ("true", "bool", false),
        ("True", "bool", false), ("TRUE", "bool", false), ("tRuE", "bool", false), ("false", "bool", false),
        ("1_000", "str", false), ("1,000", "str", false), ("0x10", "str", false), ("yes", "str", false),
        ("no", "str", false), ("t", "str", false), (" true", "str", false), ("none", "str", false),
        ("abc", "str", false), ("1e", "str", false), ("1d5", "str", false), ("1.5f", "str", false), ("-", "str", false),
        ("+", "str", false), ("٣", "str", false), ("１", "str", false), ("2024-01-02", "str", false),
        ("2024-01-02T03:04:05Z", "str", false), ("", "float64", true), ("NA", "float64", true),
        ("N/A", "float64", true),
        ("n/a", "float64", true), ("<NA>", "float64", true), ("#N/A", "float64", true), ("#NA", "float64", true),
        ("nan", "float64", true), ("NaN", "float64", true), ("-nan", "float64", true), ("-NaN", "float64", true),
        ("null", "float64", true), ("NULL", "float64", true), ("None", "float64", true), ("1.#IND", "float64", true),
    ]

    private func fits(
        _ value: String, _ type: CleanCheck.ColumnType, _ form: TableForm = .csv, _ kind: FieldKind = .text
    )
        -> Bool
    {
        type.fits(value, kind, form, ValueForm.number(value))
    }

    @Test("a value of CSV is of the type that pandas gives its column, or of one that has room for all of that")
    func asPandas() {
        for (value, type, isMissing) in Self.read {
            #expect(MissingValue.isMissing(Array(value.utf8)) == isMissing, "\(value)")
            if isMissing { continue }
            #expect(fits(value, .int) == (type == "int64"), "\(value)")
            #expect(fits(value, .uint64) == (type == "uint64" || type == "int64" && !value.hasPrefix("-")), "\(value)")
            #expect(fits(value, .float) == ["int64", "uint64", "float64"].contains(type), "\(value)")
            #expect(fits(value, .bool) == (type == "bool"), "\(value)")
            #expect(fits(value, .str), "\(value)")
        }
    }

    @Test("integers have the range of their type, and a float32 no finite value it has no room for")
    func ranges() {
        #expect(fits("127", .int8) && !fits("128", .int8) && fits("-128", .int8) && !fits("-129", .int8))
        #expect(fits("32767", .int16) && !fits("32768", .int16) && fits("2147483647", .int32))
        #expect(!fits("2147483648", .int32) && fits("255", .uint8) && !fits("256", .uint8) && !fits("-1", .uint8))
        #expect(fits("65535", .uint16) && !fits("65536", .uint16) && !fits("4294967296", .uint32))
        #expect(fits("1e38", .float32) && !fits("1e39", .float32) && fits("inf", .float32) && fits("1e39", .float64))
    }

    @Test("a plain date is no datetime; minutes, fractions and offsets are read")
    func dates() {
        for text in [
            "2024-01-02 03:04", "2024-01-02T03:04:05", "2024-01-02 03:04:05.123", "2024-01-02T03:04:05Z",
            "2024-01-02T03:04:05+02:00",
        ] {
            #expect(fits(text, .datetime) && !fits(text, .date), "\(text)")
        }
        for text in ["2024-01-02", "2023-02-29", "2024-13-02", "20240102", "2024-01", "02/01/2024", "2024-01-02 25:00"]
        {
            #expect(!fits(text, .datetime), "\(text)")
        }
        #expect(fits("2024-02-29", .date) && !fits("2023-02-29", .date) && !fits("2024-01", .date))
    }

    @Test("JSON says itself what is a string and what is true")
    func json() {
        #expect(fits("5", .int, .jsonl, .json) && fits("5", .int, .jsonl, .text) && !fits("1.0", .int, .jsonl, .json))
        #expect(!fits("5", .str, .jsonl, .json) && fits("5", .str, .jsonl, .text) && !fits("[1]", .str, .jsonl, .json))
        #expect(fits("true", .bool, .jsonl, .json) && !fits("true", .bool, .jsonl, .text))
        #expect(fits("18446744073709551615", .uint64, .jsonl, .json) && !fits("[1]", .float, .jsonl, .json))
    }

    @Test(
        "unique: numbers of JSON and of a column of numbers are the same by their value, texts by their letters",
        arguments: [
            (["1", "1.0"], FieldKind.json, nil, 1), (["1", "1e0", "10"], .json, nil, 2),
            (["true", "false"], .json, nil, 2),
            (["1", "01", "1.0"], .text, nil, 3), (["1", " 1", "01", "+1"], .text, .int, 1),
            (["1.5", "1.50"], .text, .float, 1),
            (["12345678901234567890", "12345678901234567891"], .json, nil, 2), (["1", "1.0"], .text, .str, 2),
        ] as [([String], FieldKind, CleanCheck.ColumnType?, Int)])
    func unique(values: [String], kind: FieldKind, type: CleanCheck.ColumnType?, kept: Int) throws {
        var rule = CleanCheck.Column(name: "id")
        rule.unique = true
        rule.types = type.map { [$0] } ?? []
        var column = try ColumnCheck(rule, at: 0)
        var count = 0
        for value in values {
            let fields = [Array(value.utf8)]
            let form: TableForm = kind == .json ? .jsonl : .csv
            #expect(try column.problem(fields, [kind], form, Cancellation()) == nil)
            if column.repetition(fields) == nil {
                column.keep()
                count += 1
            }
        }
        #expect(count == kept)
    }

    @Test(
        "isin: the allowed values are the same by what makes a value unique",
        arguments: [
            (["1", "1.0", "01", "+1", " 1", "1e0", "2.00", "3", "11"], FieldKind.text, .float, 7),
            (["1", "01", "+1", " 1", "1 ", "3"], .text, .int, 5), (["1", "1.0", "01", "2"], .text, .str, 2),
            (["1", "1.0", "01", "2"], .text, nil, 2), (["1", "1.0", "1e0", "20e-1", "3", "true"], .json, nil, 4),
            (["inf", "Infinity", "+INF", "-inf"], .text, .float, 3),
        ] as [([String], FieldKind, CleanCheck.ColumnType?, Int)])
    func isin(values: [String], kind: FieldKind, type: CleanCheck.ColumnType?, kept: Int) throws {
        var rule = CleanCheck.Column(name: "id")
        rule.isin = ["1", "2", "inf"]
        rule.types = type.map { [$0] } ?? []
        var column = try ColumnCheck(rule, at: 0)
        let found = try values.filter {
            try column.problem([Array($0.utf8)], [kind], kind == .json ? .jsonl : .csv, Cancellation()) == nil
        }
        #expect(found.count == kept, "\(found)")
    }

    @Test("unique: a text of JSON is no number")
    func uniqueTexts() throws {
        var rule = CleanCheck.Column(name: "id")
        rule.unique = true
        var column = try ColumnCheck(rule, at: 0)
        for kind in [FieldKind.json, .text] {
            #expect(try column.problem([[0x31]], [kind], .jsonl, Cancellation()) == nil)
            #expect(column.repetition([[0x31]]) == nil)
            column.keep()
        }
    }
}
