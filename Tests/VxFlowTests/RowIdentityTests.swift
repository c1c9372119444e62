import Testing
import VxTable

@testable import VxFlow

@Suite("What a row says") struct RowIdentityTests {
    /// The contents of the rows of a table.
    private func contents(_ text: String, _ form: TableForm = .csv) throws -> [UInt128Key] {
        let reader = TableReader(form)
        var found: [UInt128Key] = []
        func add(_: UnsafeRawBufferPointer, _ fields: [[UInt8]]) {
            var identity = RowIdentity(reader.columns)
            found.append(UInt128Key(identity.digest(fields, reader.kinds)))
        }
        try Array(text.utf8).withUnsafeBytes { try reader.take($0, add) }
        try reader.finish(add)
        return found
    }

    @Test("the hash is the one that is documented")
    func golden() throws {
        #expect(try contents("v,id\nx,1")[0].high == 0xae4b_ee32_3288_d333)
        #expect(try contents("{\"v\": 18000000000000000001}", .jsonl)[0].high == 0xb3c5_edb4_a4d7_0e7b)
    }

    @Test("the order of the columns says nothing", arguments: [1, 2, 5, 40])
    func order(count: Int) throws {
        let names = (0..<count).map { "column \($0)" }
        let values = (0..<count).map { "\($0 * 7 % 5)" }
        let expected = try contents(names.joined(separator: ",") + "\n" + values.joined(separator: ",") + "\n")
        for turn in 0..<count {
            let order = names.indices.map { ($0 + turn) % count }.reversed()
            let text =
                order.map { names[$0] }.joined(separator: ",") + "\n" + order.map { values[$0] }.joined(separator: ",")
            #expect(try contents(text) == expected)
        }
    }

    @Test("another name, another value and another border between fields are another row")
    func differences() throws {
        let texts = ["age\n1", "weight\n1", "age\n2", "a,b\n12,", "a,b\n1,2", "a,b\n,12", "a\n12", "ab\n12"]
        let all = try texts.flatMap { try contents($0) }
        #expect(Set(all).count == texts.count)
    }

    @Test("JSON: numbers by their digits, and texts, null and nothing are four things")
    func json() throws {
        let texts = [
            #"{"x":18000000000000000001}"#, #"{"x":18000000000000000002}"#, #"{"x":[18000000000000000001]}"#,
            #"{"x":{"y":18000000000000000002}}"#, #"{"x":{"y":18000000000000000003}}"#, #"{"x":1}"#, #"{"x":"1"}"#,
            #"{"x":true}"#, #"{"x":"true"}"#, #"{"x":null}"#, #"{"x":""}"#, "{}", #"{"x":"null"}"#,
        ]
        #expect(Set(try contents(texts.joined(separator: "\n"), .jsonl)).count == texts.count)
    }

    @Test("JSON: white space, the order of members and escapes say nothing, nor which members other rows have")
    func jsonForms() throws {
        let texts = [
            #"{"a":{"x":[1,"é"],"y":2},"b":"/"}"#, #"{"b":"\/","a":{"y":2,"x":[1,"\u00e9"]}}"#,
            #"{"b":"/","c":1}"#, #"  { "b" : "/" , "a" : { "x" : [ 1 , "é" ] , "y" : 2 } }"#,
        ]
        let found = try contents(texts.joined(separator: "\n"), .jsonl)
        #expect(found[0] == found[1])
        #expect(found[0] == found[3])
        #expect(found[0] != found[2])
    }

    @Test("a table's text and a JSON string are the same value")
    func acrossForms() throws {
        #expect(try contents("a,b\nx,\n") == contents(#"{"b":"","a":"x"}"#, .jsonl))
    }

    @Test("nearly equal rows have the same words under the same names, the key aside")
    func near() {
        var identity = RowIdentity(["id", "note", "more"])
        var turned = RowIdentity(["more", "note", "id"])
        func near(_ identity: inout RowIdentity, _ key: Int, _ texts: String...) -> UInt128Key? {
            identity.near(texts.map { Array($0.utf8) }, NearText(), without: key, and: nil)
        }
        let one = near(&identity, 0, "1", "Hello, World", "")
        #expect(one == near(&identity, 0, "2", "hello  world!", "?"))
        #expect(one == near(&turned, 2, "", "hello world", "3"))
        #expect(one != near(&identity, 0, "1", "", "hello world"))
        #expect(one != near(&identity, 0, "1", "hello world", "x"))
        #expect(near(&identity, 0, "1", "!", "?") == nil)
        let seven = near(&identity, 0, "", "x", "7")
        for text in ["7.0", "+7", "7e0", "0.7e1", "007", " 7 "] { #expect(near(&identity, 0, "", "x", text) == seven) }
        for text in ["-7", "7.01", "70", "7e1", ".7"] { #expect(near(&identity, 0, "", "x", text) != seven) }
    }
}
