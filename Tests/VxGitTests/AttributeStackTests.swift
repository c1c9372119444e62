import Testing
import VxGit
import VxModel
import VxSystem
import VxTestSupport

import struct SystemPackage.FilePath

@Suite("Attributes as git reads them")
struct AttributeStackTests {
    private static let names = ["filter", "text", "eol", "merge", "working-tree-encoding", "binary", "mine", "crlf"]

    /// git's own answers, by path and attribute.
    private func told(_ scratch: Scratch, _ paths: [RepoPath]) async throws -> [RepoPath: [String: String]] {
        let answer = try await scratch.git.check(
            "check-attr", ["check-attr", "-z", "--stdin"] + Self.names, in: scratch.top,
            input: paths.flatMap { $0.bytes + [0] })
        let fields = answer.split(separator: 0, omittingEmptySubsequences: false).map(Array.init)
        var told: [RepoPath: [String: String]] = [:]
        for start in stride(from: 0, to: fields.count - 2, by: 3) {
            let name = String(decoding: fields[start + 1], as: UTF8.self)
            told[RepoPath(bytes: fields[start]), default: [:]][name] = String(
                decoding: fields[start + 2], as: UTF8.self)
        }
        return told
    }

    private func spelled(_ value: AttributeValue?) -> String {
        switch value {
        case nil, .unspecified: "unspecified"
        case .set: "set"
        case .unset: "unset"
        case .value(let text): text
        }
    }

    /// Writes the files, puts them into a tree, and compares what that says with what git says.
    private func compare(_ files: [RepoPath: String], _ paths: [RepoPath]) async throws {
        let scratch = try await Scratch()
        for (path, text) in files {
            let file = scratch.top.appending(path)
            try Files.createDirectories(file.removingLastComponent())
            try Files.replace(file, with: Array(text.utf8))
        }
        _ = try await scratch.git.check("add", ["add", "-A", "-f"], in: scratch.top)
        let line = try await scratch.git.check("write-tree", ["write-tree"], in: scratch.top)
        let tree = try #require(GitObjectID(hex: String(decoding: line.prefix(40), as: UTF8.self)))
        let attributes = TreeAttributes(try scratch.repository, tree)
        let told = try await told(scratch, paths)
        for path in paths {
            let answers = try attributes.answers(for: path)
            for name in Self.names {
                #expect(spelled(answers[name]?.value) == told[path]?[name], "\(name) of \(path) by \(files)")
            }
        }
    }

    @Test("Patterns fit capital and small letters where core.ignoreCase is true, as git has it")
    func ignoredCase() async throws {
        let scratch = try await Scratch()
        let patterns = [
            "*.CSV", "/Data/**", "data/Deep/x?Z", "[A-C]1", "[XY]2", "[!a-c]3", "[[:upper:]]4", "[[:lower:]]5", "\\K6",
            "sub/*/[Q-S]", "Plain", "**/End", "a-Q*",
        ]
        let paths = patterns.flatMap { text -> [RepoPath] in
            let plain = text.replacing("**", with: "m/N").filter { !"*?[]!:\\".contains($0) }
            return [plain, plain.uppercased(), plain.lowercased()].map { RepoPath(bytes: Array($0.drop { $0 == "/" }.utf8)) }
        } + ["a1", "A1", "d1", "x2", "X2", "Y2", "a3", "B3", "D3", "d3", "g4", "G4", "g5", "G5", "k6", "K6", "SUB/m/r", "sub/M/R", "x.csv",
             "Y.Csv", "DATA/DEEP/XxZ", "m/end", "M/END", "A-qrs"]
        // Once few lines, which are tried, and once many, which are looked up.
        for some in [Array(patterns.prefix(6)), Array(patterns.dropFirst(6)), patterns] {
            let lines = some.enumerated().map { "\($1) mine=\($0)\n" }.joined()
            try Files.replace(scratch.top.appending(".gitattributes"), with: Array(lines.utf8))
            _ = try await scratch.git.check("config", ["config", "core.ignoreCase", "true"], in: scratch.top)
            let told = try await told(scratch, paths)
            let text = AttributeText(Array(lines.utf8), definesMacros: true, foldsCase: true)
            let stack = AttributeStack([.init(name: "", folder: .root, text: text)])
            for path in paths {
                #expect(spelled(stack.answers(for: path)["mine"]?.value) == told[path]?["mine"], "\(path) by \(lines)")
            }
        }
    }

    @Test("Precedence, macros, quotes and lines that git leaves out")
    func forms() async throws {
        try await compare(
            [
                ".gitattributes": """
                \u{feff}# a comment
                [attr]data filter=vx diff=vx merge=vx -text
                [attr]mine data eol=crlf
                /data/** data
                *.csv text eol=crlf
                "with space/**" mine
                "tab\\there" binary
                !negative filter=no
                folder/ filter=no
                *.bad -=x filter=no
                *.bin binary -crlf
                *.bin !binary
                deep/**/x.txt filter=deep
                a/**b merge=union
                [a-c]?.t[[:digit:]] working-tree-encoding=UTF-16
                **/any filter=any
                x** filter=xs
                foo**/bar filter=odd
                *.md text=auto filter=one filter=two
                """ + "\n" + String(repeating: "y", count: 3000) + " filter=long\n",
                "data/.gitattributes": "[attr]own filter=no\n*.csv filter=lfs own\n/top filter=top\nsub/* !filter\r\n",
                "data/sub/.gitattributes": "* -filter\n",
            ],
            [
                "a.csv", "data/a.csv", "data/b", "data/top", "data/sub/top", "data/sub/x", "data/deeper/sub/x",
                "with space/x", "tab\there", "negative", "folder/x", "x.bad", "x.bin", "deep/x.txt", "deep/a/b/x.txt",
                "a/xb", "a/x/b", "b1.t7", "d1.t7", "sub/b1.t7", "any", "q/any", "xyz", "x/y", "fooX/bar", "foo/bar",
                "foobar", "x.md", "own", "data/own",
            ])
    }

    @Test("Random lines say of random paths what git says", arguments: 0..<8)
    func random(_ seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let parts = [
            "a", "b", "ab", "*", "?", "**", "/", "/", "[ab]", "[!a]", "[^b]", "\\*", "\\a", "[]a]", "[a-]", ".c",
        ]
        let values = [
            "filter=vx", "filter=lfs", "-filter", "!filter", "text", "-text", "mine", "-mine", "binary", "eol=lf",
        ]
        func lines() -> String {
            // Few lines are tried one by one, many are looked up.
            (0..<(seed % 2 == 0 ? 6 : 40)).map { _ in
                let pattern = (0..<Int.random(in: 1...5, using: &random)).map { _ in
                    parts.randomElement(using: &random) ?? ""
                }.joined()
                let words = (0..<2).map { _ in values.randomElement(using: &random) ?? "" }
                return "\(pattern) \(words.joined(separator: " "))\n"
            }.joined()
        }
        var paths: Set<RepoPath> = []
        for _ in 0..<300 {
            let names = (0..<Int.random(in: 1...3, using: &random)).map { _ in
                ["a", "b", "ab", "ba", "a.c", "*", "aab", "]", "-"].randomElement(using: &random) ?? "a"
            }
            paths.insert(RepoPath(names.joined(separator: "/")))
        }
        try await compare(
            [
                ".gitattributes": "[attr]mine filter=mine -text\n" + lines(), "q/.gitattributes": lines(),
                "q/a/.gitattributes": lines(),
            ], (paths.map { $0 } + paths.map { RepoPath("q").appending($0.bytes) }).sorted())
    }

    @Test("What would change a pointer's text is named, with its line")
    func harm() {
        func harm(_ text: String) -> String? {
            let stack = AttributeStack([.init(name: "f", folder: .root, text: .init(text.utf8, definesMacros: true))])
            return stack.answers(for: "data/a.csv").harm.map { "\($0.answer.line): \($0.answer.spelled($0.attribute))" }
        }
        let ours = "/data/** filter=vx diff=vx merge=vx -text\n"
        #expect(harm(ours) == nil)
        #expect(harm("*.csv text eol=crlf\n" + ours) == nil)
        #expect(harm(ours + "*.csv text\n") == "2: text")
        #expect(harm(ours + "*.csv text=auto\n") == "2: text=auto")
        #expect(harm(ours + "*.csv eol=crlf\n") == nil)
        #expect(harm("* filter=vx\n*.csv eol=crlf\n") == "2: eol=crlf")
        #expect(harm("* filter=vx\n*.csv crlf\n") == "2: crlf")
        #expect(harm(ours + "*.csv working-tree-encoding=UTF-16\n") == "2: working-tree-encoding=UTF-16")
        #expect(harm(ours + "*.csv merge=union\n") == "2: merge=union")
        #expect(harm(ours + "*.csv binary\n") == nil)
    }
}
