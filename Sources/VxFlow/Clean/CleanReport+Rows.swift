import VxModel

/// What the report says of rows and of warnings, as JSON.
extension CleanReport.Rows {
    var jsonValue: JSONValue {
        [
            "in": .integer(Int64(total)), "kept": .integer(Int64(kept)),
            "dropped": .array(
                dropped.map {
                    [
                        "check": .string($0.check), "rule": .string($0.rule), "count": .integer(Int64($0.count)),
                        "lines": .array($0.lines.map { .integer(Int64($0)) }), "first": .string($0.first),
                    ]
                }),
        ]
    }

    /// `nil` for what is no such object.
    init?(_ value: JSONValue) {
        guard let total = value["in"]?.count, let kept = value["kept"]?.count,
            case .array(let items)? = value["dropped"]
        else { return nil }
        (self.total, self.kept, dropped) = (total, kept, [])
        for item in items {
            guard let check = item["check"]?.stringValue, let rule = item["rule"]?.stringValue,
                let count = item["count"]?.count, let first = item["first"]?.stringValue,
                case .array(let lines)? = item["lines"]
            else { return nil }
            let numbers = lines.compactMap(\.count)
            guard numbers.count == lines.count else { return nil }
            dropped.append(.init(check: check, rule: rule, count: count, lines: numbers, first: first))
        }
    }

    /// How many rows there are and what became of them, on one line.
    package var text: String {
        let rules = dropped.map { rule in
            let lines = rule.lines.map(String.init).joined(separator: ", ")
            let more = rule.count > rule.lines.count ? ", … (\(rule.count) rows)" : ""
            return "\(rule.count == 1 ? "line" : "lines") \(lines)\(more): \(rule.rule) [\(rule.check)]"
        }
        return "\(total - kept) of \(total) rows: \(rules.joined(separator: "; "))"
    }
}

extension CleanReport.Made {
    var jsonValue: JSONValue {
        var members: [String: JSONValue] = [
            "path": .string(path.description), "oid": .string("sha256:\(id)"), "from": .string(from.description),
            "fromOid": .string("sha256:\(fromID)"), "transform": .string(transform), "command": .string(command),
        ]
        if let rows { members["rows"] = rows.jsonValue }
        return .object(members)
    }
}

extension CleanReport.Warned {
    var jsonValue: JSONValue {
        var members: [String: JSONValue] = [
            "path": .string(path.description), "oid": .string("sha256:\(id)"), "check": .string(warning.check),
            "reason": .string(warning.reason),
        ]
        if let rows = warning.rows { members["rows"] = .integer(Int64(rows)) }
        return .object(members)
    }
}

extension CleanReport.Warning {
    init(_ failure: FileChecker.Failure) {
        self.init(check: failure.check, reason: failure.reason)
    }

    /// `nil` for what is no such object.
    init?(_ value: JSONValue) {
        guard let check = value["check"]?.stringValue, let reason = value["reason"]?.stringValue else { return nil }
        self.init(check: check, reason: reason, rows: value["rows"]?.count)
    }
}

extension JSONValue {
    /// A number of things; `nil` for anything else, and for more than there can be: such numbers are added up.
    fileprivate var count: Int? {
        if case .integer(let number) = self, (0...(1 << 48)).contains(number) { Int(number) } else { nil }
    }
}
