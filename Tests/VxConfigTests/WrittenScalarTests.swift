import Testing

@testable import VxConfig

@Suite("Scalars of a YAML text, with the lines they are written on")
struct WrittenScalarTests {
    private func lines(of run: String) throws -> [[String]] {
        let text = "clean:\n  checks:\n    - files: \"*\"\n      run: \(run)\n      name: after # a comment\n"
        let scalars = try YAMLNode.scalars(of: Array(text.utf8), name: "vx.yaml")
        #expect(scalars.last == WrittenScalar(text: "after", lines: ["after"]))
        let keys = scalars.firstIndex { $0.text == "run" }.map { $0 + 1 } ?? scalars.endIndex
        return scalars[keys...].prefix { $0.text != "name" }.map(\.lines)
    }

    @Test(
        "A scalar has what stands of it on each line, however it is written",
        arguments: [
            ("a b", ["a b"]), ("'a b'", ["'a b'"]), ("\"a \\x41\"", ["\"a \\x41\""]), ("&x !!str a", ["&x !!str a"]),
            ("|\n        a\n        b\n", ["a", "b"]), (">-\n        a\n\n        b", ["a", "b"]),
            ("|2\n        a\n          b # c\n", ["a", "b # c"]), ("a\n        b\n        c", ["a", "b", "c"]),
            ("'a\n        b'", ["'a", "b'"]), ("\"a \\\n        \\x41\"", ["\"a \\", "\\x41\""]),
            ("|\r\n        a\r\n        b\r", ["a", "b"]), ("ä ö\n        ü", ["ä ö", "ü"]),
        ] as [(String, [String])])
    func lines(_ run: String, _ expected: [String]) throws {
        #expect(try lines(of: run) == [expected])
    }

    @Test("Of a list on one line each element has its own part, and an alias has none")
    func flow() throws {
        let text = "[{run: &a x y}, {run: *a}, \"z\"]"
        let scalars = try YAMLNode.scalars(of: Array(text.utf8), name: "vx.yaml")
        #expect(scalars.map(\.lines) == [["run"], ["&a x y"], ["run"], ["\"z\""]])
    }

    @Test("A byte order mark before the text moves nothing")
    func mark() throws {
        let scalars = try YAMLNode.scalars(of: [0xef, 0xbb, 0xbf] + Array("run: a\n  b".utf8), name: "vx.yaml")
        #expect(scalars.map(\.lines) == [["run"], ["a", "b"]])
    }
}
