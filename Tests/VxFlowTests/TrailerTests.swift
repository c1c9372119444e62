import Testing
import VxModel

@Suite("Trailers") struct TrailerTests {
    @Test func theLastParagraphCounts() {
        let trailers = Trailers(message: "Add data\n\nSource: not this one\n\nSource: a lab\nsigned-off-by: me\n")
        #expect(trailers["source"] == ["a lab"])
        #expect(trailers["Signed-Off-By"] == ["me"])
    }

    @Test(arguments: [
        "Source: only a subject", "Add\n\nSource:", "Add\n\nSource:   \n", "", "Add\nSource: same paragraph",
    ])
    func theseHaveNone(message: String) {
        #expect(Trailers(message: message)["Source"] == [])
    }

    @Test func linesMayGoOn() {
        #expect(Trailers(message: "Add\n\nSource: a\n  long one\n\n")["Source"] == ["a long one"])
    }
}

@Suite("Path patterns") struct PathPatternTests {
    @Test(arguments: [
        ("*.csv", "a/b/c.csv", true), ("*.csv", "c.csv.gz", false), ("data/*.csv", "data/a.csv", true),
        ("data/*.csv", "data/x/a.csv", false), ("data/**/*.csv", "data/x/y/a.csv", true),
        ("data/**/*.csv", "data/a.csv", true), ("**", "a", true), ("data/", "data/x/y", true), ("a?c", "x/abc", true),
        ("models/**", "models/a/b", true), ("models/**", "models", false),
    ])
    func fits(pattern: String, path: String, expected: Bool) {
        #expect(PathPattern(pattern).matches(RepoPath(path)) == expected)
    }
}
