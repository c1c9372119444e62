import Testing
import VxModel

@testable import VxTable

@Suite("Tables") struct TableReaderTests {
    /// The rows of a text that comes in pieces of one size.
    private func rows(_ text: String, _ form: TableForm, piece: Int) throws -> [[String]] {
        let reader = TableReader(form)
        var rows: [[String]] = []
        func add(_: UnsafeRawBufferPointer, _ fields: [[UInt8]]) {
            rows.append(fields.map { String(decoding: $0, as: UTF8.self) })
        }
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: piece) {
            try bytes[start..<min(start + piece, bytes.count)].withUnsafeBytes { try reader.take($0, add) }
        }
        try reader.finish(add)
        return [reader.columns] + rows
    }

    @Test(arguments: [1, 2, 3, 7, 1000])
    func quotesMayHoldAnything(piece: Int) throws {
        let text = "a,b\r\n1,\"x,\"\"y\"\"\nz\"\r\n,\n\"\",last"
        #expect(try rows(text, .csv, piece: piece) == [["a", "b"], ["1", "x,\"y\"\nz"], ["", ""], ["", "last"]])
    }

    @Test func tabsAndObjects() throws {
        #expect(try rows("a\tb\n1\t2,3\n", .tsv, piece: 3) == [["a", "b"], ["1", "2,3"]])
        #expect(
            try rows("{\"b\": 1, \"a\": \"x\"}\n{\"a\": null}\n", .jsonl, piece: 5) == [
                ["a", "b"], ["x", "1"], ["", ""],
            ])
    }

    @Test("a member that earlier rows lack is one more column")
    func laterMembers() throws {
        let reader = TableReader(.jsonl)
        var found: [(fields: [[UInt8]], kinds: [FieldKind])] = []
        let text = "{\"b\":1}\n{\"c\":\"x\",\"a\":null,\"b\":2}\n{}\n"
        try Array(text.utf8).withUnsafeBytes { try reader.take($0) { found.append(($1, reader.kinds)) } }
        #expect(reader.columns == ["b", "a", "c"])
        #expect(found.map(\.fields) == [[[49]], [[50], [], [120]], [[], [], []]])
        #expect(found.map(\.kinds) == [[.json], [.json, .null, .text], [.absent, .absent, .absent]])
    }

    @Test("members whose names are data are refused")
    func tooManyMembers() throws {
        let most = TableReader.mostLaterMembers
        let text = "{\"a\":1}\n" + (0..<most).map { "{\"m\($0)\":1}\n" }.joined()
        #expect(try rows(text, .jsonl, piece: 4096)[0].count == most + 1)
        do {
            _ = try rows(text + "{\"one more\":1}\n", .jsonl, piece: 4096)
            Issue.record("nothing was thrown")
        } catch let error as TableError {
            #expect(error.description == "line 1002: over 1000 members that the first row does not have")
        }
    }

    @Test func numbersKeepTheirDigits() throws {
        let text = "{\"a\":18000000000000000001,\"b\":1.50,\"c\":[ 1e2, 2 ]}\n"
        #expect(try rows(text, .jsonl, piece: 7)[1] == ["18000000000000000001", "1.50", "[1e2,2]"])
    }

    @Test func aByteOrderMarkIsNoPartOfTheName() throws {
        #expect(try rows("\u{feff}a,b\n1,2\n", .csv, piece: 100)[0] == ["a", "b"])
    }

    @Test(arguments: [
        ("a,b\n1\n", "line 2: 1 fields, where the header has 2"),
        ("a,b\n1,2,3\n", "line 2: 3 fields, where the header has 2"),
        ("a,a\n", "line 1: the column 'a' is there twice"),
        ("a\n\"x\"y\n", "line 2: something follows a closing double quote in field 1"),
        ("a\n\"x\n", "line 2: the last record ends inside double quotes"),
    ])
    func mistakesNameTheirLine(text: String, message: String) throws {
        do {
            _ = try rows(text, .csv, piece: 4)
            Issue.record("nothing was thrown")
        } catch let error as TableError {
            #expect(error.description == message)
        }
    }

    @Test(
        "UTF-16 is named as such, in either order of bytes and in every form",
        arguments: [[0xff, 0xfe], [0xfe, 0xff]])
    func utf16(mark: [UInt8]) throws {
        for form in [TableForm.csv, .tsv, .jsonl] {
            let reader = TableReader(form)
            #expect(throws: TableError(line: 1, reason: "it is UTF-16 text, not UTF-8")) {
                try (mark + [0x69, 0, 0x0a, 0]).withUnsafeBytes { try reader.take($0) { _, _ in } }
                try reader.finish { _, _ in }
            }
        }
    }
}
