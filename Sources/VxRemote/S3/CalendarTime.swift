/// A moment in UTC as the protocols write it. Seconds since 1970, without leap seconds.
enum CalendarTime {
    /// `20130524T000000Z`, as AWS signs it.
    static func basic(_ seconds: Int64) -> String {
        let day = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
        let (year, month, date) = civil(day)
        let rest = seconds - day * 86_400
        return padded(year, 4) + padded(month, 2) + padded(date, 2) + "T" + padded(rest / 3600, 2)
            + padded(rest / 60 % 60, 2) + padded(rest % 60, 2) + "Z"
    }

    /// Reads `2013-05-24T00:00:00.000Z` (ISO 8601, in UTC).
    static func iso(_ text: String) -> Int64? {
        let numbers = text.split { !$0.isNumber }.prefix(6).compactMap { Int64($0) }
        guard numbers.count == 6, text.hasSuffix("Z") || text.hasSuffix("+00:00") else { return nil }
        return seconds(numbers)
    }

    /// Reads `Fri, 24 May 2013 00:00:00 GMT` (RFC 9110, section 5.6.7, the form that servers must send).
    static func http(_ text: String) -> Int64? {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let words = text.split(whereSeparator: { " ,:".contains($0) })
        guard words.count == 8, words[7] == "GMT", let month = months.firstIndex(of: String(words[2])) else {
            return nil
        }
        let numbers = [words[3], words[1], words[4], words[5], words[6]].compactMap { Int64($0) }
        guard numbers.count == 5 else { return nil }
        return seconds([numbers[0], Int64(month) + 1] + numbers[1...])
    }

    private static func seconds(_ parts: [Int64]) -> Int64? {
        guard (1...12).contains(parts[1]), (1...31).contains(parts[2]), parts[3] < 24, parts[4] < 60, parts[5] <= 60,
            (1...9999).contains(parts[0])
        else { return nil }
        return days(parts[0], parts[1], parts[2]) * 86_400 + parts[3] * 3600 + parts[4] * 60 + parts[5]
    }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    /// Days since 1970 of a date of the Gregorian calendar, counted in years that begin in March (Hinnant,
    /// "chrono-Compatible Low-Level Date Algorithms").
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let era = year / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func civil(_ days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let index = (5 * dayOfYear + 2) / 153
        let month = index < 10 ? index + 3 : index - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * index + 2) / 5 + 1)
    }
}
