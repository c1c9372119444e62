import VxModel

/// What an attribute is for a path (gitattributes(5)).
package enum AttributeValue: Sendable, Equatable {
    case set, unset
    /// A line says that no line says anything: `!name`.
    case unspecified
    case value(String)
}

/// The lines of one attributes file, read as git reads them.
package struct AttributeText: Sendable {
    struct Line: Sendable {
        /// Counted from 1.
        var number: Int
        var subject: Subject
        var assignments: [(name: String, value: AttributeValue)]
    }

    enum Subject: Sendable {
        case pattern(AttributePattern)
        /// `[attr]name`: what setting the name sets besides.
        case macro(String)
    }

    let lines: [Line]
    private let table: AttributeLineTable?
    private let foldsCase: Bool

    /// Fewer lines are tried one after the other sooner than looked up.
    private static let fewLines = 8
    /// git leaves out longer lines since 2.39.1.
    static let longestLine = 2048
    private static let blanks: Set<UInt8> = [9, 10, 13, 32]

    /// - Parameters:
    ///   - definesMacros: whether `[attr]` lines count: not in the files of folders below the top.
    ///   - foldsCase: whether a pattern fits a path in capital or small letters, as git has it where `core.ignoreCase` is true.
    package init(_ bytes: some Collection<UInt8>, definesMacros: Bool, foldsCase: Bool = false) {
        self.foldsCase = foldsCase
        let mark: [UInt8] = [0xef, 0xbb, 0xbf]
        let text = Array(bytes.starts(with: mark) ? bytes.dropFirst(mark.count) : bytes[...])
        var lines: [Line] = []
        for (index, line) in text.split(separator: 10, omittingEmptySubsequences: false).enumerated() {
            if let line = Self.line(line, number: index + 1, definesMacros, foldsCase) { lines.append(line) }
        }
        self.lines = lines
        table = lines.count > Self.fewLines ? AttributeLineTable(lines) : nil
    }

    /// The lines whose patterns fit a path, the last one first: it counts before the others.
    ///
    /// - Parameter path: counted from the folder of the file.
    func lines(for path: ArraySlice<UInt8>) -> [Line] {
        if let table {
            return table.places(of: foldsCase ? ArraySlice(path.map(ASCII.lowercased)) : path).map { lines[$0] }
        }
        return lines.reversed().filter { line in
            if case .pattern(let pattern) = line.subject { pattern.matches(path) } else { false }
        }
    }

    /// Whether some line may take a path from vx, or make git change or merge a pointer's text: all that others' lines are
    /// dangerous for. A macro may do anything; vx's own driver merges pointers as they are.
    package var concernsPointers: Bool {
        let names: Set<String> = ["filter", "text", "eol", "crlf", "working-tree-encoding", "merge", "binary"]
        return lines.contains { line in
            if case .macro = line.subject { return true }
            return line.assignments.contains {
                names.contains($0.name) && !($0.name == "merge" && $0.value == .value("vx"))
            }
        }
    }

    /// What there is where no file says anything: git's own macro.
    static let builtIn = AttributeText("[attr]binary -diff -merge -text".utf8, definesMacros: true)

    private static func line(
        _ line: ArraySlice<UInt8>, number: Int, _ definesMacros: Bool, _ foldsCase: Bool
    ) -> Line? {
        guard line.count < longestLine else { return nil }
        var rest = line.drop(while: blanks.contains)
        guard let first = rest.first, first != UInt8(ascii: "#") else { return nil }
        var name: [UInt8]
        if first == UInt8(ascii: "\""), let (unquoted, behind) = unquoted(rest) {
            name = unquoted
            rest = behind
        } else {
            name = Array(rest.prefix { !blanks.contains($0) })
            rest = rest.dropFirst(name.count)
        }
        var assignments: [(String, AttributeValue)] = []
        for word in rest.split(whereSeparator: blanks.contains) {
            // One that is wrong makes git leave the line out.
            guard let assignment = assignment(String(decoding: word, as: UTF8.self)) else { return nil }
            assignments.append(assignment)
        }
        let macro = Array("[attr]".utf8)
        if name.starts(with: macro) {
            let defined = String(decoding: name.dropFirst(macro.count), as: UTF8.self)
            guard definesMacros, isName(defined) else { return nil }
            return Line(number: number, subject: .macro(defined), assignments: assignments)
        }
        guard let pattern = AttributePattern(name, foldsCase: foldsCase) else { return nil }
        return Line(number: number, subject: .pattern(pattern), assignments: assignments)
    }

    private static func assignment(_ word: String) -> (String, AttributeValue)? {
        let mark = word.first
        let body = mark == "-" || mark == "!" ? word.dropFirst() : word[...]
        let equals = body.firstIndex(of: "=")
        let name = String(body[..<(equals ?? body.endIndex)])
        guard isName(name) else { return nil }
        switch mark {
        case "-": return (name, .unset)
        case "!": return (name, .unspecified)
        default: return (name, equals.map { .value(String(body[body.index(after: $0)...])) } ?? .set)
        }
    }

    private static func isName(_ name: String) -> Bool {
        !name.isEmpty && !name.hasPrefix("-")
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }

    /// A pattern in quotes, as C writes text, and what stands behind it; `nil` where the quotes are none.
    private static func unquoted(_ text: ArraySlice<UInt8>) -> ([UInt8], ArraySlice<UInt8>)? {
        let escapes: [UInt8: UInt8] = [
            UInt8(ascii: "a"): 7, UInt8(ascii: "b"): 8, UInt8(ascii: "t"): 9, UInt8(ascii: "n"): 10,
            UInt8(ascii: "v"): 11, UInt8(ascii: "f"): 12, UInt8(ascii: "r"): 13, UInt8(ascii: "\\"): UInt8(ascii: "\\"),
            UInt8(ascii: "\""): UInt8(ascii: "\""),
        ]
        var result: [UInt8] = []
        var rest = text.dropFirst()
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\"") { return (result, rest) }
            guard byte == UInt8(ascii: "\\") else {
                result.append(byte)
                continue
            }
            guard let next = rest.popFirst() else { return nil }
            if let escaped = escapes[next] {
                result.append(escaped)
            } else {
                let digits = [next] + rest.prefix(2)
                guard digits.count == 3, let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 8) else {
                    return nil
                }
                result.append(value)
                rest = rest.dropFirst(2)
            }
        }
        return nil
    }
}
