import Testing
import VxModel

@Suite struct JSONParserTests {
    private func parse(_ text: String, nonFinite: Bool = false) throws -> JSONValue {
        try JSONValue.parse(Array(text.utf8), allowsNonFinite: nonFinite)
    }

    @Test func readsEveryKindOfValue() throws {
        let value = try parse(" {\"a\":[1,-2.5,1e3,true,false,null,\"x\\n\\u00e9\\ud83d\\ude00\\/\"],\"b\":{}} ")
        #expect(value == ["a": [1, -2.5, 1000, true, false, .null, "x\né😀/"], "b": [:]])
    }

    @Test func integersStayIntegersUntilTheyDoNotFit() throws {
        guard case .integer(Int64.max) = try parse("9223372036854775807") else {
            Issue.record("not an integer"); return
        }
        guard case .large("9223372036854775808") = try parse("9223372036854775808") else {
            Issue.record("lost"); return
        }
    }

    @Test func nonFiniteNumbersOnlyOnRequest() throws {
        #expect(throws: JSONSyntaxError.self) { try parse("[NaN]") }
        guard case .array(let values) = try parse("[NaN, Infinity, -Infinity]", nonFinite: true) else { return }
        #expect(values.compactMap(\.doubleValue).count == 3)
        #expect(values[0].doubleValue?.isNaN == true)
        #expect(values[2] == .number(-.infinity))
    }

    @Test func canonicalTextReadsBack() throws {
        let value: JSONValue = ["z": [1, 2.5, "\u{1}\"\\"], "a": .null, "é": ["k": 1e-7]]
        #expect(try parse(value.canonical) == value)
        #expect(try parse(value.compact) == value)
    }

    @Test(arguments: [
        ("", 1, 1), ("{\n \"a\": }", 2, 7), ("[1,]", 1, 4), ("[1 2]", 1, 4), ("01", 1, 1), ("1.", 1, 3), ("-", 1, 2),
        ("{\"a\":1,\"a\":2}", 1, 8), ("\"a\nb\"", 1, 3), ("\"abc", 1, 1), ("\"\\ud800\"", 1, 2), ("\"\\x\"", 1, 2),
        ("nul", 1, 1), ("1 1", 1, 3), ("{a:1}", 1, 2), ("\"\\u12\"", 1, 4), ("'a'", 1, 1),
    ])
    func refusesWithThePlace(text: String, line: Int, column: Int) {
        let error = #expect(throws: JSONSyntaxError.self) { try parse(text) }
        #expect(error?.line == line)
        #expect(error?.column == column, "\(error?.reason ?? "")")
    }

    @Test func refusesBadBytesAndDeepNesting() {
        #expect(throws: JSONSyntaxError.self) { try JSONValue.parse([0x22, 0xff, 0x22]) }
        let deep = String(repeating: "[", count: 100_000)
        let error = #expect(throws: JSONSyntaxError.self) { try parse(deep) }
        #expect(error?.reason.contains("deeper") == true)
    }

    @Test func passesOverAByteOrderMark() throws {
        #expect(try JSONValue.parse([0xef, 0xbb, 0xbf, 0x31]) == 1)
    }
}
