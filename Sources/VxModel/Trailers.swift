/// The `Key: value` lines that end a commit's message, as git-interpret-trailers(1) reads them.
package struct Trailers: Sendable, Equatable {
    /// Keys as written, in order.
    package let entries: [(key: String, value: String)]

    /// The trailers of a message: its last paragraph, where at least one line of it is a trailer and none before the
    /// first is anything else. The subject alone is none.
    package init(message: String) {
        let lines = message.split(separator: "\n", omittingEmptySubsequences: false).map { line -> Substring in
            line.last == "\r" ? line.dropLast() : line
        }
        let end = lines.lastIndex { !$0.allSatisfy(\.isWhitespace) } ?? -1
        let start = lines[..<(end + 1)].lastIndex { $0.allSatisfy(\.isWhitespace) }
        guard let start, end > start else {
            entries = []
            return
        }
        var found: [(key: String, value: String)] = []
        for line in lines[(start + 1)...end] {
            if line.first?.isWhitespace == true, let last = found.indices.last {
                found[last].value += " " + Self.trimmed(line)
            } else if let colon = line.firstIndex(of: ":"), colon > line.startIndex,
                line[..<colon].allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") })
            {
                found.append((String(line[..<colon]), Self.trimmed(line[line.index(after: colon)...])))
            }
        }
        entries = found
    }

    /// The values under a key, whatever its case, that are not empty.
    package subscript(key: String) -> [String] {
        entries.filter { $0.key.lowercased() == key.lowercased() && !$0.value.isEmpty }.map(\.value)
    }

    package static func == (left: Trailers, right: Trailers) -> Bool {
        left.entries.elementsEqual(right.entries) { $0 == $1 }
    }

    private static func trimmed(_ text: Substring) -> String {
        let start = text.drop(while: \.isWhitespace)
        return String(start.reversed().drop(while: \.isWhitespace).reversed())
    }
}
