/// Why a text is not JSON, and where.
package struct JSONSyntaxError: Error, Sendable, Equatable {
    /// Counted from 1.
    package let line: Int
    /// Counted from 1, in bytes of the line.
    package let column: Int
    /// What was found there and what was expected.
    package let reason: String
}

extension JSONValue {
    /// Reads JSON (RFC 8259) from UTF-8 bytes, strictly: one value, no duplicate keys, no trailing commas.
    ///
    /// It is written here, not borrowed from Foundation, because a report about a user's metrics file needs the line
    /// and column, integers must stay integers, and Python writes `NaN` and `Infinity` without asking.
    ///
    /// - Parameter allowsNonFinite: whether the words `NaN`, `Infinity` and `-Infinity` are numbers.
    package static func parse(
        _ bytes: [UInt8], allowsNonFinite: Bool = false
    ) throws(JSONSyntaxError) -> JSONValue {
        var parser = JSONParser(bytes: bytes, allowsNonFinite: allowsNonFinite)
        return try parser.document()
    }

    /// Reads one object, with where each member's value stands in the bytes: for who needs it as it was written.
    ///
    /// - Returns: `nil` where the text is another value.
    package static func object(
        _ bytes: [UInt8], allowsNonFinite: Bool = false
    ) throws(JSONSyntaxError) -> (members: [String: JSONValue], places: [String: Range<Int>])? {
        var parser = JSONParser(bytes: bytes, allowsNonFinite: allowsNonFinite)
        guard case .object(let members) = try parser.document() else { return nil }
        return (members, parser.places)
    }
}

/// A recursive-descent reader over bytes; the depth is bounded so that hostile text cannot exhaust the stack.
private struct JSONParser {
    private static let maximumDepth = 128

    private let bytes: [UInt8]
    private let allowsNonFinite: Bool
    private var position = 0
    /// Where the values of the outermost object's members stand.
    private(set) var places: [String: Range<Int>] = [:]

    init(bytes: [UInt8], allowsNonFinite: Bool) {
        self.bytes = bytes
        self.allowsNonFinite = allowsNonFinite
        // Windows editors put a byte order mark before the text; RFC 8259 lets a reader pass over it.
        if bytes.starts(with: [0xef, 0xbb, 0xbf]) { position = 3 }
    }

    mutating func document() throws(JSONSyntaxError) -> JSONValue {
        skipSpace()
        let value = try value(depth: 0)
        skipSpace()
        guard position == bytes.count else { throw failure("expected the end of the file, found \(found)") }
        return value
    }

    private mutating func value(depth: Int) throws(JSONSyntaxError) -> JSONValue {
        guard depth <= Self.maximumDepth else {
            throw failure("nested deeper than \(Self.maximumDepth) levels")
        }
        switch peek {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case let byte? where byte == UInt8(ascii: "-") || ASCII.isDigit(byte): return try number()
        default: return try word()
        }
    }

    private mutating func object(depth: Int) throws(JSONSyntaxError) -> JSONValue {
        position += 1
        var members: [String: JSONValue] = [:]
        skipSpace()
        if take(UInt8(ascii: "}")) { return .object(members) }
        while true {
            skipSpace()
            let start = position
            guard peek == UInt8(ascii: "\"") else { throw failure("expected a key in double quotes, found \(found)") }
            let key = try string()
            guard members[key] == nil else { throw failure("the key \"\(key)\" is given twice", at: start) }
            skipSpace()
            guard take(UInt8(ascii: ":")) else { throw failure("expected ':' after a key, found \(found)") }
            skipSpace()
            let first = position
            members[key] = try value(depth: depth + 1)
            if depth == 0 { places[key] = first..<position }
            skipSpace()
            if take(UInt8(ascii: "}")) { return .object(members) }
            guard take(UInt8(ascii: ",")) else { throw failure("expected ',' or '}', found \(found)") }
        }
    }

    private mutating func array(depth: Int) throws(JSONSyntaxError) -> JSONValue {
        position += 1
        var elements: [JSONValue] = []
        skipSpace()
        if take(UInt8(ascii: "]")) { return .array(elements) }
        while true {
            skipSpace()
            elements.append(try value(depth: depth + 1))
            skipSpace()
            if take(UInt8(ascii: "]")) { return .array(elements) }
            guard take(UInt8(ascii: ",")) else { throw failure("expected ',' or ']', found \(found)") }
        }
    }

    private mutating func word() throws(JSONSyntaxError) -> JSONValue {
        let start = position
        while let byte = peek, ASCII.isLetter(byte) { position += 1 }
        switch String(decoding: bytes[start..<position], as: UTF8.self) {
        case "null": return .null
        case "true": return .bool(true)
        case "false": return .bool(false)
        case "NaN" where allowsNonFinite: return .number(.nan)
        case "Infinity" where allowsNonFinite: return .number(.infinity)
        case "": throw failure("expected a value, found \(found)")
        case let other: throw failure("expected a value, found '\(other)'", at: start)
        }
    }

    private mutating func number() throws(JSONSyntaxError) -> JSONValue {
        let start = position
        let isNegative = take(UInt8(ascii: "-"))
        if isNegative, peek == UInt8(ascii: "I"), allowsNonFinite, case .number(let value) = try word() {
            return .number(-value)
        }
        let first = peek
        let wholeDigits = skipDigits()
        guard wholeDigits > 0 else { throw failure("expected a digit, found \(found)") }
        guard wholeDigits == 1 || first != UInt8(ascii: "0") else {
            throw failure("a number cannot start with 0", at: start)
        }
        var isInteger = true
        if take(UInt8(ascii: ".")) {
            isInteger = false
            guard skipDigits() > 0 else { throw failure("expected a digit after '.', found \(found)") }
        }
        if peek == UInt8(ascii: "e") || peek == UInt8(ascii: "E") {
            isInteger = false
            position += 1
            if peek == UInt8(ascii: "+") || peek == UInt8(ascii: "-") { position += 1 }
            guard skipDigits() > 0 else { throw failure("expected the digits of an exponent, found \(found)") }
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isInteger { return Int64(text).map { .integer($0) } ?? .large(text) }
        guard let value = Double(text) else { throw failure("'\(text)' is not a number", at: start) }
        return .number(value)
    }

    private mutating func string() throws(JSONSyntaxError) -> String {
        let start = position
        position += 1
        var text: [UInt8] = []
        while let byte = peek {
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                guard let string = String(validating: text, as: UTF8.self) else {
                    throw failure("the string is not valid UTF-8", at: start)
                }
                return string
            case UInt8(ascii: "\\"):
                position += 1
                try escape(into: &text)
            case 0..<0x20:
                throw failure("a control character inside a string must be escaped")
            default:
                text.append(byte)
                position += 1
            }
        }
        throw failure("the string has no end", at: start)
    }

    private mutating func escape(into text: inout [UInt8]) throws(JSONSyntaxError) {
        guard let byte = peek else { throw failure("the string has no end") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0c)
        case UInt8(ascii: "n"): text.append(0x0a)
        case UInt8(ascii: "r"): text.append(0x0d)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"): text += try unicodeEscape()
        default: throw failure("this escape is not one JSON knows", at: position - 2)
        }
    }

    /// The four digits after `\u`, with the second half where they are the first half of a surrogate pair.
    private mutating func unicodeEscape() throws(JSONSyntaxError) -> [UInt8] {
        let start = position - 2
        var code = try fourDigits()
        if (0xd800..<0xdc00).contains(code), take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) {
            let low = try fourDigits()
            guard (0xdc00..<0xe000).contains(low) else { throw failure("half of a surrogate pair", at: start) }
            code = 0x10000 + (code - 0xd800) << 10 + (low - 0xdc00)
        }
        guard let scalar = Unicode.Scalar(code) else { throw failure("half of a surrogate pair", at: start) }
        return Array(String(Character(scalar)).utf8)
    }

    private mutating func fourDigits() throws(JSONSyntaxError) -> UInt32 {
        let end = position + 4
        guard end <= bytes.count, bytes[position..<end].allSatisfy(Self.isHexDigit),
            let code = UInt32(String(decoding: bytes[position..<end], as: UTF8.self), radix: 16)
        else { throw failure("expected four hexadecimal digits after '\\u'") }
        position = end
        return code
    }

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard peek == byte else { return false }
        position += 1
        return true
    }

    private mutating func skipSpace() {
        while let byte = peek, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { position += 1 }
    }

    private mutating func skipDigits() -> Int {
        let start = position
        while let byte = peek, ASCII.isDigit(byte) { position += 1 }
        return position - start
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        ASCII.isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20)
    }

    /// What stands at the position, in words.
    private var found: String {
        guard let byte = peek else { return "the end of the file" }
        return (0x21..<0x7f).contains(byte)
            ? "'\(Character(Unicode.Scalar(byte)))'" : "byte 0x\(Hex.encode([byte]))"
    }

    private func failure(_ reason: String, at place: Int? = nil) -> JSONSyntaxError {
        let before = bytes[..<min(place ?? position, bytes.count)]
        let lineStart = before.lastIndex(of: 0x0a).map { $0 + 1 } ?? 0
        let line = before.count { $0 == 0x0a } + 1
        return JSONSyntaxError(line: line, column: before.count - lineStart + 1, reason: reason)
    }
}
