import Testing
import VxModel
import VxTestSupport

/// What a hint tells the reader to type.
@Suite("A word to be typed")
struct ShellWordTests {
    @Test("stays as it is where the shell lets it, and is quoted else")
    func forms() {
        #expect("vx add \(typed: "data/a-1.csv" as RepoPath)" == "vx add data/a-1.csv")
        #expect("\(typed: "a b.csv" as RepoPath)" == "\"a b.csv\"")
        #expect("\(typed: "-f" as RepoPath)" == "./-f")
        #expect("\(typed: "::a.csv" as RepoPath)" == "./::a.csv")
        #expect("\(typed: "größe/データ.csv" as RepoPath)" == "größe/データ.csv")
        #expect("\(typed: "it's $HOME")" == "'it'\\''s $HOME'")
        #expect("\(typed: "a;curl x|sh")" == "\"a;curl x|sh\"")
        #expect("\(typed: "a\nb" as RepoPath)" == "$'a\\x0ab'")
        #expect("\(typed: "")" == "\"\"")
    }

    @Test("is one word to a shell, whatever is in it: the name itself")
    func anything() throws {
        try Scratch.with { scratch in
            let runner = try CommandRunner(scratch)
            var random = SeededGenerator(seed: 5)
            let parts: [[UInt8]] =
                [
                    " ", "a", "Z9", "'", "\"", "$HOME", "`id`", "$(id)", "\\", "!", "*", "~", "#", "=", ";", "&", "|",
                    "\n", "\t", "é", "\u{202e}", "-", ":",
                ]
                .map { Array($0.utf8) } + [[0xff], [0xc3], [1], [0x7f]]
            for _ in 0..<40 {
                let names = (0..<20).map { _ in
                    RepoPath(
                        bytes: (0...Int.random(in: 0..<6, using: &random)).flatMap { _ in
                            parts.randomElement(using: &random) ?? []
                        })
                }
                let words = names.map { "\(typed: $0)" }.joined(separator: " ")
                let result = try runner.run("bash", ["-c", "printf '%s\\0' \(words) | od -An -v -tx1 | tr -d ' \\n'"])
                let wanted = names.flatMap {
                    ($0.bytes.first.map { "-:".utf8.contains($0) } == true ? Array("./".utf8) : []) + $0.bytes + [0]
                }
                let hex = wanted.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
                #expect(result.output == hex, "\(words)")
            }
        }
    }
}
