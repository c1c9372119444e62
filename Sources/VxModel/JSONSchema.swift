/// A JSON Schema (draft 4 to 2020-12) that values are held against.
///
/// All of it is in one text: `$ref` leads to places of the same one. `format` says what a text is and asks nothing, as the
/// standard has it by default; keywords that the standard does not know are passed over, as it says. What it knows and this
/// does not read (`unevaluatedProperties`, `$dynamicRef`) is refused.
package struct JSONSchema: Sendable {
    /// Why a text is no schema that can be read here.
    package struct Malformed: Error, Sendable, Equatable {
        /// Where in the schema, as a JSON pointer.
        package var place: String
        package var reason: String
    }

    /// What is wrong with a value.
    package struct Problem: Sendable, Equatable {
        /// The keyword and where it stands in the schema: the same for every value that it refuses.
        package var rule: String
        /// Where in the value, as a JSON pointer, and what is wrong there.
        package var detail: String
    }

    /// What one keyword asks. Numbers are places in `schemas`.
    enum Rule: Sendable {
        case never
        case type(Set<String>)
        case among([JSONValue])
        case multiple(JSONValue)
        /// Numbers on one side of a bound: below it where `isMaximum`.
        case bound(JSONValue, isMaximum: Bool, isExclusive: Bool)
        /// The length of a string, or how many elements or members there are.
        case count(Kind, ClosedRange<Int>)
        case pattern(TextPattern)
        case items(first: [Int], rest: Int?)
        case contains(Int, ClosedRange<Int>)
        case unique
        case required([String])
        case properties([String: Int], patterns: [(TextPattern, Int)], others: Int?)
        case names(Int)
        case dependent([String: [String]])
        case dependentSchemas([String: Int])
        case all([Int]), any([Int]), one([Int]), not(Int)
        case condition(Int, then: Int?, otherwise: Int?)
        case reference(Int)

        enum Kind: Sendable { case string, array, object }
    }

    /// A schema: its keywords, and where it stands.
    struct Schema: Sendable {
        var place: String
        var rules: [(keyword: String, rule: Rule)] = []
    }

    private let schemas: [Schema]
    /// `$ref` may lead round in a circle.
    private static let deepest = 256

    /// - Throws: where the value is no schema, or one that asks what cannot be read here.
    package init(_ value: JSONValue) throws(Malformed) {
        var reader = JSONSchemaReader(value)
        _ = try reader.schema(at: [])
        schemas = try reader.finish()
    }

    /// What is wrong with a value; `nil` where it fits.
    package func problem(_ value: JSONValue) -> Problem? {
        let effort = Effort(for: value)
        let found = problem(value, 0, at: [], Walk(depth: 0, effort: effort))
        if !effort.isSpent { return found }
        return Problem(
            rule: "it takes too many steps to hold it against the schema",
            detail: "its parts refer to each other too often")
    }

    /// How many steps one value may take: a few lines of `anyOf` and `$ref` can ask for more than there is time for.
    private final class Effort {
        private var left: Int

        /// - Parameter value: a large one may take more.
        init(for value: JSONValue) { left = 10_000_000 + 200 * value.parts }

        var isSpent: Bool { left < 0 }

        func take(_ steps: Int = 1) { left -= steps }
    }

    /// How deep one is in the schemas, and what is left.
    private struct Walk {
        var depth: Int
        let effort: Effort

        var deeper: Walk { Walk(depth: depth + 1, effort: effort) }
    }

    private func problem(_ value: JSONValue, _ index: Int, at path: [String], _ walk: Walk) -> Problem? {
        let schema = schemas[index]
        walk.effort.take()
        // Whatever is said from here on is not the answer.
        if walk.effort.isSpent { return Problem(rule: "", detail: "") }
        guard walk.depth <= Self.deepest else {
            return Problem(rule: "'$ref' of '#\(schema.place)'", detail: "the schema refers to itself without end")
        }
        for (keyword, rule) in schema.rules {
            if let problem = problem(value, rule, keyword, schema, path, walk.deeper) { return problem }
        }
        return nil
    }

    private func problem(
        _ value: JSONValue, _ rule: Rule, _ keyword: String, _ schema: Schema, _ path: [String], _ walk: Walk
    ) -> Problem? {
        func wrong(_ what: String) -> Problem {
            let place = path.isEmpty ? "it" : "'\(Self.pointer(path))'"
            return Problem(rule: "it does not fit '\(keyword)' of '#\(schema.place)'", detail: "\(place) \(what)")
        }
        func fits(_ index: Int) -> Bool { problem(value, index, at: path, walk) == nil }
        switch rule {
        case .never: return wrong("is not allowed")
        case .type(let names):
            return names.contains(where: { value.isOfType($0) })
                ? nil : wrong("is no \(names.sorted().joined(separator: " or "))")
        case .among(let values):
            return values.contains { $0.isSame(as: value) }
                ? nil : wrong("is none of the allowed values: \(value.start)")
        case .multiple(let divisor):
            return value.isMultiple(of: divisor) ? nil : wrong("is no multiple of \(divisor.compact): \(value.start)")
        case .bound(let bound, let isMaximum, let isExclusive):
            guard let order = value.order(to: bound) else { return nil }
            if order == 0 ? !isExclusive : (order < 0) == isMaximum { return nil }
            return wrong("is \(isMaximum ? "above" : "below") \(keyword) \(bound.compact): \(value.start)")
        case .count(let kind, let range):
            guard let count = value.count(of: kind) else { return nil }
            return range.contains(count) ? nil : wrong("has \(count), and \(keyword) is another number")
        case .pattern(let pattern):
            guard case .string(let text) = value else { return nil }
            return pattern.fits(text, check: {}) ? nil : wrong("does not fit the pattern: \(value.start)")
        case .unique:
            guard case .array(let elements) = value else { return nil }
            return Self.areUnique(elements, walk.effort) ? nil : wrong("has an element twice")
        case .required(let names):
            guard case .object(let members) = value else { return nil }
            return names.first { members[$0] == nil }.map { wrong("has no member '\($0)'") }
        case .dependent(let table):
            guard case .object(let members) = value else { return nil }
            for (name, needed) in table.sorted(by: { $0.key < $1.key }) where members[name] != nil {
                if let missing = needed.first(where: { members[$0] == nil }) {
                    return wrong("has '\(name)' without '\(missing)'")
                }
            }
            return nil
        case .items, .contains, .properties, .names, .dependentSchemas:
            return inside(value, rule, path, walk, wrong)
        case .all(let indices):
            return indices.lazy.compactMap { problem(value, $0, at: path, walk) }.first
        case .reference(let index): return problem(value, index, at: path, walk)
        case .any(let indices): return indices.contains(where: fits) ? nil : wrong("fits none of 'anyOf'")
        case .one(let indices):
            let count = indices.count(where: fits)
            return count == 1 ? nil : wrong("fits \(count) of 'oneOf'")
        case .not(let index): return fits(index) ? wrong("fits what it must not") : nil
        case .condition(let test, let then, let otherwise):
            return (fits(test) ? then : otherwise).flatMap { problem(value, $0, at: path, walk) }
        }
    }

    /// What is wrong with elements and members.
    private func inside(
        _ value: JSONValue, _ rule: Rule, _ path: [String], _ walk: Walk, _ wrong: (String) -> Problem
    ) -> Problem? {
        switch (rule, value) {
        case (.items(let first, let rest), .array(let elements)):
            for (position, element) in elements.enumerated() {
                guard let index = position < first.count ? first[position] : rest else { return nil }
                if let problem = problem(element, index, at: path + ["\(position)"], walk) { return problem }
            }
        case (.contains(let index, let range), .array(let elements)):
            let count = elements.count { problem($0, index, at: path, walk) == nil }
            return range.contains(count) ? nil : wrong("has \(count) elements that fit 'contains'")
        case (.properties(let own, let patterns, let others), .object(let members)):
            for (name, member) in members.sorted(by: { $0.key < $1.key }) {
                var indices = patterns.filter { $0.0.fits(name, check: {}) }.map(\.1)
                if let index = own[name] { indices.append(index) }
                if indices.isEmpty, let others { indices.append(others) }
                for index in indices {
                    if let problem = problem(member, index, at: path + [name], walk) { return problem }
                }
            }
        case (.names(let index), .object(let members)):
            for name in members.keys.sorted() where problem(.string(name), index, at: path, walk) != nil {
                return wrong("has the name '\(name)', which does not fit 'propertyNames'")
            }
        case (.dependentSchemas(let table), .object(let members)):
            for (name, index) in table.sorted(by: { $0.key < $1.key }) where members[name] != nil {
                if let problem = problem(value, index, at: path, walk) { return problem }
            }
        default: break
        }
        return nil
    }

    private static func areUnique(_ elements: [JSONValue], _ effort: Effort) -> Bool {
        // Texts are most of what is asked about, and are told apart at once.
        var texts: Set<String> = []
        var others: [JSONValue] = []
        for element in elements {
            if case .string(let text) = element {
                if !texts.insert(text).inserted { return false }
                continue
            }
            effort.take(others.count)
            if effort.isSpent || others.contains(where: { $0.isSame(as: element) }) { return false }
            others.append(element)
        }
        return true
    }

    /// A JSON pointer (RFC 6901).
    static func pointer(_ path: [String]) -> String {
        path.map { "/" + $0.replacing("~", with: "~0").replacing("/", with: "~1") }.joined()
    }
}
