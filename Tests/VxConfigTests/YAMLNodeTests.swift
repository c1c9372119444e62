import Testing
import VxModel

@testable import VxConfig

@Suite struct YAMLNodeTests {
    private func json(_ text: String) throws -> JSONValue? {
        try YAMLNode.parse(Array(text.utf8), name: "params.yaml")?.jsonValue(name: "params.yaml")
    }

    private func failure(_ text: String) -> VxError? {
        #expect(throws: VxError.self) { try json(text) }
    }

    @Test func resolvesScalarsByTheCoreSchema() throws {
        let text = """
            lr: 1e-3
            half: .5
            count: 12
            signed: +3
            hex: 0xff
            octal: 0o17
            yes: yes
            no: no
            on: True
            nothing:
            tilde: ~
            quoted: "12"
            single: 'true'
            tagged: !!str 7
            version: 1.2.3
            date: 2024-01-02
            dash: "-"
            block: |
              two
              lines
            list: [a, 1, 1.5, null]
            """
        #expect(
            try json(text) == [
                "lr": 0.001, "half": 0.5, "count": 12, "signed": 3, "hex": 255, "octal": 15, "yes": "yes", "no": "no",
                "on": true, "nothing": .null, "tilde": .null, "quoted": "12", "single": "true", "tagged": "7",
                "version": "1.2.3", "date": "2024-01-02", "dash": "-", "list": ["a", 1, 1.5, .null],
                "block": "two\nlines\n",
            ])
    }

    @Test("a byte order mark before the text is no part of it")
    func byteOrderMark() throws {
        #expect(try json("\u{feff}a: 1\nb: 2\n") == ["a": 1, "b": 2])
        #expect(failure("\u{feff}a: 1\n b: 2\n")?.description.contains("params.yaml:2:") == true)
        #expect(try json("\u{feff}") == nil)
    }

    @Test(
        "integers keep every digit, whatever their size and base",
        arguments: [
            ("18446744073709551615", "18446744073709551615"), ("-9223372036854775809", "-9223372036854775809"),
            ("+18446744073709551616", "18446744073709551616"), ("0xffffffffffffffff", "18446744073709551615"),
            ("0x10000000000000000", "18446744073709551616"), ("0o7777777777777777777777777", "37778931862957161709567"),
            ("0xde0b6b3a7640000000000000", "68719476736000000000000000000"),
        ])
    func largeIntegers(text: String, digits: String) {
        #expect(YAMLScalar.resolve(text) == .large(digits))
    }

    @Test func readsNumbersThatAreNotFinite() {
        #expect(YAMLScalar.resolve(".inf") == .number(.infinity))
        #expect(YAMLScalar.resolve("-.INF") == .number(-.infinity))
        #expect(YAMLScalar.resolve(".nan").doubleValue?.isNaN == true)
        #expect(YAMLScalar.resolve("nan") == "nan")
    }

    @Test(arguments: [".", "-", "+", "e3", "1e", "1e+", "0x", "0x-1", "1_000", "1.2.3", "--1", "0b1", "12:30"])
    func leavesTheRestStrings(text: String) {
        #expect(YAMLScalar.resolve(text) == .string(text))
    }

    @Test func keepsPlaces() throws {
        let node = try #require(try YAMLNode.parse(Array("a: 1\nb:\n  - x\n  - y\n".utf8), name: "f"))
        guard case .mapping(let entries) = node.content, case .sequence(let elements) = entries[1].value.content else {
            Issue.record("not the tree expected")
            return
        }
        #expect(entries.map(\.key) == ["a", "b"])
        #expect(entries[1].position == YAMLPosition(line: 2, column: 1))
        #expect(elements[1].position == YAMLPosition(line: 4, column: 5))
    }

    @Test func resolvesAliasesAndMerges() throws {
        let text = """
            base: &base {lr: 0.1, layers: 2}
            small:
              <<: *base
              layers: 1
            same: *base
            """
        let value = try json(text)
        #expect(value?["small"] == ["lr": 0.1, "layers": 1])
        #expect(value?["same"] == ["lr": 0.1, "layers": 2])
    }

    @Test func anEmptyFileHasNoDocument() throws {
        #expect(try json("") == nil)
        #expect(try json("# only a comment\n") == nil)
    }

    @Test func syntaxErrorsNameThePlaceAndWhatLibyamlSaid() {
        let error = failure("a: 1\nb: [1, 2\nc: 3\n")
        #expect(error?.message.hasPrefix("params.yaml:3:") == true, "\(error?.message ?? "")")
        #expect(error?.code == .failed)
        #expect(error?.causes.first?.contains("flow sequence") == true)
        #expect(error?.hint != nil)
    }

    @Test(arguments: [
        ("a: 1\nb: 2\na: 3", "params.yaml:3:1: the key 'a' is given twice"),
        ("a: *b", "params.yaml:1:4: the alias '*b' names nothing"),
        ("a: &x [1, *x]", "params.yaml:1:11: the alias '*x' stands inside what it names"),
        ("a: 1\n---\nb: 2", "params.yaml:2:1: a second document starts here"),
        ("[a]: 1", "params.yaml:1:1: a key must be a single value"),
        ("a: !!python/object:x 1", "params.yaml:1:4: the tag 'tag:yaml.org,2002:python/object:x' is not known"),
        ("a: {<<: 3}", "params.yaml:1:9: '<<' merges mappings, found a number"),
    ])
    func refuses(text: String, message: String) {
        #expect(failure(text)?.message == message)
    }

    @Test func refusesBytesThatAreNotUTF8() {
        let error = #expect(throws: VxError.self) { try YAMLNode.parse(Array("a: 1\nb: ".utf8) + [0xff], name: "f") }
        #expect(error?.message == "f:2:4: this is not UTF-8 text")
    }

    @Test func limitsSizeDepthAndExpansion() {
        let large = [UInt8](repeating: UInt8(ascii: "#"), count: YAMLNode.maximumBytes + 1)
        #expect(throws: VxError.self) { try YAMLNode.parse(large, name: "f") }
        #expect(failure(String(repeating: "[", count: 65))?.message.contains("deeper than 64") == true)
        #expect(throws: Never.self) {
            try json(String(repeating: "[", count: 64) + String(repeating: "]", count: 64))
        }
        let nested = "a: &a " + String(repeating: "[", count: 40) + String(repeating: "]", count: 40)
        let deep = nested + "\nb: " + String(repeating: "[", count: 40) + "*a" + String(repeating: "]", count: 40)
        #expect(failure(deep)?.message.contains("deeper than 64") == true)
        var laughs = "l0: &l0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...9 {
            let aliases = Array(repeating: "*l\(level - 1)", count: 10).joined(separator: ", ")
            laughs += "l\(level): &l\(level) [\(aliases)]\n"
        }
        #expect(failure(laughs)?.message.contains("aliases stand for more than") == true)
    }
}
