import VxModel

/// What the values of a column are: the narrowest type that all of them fit.
package enum ValueType: String, Sendable {
    /// No value yet, or all missing.
    case none
    case int, float, bool, date, datetime, str

    /// The type of one value that is not missing.
    package init(of text: [UInt8]) {
        let string = String(decoding: text, as: UTF8.self)
        let first = text.first ?? 0
        if Self.startsNumber(first) {
            if Int64(string) != nil {
                self = .int
                return
            }
            if Double(string) != nil {
                self = .float
                return
            }
        }
        switch string {
        case "true", "false", "True", "False", "TRUE", "FALSE": self = .bool
        case _ where Self.isDate(string): self = .date
        case _ where Self.isDateTime(string): self = .datetime
        default: self = .str
        }
    }

    /// The narrowest type that values of both fit.
    package func joined(with other: ValueType) -> ValueType {
        switch (self, other) {
        case (let one, let two) where one == two: self
        case (.none, _): other
        case (_, .none): self
        case (.int, .float), (.float, .int): .float
        case (.date, .datetime), (.datetime, .date): .datetime
        default: .str
        }
    }

    /// Whether the values can be added up.
    package var isNumeric: Bool { self == .int || self == .float }

    private static func startsNumber(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
            || byte == UInt8(ascii: "+") || byte == UInt8(ascii: ".")
    }

    /// A day, as ISO 8601 writes it.
    package static func isDate(_ text: String) -> Bool {
        text.utf8.count == 10 && Timestamp(text + "T00:00:00Z") != nil
    }

    /// A day and a time, with or without `T` and `Z`.
    package static func isDateTime(_ text: String) -> Bool {
        if text.utf8.count < 19 { return false }
        return Timestamp(text) != nil
            || Timestamp(text.replacing(" ", with: "T") + (text.hasSuffix("Z") ? "" : "Z")) != nil
    }
}

/// What stands for a value that is not there: what pandas reads as missing
/// (<https://pandas.pydata.org/docs/reference/api/pandas.read_csv.html>, `na_values`).
package enum MissingValue {
    private static let words: Set<[UInt8]> = Set(
        [
            "", "NA", "N/A", "NaN", "nan", "null", "NULL", "None", "n/a", "<NA>", "#N/A", "#NA", "#N/A N/A", "-NaN", "-nan",
            "1.#IND", "-1.#IND", "1.#QNAN", "-1.#QNAN",
        ].map { Array($0.utf8) })
    private static let longest = words.map(\.count).max() ?? 0

    /// Whether a field says that there is no value.
    package static func isMissing(_ field: [UInt8]) -> Bool { field.count <= longest && words.contains(field) }
}
