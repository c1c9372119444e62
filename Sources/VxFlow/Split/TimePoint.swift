import VxModel

/// A place in time as a table has it: a number, or a date by ISO 8601.
package struct TimePoint: Sendable, Comparable {
    /// What kind of text says it. Times of different kinds have no order.
    package enum Kind: Sendable { case number, date }

    /// When it is, however it is written.
    package struct Moment: Sendable, Comparable {
        package let kind: Kind
        /// The number, or the seconds since 1970.
        fileprivate let value: Double

        /// Earlier comes first.
        package static func < (left: Moment, right: Moment) -> Bool { left.value < right.value }
    }

    /// As it is written.
    package let text: String
    package let moment: Moment

    package var kind: Kind { moment.kind }

    /// `nil` for what is neither a number nor a date.
    ///
    /// A date is `2024-03`, `2024-03-01`, or a day with `T` or a blank, hours and minutes, and perhaps seconds, their
    /// fraction, and `Z` or an offset; UTC where there is none.
    package init?(_ text: String) {
        self.text = text
        let bytes = Array(text.utf8)
        if let seconds = Self.seconds(bytes) {
            moment = Moment(kind: .date, value: seconds)
        } else if bytes.allSatisfy(Self.isOfNumber), let number = Double(text), number.isFinite {
            moment = Moment(kind: .number, value: number)
        } else {
            return nil
        }
    }

    /// What a text is known to say.
    init(_ text: String, at moment: Moment) {
        self.text = text
        self.moment = moment
    }

    /// Earlier comes first.
    package static func < (left: TimePoint, right: TimePoint) -> Bool { left.moment < right.moment }

    /// Whether both are the same moment, however it is written.
    package static func == (left: TimePoint, right: TimePoint) -> Bool { left.moment == right.moment }

    /// The letters of `nan`, `inf` and hexadecimal numbers are none.
    private static func isOfNumber(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "+-.eE".utf8.contains(byte)
    }

    private static func seconds(_ bytes: [UInt8]) -> Double? {
        guard bytes.count >= 7, bytes[4] == UInt8(ascii: "-") else { return nil }
        if bytes.count == 7 { return whole(bytes, "-01T00:00:00Z") }
        guard bytes.count > 10 else { return whole(bytes, "T00:00:00Z") }
        guard bytes.count >= 16, [UInt8(ascii: "T"), UInt8(ascii: "t"), UInt8(ascii: " ")].contains(bytes[10]) else {
            return nil
        }
        let minutes = bytes[..<10] + [UInt8(ascii: "T")] + bytes[11..<16]
        var rest = bytes[16...]
        var seconds: Double?
        if rest.first == UInt8(ascii: ":") {
            seconds = whole(minutes + rest.prefix(3), "Z")
            rest = rest.dropFirst(3)
            if rest.first == UInt8(ascii: ".") || rest.first == UInt8(ascii: ",") {
                let digits = rest.dropFirst().prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
                guard let fraction = Double("0." + String(decoding: digits, as: UTF8.self)) else { return nil }
                seconds = seconds.map { $0 + fraction }
                rest = rest.dropFirst(1 + digits.count)
            }
        } else {
            seconds = whole(minutes, ":00Z")
        }
        guard let seconds, let offset = offset(rest) else { return nil }
        return seconds - offset
    }

    private static func whole(_ bytes: some Sequence<UInt8>, _ end: String) -> Double? {
        Timestamp(String(decoding: Array(bytes), as: UTF8.self) + end).map { Double($0.seconds) }
    }

    /// The seconds of `Z`, `+01:00`, `-0130` or nothing.
    private static func offset(_ zone: ArraySlice<UInt8>) -> Double? {
        if zone.isEmpty || zone.elementsEqual("Z".utf8) || zone.elementsEqual("z".utf8) { return 0 }
        let digits = zone.dropFirst().filter { $0 != UInt8(ascii: ":") }
        guard zone.first == UInt8(ascii: "+") || zone.first == UInt8(ascii: "-"),
            digits.count == 4 || digits.count == 2,
            digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let hours = Double(String(decoding: digits.prefix(2), as: UTF8.self)),
            let minutes = Double("0" + String(decoding: digits.dropFirst(2), as: UTF8.self))
        else { return nil }
        return (hours * 60 + minutes) * 60 * (zone.first == UInt8(ascii: "-") ? -1 : 1)
    }
}
