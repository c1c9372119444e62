import VxConfig
import VxModel
import VxTable

/// How values are written that pandas, and what is built on it, reads as a type.
enum ValueForm {
    /// A decimal number as tables have it: hexadecimal digits are none, and `nan(0x1)` is C's. Blanks around it say nothing.
    static func number(_ text: String) -> Double? {
        // Nearly all of them: no other spelling begins so.
        if let first = text.utf8.first, (UInt8(ascii: "1")...UInt8(ascii: "9")).contains(first),
            let number = Double(text)
        {
            return number
        }
        let text = trimmed(text)
        let letters = text.lowercased().drop { "+-".contains($0) }
        if letters.hasPrefix("nan") { return letters == "nan" || letters.hasPrefix("nan(") ? .nan : nil }
        return letters.hasPrefix("0x") ? nil : Double(text)
    }

    static func trimmed(_ text: String) -> String {
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
        let bytes = text.utf8
        guard let first = bytes.first, let last = bytes.last, isBlank(first) || isBlank(last) else { return text }
        let rest = bytes.drop(while: isBlank)
        return String(decoding: rest.prefix(rest.count - rest.reversed().prefix(while: isBlank).count), as: UTF8.self)
    }
}

extension CleanCheck.ColumnType {
    var isFloat: Bool { self == .float || self == .float32 || self == .float64 }

    var isNumber: Bool {
        switch self {
        case .int, .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64, .float, .float32, .float64: true
        case .bool, .str, .date, .datetime: false
        }
    }

    /// Whether a value that is not missing is of the type.
    ///
    /// - Parameter number: the value as a number, where the type is one of floats.
    func fits(_ text: String, _ kind: FieldKind, _ form: TableForm, _ number: Double?) -> Bool {
        let isJSON = form == .jsonl
        switch self {
        case .int, .int64: return Int64(ValueForm.trimmed(text)) != nil
        case .int8: return Int8(ValueForm.trimmed(text)) != nil
        case .int16: return Int16(ValueForm.trimmed(text)) != nil
        case .int32: return Int32(ValueForm.trimmed(text)) != nil
        case .uint8: return UInt8(ValueForm.trimmed(text)) != nil
        case .uint16: return UInt16(ValueForm.trimmed(text)) != nil
        case .uint32: return UInt32(ValueForm.trimmed(text)) != nil
        case .uint64: return UInt64(ValueForm.trimmed(text)) != nil
        case .float, .float64: return number != nil
        // A finite number that the type has no room for would become an infinite one.
        case .float32: return number.map { !$0.isFinite || Float($0).isFinite } ?? false
        case .bool: return ["true", "false"].contains(text.lowercased()) && (!isJSON || kind == .json)
        // Every field of CSV is text; JSON says itself what is a string.
        case .str: return !isJSON || kind == .text
        case .date: return ValueType.isDate(text)
        case .datetime: return text.utf8.count >= 16 && TimePoint(text)?.kind == .date
        }
    }
}
