import Testing
import VxConfig
import VxModel
import VxTestSupport

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

    /// Texts of a few letters, many of which are numbers or nearly so.
    private static func texts(of alphabet: String, count: Int) -> [[UInt8]] {
        var generator = SeededGenerator(seed: 11)
        let letters = Array(alphabet.utf8)
        return (0..<count).map { _ in
            (0..<Int.random(in: 0...9, using: &generator)).map { _ in letters.randomElement(using: &generator) ?? 0 }
        }
    }

    @Test("what is told from a number by its bytes is none")
    func mayBeNumber() {
        var numbers = 0
        for text in Self.texts(of: "0123 +-.,eEx\t", count: 50_000) where DecimalText.plain(text) != nil {
            numbers += 1
            #expect(text.withUnsafeBufferPointer(DecimalText.mayBeNumber), "\(text)")
        }
        #expect(numbers > 3_000)
    }

    @Test("words of 'normalise' together do what they do one after another, and what the definition says")
    func together() {
        func alone(_ word: Configuration.Spelling, _ text: [UInt8]) -> [UInt8] { NameSpelling([word]).spelled(text) }
        for text in Self.texts(of: "0012aAB  \t.-,e", count: 50_000) {
            #expect(alone(.trim, text) == NameSpelling.trimmed(text))
            #expect(alone(.case, text) == Array(String(decoding: text, as: UTF8.self).lowercased().utf8))
            let number = alone(.number, text)
            if let plain = DecimalText.plain(text) {
                #expect(number == plain)
            } else {
                let zeros = String(decoding: text, as: UTF8.self).replacing(/(^|[^0-9])0+(?=[0-9])/) { $0.output.1 }
                #expect(number == Array(zeros.utf8), "\(String(decoding: text, as: UTF8.self))")
            }
            #expect(NameSpelling.loosest.spelled(text) == alone(.number, alone(.case, alone(.trim, text))))
        }
    }
}
