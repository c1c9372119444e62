import Testing
import VxConfig
import VxModel

@testable import VxFlow

@Suite("Spelling of names") struct NameSpellingTests {
    private func spelled(_ text: String, _ words: Set<Configuration.Spelling>) -> String {
        String(decoding: NameSpelling(words).spelled(Array(text.utf8)), as: UTF8.self)
    }

    @Test(
        "each word joins what it says and nothing else",
        arguments: [
            (" P-1  x ", "P-1 x", Configuration.Spelling.trim), ("\u{a0}P\u{a0}", "P", .trim), ("pä", "pä", .trim),
            ("P-1", "p-1", .case), ("ÄB", "äb", .case), (" p", " p", .case),
            ("P01", "P1", .number), ("1.0", "1", .number), ("1e3", "1000", .number), ("+007", "7", .number),
            ("P0", "P0", .number), ("a00b", "a0b", .number), ("-0.50", "-0.5", .number), ("1,000", "1000", .number),
            ("1.2.03", "1.2.3", .number), ("p 1", "p 1", .number), (".5", "0.5", .number), ("", "", .number),
        ])
    func words(text: String, expected: String, word: Configuration.Spelling) {
        #expect(spelled(text, [word]) == expected)
        #expect(spelled(spelled(text, [word]), [word]) == expected)
        #expect(spelled(text, []) == text)
    }

    @Test(
        "numbers are compared by value, whatever their length",
        arguments: [
            ("1", ["1.0", "1.00", "+1", "1e0", "01", " 1", "10e-1", "0.1E1"]),
            ("18446744073709551616", ["18446744073709551616.0", "018446744073709551616"]),
            ("0", ["0.0", "-0", "0e5", "000"]), ("1200", ["1,200", "1.2e3"]), ("-0.001", ["-1e-3", "-.001"]),
        ])
    func numbers(text: String, others: [String]) {
        for other in others {
            #expect(DecimalText.plain(other.utf8).map { String(decoding: $0, as: UTF8.self) } == text)
        }
    }

    @Test(
        "what is taken for a plain number is one",
        arguments: [
            "0", "1", "10", "-1", "0.5", "-0.5", "12.25", "-0", "00", "01", "1.0", "1.", ".5", "1e3", "-", "", "1.50",
            "0.0", "+1", "1a", "1.2.3", "123456789012345678901234567890123456789012345", "1.a5",
        ])
    func plain(text: String) {
        let isPlain = Array(text.utf8).withUnsafeBufferPointer(DecimalText.isPlain)
        #expect(isPlain == (DecimalText.plain(text.utf8) == Array(text.utf8) && text.utf8.count <= 40))
    }

    @Test(arguments: [
        "", " ", "-", ".", "e5", "1e", "1.2.3", "1,00", ",100", "0x10", "nan", "1 2", "2024-01-02", "--1",
    ])
    func whatIsNoNumberIsNone(text: String) {
        #expect(DecimalText.plain(text.utf8) == nil)
    }
}

@Suite("Companions") struct CompanionsTests {
    @Test("a companion follows the file of its stem, in its folder or beside it")
    func following() {
        let names: [RepoPath] = [
            "images/1.png", "labels/1.txt", "images/x/2.png", "labels/x/2.txt", "a/3.jpg", "a/3.json", "labels/9.txt",
            "images/y/2.png", "labels/2.txt",
        ]
        let companions = Companions(
            [.init("labels/**"), .init("*.json")], among: Set(names), before: [])
        #expect(companions.leader(of: "labels/1.txt") == "images/1.png")
        #expect(companions.leader(of: "labels/x/2.txt") == "images/x/2.png")
        #expect(companions.leader(of: "a/3.json") == "a/3.jpg")
        #expect(companions.leader(of: "images/1.png") == "images/1.png")
        // No file of that stem; and two of them, none of which is nearer.
        #expect(companions.alone(names) == ["labels/9.txt", "labels/2.txt"])
    }
}
