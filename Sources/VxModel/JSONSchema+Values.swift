/// What a schema asks of values.
extension JSONValue {
    /// The value, cut, for a complaint.
    var start: String {
        let text = compact
        return text.count > 40 ? "\(text.prefix(40))…" : text
    }

    func isOfType(_ name: String) -> Bool {
        switch (name, self) {
        case ("null", .null), ("boolean", .bool), ("string", .string), ("array", .array), ("object", .object): true
        case ("number", .integer), ("number", .large), ("number", .number): true
        case ("integer", .integer), ("integer", .large): true
        case ("integer", .number(let number)): number == number.rounded() && number.isFinite
        default: false
        }
    }

    /// Equality by value: `1` and `1.0` are the same, `true` is no number.
    func isSame(as other: JSONValue) -> Bool {
        switch (self, other) {
        case (.array(let left), .array(let right)):
            left.count == right.count && zip(left, right).allSatisfy { $0.isSame(as: $1) }
        case (.object(let left), .object(let right)):
            left.count == right.count
                && left.allSatisfy { name, value in right[name].map { value.isSame(as: $0) } ?? false }
        default: order(to: other).map { $0 == 0 } ?? (self == other)
        }
    }

    /// Below 0, 0 or above 0 where both are numbers. Integers are compared digit by digit.
    func order(to other: JSONValue) -> Int? {
        switch (self, other) {
        case (.integer(let left), .integer(let right)): return left < right ? -1 : left == right ? 0 : 1
        case (.large(let left), .large(let right)) where left == right: return 0
        default:
            guard let left = doubleValue, let right = other.doubleValue else { return nil }
            return left < right ? -1 : left == right ? 0 : 1
        }
    }

    func isMultiple(of divisor: JSONValue) -> Bool {
        if case .integer(let left) = self, case .integer(let right) = divisor { return left.isMultiple(of: right) }
        guard let left = doubleValue, let right = divisor.doubleValue else { return true }
        let quotient = left / right
        return quotient.isFinite && quotient == quotient.rounded()
    }

    func count(of kind: JSONSchema.Rule.Kind) -> Int? {
        switch (kind, self) {
        case (.string, .string(let text)): text.unicodeScalars.count
        case (.array, .array(let elements)): elements.count
        case (.object, .object(let members)): members.count
        default: nil
        }
    }

    /// How many values it is made of, itself among them.
    var parts: Int {
        switch self {
        case .array(let elements): elements.reduce(1) { $0 + $1.parts }
        case .object(let members): members.values.reduce(1) { $0 + $1.parts }
        default: 1
        }
    }
}
