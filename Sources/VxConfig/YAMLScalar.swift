import VxModel

/// What plain scalars mean: the core schema of YAML 1.2.
///
/// Only `true` and `false` are booleans, so a country code `no` stays a string; `1e-3` is a number, although YAML 1.1
/// readers such as PyYAML take it for a string, because nobody who writes a learning rate means a string.
package enum YAMLScalar {
    /// The value of a plain scalar.
    package static func resolve(_ text: String) -> JSONValue {
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .bool(true)
        case "false", "False", "FALSE": return .bool(false)
        case ".nan", ".NaN", ".NAN": return .number(.nan)
        case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": return .number(.infinity)
        case "-.inf", "-.Inf", "-.INF": return .number(-.infinity)
        default: return number(text) ?? .string(text)
        }
    }

    private static func number(_ text: String) -> JSONValue? {
        let bytes = Array(text.utf8)
        if bytes.starts(with: "0o".utf8) { return prefixed(text, radix: 8) }
        if bytes.starts(with: "0x".utf8) { return prefixed(text, radix: 16) }
        var position = 0
        if bytes[0] == UInt8(ascii: "+") || bytes[0] == UInt8(ascii: "-") { position = 1 }
        func digits() -> Int {
            let start = position
            while position < bytes.count, ASCII.isDigit(bytes[position]) { position += 1 }
            return position - start
        }
        let whole = digits()
        if position == bytes.count, whole > 0 {
            if let number = Int64(text) { return .integer(number) }
            let digits = text.drop { "+-0".contains($0) }
            return .large(text.hasPrefix("-") ? "-\(digits)" : String(digits))
        }
        var fraction = 0
        if bytes[safe: position] == UInt8(ascii: ".") {
            position += 1
            fraction = digits()
        }
        guard whole + fraction > 0 else { return nil }
        if bytes[safe: position].map({ $0 | 0x20 }) == UInt8(ascii: "e") {
            position += 1
            if let sign = bytes[safe: position], sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") {
                position += 1
            }
            guard digits() > 0 else { return nil }
        }
        guard position == bytes.count else { return nil }
        return Double(text).map { .number($0) }
    }

    /// Octal and hexadecimal. `Int64(_:radix:)` takes a sign, which YAML does not allow after the prefix.
    private static func prefixed(_ text: String, radix: Int) -> JSONValue? {
        let digits = text.utf8.dropFirst(2)
        let values = digits.compactMap { Character(Unicode.Scalar($0)).hexDigitValue.flatMap { $0 < radix ? $0 : nil } }
        guard !digits.isEmpty, values.count == digits.count else { return nil }
        if let number = Int64(text.dropFirst(2), radix: radix) { return .integer(number) }
        return values.count <= longestPrefixed ? .large(decimal(values, radix: radix)) : nil
    }

    /// Turning digits of another base into decimal ones takes the square of their number.
    private static let longestPrefixed = 1000

    private static func decimal(_ digits: [Int], radix: Int) -> String {
        // Nine decimal digits each, the lowest first.
        var parts: [Int] = [0]
        for digit in digits {
            var carry = digit
            for position in parts.indices {
                let value = parts[position] * radix + carry
                (carry, parts[position]) = value.quotientAndRemainder(dividingBy: 1_000_000_000)
            }
            if carry > 0 { parts.append(carry) }
        }
        let rest = parts.dropLast().reversed().map { part in
            let text = String(part)
            return String(repeating: "0", count: 9 - text.count) + text
        }
        return String(parts[parts.count - 1]) + rest.joined()
    }
}

extension Array {
    fileprivate subscript(safe index: Int) -> Element? { index < count ? self[index] : nil }
}
