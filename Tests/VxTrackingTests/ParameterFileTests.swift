import SystemPackage
import Testing
import VxModel

@testable import VxTracking

@Suite struct ParameterFileTests {
    private func parse(_ text: String, _ path: RepoPath) throws -> [String: JSONValue] {
        try ParameterFile.parse(Array(text.utf8), path: path).values
    }

    @Test func readsJSONAsPythonWritesIt() throws {
        let values = try parse("{\"acc\": 0.5, \"loss\": NaN, \"max\": -Infinity, \"n\": 3}", "metrics.json")
        #expect(values["acc"] == 0.5)
        #expect(values["n"] == 3)
        #expect(values["loss"]?.doubleValue?.isNaN == true)
        #expect(values["max"] == .number(-.infinity))
    }

    @Test func readsYAMLByBothEndings() throws {
        #expect(try parse("a: {b: 1e-3}", "p.yaml") == ["a": ["b": 0.001]])
        #expect(try parse("a: no", "conf/p.YML") == ["a": "no"])
    }

    @Test(arguments: [
        ("{\"a\": }", "m.json", "m.json:1:7: this is not valid JSON"),
        ("[1]", "out/m.json", "out/m.json does not hold named values"),
        ("- 1", "p.yaml", "p.yaml does not hold named values"),
        ("# nothing", "p.yml", "p.yml is empty"),
        ("a: [", "p.yml", "p.yml:2:1: this is not valid YAML"),
        ("a=1", "p.ini", "p.ini cannot be read"),
        ("a=1", "params", "params cannot be read"),
    ])
    func namesTheFileThatIsBad(text: String, path: String, message: String) {
        let error = #expect(throws: VxError.self) { try parse(text, RepoPath(path)) }
        #expect(error?.message == message)
    }

    @Test func aMissingFileIsNil() throws {
        #expect(try ParameterFile.read("none.json", below: "/nonexistent") == nil)
    }

    @Test func flattensNames() {
        let rows = FlatValues.flatten(["a": ["b": 1, "c": ["d": [1, 2]]], "z": [:], "Z": "x", "val.loss": 2])
        #expect(rows.map(\.name) == ["Z", "a.b", "a.c.d", "val.loss", "z"])
        #expect(rows.map(\.value) == ["x", 1, [1, 2], 2, [:]])
    }

    @Test func noNameHidesAnother() {
        let rows = FlatValues.flatten(["a.b": 1, "a": ["b": 2]])
        #expect(rows.map(\.name) == ["\"a.b\"", "a.b"])
        #expect(rows.map(\.value) == [1, 2])
    }
}
