/// Text of unknown origin, made fit to be seen: names, values, messages and servers' answers may hold what a terminal
/// obeys, or what turns the direction of writing around.
///
/// Every command's output passes here where it is written. What a value must not break, as a line or a table's cell, it
/// is given to ``line(_:)`` for.
package enum VisibleText {
    /// The text on one line: line ends and tabs are escaped like every other control character, as `\u{1b}`.
    package static func line(_ text: String) -> String { escaped(text, keepingLines: false, by: braced) }

    /// The same with line ends and tabs left alone.
    package static func lines(_ text: String) -> String { escaped(text, keepingLines: true, by: braced) }

    /// JSON with the same characters escaped as JSON does it, as `\u001b`. Between its strings there are none.
    package static func json(_ text: String) -> String { escaped(text, keepingLines: true, by: jsonEscape) }

    /// The text as it may stand in the log of a GitHub workflow, where a line that begins with `::` after blanks is a command, and
    /// what follows `##[` is one wherever it stands.
    package static func logged(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        var rest = text.unicodeScalars[...]
        var isAtStart = true
        while let scalar = rest.popFirst() {
            let isCommand =
                scalar == ":" ? isAtStart && rest.first == ":" : scalar == "#" && rest.starts(with: "#[".unicodeScalars)
            result.append(contentsOf: isCommand ? braced(scalar).unicodeScalars : String(scalar).unicodeScalars)
            isAtStart = scalar == "\n" || (isAtStart && scalar.properties.isWhitespace)
        }
        return String(result)
    }

    /// Whether a character may not be written as it is: control characters; marks that change the direction of writing,
    /// end a line or cannot be seen, as Unicode lists them; what is no character at all.
    ///
    /// The two joiners stay, and the two marks that tell emoji from text: they shape what is before them.
    package static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x20..<0x7f, 0x200c...0x200d, 0xfe0e...0xfe0f: false
        // Line and paragraph ends, marks between lines, and a pattern of dots without one.
        case 0..<0x20, 0x7f..<0xa0, 0x2028...0x202e, 0xfff9...0xfffb, 0x2800: true
        default: scalar.value & 0xfffe == 0xfffe || scalar.properties.isDefaultIgnorableCodePoint
        }
    }

    private static func escaped(
        _ text: String, keepingLines: Bool, by escape: (Unicode.Scalar) -> String
    ) -> String {
        if isPlain(text, keepingLines: keepingLines) { return text }
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if isHidden(scalar), !(keepingLines && (scalar == "\n" || scalar == "\t")) {
                result.append(contentsOf: escape(scalar).unicodeScalars)
            } else {
                result.append(scalar)
            }
        }
        return String(result)
    }

    /// Whether a look at the bytes shows already that there is nothing to escape: a listing may be long.
    private static func isPlain(_ text: String, keepingLines: Bool) -> Bool {
        text.utf8.allSatisfy { byte in
            switch byte {
            case 0x20..<0x7f: true
            case UInt8(ascii: "\n"), UInt8(ascii: "\t"): keepingLines
            // The first bytes in UTF-8 of what is hidden; the bytes that follow a first byte say nothing by themselves.
            case 0..<0x20, 0x7f, 0xc2, 0xcd, 0xd8, 0xe1...0xe3, 0xef...: false
            default: true
            }
        }
    }

    private static func braced(_ scalar: Unicode.Scalar) -> String { "\\u{\(String(scalar.value, radix: 16))}" }

    private static func jsonEscape(_ scalar: Unicode.Scalar) -> String {
        String(scalar).utf16.map { unit in
            let digits = String(unit, radix: 16)
            return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }.joined()
    }
}
