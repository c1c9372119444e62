import Testing
import VxModel
import VxTestSupport

/// JSON in pieces is what JSON as a whole is.
@Suite("JSON in pieces") struct JSONScannerTests {
    private func problem(_ bytes: [UInt8], piece: Int) -> JSONSyntaxError? {
        var scanner = JSONScanner()
        do {
            for start in stride(from: 0, to: bytes.count, by: piece) {
                try bytes[start..<min(start + piece, bytes.count)].withUnsafeBytes { try scanner.take($0) }
            }
            try scanner.finish()
            return nil
        } catch {
            return error as? JSONSyntaxError
        }
    }

    private func problem(_ bytes: [UInt8]) -> JSONSyntaxError? {
        do throws(JSONSyntaxError) {
            _ = try JSONValue.parse(bytes)
            return nil
        } catch {
            return error
        }
    }

    private static let texts = [
        "{\"a\": [1, -2.5e3, true, null], \"b\": {\"a\": \"x\\n\\u00e9\\ud83d\\ude00\"}}", "[]", "{}", " 3 ", "\"ä€😀\"",
        "\u{feff}[1]", "{\"a\": 1, \"b\": 2, \"\\u0061\": 3}", "[1, 2", "{\"a\" 1}", "[1,]", "{,}", "01", "1.", "nul",
        "NaN",
        "[\"\\ud800\"]", "[\"a\nb\"]", "1 2", "", "[[[[]]]]", "{\"a\": {\"a\": 1}, \"c\": {\"a\": 1}}",
    ]

    @Test("what the reader of whole texts takes, this takes, and nothing else")
    func same() {
        for text in Self.texts {
            for piece in [1, 2, 3, 1000] {
                let (whole, pieces) = (problem(Array(text.utf8)), problem(Array(text.utf8), piece: piece))
                #expect((whole == nil) == (pieces == nil), "\(text)")
            }
        }
    }

    @Test("the same of texts that chance has damaged", arguments: 0..<8)
    func damaged(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        for _ in 0..<400 {
            var bytes = Array((Self.texts.randomElement(using: &generator) ?? "").utf8)
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let place = Int.random(in: 0...bytes.count, using: &generator)
                let some = Array("{}[]\",:\\u0019ae.-\u{1}ä ".utf8)
                switch Int.random(in: 0...2, using: &generator) {
                case 0: bytes.insert(some.randomElement(using: &generator) ?? 0, at: place)
                case 1 where place < bytes.count: bytes.remove(at: place)
                case 2 where place < bytes.count: bytes[place] = UInt8.random(in: 0...255, using: &generator)
                default: break
                }
            }
            let piece = Int.random(in: 1...20, using: &generator)
            #expect(
                (problem(bytes) == nil) == (problem(bytes, piece: piece) == nil),
                "\(String(decoding: bytes, as: UTF8.self))")
        }
    }

    @Test("a complaint names the line and the column")
    func places() {
        #expect(problem(Array("{\"a\": ".utf8), piece: 2) == problem(Array("{\"a\": ".utf8)))
        #expect(problem(Array("[1,\n 2,\n x]".utf8), piece: 3) == problem(Array("[1,\n 2,\n x]".utf8)))
        #expect(problem(Array("{\"a\": 1,\n\"a\": 2}".utf8), piece: 5) == problem(Array("{\"a\": 1,\n\"a\": 2}".utf8)))
        #expect(problem(Array("[1 2]".utf8), piece: 5) == problem(Array("[1 2]".utf8)))
    }

    @Test("UTF-8 byte by byte is what a string takes", arguments: 0..<4)
    func utf8(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        for _ in 0..<2000 {
            let bytes = (0..<Int.random(in: 1...5, using: &generator)).map { _ in
                [0x41, 0x80, 0xbf, 0xc1, 0xc2, 0xe0, 0xa0, 0x9f, 0xed, 0xef, 0xf0, 0x90, 0x8f, 0xf4, 0xf5]
                    .randomElement(
                        using: &generator) ?? 0 as UInt8
            }
            var check = UTF8Check()
            let isText = bytes.allSatisfy { check.take($0) } && check.isWhole
            #expect(isText == (String(validating: bytes, as: UTF8.self) != nil), "\(bytes)")
        }
    }
}
