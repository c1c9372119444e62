import VxConfig
import VxModel
import VxSystem
import VxTable

/// Holds the values of one column against what is declared, row by row.
struct ColumnCheck {
    private let rule: CleanCheck.Column
    private let position: Int
    private let allowed: Set<String>?
    private let pattern: TextPattern?
    private var seen: Set<[UInt8]> = []
    private var rows = 0
    private var missing = 0

    /// - Throws: where the pattern is no regular expression.
    init(_ rule: CleanCheck.Column, at position: Int) throws {
        self.rule = rule
        self.position = position
        allowed = rule.isin.map(Set.init)
        pattern = try rule.matches.map { try TextPattern($0) }
    }

    /// What is wrong with a row; `nil` for nothing.
    ///
    /// - Throws: `interrupted`.
    mutating func problem(
        _ fields: [[UInt8]], _ kinds: [FieldKind], _ form: TableForm, line: Int, _ cancellation: Cancellation
    ) throws -> String? {
        let text = String(decoding: fields[position], as: UTF8.self)
        rows += 1
        let asksForNumber = rule.type == .float || rule.ge != nil || rule.le != nil
        let number = asksForNumber ? Self.number(text) : nil
        if isMissing(fields[position], kinds[position], form, number) {
            missing += 1
            return rule.nullShare == 0 ? "line \(line): '\(rule.name)' is missing" : nil
        }
        if rule.nullShare == 0, rule.type == .float, number?.isFinite == false {
            return complain(text, "is not finite", line)
        }
        if let type = rule.type, !Self.fits(text, type, number) { return complain(text, "is no \(type.rawValue)", line) }
        if rule.ge != nil || rule.le != nil {
            guard let number else { return complain(text, "is no number", line) }
            if let ge = rule.ge, !(number >= ge) { return complain(text, "is below \(ge)", line) }
            if let le = rule.le, !(number <= le) { return complain(text, "is above \(le)", line) }
        }
        if let allowed, !allowed.contains(text) { return complain(text, "is none of the allowed values", line) }
        if let pattern, try !pattern.fits(text, check: { try cancellation.check() }) {
            return complain(text, "does not fit the pattern", line)
        }
        if rule.unique, !seen.insert(fields[position]).inserted { return complain(text, "is there twice", line) }
        return nil
    }

    /// JSON has a word for what is missing; in CSV there are several, and every way to write NaN is one where numbers are
    /// asked for.
    private func isMissing(_ field: [UInt8], _ kind: FieldKind, _ form: TableForm, _ number: Double?) -> Bool {
        if kind == .absent || kind == .null { return true }
        if rule.type == .float, number?.isNaN == true { return true }
        return form != .jsonl && MissingValue.isMissing(field)
    }

    /// A decimal number as tables have it: hexadecimal digits are none, and `nan(0x1)` is C's.
    private static func number(_ text: String) -> Double? {
        // Nearly all of them: no other spelling begins so.
        if let first = text.utf8.first, (UInt8(ascii: "1")...UInt8(ascii: "9")).contains(first) { return Double(text) }
        let letters = text.lowercased().drop { "+-".contains($0) }
        if letters.hasPrefix("nan") { return letters == "nan" || letters.hasPrefix("nan(") ? .nan : nil }
        return letters.hasPrefix("0x") ? nil : Double(text)
    }

    private func complain(_ text: String, _ what: String, _ line: Int) -> String {
        "line \(line): '\(rule.name)' \(what): '\(text.prefix(40))'"
    }

    /// What is wrong with the column as a whole.
    var finalProblem: String? {
        guard let share = rule.nullShare, rows > 0, Double(missing) > share * Double(rows) else { return nil }
        return "'\(rule.name)' is missing in \(missing) of \(rows) rows"
    }

    private static func fits(_ text: String, _ type: CleanCheck.ColumnType, _ number: Double?) -> Bool {
        switch type {
        case .int: Int64(text) != nil
        case .float: number != nil
        case .bool: ["true", "false", "0", "1", "yes", "no"].contains(text.lowercased())
        case .str: true
        case .date: ValueType.isDate(text)
        case .datetime: ValueType.isDateTime(text)
        }
    }
}
