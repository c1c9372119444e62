import Testing

@testable import VxModel

@Suite("Regular expressions for values") struct TextPatternTests {
    @Test(
        "the whole text must fit",
        arguments: [
            ("abc", "abc", "xabc"), ("a|bc|", "bc", "b"), ("a*b+c?", "bbc", "ac"), ("(ab){2,3}", "ababab", "ab"),
            ("x{2}", "xx", "x"), ("x{,2}y", "xy", "xxxy"), ("x{2,}", "xxxx", "x"), ("a{b", "a{b", "ab"),
            ("[a-c_-]+", "a-_c", "d"), ("[^a-c]", "d", "b"), ("[]x]+", "]x", "a"), ("[\\d.]+", "1.5", "1,5"),
            (".", "é", "\n"), ("(?s).", "\n", "ab"), ("(?i)straße-[A-Z]", "STRAßE-q", "strase-q"),
            ("\\d{4}-\\d\\d", "2024-01", "2024-1"), ("\\w+\\s\\w+", "zwölf Äpfel", "zwölf"),
            ("\\D\\S\\W", "aa ", "1a "),
            ("\\p{Lu}\\p{L}*", "Élan", "élan"), ("\\P{N}", "a", "1"), ("\\x41\\u0042\\u{43}", "ABC", "ABD"),
            ("^a$", "a", "b"), ("\\Aa\\z", "a", ""), ("a\\b.\\Bc?", "a ", "ab"),
            ("(?:a|(?<n>b)|(?P<m>c))+", "abc", "d"),
            ("a+?b*?", "aab", "ba"), ("(a*)*", "", "b"), ("\\.\\\\\\[", ".\\[", "x\\["), ("", "", "a"),
        ])
    func fits(_ pattern: String, _ yes: String, _ no: String) throws {
        let pattern = try TextPattern(pattern)
        #expect(pattern.fits(yes, check: {}))
        #expect(!pattern.fits(no, check: {}))
    }

    @Test("a pattern on which others take for ever takes no time")
    func bounded() throws {
        let text = String(repeating: "a", count: 20_000) + "!"
        for pattern in ["(a+)+b", "(a|a)*b", "(a*)*b", "(.*)*x", "(a{0,9}){0,9}b"] {
            #expect(try !TextPattern(pattern).fits(text, check: {}))
        }
    }

    @Test("matching can be ended")
    func interrupted() throws {
        struct Enough: Error {}
        #expect(throws: Enough.self) {
            try TextPattern("a*").fits(String(repeating: "a", count: 5000)) { throw Enough() }
        }
    }

    @Test(
        "what is no pattern, or none that can be bounded, is refused",
        arguments: [
            "(a", "a)", "[a", "[b-a]", "[[:alpha:]]", "[a&&b]", "*a", "a**", "a{3,2}", "a{2000}", "((a{1000}){1000})",
            "(?=a)", "(?!a)", "(?<=a)", "(?<!a)", "(a)\\1", "(?>a)", "(?m)a", "\\q", "\\", "\\x4", "\\u{110000}",
            "\\p{Xx}", "\\pL", "(?<n", String(repeating: "(", count: 200),
        ])
    func refused(_ pattern: String) {
        #expect(throws: TextPattern.Malformed.self) { try TextPattern(pattern) }
    }
}
