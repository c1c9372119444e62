import Testing
import VxModel

@Suite("JSON in one form") struct JSONTextTests {
    private func canonical(_ text: String) throws -> String {
        _ = try JSONValue.parse(Array(text.utf8))
        return String(decoding: try JSONText.canonical(Array(text.utf8), at: 0..<text.utf8.count), as: UTF8.self)
    }

    @Test(arguments: [
        (" [ 1 , 2.50 ,\n-0 ] ", "[1,2.50,-0]"), ("{\"b\":1,\"a\":{}}", "{\"a\":{},\"b\":1}"),
        ("[]", "[]"), ("{ }", "{}"), ("[[],{\"a\":[null,true]}]", "[[],{\"a\":[null,true]}]"),
        ("\"a\\u0062\\/\\\"]\"", "\"ab/\\\"]\""), ("\"\u{7f}\"", "\"\\u007f\""), ("[\"\\\\\",1]", "[\"\\\\\",1]"),
        ("18000000000000000001", "18000000000000000001"),
    ])
    func forms(text: String, expected: String) throws {
        #expect(try canonical(text) == expected)
        #expect(try canonical(expected) == expected)
    }

    @Test func placesOfMembers() throws {
        let text = Array(#" {"a": [1, {"b": 2}] , "c":"}" } "#.utf8)
        let object = try #require(try JSONValue.object(text))
        let values = object.places.mapValues { String(decoding: text[$0], as: UTF8.self) }
        #expect(values == ["a": "[1, {\"b\": 2}]", "c": "\"}\""])
        #expect(object.members.count == 2)
        #expect(try JSONValue.object(Array(#"[{"a": 1}]"#.utf8)) == nil)
    }
}
