/// Checks JSON (RFC 8259) in pieces, in memory that does not grow with the text: what ``JSONValue/parse(_:allowsNonFinite:)``
/// takes, this takes, with the same complaints.
///
/// Names of one object are compared while the names of all open objects have 16 MiB together at most.
package struct JSONScanner {
    private static let maximumDepth = 128
    private static let longestNames = 16 << 20
    /// The longest number or word.
    private static let longestWord = 1 << 16

    private enum State {
        /// A value is to come; in a list that has just begun, its end may come instead.
        case value(mayEnd: Bool)
        case key(mayEnd: Bool)
        case colon
        /// A value has ended.
        case separator
        case string(isKey: Bool)
        case escape(isKey: Bool)
        case unicode(isKey: Bool, digits: Int, code: UInt32)
        /// The second half of a pair is to come: its backslash, then its `u`.
        case lowHalf(isKey: Bool, hasBackslash: Bool)
        case number, word
    }

    private enum Container {
        case array
        case object(names: Set<[UInt8]>, bytes: Int)
    }

    private var state = State.value(mayEnd: false)
    private var open: [Container] = []
    private var isDone = false
    private var token: [UInt8] = []
    private var utf8 = UTF8Check()
    private var highHalf: UInt32?
    private var names = 0
    private var position = 0
    private var line = 1
    private var lineStart = 0
    /// Where the token began.
    private var start: (line: Int, column: Int) = (1, 1)
    private var mark: [UInt8]? = []

    /// Before the first piece.
    package init() {}

    /// Takes the next piece.
    package mutating func take(_ piece: UnsafeRawBufferPointer) throws(JSONSyntaxError) {
        for byte in piece { try take(byte) }
    }

    /// What is wrong with the text as a whole, where it ends here.
    package mutating func finish() throws(JSONSyntaxError) {
        if let mark { for byte in mark { try step(byte) } }
        mark = nil
        switch state {
        case .number, .word: try endToken()
        case .string, .escape, .unicode, .lowHalf: throw failure("the string has no end", at: start)
        default: break
        }
        guard isDone else { throw unexpected("the end of the file") }
    }

    /// Passes over a byte order mark.
    private mutating func take(_ byte: UInt8) throws(JSONSyntaxError) {
        if var seen = mark {
            let whole: [UInt8] = [0xef, 0xbb, 0xbf]
            seen.append(byte)
            if seen == whole {
                mark = nil
                position = 3
            } else if whole.starts(with: seen) {
                mark = seen
            } else {
                mark = nil
                for byte in seen { try step(byte) }
            }
            return
        }
        try step(byte)
    }

    private mutating func step(_ byte: UInt8) throws(JSONSyntaxError) {
        switch state {
        case .string(let isKey): try inString(byte, isKey)
        case .escape(let isKey): try escape(byte, isKey)
        case .unicode(let isKey, let digits, let code): try unicode(byte, isKey, digits, code)
        case .lowHalf(let isKey, let hasBackslash):
            guard byte == (hasBackslash ? UInt8(ascii: "u") : UInt8(ascii: "\\")) else {
                throw failure("half of a surrogate pair")
            }
            state =
                hasBackslash ? .unicode(isKey: isKey, digits: 0, code: 0) : .lowHalf(isKey: isKey, hasBackslash: true)
        case .number, .word:
            if Self.isOfToken(byte) {
                token.append(byte)
                if token.count > Self.longestWord { throw failure("a number or word without end", at: start) }
            } else {
                try endToken()
                try between(byte)
            }
        default: try between(byte)
        }
        position += 1
        if byte == 0x0a {
            line += 1
            lineStart = position
        }
    }

    private var here: (line: Int, column: Int) { (line, position - lineStart + 1) }

    private static func isOfToken(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
            true
        default: false
        }
    }

    // MARK: - Between values

    private mutating func between(_ byte: UInt8) throws(JSONSyntaxError) {
        if byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 { return }
        if isDone { throw unexpected(Self.shown(byte)) }
        switch state {
        case .value(let mayEnd):
            if mayEnd, byte == UInt8(ascii: "]") { return close() }
            try begin(byte)
        case .key(let mayEnd):
            if mayEnd, byte == UInt8(ascii: "}") { return close() }
            guard byte == UInt8(ascii: "\"") else { throw unexpected(Self.shown(byte)) }
            beginString(isKey: true)
        case .colon:
            guard byte == UInt8(ascii: ":") else { throw unexpected(Self.shown(byte)) }
            state = .value(mayEnd: false)
        default:
            switch (open.last, byte) {
            case (.array, UInt8(ascii: "]")), (.object, UInt8(ascii: "}")): close()
            case (.array, UInt8(ascii: ",")): state = .value(mayEnd: false)
            case (.object, UInt8(ascii: ",")): state = .key(mayEnd: false)
            default: throw unexpected(Self.shown(byte))
            }
        }
    }

    private mutating func begin(_ byte: UInt8) throws(JSONSyntaxError) {
        guard open.count <= Self.maximumDepth else {
            throw failure("nested deeper than \(Self.maximumDepth) levels")
        }
        start = here
        switch byte {
        case UInt8(ascii: "{"):
            open.append(.object(names: [], bytes: 0))
            state = .key(mayEnd: true)
        case UInt8(ascii: "["):
            open.append(.array)
            state = .value(mayEnd: true)
        case UInt8(ascii: "\""): beginString(isKey: false)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            token = [byte]
            state = .number
        case _ where Self.isOfToken(byte):
            token = [byte]
            state = .word
        default: throw unexpected(Self.shown(byte))
        }
    }

    private mutating func close() {
        if case .object(_, let bytes)? = open.popLast() { names -= bytes }
        ended()
    }

    private mutating func ended() {
        state = .separator
        isDone = open.isEmpty
    }

    // MARK: - Numbers and words

    private mutating func endToken() throws(JSONSyntaxError) {
        defer { token.removeAll(keepingCapacity: true) }
        // The reader of whole texts knows what a number is, and says what is wrong with one.
        do throws(JSONSyntaxError) {
            _ = try JSONValue.parse(token)
        } catch {
            throw JSONSyntaxError(
                line: start.line, column: start.column + error.column - 1, reason: error.reason)
        }
        ended()
    }

    // MARK: - Strings

    private mutating func beginString(isKey: Bool) {
        start = here
        token.removeAll(keepingCapacity: true)
        utf8 = UTF8Check()
        state = .string(isKey: isKey)
    }

    private mutating func inString(_ byte: UInt8, _ isKey: Bool) throws(JSONSyntaxError) {
        guard utf8.take(byte) else { throw failure("the string is not valid UTF-8", at: start) }
        if byte >= 0x80 { return add(byte, isKey) }
        switch byte {
        case UInt8(ascii: "\""):
            if isKey { try take(name: token) }
            if isKey { state = .colon } else { ended() }
            token.removeAll(keepingCapacity: true)
        case UInt8(ascii: "\\"): state = .escape(isKey: isKey)
        case 0..<0x20: throw failure("a control character inside a string must be escaped")
        default: add(byte, isKey)
        }
    }

    private mutating func add(_ byte: UInt8, _ isKey: Bool) {
        if isKey, token.count <= Self.longestNames { token.append(byte) }
    }

    private mutating func take(name: [UInt8]) throws(JSONSyntaxError) {
        guard case .object(var known, let bytes)? = open.popLast() else { return }
        if names + name.count > Self.longestNames {
            open.append(.object(names: known, bytes: bytes))
            return
        }
        guard known.insert(name).inserted else {
            throw failure("the key \"\(String(decoding: name, as: UTF8.self))\" is given twice", at: start)
        }
        names += name.count
        open.append(.object(names: known, bytes: bytes + name.count))
    }

    private mutating func escape(_ byte: UInt8, _ isKey: Bool) throws(JSONSyntaxError) {
        state = .string(isKey: isKey)
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): add(byte, isKey)
        case UInt8(ascii: "b"): add(0x08, isKey)
        case UInt8(ascii: "f"): add(0x0c, isKey)
        case UInt8(ascii: "n"): add(0x0a, isKey)
        case UInt8(ascii: "r"): add(0x0d, isKey)
        case UInt8(ascii: "t"): add(0x09, isKey)
        case UInt8(ascii: "u"): state = .unicode(isKey: isKey, digits: 0, code: 0)
        default: throw failure("this escape is not one JSON knows", at: (line, position - lineStart))
        }
    }

    private mutating func unicode(
        _ byte: UInt8, _ isKey: Bool, _ digits: Int, _ code: UInt32
    ) throws(JSONSyntaxError) {
        guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
            throw failure("expected four hexadecimal digits after '\\u'")
        }
        let code = code << 4 | UInt32(digit)
        if digits < 3 {
            state = .unicode(isKey: isKey, digits: digits + 1, code: code)
            return
        }
        if let high = highHalf {
            guard (0xdc00..<0xe000).contains(code) else { throw failure("half of a surrogate pair") }
            highHalf = nil
            add(scalar: 0x10000 + (high - 0xd800) << 10 + (code - 0xdc00), isKey)
        } else if (0xd800..<0xdc00).contains(code) {
            highHalf = code
            state = .lowHalf(isKey: isKey, hasBackslash: false)
            return
        } else {
            add(scalar: code, isKey)
            guard Unicode.Scalar(code) != nil else { throw failure("half of a surrogate pair") }
        }
        state = .string(isKey: isKey)
    }

    private mutating func add(scalar code: UInt32, _ isKey: Bool) {
        guard let scalar = Unicode.Scalar(code) else { return }
        for byte in String(Character(scalar)).utf8 { add(byte, isKey) }
    }

    // MARK: - Complaints

    private func unexpected(_ found: String) -> JSONSyntaxError {
        let expected: String
        switch state {
        case _ where isDone: expected = "the end of the file"
        case .value: expected = "a value"
        case .key: expected = "a key in double quotes"
        case .colon: expected = "':' after a key"
        default:
            if case .array? = open.last { expected = "',' or ']'" } else { expected = "',' or '}'" }
        }
        return failure("expected \(expected), found \(found)")
    }

    private static func shown(_ byte: UInt8) -> String {
        (0x21..<0x7f).contains(byte)
            ? "'\(Character(Unicode.Scalar(byte)))'" : "byte 0x\(Hex.encode([byte]))"
    }

    private func failure(_ reason: String, at place: (line: Int, column: Int)? = nil) -> JSONSyntaxError {
        let place = place ?? here
        return JSONSyntaxError(line: place.line, column: place.column, reason: reason)
    }
}
