import Testing

/// What a hint tells the reader to type is pasted into a shell: names in it must be words, whatever is in them.
@Suite("commands in messages")
struct HintTests {
    private static let programs = [
        "git", "vx", "rm", "ls", "mv", "chmod", "df", "ssh", "jupyter", "mkdir", "cd", "cat",
    ]

    /// Interpolations, in commands between single quotation marks, that are not written as words.
    static func raw(in text: String) -> [(line: Int, what: String)] {
        var found: [(Int, String)] = []
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if line.drop(while: { $0 == " " }).hasPrefix("//") { continue }
            for program in programs {
                var rest = line[...]
                while let start = rest.firstRange(of: "'\(program) ") {
                    rest = rest[start.upperBound...]
                    var depth = 0
                    var command = ""
                    for character in rest {
                        if depth == 0, character == "'" || character == "\"" { break }
                        command.append(character)
                        if command.hasSuffix("\\(") || (depth > 0 && character == "(") { depth += 1 }
                        if depth > 0, character == ")" { depth -= 1 }
                    }
                    for part in command.split(separator: "\\(").dropFirst(command.hasPrefix("\\(") ? 0 : 1)
                    where !part.hasPrefix("typed: ") { found.append((number + 1, "\(program) \(command)")) }
                }
            }
        }
        return found
    }

    @Test("have names that are one word each")
    func words() throws {
        for file in try Repository.swiftFiles(in: "Sources") {
            for raw in Self.raw(in: try Repository.text(file)) {
                Issue.record("\(file):\(raw.line): write '\\(typed: …)' in '\(raw.what)'")
            }
        }
    }

    @Test("are seen by this test")
    func isSeen() {
        #expect(Self.raw(in: #"hint: "try 'vx add \(path)'""#).count == 1)
        #expect(Self.raw(in: #"hint: "try 'git checkout \(typed: a) -- \(b.path)', then""#).count == 1)
        #expect(Self.raw(in: #"hint: "try 'vx add \(typed: path)' at \(place)""#).isEmpty)
    }
}
