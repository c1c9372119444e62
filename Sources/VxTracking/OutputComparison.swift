import VxModel

/// Whether a run that was repeated gave what it gave the first time, output by output and metric by metric.
package struct OutputComparison: Sendable, Equatable {
    /// What is said of one output or metric.
    package enum Verdict: String, Sendable {
        /// The same bytes, or the same value.
        case identical
        /// There, and not the same.
        case different
        /// Expected and not there.
        case missing
        /// There and not expected: the run gave something else.
        case extra
    }

    /// One output or metric.
    package struct Item: Sendable, Equatable {
        /// The kinds of things compared.
        package enum Kind: String, Sendable {
            /// A file of the model.
            case output
            /// A value from the metrics file.
            case metric
        }

        /// What was compared.
        package let kind: Kind
        /// The file's path or the metric's full name.
        package let name: String
        /// The outcome.
        package let verdict: Verdict
        /// What the snapshot has: an id or a value.
        package let expected: JSONValue?
        /// What the repeated run gave.
        package let actual: JSONValue?
    }

    /// Outputs by path, then metrics by name.
    package let items: [Item]

    /// Compares the snapshot's outputs and metrics with those of the repeated run.
    package init(
        expectedOutputs: [FileEntry], actualOutputs: [FileEntry], expectedMetrics: [String: JSONValue],
        actualMetrics: [String: JSONValue]
    ) {
        let outputs = Self.compare(
            .output, Self.ids(expectedOutputs), Self.ids(actualOutputs), areEqual: { $0 == $1 })
        let metrics = Self.compare(
            .metric, Self.values(expectedMetrics), Self.values(actualMetrics), areEqual: Self.isSameValue)
        items = outputs + metrics
    }

    /// Whether everything expected is there and identical, and nothing else.
    package var isReproduced: Bool { items.allSatisfy { $0.verdict == .identical } }

    /// One line for each item, aligned, each with its end; what differs shows both values in full.
    package var text: String {
        let names = items.map { VisibleText.line($0.name) }
        let width = names.map(NumberText.columns).max() ?? 0
        var text = ""
        for (item, name) in zip(items, names) {
            let space = String(repeating: " ", count: width - NumberText.columns(name))
            text += "\(item.kind.rawValue)  \(name)\(space)  \(item.verdict.rawValue)"
            text += Self.detail(of: item).map { Self.pad(after: item.verdict) + $0 } ?? ""
            text += "\n"
        }
        return text
    }

    /// The comparison as JSON.
    package var jsonValue: JSONValue {
        [
            "reproduced": .bool(isReproduced),
            "items": .array(
                items.map { item in
                    [
                        "kind": .string(item.kind.rawValue), "name": .string(item.name),
                        "verdict": .string(item.verdict.rawValue), "expected": item.expected ?? .null,
                        "actual": item.actual ?? .null,
                    ]
                }),
        ]
    }

    /// Equality of values, whichever way a number was written. NaN equals NaN, and records, being JSON, hold numbers
    /// that are not finite as their names.
    static func isSameValue(_ left: JSONValue, _ right: JSONValue) -> Bool {
        if case .integer(let a) = left, case .integer(let b) = right { return a == b }
        if case .large(let a) = left, case .large(let b) = right { return a == b }
        // A double beside an integer of more digits than it has would be taken for its neighbours.
        if let a = wholeDigits(left), let b = wholeDigits(right) { return a == b }
        if let a = number(left), let b = number(right) { return a == b || (a.isNaN && b.isNaN) }
        switch (left, right) {
        case (.array(let a), .array(let b)):
            return a.count == b.count && zip(a, b).allSatisfy { isSameValue($0, $1) }
        case (.object(let a), .object(let b)):
            return a.count == b.count
                && a.allSatisfy { key, value in b[key].map { isSameValue(value, $0) } ?? false }
        default: return left == right
        }
    }

    /// Every digit of a whole number, however it is written.
    private static func wholeDigits(_ value: JSONValue) -> String? {
        switch value {
        case .integer(let number): String(number)
        case .large(let digits): digits
        case .number(let number) where number == number.rounded(): NumberText.whole(number)
        default: nil
        }
    }

    private static func number(_ value: JSONValue) -> Double? {
        switch value {
        case .string("NaN"): .nan
        case .string("Infinity"): .infinity
        case .string("-Infinity"): -.infinity
        default: value.doubleValue
        }
    }

    private static func compare(
        _ kind: Item.Kind, _ expected: [String: JSONValue], _ actual: [String: JSONValue],
        areEqual: (JSONValue, JSONValue) -> Bool
    ) -> [Item] {
        let names = Set(expected.keys).union(actual.keys)
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { name in
            let verdict: Verdict
            switch (expected[name], actual[name]) {
            case (let left?, let right?): verdict = areEqual(left, right) ? .identical : .different
            case (_?, nil): verdict = .missing
            default: verdict = .extra
            }
            return Item(kind: kind, name: name, verdict: verdict, expected: expected[name], actual: actual[name])
        }
    }

    private static func ids(_ entries: [FileEntry]) -> [String: JSONValue] {
        Dictionary(
            entries.map { ($0.path.description, .string("sha256:\($0.id.hex)")) }, uniquingKeysWith: { _, last in last }
        )
    }

    private static func values(_ members: [String: JSONValue]) -> [String: JSONValue] {
        Dictionary(
            FlatValues.flatten(members).map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    }

    private static func detail(of item: Item) -> String? {
        switch item.verdict {
        case .identical: nil
        case .different: "\(full(item.expected)) -> \(full(item.actual))"
        case .missing: "expected \(full(item.expected))"
        case .extra: full(item.actual)
        }
    }

    private static func full(_ value: JSONValue?) -> String {
        value.map(NumberText.full) ?? "-"
    }

    private static func pad(after verdict: Verdict) -> String {
        String(repeating: " ", count: "identical".count - verdict.rawValue.count + 2)
    }
}
