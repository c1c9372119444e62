import VxConfig
import VxModel
import VxSystem
import VxTable

/// Holds the values of one column against what is declared, row by row.
struct ColumnCheck {
    private let rule: CleanCheck.Column
    private let position: Int
    /// What ``identity(_:_:isNumeric:)`` makes of the allowed values, as texts and as numbers.
    private let allowed: Set<[UInt8]>?
    private let pattern: TextPattern?
    private let asksForNumber: Bool
    private var seen: Set<[UInt8]> = []
    private var rows = 0
    private var missing = 0
    private var isRowMissing = false
    /// Whether the column holds nothing but numbers.
    private let isNumeric: Bool
    /// What makes the row's value the same as another's.
    private var identity: [UInt8] = []

    /// - Throws: where the pattern is no regular expression.
    init(_ rule: CleanCheck.Column, at position: Int) throws {
        self.rule = rule
        self.position = position
        pattern = try rule.matches.map { try TextPattern($0) }
        isNumeric = !rule.types.isEmpty && rule.types.allSatisfy(\.isNumber)
        allowed = rule.isin.map { values in
            Set(
                values.flatMap { value in
                    [FieldKind.text, .json].map { Self.identity(Array(value.utf8), $0, isNumeric: $0 == .json) }
                })
        }
        asksForNumber = rule.ge != nil || rule.le != nil || rule.types.contains { $0.isFloat }
    }

    /// What is wrong with a row by itself; `nil` for nothing.
    ///
    /// - Throws: `interrupted`.
    mutating func problem(
        _ fields: [[UInt8]], _ kinds: [FieldKind], _ form: TableForm, _ cancellation: Cancellation
    ) throws -> RowProblem? {
        let text = String(decoding: fields[position], as: UTF8.self)
        let number = asksForNumber ? ValueForm.number(text) : nil
        isRowMissing = isMissing(fields[position], kinds[position], form, number)
        if rule.unique || allowed != nil {
            identity = Self.identity(fields[position], kinds[position], isNumeric: isNumeric)
        }
        if isRowMissing {
            guard rule.nullShare == 0 else { return nil }
            return RowProblem(check: "values", rule: "'\(rule.name)' is missing")
        }
        if rule.nullShare == 0, number?.isFinite == false { return complain(text, "is not finite") }
        if !rule.types.isEmpty, !rule.types.contains(where: { $0.fits(text, kinds[position], form, number) }) {
            let words = rule.types.map(\.rawValue)
            return complain(
                text, words.count == 1 ? "is no \(words[0])" : "is none of \(words.joined(separator: ", "))")
        }
        if rule.ge != nil || rule.le != nil {
            guard let number else { return complain(text, "is no number") }
            if let ge = rule.ge, !(number >= ge) { return complain(text, "is below \(ge)") }
            if let le = rule.le, !(number <= le) { return complain(text, "is above \(le)") }
        }
        if let allowed, !allowed.contains(identity) { return complain(text, "is none of the allowed values") }
        if let pattern, try !pattern.fits(text, check: { try cancellation.check() }) {
            return complain(text, "does not fit the pattern")
        }
        return nil
    }

    /// What is wrong with a row beside those that were kept: asked when nothing is wrong with the row by itself.
    func repetition(_ fields: [[UInt8]]) -> RowProblem? {
        guard rule.unique, !isRowMissing, seen.contains(identity) else { return nil }
        return complain(String(decoding: fields[position], as: UTF8.self), "is there twice")
    }

    /// Takes a row that stays: the one that was asked about last.
    mutating func keep() {
        rows += 1
        if isRowMissing { missing += 1 } else if rule.unique { seen.insert(identity) }
    }

    /// Numbers are the same by their value, JSON's and those of a column of numbers: `1`, `1.0`, `1e0`. A text of JSON is no number.
    private static func identity(_ field: [UInt8], _ kind: FieldKind, isNumeric: Bool) -> [UInt8] {
        if kind == .json || isNumeric, let number = DecimalText.plain(field) {
            return [FieldKind.json.rawValue] + number
        }
        // `inf`, `Infinity`.
        if isNumeric, let number = ValueForm.number(String(decoding: field, as: UTF8.self)), number.isInfinite {
            return [FieldKind.json.rawValue] + Array("\(number)".utf8)
        }
        return [kind.rawValue] + field
    }

    /// JSON has a word for what is missing; in CSV there are several, and every way to write NaN is one where numbers are
    /// asked for.
    private func isMissing(_ field: [UInt8], _ kind: FieldKind, _ form: TableForm, _ number: Double?) -> Bool {
        if kind == .absent || kind == .null || number?.isNaN == true { return true }
        if form == .jsonl { return kind == .json && field.elementsEqual("NaN".utf8) }
        return MissingValue.isMissing(field)
    }

    private func complain(_ text: String, _ what: String) -> RowProblem {
        let rule = "'\(rule.name)' \(what)"
        return RowProblem(check: "values", rule: rule, detail: "\(rule): '\(text.prefix(40))'")
    }

    /// What is wrong with the column as a whole.
    var finalProblem: String? {
        guard let share = rule.nullShare, rows > 0, Double(missing) > share * Double(rows) else { return nil }
        return "'\(rule.name)' is missing in \(missing) of \(rows) rows"
    }
}
