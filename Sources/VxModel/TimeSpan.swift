/// Lengths of time as people write them: a number and a unit.
package enum TimeSpan {
    private static let units: [(letter: Character, seconds: Int64, name: String)] = [
        ("w", 604_800, "week"), ("d", 86_400, "day"), ("h", 3600, "hour"), ("m", 60, "minute"), ("s", 1, "second"),
    ]

    /// `14d`, `12h`, `90m`, `2w`, `30s`, and `0`; `nil` for anything else.
    package static func seconds(_ text: String) -> Int64? {
        if text == "0" { return 0 }
        guard let unit = units.first(where: { $0.letter == text.last }), let number = Int64(text.dropLast()),
            number >= 0
        else { return nil }
        let (seconds, overflow) = number.multipliedReportingOverflow(by: unit.seconds)
        return overflow ? nil : seconds
    }

    /// "14 days", "1 hour", "90 seconds": in the largest unit that leaves no rest, weeks aside; ages lose their rest.
    package static func text(_ seconds: Int64) -> String {
        let unit = units.dropFirst().first {
            seconds >= $0.seconds && (seconds % $0.seconds == 0 || seconds >= 2 * $0.seconds)
        }
        let (size, name) = unit.map { ($0.seconds, $0.name) } ?? (1, "second")
        let count = seconds / size
        return "\(count) \(name)\(count == 1 ? "" : "s")"
    }
}
