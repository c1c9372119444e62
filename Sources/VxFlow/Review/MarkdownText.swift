import VxModel

/// Text of unknown origin for a Markdown page: it cannot end a cell, begin a tag, call a user or reverse the line.
enum MarkdownText {
    /// A code span; `nil` text is none. Fits into a table's cell.
    ///
    /// - Parameter limit: the most characters; the middle of what is longer is left out.
    static func code(_ text: String, limit: Int = 80) -> String {
        let text = VisibleText.line(shortened(text, limit))
        if text.allSatisfy({ $0 == " " }) { return "" }
        guard text.contains(where: { $0 == "`" || $0 == "\\" }) else {
            return "`\(text.replacing("|", with: "\\|"))`"
        }
        // A code span cannot hold these beside a table's cell; a tag can, with what means something written as numbers.
        let escaped = text.unicodeScalars.map { scalar -> String in
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9", " ": String(scalar)
            case _ where scalar.isASCII: "&#\(scalar.value);"
            default: String(scalar)
            }
        }
        return "<code>\(escaped.joined())</code>"
    }

    private static func shortened(_ text: String, _ limit: Int) -> String {
        // Scalars and not characters: one character may be any number of scalars.
        let scalars = text.unicodeScalars
        guard scalars.count > limit else { return text }
        var short = String.UnicodeScalarView(scalars.prefix(limit / 2))
        short.append("…")
        short.append(contentsOf: scalars.suffix(limit - limit / 2 - 1))
        return String(short)
    }
}

/// Numbers as a reader takes them in.
enum ShortNumber {
    /// Four significant digits.
    static func text(_ number: Double) -> String {
        guard number.isFinite, number != 0 else { return number == 0 ? "0" : "\(number)" }
        var (size, exponent) = (number.magnitude, 0)
        while size >= 10 {
            size /= 10
            exponent += 1
        }
        while size < 1 {
            size *= 10
            exponent -= 1
        }
        if (-4...6).contains(exponent) { return rounded(number, digits: max(0, 3 - exponent)) }
        return (number < 0 ? "-" : "") + rounded(size, digits: 3) + "e\(exponent)"
    }

    /// A share in per cent, with one decimal below ten.
    static func percent(_ share: Double) -> String {
        share > 0 && share < 0.0005 ? "<0.1 %" : rounded(share * 100, digits: share < 0.0995 ? 1 : 0) + " %"
    }

    /// A number with so many decimals, without zeros at its end.
    static func rounded(_ number: Double, digits: Int) -> String {
        let factor = (0..<digits).reduce(1.0) { value, _ in value * 10 }
        let text = "\((number * factor).rounded() / factor)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    /// A count with its thousands apart: `12,345`.
    static func count(_ number: Int) -> String {
        let digits = Array(String(number.magnitude))
        let grouped = digits.enumerated().map { position, digit in
            position > 0 && (digits.count - position) % 3 == 0 ? ",\(digit)" : String(digit)
        }
        return (number < 0 ? "-" : "") + grouped.joined()
    }

    /// A count of rows: `1 row`, `12,345 rows`.
    static func rows(_ number: Int) -> String { "\(count(number)) row\(number == 1 ? "" : "s")" }
}
