/// Reads a JSON Schema, each of its places once: what refers to a place gets its number.
struct JSONSchemaReader {
    private typealias Malformed = JSONSchema.Malformed

    private let root: JSONValue
    private var schemas: [JSONSchema.Schema] = []
    private var known: [[String]: Int] = [:]
    /// Places that have a number and are still to be read.
    private var waiting: [(index: Int, path: [String], value: JSONValue)] = []
    /// Up to draft 7, `$ref` stands for all of the schema it is in.
    private let isOld: Bool
    private let id: String?

    /// What the standard knows and this does not read.
    private static let unread = ["unevaluatedProperties", "unevaluatedItems", "$dynamicRef", "$recursiveRef"]

    init(_ root: JSONValue) {
        self.root = root
        isOld = root["$schema"]?.stringValue?.contains("/draft-0") == true
        id = root["$id"]?.stringValue ?? root["id"]?.stringValue
    }

    /// Reads what was asked for, one place after the other: `$ref` may lead from one to the next a hundred thousand times.
    mutating func finish() throws(JSONSchema.Malformed) -> [JSONSchema.Schema] {
        while let (index, path, value) = waiting.popLast() {
            switch value {
            case .bool(true): break
            case .bool(false): schemas[index].rules = [("false", .never)]
            case .object(let members):
                let rules = try self.rules(members, path)
                schemas[index].rules = rules
            default: throw Malformed(place: JSONSchema.pointer(path), reason: "a schema is an object, or true or false")
            }
        }
        return schemas
    }

    /// The number of the schema at a place.
    mutating func schema(at path: [String]) throws(JSONSchema.Malformed) -> Int {
        if let index = known[path] { return index }
        let place = JSONSchema.pointer(path)
        guard let value = Self.value(at: path, in: root) else {
            throw Malformed(place: place, reason: "there is nothing at '#\(place)'")
        }
        let index = schemas.count
        known[path] = index
        schemas.append(.init(place: place))
        waiting.append((index, path, value))
        return index
    }

    private static func value(at path: [String], in root: JSONValue) -> JSONValue? {
        path.reduce(root) { value, name in
            if case .array(let elements)? = value {
                return Int(name).flatMap { elements.indices.contains($0) ? elements[$0] : nil }
            }
            return value?[name]
        }
    }

    private mutating func rules(
        _ members: [String: JSONValue], _ path: [String]
    ) throws(JSONSchema.Malformed) -> [(String, JSONSchema.Rule)] {
        if let name = Self.unread.first(where: { members[$0] != nil }) {
            throw malformed(path, name, "vx does not read this keyword")
        }
        if isOld, members["$ref"] != nil { return [("$ref", .reference(try reference(members, path)))] }
        var rules: [(String, JSONSchema.Rule)] = []
        for (name, value) in members.sorted(by: { $0.key < $1.key }) {
            if let rule = try rule(name, value, members, path) { rules.append((name, rule)) }
        }
        if ["properties", "patternProperties", "additionalProperties"].contains(where: { members[$0] != nil }) {
            rules.append(("properties", try properties(members, path)))
        }
        if ["prefixItems", "items"].contains(where: { members[$0] != nil }) {
            rules.append(("items", try items(members, path)))
        }
        return rules
    }

    private mutating func rule(
        _ name: String, _ value: JSONValue, _ members: [String: JSONValue], _ path: [String]
    ) throws(JSONSchema.Malformed) -> JSONSchema.Rule? {
        switch name {
        case "$ref": return .reference(try reference(members, path))
        case "type":
            let names = try texts(value, path, name, orOne: true)
            let types: Set = ["null", "boolean", "string", "array", "object", "number", "integer"]
            guard !names.isEmpty, names.allSatisfy(types.contains) else {
                throw malformed(path, name, "it must be one of \(types.sorted().joined(separator: ", "))")
            }
            return .type(Set(names))
        case "const": return .among([value])
        case "enum":
            guard case .array(let values) = value else { throw malformed(path, name, "it must be a list") }
            return .among(values)
        case "multipleOf":
            guard let number = value.doubleValue, number > 0 else { throw malformed(path, name, "it must be above 0") }
            return .multiple(value)
        case "maximum", "minimum":
            let isMaximum = name == "maximum"
            let isExclusive = members[isMaximum ? "exclusiveMaximum" : "exclusiveMinimum"] == true
            return .bound(try number(value, path, name), isMaximum: isMaximum, isExclusive: isExclusive)
        case "exclusiveMaximum", "exclusiveMinimum":
            // In draft 4 it says how the bound is meant.
            if case .bool = value { return nil }
            return .bound(
                try number(value, path, name), isMaximum: name == "exclusiveMaximum", isExclusive: true)
        case "maxLength": return .count(.string, 0...(try whole(value, path, name)))
        case "minLength": return .count(.string, (try whole(value, path, name))...Int.max)
        case "maxItems": return .count(.array, 0...(try whole(value, path, name)))
        case "minItems": return .count(.array, (try whole(value, path, name))...Int.max)
        case "maxProperties": return .count(.object, 0...(try whole(value, path, name)))
        case "minProperties": return .count(.object, (try whole(value, path, name))...Int.max)
        case "pattern":
            guard case .string(let text) = value else { throw malformed(path, name, "it must be a string") }
            return .pattern(try pattern(text, path, name))
        case "uniqueItems": return value == true ? .unique : nil
        case "contains":
            let least =
                try members["minContains"].map { value throws(JSONSchema.Malformed) in
                    try whole(value, path, "minContains")
                } ?? 1
            let most =
                try members["maxContains"].map { value throws(JSONSchema.Malformed) in
                    try whole(value, path, "maxContains")
                } ?? Int.max
            let index = try schema(at: path + [name])
            // No number is in a range that is the wrong way round.
            return least <= most ? .contains(index, least...most) : .never
        case "required": return .required(try texts(value, path, name))
        case "propertyNames": return .names(try schema(at: path + [name]))
        case "dependentRequired": return .dependent(try dependencies(value, path, name).required)
        case "dependentSchemas": return .dependentSchemas(try dependencies(value, path, name).schemas)
        case "dependencies":
            let (required, schemas) = try dependencies(value, path, name)
            return schemas.isEmpty ? .dependent(required) : try both(required, schemas, path)
        case "allOf": return .all(try list(value, path, name))
        case "anyOf": return .any(try list(value, path, name))
        case "oneOf": return .one(try list(value, path, name))
        case "not": return .not(try schema(at: path + [name]))
        case "if":
            let then = try members["then"] == nil ? nil : schema(at: path + ["then"])
            let otherwise = try members["else"] == nil ? nil : schema(at: path + ["else"])
            return .condition(try schema(at: path + [name]), then: then, otherwise: otherwise)
        default: return nil
        }
    }

    // MARK: - Parts

    private mutating func reference(
        _ members: [String: JSONValue], _ path: [String]
    ) throws(JSONSchema.Malformed) -> Int {
        guard var text = members["$ref"]?.stringValue else { throw malformed(path, "$ref", "it must be a string") }
        if let id, text.hasPrefix(id), !id.isEmpty { text = String(text.dropFirst(id.count)) }
        if text.isEmpty { text = "#" }
        guard text == "#" || text.hasPrefix("#/") else {
            throw malformed(path, "$ref", "'\(text)' is not in this file: vx reads '#/…' only")
        }
        let parts = text.dropFirst(2).split(separator: "/", omittingEmptySubsequences: false)
            .map { Self.unescaped(String($0)) }
        return try schema(at: text == "#" ? [] : parts)
    }

    /// A part of a pointer in a URL: `~1` is a slash, `%25` a per cent sign.
    private static func unescaped(_ text: String) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let decoded = Hex.decode(Array(rest.prefix(2))), decoded.count == 1 {
                bytes += decoded
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self).replacing("~1", with: "/").replacing("~0", with: "~")
    }

    private mutating func properties(
        _ members: [String: JSONValue], _ path: [String]
    ) throws(JSONSchema.Malformed) -> JSONSchema.Rule {
        var own: [String: Int] = [:]
        for name in try object(members["properties"], path, "properties").keys.sorted() {
            own[name] = try schema(at: path + ["properties", name])
        }
        var patterns: [(TextPattern, Int)] = []
        for text in try object(members["patternProperties"], path, "patternProperties").keys.sorted() {
            let place = path + ["patternProperties", text]
            patterns.append((try pattern(text, path, "patternProperties"), try schema(at: place)))
        }
        let others = try members["additionalProperties"] == nil ? nil : schema(at: path + ["additionalProperties"])
        return .properties(own, patterns: patterns, others: others)
    }

    private mutating func items(
        _ members: [String: JSONValue], _ path: [String]
    ) throws(JSONSchema.Malformed) -> JSONSchema.Rule {
        // Up to 2019-09 a list in 'items' is what 'prefixItems' is since, and 'additionalItems' what 'items' is.
        if case .array? = members["items"] {
            let first = try list(members["items"] ?? .null, path, "items")
            let rest = try members["additionalItems"] == nil ? nil : schema(at: path + ["additionalItems"])
            return .items(first: first, rest: rest)
        }
        let first =
            try members["prefixItems"].map { value throws(JSONSchema.Malformed) in try list(value, path, "prefixItems")
            } ?? []
        return .items(first: first, rest: try members["items"] == nil ? nil : schema(at: path + ["items"]))
    }

    private mutating func dependencies(
        _ value: JSONValue, _ path: [String], _ name: String
    ) throws(JSONSchema.Malformed) -> (required: [String: [String]], schemas: [String: Int]) {
        var (required, schemas): ([String: [String]], [String: Int]) = ([:], [:])
        for (key, value) in try object(value, path, name) {
            if case .array = value {
                required[key] = try texts(value, path, name)
            } else {
                schemas[key] = try schema(at: path + [name, key])
            }
        }
        return (required, schemas)
    }

    private mutating func both(
        _ required: [String: [String]], _ dependent: [String: Int], _ path: [String]
    ) throws(JSONSchema.Malformed) -> JSONSchema.Rule {
        let place = JSONSchema.pointer(path)
        schemas.append(
            .init(
                place: place,
                rules: [("dependencies", .dependent(required)), ("dependencies", .dependentSchemas(dependent))]))
        return .all([schemas.count - 1])
    }

    private mutating func list(
        _ value: JSONValue, _ path: [String], _ name: String
    ) throws(JSONSchema.Malformed) -> [Int] {
        guard case .array(let elements) = value, !elements.isEmpty else {
            throw malformed(path, name, "it must be a list of schemas")
        }
        var indices: [Int] = []
        for position in elements.indices { indices.append(try schema(at: path + [name, "\(position)"])) }
        return indices
    }

    private func object(
        _ value: JSONValue?, _ path: [String], _ name: String
    ) throws(JSONSchema.Malformed) -> [String: JSONValue] {
        guard let value else { return [:] }
        guard case .object(let members) = value else { throw malformed(path, name, "it must be an object") }
        return members
    }

    private func texts(
        _ value: JSONValue, _ path: [String], _ name: String, orOne: Bool = false
    ) throws(JSONSchema.Malformed) -> [String] {
        if orOne, let text = value.stringValue { return [text] }
        guard case .array(let elements) = value else { throw malformed(path, name, "it must be a list of strings") }
        let texts = elements.compactMap(\.stringValue)
        guard texts.count == elements.count else { throw malformed(path, name, "it must be a list of strings") }
        return texts
    }

    private func number(
        _ value: JSONValue, _ path: [String], _ name: String
    ) throws(JSONSchema.Malformed) -> JSONValue {
        guard value.isOfType("number") else { throw malformed(path, name, "it must be a number") }
        return value
    }

    private func whole(_ value: JSONValue, _ path: [String], _ name: String) throws(JSONSchema.Malformed) -> Int {
        guard let number = value.doubleValue.flatMap(Int.init(exactly:)), number >= 0 else {
            throw malformed(path, name, "it must be a whole number that is not negative")
        }
        return number
    }

    /// A pattern is looked for anywhere in the text.
    private func pattern(
        _ text: String, _ path: [String], _ name: String
    ) throws(JSONSchema.Malformed) -> TextPattern {
        do throws(TextPattern.Malformed) {
            _ = try TextPattern(text)
            return try TextPattern("(.|[\\n\\r\\u2028\\u2029])*(\(text))(.|[\\n\\r\\u2028\\u2029])*")
        } catch {
            throw malformed(path, name, "'\(text)' is no pattern vx can match: \(error.reason)")
        }
    }

    private func malformed(_ path: [String], _ name: String, _ reason: String) -> JSONSchema.Malformed {
        JSONSchema.Malformed(place: JSONSchema.pointer(path + [name]), reason: reason)
    }
}
