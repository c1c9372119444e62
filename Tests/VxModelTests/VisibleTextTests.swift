import Testing
import VxModel

@Suite("Text of unknown origin is made fit to be seen") struct VisibleTextTests {
    /// Every control character, every mark that changes the direction of writing, and what is no character.
    static let hidden: [Unicode.Scalar] =
        (Array(0..<0x20) + Array(0x7f..<0xa0) + [0x61c, 0x200e, 0x200f] + Array(0x2028...0x202e)
        + Array(0x2066...0x2069) + [0x200b, 0x2060, 0xfeff, 0xfffe, 0xffff, 0xe0041, 0x10ffff]
        // Soft hyphen, grapheme joiner, fillers of Hangul, vowels of Khmer, a blank of Braille, marks of music and of variation.
        + [0xad, 0x34f, 0x115f, 0x1160, 0x3164, 0xffa0, 0x17b4, 0x17b5, 0x180b, 0x2800, 0xfe00, 0x1d173, 0xe0100])
        .compactMap { Unicode.Scalar(UInt32($0)) }

    @Test("none of it is left, in whatever form it is written")
    func nothingIsLeft() {
        for scalar in Self.hidden {
            let text = "a\(Character(scalar))b"
            let line = VisibleText.line(text)
            #expect(!line.unicodeScalars.contains(where: VisibleText.isHidden), "\(scalar.value)")
            #expect(line == "a\\u{\(String(scalar.value, radix: 16))}b")
            let lines = VisibleText.lines(text)
            if scalar == "\n" || scalar == "\t" { #expect(lines == text) } else { #expect(lines == line) }
        }
    }

    @Test("no line of it is a command to the log of a workflow")
    func logged() {
        #expect(VisibleText.logged("::error::x") == "\\u{3a}:error::x")
        #expect(VisibleText.logged("a\n \t\u{3000}::x\n\n::") == "a\n \t\u{3000}\\u{3a}:x\n\n\\u{3a}:")
        #expect(VisibleText.logged("a ##[error]b ###[c]") == "a \\u{23}#[error]b #\\u{23}#[c]")
        for text in ["", "a::b", ": :", "##", "# [x]", "error: #[a]\n  cause: b::c"] {
            #expect(VisibleText.logged(text) == text)
        }
    }

    @Test("JSON stays JSON, and means the same")
    func json() throws {
        let text = String(String.UnicodeScalarView(Self.hidden)) + "\"\\é日👩‍👩‍👧"
        let value: JSONValue = ["k\u{202e}": .string(text)]
        for written in [value.canonical, value.compact] {
            let shown = VisibleText.json(written)
            #expect(!shown.unicodeScalars.contains { VisibleText.isHidden($0) && $0 != "\n" })
            #expect(try JSONValue.parse(Array(shown.utf8)) == value)
        }
    }

    @Test(
        "what can be seen stays as it is",
        arguments: ["", "plain", "é", "日本", "العربية", "שלום", "👩‍👩‍👧", "می‌خواهم", "❤️", "한글", "⠓", "→ …", "\u{a0}"])
    func staysAsItIs(_ text: String) {
        #expect(VisibleText.line(text) == text)
        #expect(VisibleText.lines(text) == text)
        #expect(VisibleText.json(text) == text)
    }
}
