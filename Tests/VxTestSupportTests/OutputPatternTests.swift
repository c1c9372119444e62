import Testing
import VxTestSupport

@Suite("expected output")
struct OutputPatternTests {
    @Test(
        "matches",
        arguments: [
            (["one", "two"], "one\ntwo\n"),
            (["one"], "one"),
            ([], ""),
            (["..."], ""),
            (["...", "two"], "a\nb\ntwo\n"),
            (["one", "...", "four"], "one\ntwo\nthree\nfour\n"),
            (["a [..] z"], "a anything at all z\n"),
            (["[..]"], "\n"),
            (["commit <git-id>"], "commit 0123abc\n"),
            (["<content-id>  x"], String(repeating: "a", count: 64) + "  x\n"),
            (["took <duration>, <duration>"], "took 1.25 s, 3ms\n"),
            (["\\..."], "...\n"),
            (["\\"], "\n"),
        ])
    func matching(_ patterns: [String], _ output: String) {
        #expect(OutputPattern.matches(patterns, output))
    }

    @Test(
        "does not match",
        arguments: [
            (["one"], "one\ntwo\n"),
            (["one", "two"], "one\n"),
            (["one"], ""),
            ([], "one\n"),
            (["two", "..."], "one\ntwo\n"),
            (["a [..] z"], "a z\n"),
            (["commit <git-id>"], "commit 0123\n"),
            (["commit <git-id>"], "commit 0123ABC\n"),
            (["<content-id>"], String(repeating: "a", count: 63) + "\n"),
            (["took <duration>"], "took long\n"),
            (["\\..."], "one\n"),
        ])
    func differing(_ patterns: [String], _ output: String) {
        #expect(!OutputPattern.matches(patterns, output))
    }

    @Test("an update keeps the wildcards that still hold")
    func updating() {
        #expect(OutputPattern.updating(["id <git-id>", "old"], to: "id abcdef0\nnew\n") == ["id <git-id>", "new"])
        #expect(OutputPattern.updating(["...", "end"], to: "a\nend\n") == ["...", "end"])
        #expect(OutputPattern.updating(["x"], to: "# y\n\n") == ["\\# y", "\\"])
    }
}
