import Testing
import VxModel

/// JSON Schema, as Python's jsonschema 4.26 says of the same values (draft 2020-12 where a schema names none).
@Suite("JSON Schema") struct JSONSchemaTests {
    private func json(_ text: String) throws -> JSONValue { try JSONValue.parse(Array(text.utf8)) }

    @Test(
        "values fit or do not",
        arguments: [
            (#"{"type": "integer"}"#, ["1", "1.0", "18446744073709551615"], ["1.5", "true", #""1""#, "null"]),
            (#"{"type": ["string", "null"]}"#, [#""""#, "null"], ["0", "[]"]),
            (#"{"const": 1}"#, ["1", "1.0"], ["true", "2"]),
            (#"{"enum": [[1], {"a": 1.0}, false]}"#, ["[1.0]", #"{"a": 1}"#, "false"], ["0", "[]"]),
            (#"{"multipleOf": 0.5}"#, ["1", "1.5", #""x""#], ["1.2"]),
            (#"{"minimum": 1, "exclusiveMaximum": 3}"#, ["1", "2.9"], ["0.9", "3"]),
            (
                #"{"maximum": 3, "exclusiveMaximum": true, "$schema": "http://json-schema.org/draft-04/schema"}"#,
                ["2.9"], ["3"]
            ),
            (#"{"minLength": 2, "maxLength": 3}"#, [#""äö""#, #""😀😀😀""#, "5"], [#""a""#, #""abcd""#]),
            (#"{"pattern": "^a.c$|x"}"#, [#""abc""#, #""\nuxu\n""#, "1"], [#""ac""#, #""abcd""#]),
            (#"{"items": {"type": "string"}, "maxItems": 2}"#, ["[]", #"["a"]"#, "{}"], ["[1]", #"["a","b","c"]"#]),
            (#"{"prefixItems": [{"const": 1}], "items": false}"#, ["[1]", "[]"], ["[2]", "[1,1]"]),
            (#"{"items": [{"const": 1}], "additionalItems": false}"#, ["[1]"], ["[1,1]"]),
            (#"{"contains": {"minimum": 5}, "maxContains": 2}"#, ["[5]", "[1,6,7]"], ["[]", "[5,6,7]"]),
            (#"{"contains": {"minimum": 5}, "minContains": 0}"#, ["[]"], []),
            (#"{"uniqueItems": true}"#, ["[1,true]"], ["[1,1.0]", "[{},{}]"]),
            (#"{"required": ["a"], "minProperties": 2}"#, [#"{"a":1,"b":1}"#, "1"], [#"{"a":1}"#, #"{"b":1,"c":1}"#]),
            (
                #"{"properties": {"a": {"type": "null"}}, "patternProperties": {"^x": {"type": "string"}}, "additionalProperties": false}"#,
                [#"{"a":null,"xy":""}"#], [#"{"a":1}"#, #"{"x":1}"#, #"{"b":1}"#]
            ),
            (#"{"propertyNames": {"maxLength": 1}}"#, [#"{"a":1}"#], [#"{"ab":1}"#]),
            (#"{"dependentRequired": {"a": ["b"]}}"#, [#"{"b":1}"#, #"{"a":1,"b":1}"#], [#"{"a":1}"#]),
            (
                #"{"dependencies": {"a": ["b"], "c": {"maxProperties": 1}}}"#, [#"{"c":1}"#],
                [#"{"a":1}"#, #"{"c":1,"b":1}"#]
            ),
            (#"{"allOf": [{"minimum": 1}, {"maximum": 2}]}"#, ["1", "2"], ["0", "3"]),
            (#"{"anyOf": [{"minimum": 5}, {"maximum": 2}]}"#, ["5", "2"], ["3"]),
            (#"{"oneOf": [{"minimum": 1}, {"maximum": 2}]}"#, ["0", "3"], ["1"]),
            (#"{"not": {"type": "string"}}"#, ["1"], [#""a""#]),
            (
                #"{"if": {"minimum": 5}, "then": {"multipleOf": 5}, "else": {"multipleOf": 2}}"#, ["10", "4"],
                ["6", "3"]
            ),
            (
                ##"{"$ref": "#/$defs/a~1b", "$defs": {"a/b": {"type": "array", "items": {"$ref": "#"}}}}"##,
                ["[]", "[[[]]]"], ["1", "[[1]]"]
            ),
            ("true", ["1"], []), ("false", [], ["1", "null"]),
        ] as [(String, [String], [String])])
    func fits(schema: String, valid: [String], invalid: [String]) throws {
        let read = try JSONSchema(try json(schema))
        for value in valid { #expect(read.problem(try json(value)) == nil, "\(value)") }
        for value in invalid { #expect(read.problem(try json(value)) != nil, "\(value)") }
    }

    @Test("a complaint says where in the value and which keyword, the same rule for every value")
    func complaints() throws {
        let schema = try JSONSchema(json(#"{"properties": {"a": {"items": {"maximum": 3}}}}"#))
        let problem = schema.problem(try json(#"{"a": [1, 5]}"#))
        #expect(problem?.detail == "'/a/1' is above maximum 3: 5")
        #expect(problem?.rule == "it does not fit 'maximum' of '#/properties/a/items'")
        #expect(schema.problem(try json(#"{"a": [9]}"#))?.rule == problem?.rule)
    }

    @Test(
        "what cannot be asked is refused, with its place",
        arguments: [
            (#"{"properties": {"a": {"type": "objekt"}}}"#, "/properties/a/type"),
            (#"{"unevaluatedProperties": false}"#, "/unevaluatedProperties"),
            (#"{"$ref": "other.json"}"#, "/$ref"), (##"{"$ref": "#/none"}"##, "/none"),
            (#"{"pattern": "(a)\\1"}"#, "/pattern"),
            (#"{"minLength": -1}"#, "/minLength"), (#"{"allOf": []}"#, "/allOf"), ("[]", ""), (#"{"not": 1}"#, "/not"),
        ])
    func malformed(schema: String, place: String) throws {
        let value = try json(schema)
        let error = #expect(throws: JSONSchema.Malformed.self) { try JSONSchema(value) }
        #expect(error?.place == place)
    }

    @Test("a schema that refers to itself without end refuses, and ends")
    func endless() throws {
        #expect(
            try JSONSchema(json(##"{"$ref": "#"}"##)).problem(.null)?.detail
                == "the schema refers to itself without end")
    }

    @Test("references one after the other, a hundred thousand of them, are read")
    func chain() throws {
        let places = (0..<100_000).map { ##""\##($0)": {"$ref": "#/definitions/\##($0 + 1)"}"## }
        let text =
            ##"{"definitions": {\##(places.joined(separator: ", ")), "100000": true}, "$ref": "#/definitions/99990"}"##
        let schema = try JSONSchema(json(text))
        #expect(schema.problem(.null) == nil)
        // From the first on, the chain is deeper than a value is followed.
        let long = try JSONSchema(json(text.replacing("definitions/99990", with: "definitions/0")))
        #expect(long.problem(.null) != nil)
    }

    @Test("a schema whose parts refer to each other twice each time ends, and says why", .timeLimit(.minutes(1)))
    func doubling() throws {
        let places = (0..<200).map { number in
            let next = ##"{"$ref": "#/definitions/\##(number + 1)"}"##
            return ##""\##(number)": {"anyOf": [\##(next), \##(next)]}"##
        }
        let text =
            ##"{"definitions": {\##(places.joined(separator: ", ")), "200": false}, "$ref": "#/definitions/100"}"##
        #expect(try JSONSchema(json(text)).problem(.null)?.rule.contains("too many steps") == true)
    }

    @Test("elements are told apart by value, however many there are")
    func unique() throws {
        let schema = try JSONSchema(json(#"{"uniqueItems": true}"#))
        let texts = (0..<100_000).map { "\"\($0)\"" }
        #expect(schema.problem(try json("[\(texts.joined(separator: ", "))]")) == nil)
        #expect(schema.problem(try json("[\(texts.joined(separator: ", ")), \"7\"]")) != nil)
        #expect(schema.problem(try json("[1, 2.0, \"1\", 1.0]")) != nil)
    }
}
