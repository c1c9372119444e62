import VxModel

/// Expected output, line by line, with the wildcards a transcript may use.
///
/// `...` alone stands for any lines, also none. Inside a line, `[..]` stands for any text, `<git-id>` for 7 to 40 hex
/// digits, `<content-id>` for 64, `<duration>` for a time such as `1.2 s`. A backslash at the start of a line is
/// dropped and takes the meaning off what follows.
package enum OutputPattern {
    /// Whether the lines of `output` are the ones `patterns` describe.
    package static func matches(_ patterns: [String], _ output: String) -> Bool {
        let lines = lines(of: output)
        // reachable[i][j]: the first i patterns can stand for the first j lines.
        var reachable = [[Bool]](
            repeating: [Bool](repeating: false, count: lines.count + 1), count: patterns.count + 1)
        reachable[0][0] = true
        for (i, pattern) in patterns.enumerated() {
            for j in 0...lines.count {
                if pattern == "..." {
                    reachable[i + 1][j] = reachable[i][j] || (j > 0 && reachable[i + 1][j - 1])
                } else if j > 0, reachable[i][j - 1] {
                    reachable[i + 1][j] = matches(pattern, line: lines[j - 1])
                }
            }
        }
        return reachable[patterns.count][lines.count]
    }

    /// The lines of some output; a newline at its end begins no further line.
    package static func lines(of output: String) -> [String] {
        var lines = output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.last == "" { lines.removeLast() }
        return lines
    }

    /// Whether one line is what one pattern describes.
    package static func matches(_ pattern: String, line: String) -> Bool {
        if pattern.hasPrefix("\\") { return pattern.dropFirst() == line }
        return matches(pieces(of: pattern)[...], Array(line.utf8)[...])
    }

    /// Expected output for `output` that keeps the patterns of `old` which still hold.
    package static func updating(_ old: [String], to output: String) -> [String] {
        let fresh = Transcript.patterns(for: output)
        if matches(old, output) { return old }
        var remaining = old[...]
        return zip(lines(of: output), fresh).map { line, plain in
            guard let kept = remaining.firstIndex(where: { $0 != "..." && matches($0, line: line) }) else {
                return plain
            }
            remaining = remaining[(kept + 1)...]
            return old[kept]
        }
    }

    private enum Piece {
        case text([UInt8])
        case anything
        case hexDigits(ClosedRange<Int>)
        case duration
    }

    private static let wildcards: [(spelling: [UInt8], piece: Piece)] = [
        (Array("[..]".utf8), .anything), (Array("<git-id>".utf8), .hexDigits(7...40)),
        (Array("<content-id>".utf8), .hexDigits(64...64)), (Array("<duration>".utf8), .duration),
    ]

    private static func pieces(of pattern: String) -> [Piece] {
        var pieces: [Piece] = []
        var text: [UInt8] = []
        var rest = Array(pattern.utf8)[...]
        while let byte = rest.first {
            if let wildcard = wildcards.first(where: { rest.starts(with: $0.spelling) }) {
                pieces += [.text(text), wildcard.piece]
                text = []
                rest = rest.dropFirst(wildcard.spelling.count)
            } else {
                text.append(byte)
                rest = rest.dropFirst()
            }
        }
        return pieces + [.text(text)]
    }

    private static func matches(_ pieces: ArraySlice<Piece>, _ line: ArraySlice<UInt8>) -> Bool {
        guard let piece = pieces.first else { return line.isEmpty }
        let later = pieces.dropFirst()
        switch piece {
        case .text(let text):
            return line.starts(with: text) && matches(later, line.dropFirst(text.count))
        case .anything:
            return (0...line.count).contains { matches(later, line.dropFirst($0)) }
        case .hexDigits(let counts):
            let available = min(line.prefix(while: isHexDigit).count, counts.upperBound)
            guard available >= counts.lowerBound else { return false }
            return (counts.lowerBound...available).contains { matches(later, line.dropFirst($0)) }
        case .duration:
            let number = line.prefix { ASCII.isDigit($0) || $0 == UInt8(ascii: ".") }
            guard let first = number.first, ASCII.isDigit(first) else { return false }
            var unit = line.dropFirst(number.count)
            if unit.first == UInt8(ascii: " ") { unit = unit.dropFirst() }
            return ["ns", "µs", "ms", "s", "min", "h"].contains {
                unit.starts(with: $0.utf8) && matches(later, unit.dropFirst($0.utf8.count))
            }
        }
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        ASCII.isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }
}
