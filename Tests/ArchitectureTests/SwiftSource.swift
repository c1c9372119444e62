/// What the tests read from a Swift file: its imports and the names it uses, without comments.
struct SwiftSource {
    /// The file's words and what stands between them, line by line; comments and texts in quotes are left out.
    private let lines: [[String]]

    /// What goes on from one line into the next.
    private enum Region {
        case code, blockComment, longText
    }

    init(_ text: String) {
        var region = Region.code
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            Self.words(of: Self.code(in: line, &region))
        }
    }

    /// The modules the file imports: `import struct A.B` and `@_spi(x) public import A` both import `A`.
    var imports: [String] {
        lines.flatMap { words in
            // Several imports may share a line, with semicolons between.
            words.indices.filter { words[$0] == "import" }.compactMap { position in
                let kinds: Set<String> = ["struct", "class", "enum", "protocol", "typealias", "func", "let", "var"]
                return words[(position + 1)...].first { !kinds.contains($0) }
            }
        }
    }

    /// Every name in the file, with the line it stands on.
    var names: [(name: String, line: Int)] {
        lines.enumerated().flatMap { number, words in words.map { ($0, number + 1) } }
    }

    /// The code of one line: no comments, no text in quotes.
    private static func code(in line: Substring, _ region: inout Region) -> String {
        var code = ""
        var inText = false
        var rest = line
        while let character = rest.first {
            var length = 1
            switch region {
            case .blockComment:
                if rest.hasPrefix("*/") {
                    region = .code
                    length = 2
                }
            case .longText:
                if character == "\\" {
                    length = 2
                } else if rest.hasPrefix("\"\"\"") {
                    region = .code
                    length = 3
                }
            case .code where inText:
                if character == "\\" { length = 2 }
                if character == "\"" { inText = false }
            case .code:
                if rest.hasPrefix("//") { return code }
                if rest.hasPrefix("/*") {
                    region = .blockComment
                    length = 2
                } else if rest.hasPrefix("\"\"\"") {
                    region = .longText
                    length = 3
                } else if character == "\"" {
                    inText = true
                } else {
                    code.append(character)
                }
            }
            rest = rest.dropFirst(length)
        }
        return code
    }

    private static func words(of code: String) -> [String] {
        code.split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init)
    }
}
