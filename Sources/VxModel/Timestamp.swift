/// A moment to the second, written as RFC 3339 in UTC: `2025-03-01T09:30:00Z`.
///
/// There is one text for each moment, so records that say the same have the same bytes.
package struct Timestamp: Sendable, Hashable, Comparable {
    /// Seconds since 1970-01-01T00:00:00Z, leap seconds not counted.
    package let seconds: Int64

    /// Years 0000 to 9999, the ones the text can hold.
    private static let range: ClosedRange<Int64> = -62_167_219_200...253_402_300_799

    /// A moment given in seconds since 1970, held to the years a text can hold.
    package init(seconds: Int64) {
        self.seconds = min(max(seconds, Self.range.lowerBound), Self.range.upperBound)
    }

    /// Reads exactly the form `text` writes; anything else is `nil`.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        let shape = Array("0000-00-00T00:00:00Z".utf8)
        guard bytes.count == shape.count else { return nil }
        var fields: [Int64] = [0]
        for (byte, expected) in zip(bytes, shape) {
            if expected == UInt8(ascii: "0") {
                guard ASCII.isDigit(byte) else { return nil }
                fields[fields.count - 1] = fields[fields.count - 1] * 10 + Int64(byte - UInt8(ascii: "0"))
            } else {
                guard byte == expected else { return nil }
                fields.append(0)
            }
        }
        guard (1...12).contains(fields[1]), fields[2] >= 1, fields[3] < 24, fields[4] < 60, fields[5] < 60 else {
            return nil
        }
        let days = Self.days(year: fields[0], month: fields[1], day: fields[2])
        self.init(seconds: days * 86_400 + fields[3] * 3600 + fields[4] * 60 + fields[5])
        // A day the month does not have comes back as a day of the next.
        guard self.text == text else { return nil }
    }

    /// The moment as RFC 3339, in UTC.
    package var text: String {
        let (year, month, day) = date
        let time = ((seconds % 86_400) + 86_400) % 86_400
        return [Self.padded(year, 4), Self.padded(month, 2), Self.padded(day, 2)].joined(separator: "-") + "T"
            + [time / 3600, time / 60 % 60, time % 60].map { Self.padded($0, 2) }.joined(separator: ":") + "Z"
    }

    /// The moment without seconds, for tables: `2025-03-01 09:30`.
    package var short: String {
        String(text.prefix(16)).replacing("T", with: " ")
    }

    /// Earlier comes first.
    package static func < (left: Timestamp, right: Timestamp) -> Bool { left.seconds < right.seconds }

    /// Days since 1970 of a date in the proleptic Gregorian calendar. Years start in March here, so that the leap day
    /// is a year's last.
    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// The inverse of `days(year:month:day:)`.
    private var date: (year: Int64, month: Int64, day: Int64) {
        let days = (seconds >= 0 ? seconds : seconds - 86_399) / 86_400 + 719_468
        let era = (days >= 0 ? days : days - 146_096) / 146_097
        let dayOfEra = days - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    private static func padded(_ value: Int64, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

extension Timestamp: CustomStringConvertible {
    /// The text form.
    package var description: String { text }
}
