import VxModel

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Values as people read them in tables and reports.
enum NumberText {
    /// A value on one line: numbers shortened to six significant digits, everything else as JSON without spaces.
    static func short(_ value: JSONValue) -> String {
        switch value {
        case .integer(let number): String(number)
        case .large(let digits): digits
        case .number(let number): short(number)
        case .string(let text): VisibleText.line(text)
        default: value.compact
        }
    }

    /// Six significant digits, without zeros that say nothing.
    static func short(_ number: Double) -> String {
        if number.isNaN { return "NaN" }
        if number.isInfinite { return number < 0 ? "-Infinity" : "Infinity" }
        return formatted("%.6g", number)
    }

    /// Every digit of a whole number.
    static func whole(_ number: Double) -> String { formatted("%.0f", number == 0 ? 0 : number) }

    private static func formatted(_ format: String, _ number: Double) -> String {
        // C's rounding is exact, and the program never sets a locale, so the decimal point is a point. The largest double
        // has 309 digits.
        var buffer = [CChar](repeating: 0, count: 320)
        let length = withVaList([number]) { vsnprintf(&buffer, buffer.count, format, $0) }
        return String(decoding: buffer.prefix(max(0, Int(length))).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// A value with every digit, for saying how two of them differ.
    static func full(_ value: JSONValue) -> String {
        switch value {
        case .string(let text): VisibleText.line(text)
        case .number(let number) where number.isNaN: "NaN"
        case .number(let number) where number.isInfinite: number < 0 ? "-Infinity" : "Infinity"
        default: value.compact
        }
    }

    /// Columns a text takes on a terminal: East Asian wide characters and emoji take two.
    static func columns(_ text: String) -> Int {
        text.reduce(0) { total, character in
            let isWide = character.unicodeScalars.first.map { scalar in
                switch scalar.value {
                case 0x1100...0x115f, 0x2e80...0xa4cf, 0xac00...0xd7a3, 0xf900...0xfaff, 0xfe30...0xfe6f,
                    0xff00...0xff60, 0xffe0...0xffe6, 0x1f300...0x1faff, 0x20000...0x3fffd:
                    true
                default: false
                }
            }
            return total + (isWide == true ? 2 : 1)
        }
    }
}
