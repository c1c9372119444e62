/// Finds out what a shell would see inside quotes.
enum ShellQuotes {
    /// Whether `place` stands inside quotes somewhere. A command in `$(…)` or backquotes begins anew, also within quotes.
    static func has(_ place: String, in command: String) -> Bool {
        let (text, place) = (Array(command.utf8), Array(place.utf8))
        // What surrounds the position: a quote, a parenthesis or a backquote.
        var open: [UInt8] = []
        var position = 0
        while position < text.count {
            let byte = text[position]
            let quote = open.last.flatMap { $0 == single || $0 == double ? $0 : nil }
            if quote != nil, text[position...].starts(with: place) { return true }
            if quote == single {
                if byte == single { open.removeLast() }
                position += 1
                continue
            }
            switch byte {
            case backslash: position += 1
            case double where quote == double: open.removeLast()
            case double: open.append(double)
            case single where quote == nil: open.append(single)
            case parenthesis where quote == nil: open.append(parenthesis)
            case dollar where position + 1 < text.count && text[position + 1] == parenthesis:
                open.append(parenthesis)
                position += 1
            case closing where open.last == parenthesis: open.removeLast()
            case backquote: if open.last == backquote { open.removeLast() } else { open.append(backquote) }
            case hash where quote == nil && (position == 0 || [0x20, 0x09, 0x0a].contains(text[position - 1])):
                position = text[position...].firstIndex(of: 0x0a) ?? text.count
            default: break
            }
            position += 1
        }
        return false
    }

    private static let single = UInt8(ascii: "'")
    private static let double = UInt8(ascii: "\"")
    private static let backslash = UInt8(ascii: "\\")
    private static let parenthesis = UInt8(ascii: "(")
    private static let closing = UInt8(ascii: ")")
    private static let dollar = UInt8(ascii: "$")
    private static let backquote = UInt8(ascii: "`")
    private static let hash = UInt8(ascii: "#")
}
