import Testing

@testable import VxModel

@Suite("Pointers")
struct PointerTests {
    private static let pointers: [Pointer] = [0, 1, 9, 10, 1 << 20, UInt64(Int64.max)].map {
        Pointer(id: ContentID(bytes: (0..<32).map { UInt8($0 &* 7) }), size: $0)
    }

    @Test(arguments: pointers)
    func `what is written is read back`(pointer: Pointer) {
        #expect(Pointer.read(pointer.encoded) == .pointer(pointer))
    }

    /// Bytes that lie together are read in another way than others; both must say the same of everything.
    @Test func `every wrong byte is judged the same, however the bytes lie`() {
        for pointer in Self.pointers {
            let text = pointer.encoded
            var variants = [text, Array(text.dropLast()), text + [10], text + text, [48] + text]
            for position in text.indices {
                for byte: UInt8 in [0, 10, 32, 47, 48, 57, 58, 65, 96, 97, 102, 103, 255] {
                    var variant = text
                    variant[position] = byte
                    variants.append(variant)
                }
                var shorter = text
                shorter.remove(at: position)
                variants.append(shorter)
                var longer = text
                longer.insert(48, at: position)
                variants.append(longer)
            }
            for variant in variants {
                #expect(Pointer.read(variant) == Pointer.read(variant.lazy.map { $0 }))
            }
        }
    }

    @Test(arguments: ["9223372036854775808", "18446744073709551616", "00", "01", "", "+1", "1 "])
    func `a size that is no decimal number below 2^63 is refused`(size: String) {
        let text = "version vx/1\noid sha256:\(String(repeating: "ab", count: 32))\nsize \(size)\n"
        guard case .malformed = Pointer.read(Array(text.utf8)) else {
            Issue.record("'\(size)' was taken")
            return
        }
    }

    @Test(arguments: [Pointer.version, Pointer.lfsVersion])
    func `the text of two pointers that git has merged is none, whichever line its marks begin at`(version: String) {
        let (ours, theirs) = (fields("a", 3), fields("b", 4))
        let below = version + "<<<<<<< ours\n" + ours + "=======\n" + theirs + ">>>>>>> theirs\n"
        let above = "<<<<<<< ours\n" + version + ours + "=======\n" + Pointer.version + theirs + ">>>>>>> theirs\n"
        for text in [below, above] { #expect(Pointer.read(Array(text.utf8)) == .malformed(.merged)) }
        #expect(Pointer.read(Array("<<<<<<< ours\n1,2\n=======\n1,3\n>>>>>>> theirs\n".utf8)) == .content)
    }

    @Test(
        arguments: [
            "UTF-16", "utf16", "UTF-16LE-BOM", "UTF-16BE-BOM", "UTF-16LE", "UTF-16BE", "UTF-32", "UTF-32LE", "utf-32be",
        ],
        [false, true])
    func `text that git has encoded, with its line ends or others, is the pointer it was`(
        name: String, hasCarriageReturns: Bool
    ) throws {
        let encoding = try #require(WideEncoding(named: name))
        for pointer in Self.pointers {
            let text = pointer.encoded.flatMap { $0 == 10 && hasCarriageReturns ? [13, 10] : [$0] }
            let encoded = encoding.encoded(text)
            #expect(Pointer(workTreeText: encoded) == pointer)
            for position in encoded.indices where encoded[position] != 0 {
                #expect(Pointer(workTreeText: Array(encoded[..<position] + encoded[(position + 1)...])) == nil)
            }
        }
        #expect(WideEncoding.narrowed([]) == nil && WideEncoding.narrowed(Array("version vx/1\n".utf8)) == nil)
    }

    private func fields(_ digit: String, _ size: Int) -> String {
        "oid sha256:\(String(repeating: digit, count: 64))\nsize \(size)\n"
    }

    @Test("a carriage return or a zero byte anywhere in a pointer's text ends in an answer")
    func strayBytes() {
        let text = Pointer(id: .empty, size: 1).encoded
        for stray in [[13], [13, 13], [0], [13, 0]] as [[UInt8]] {
            for position in 0...text.count {
                let bytes = Array(text[..<position]) + stray + text[position...]
                let isWhole = position + stray.count < bytes.count && stray == [13] && bytes[position + 1] == 10
                // With the end of one line alone changed it is what git makes of a pointer; that is for the work tree.
                #expect((Pointer(workTreeText: bytes) != nil) == isWhole, "\(stray) at \(position)")
                #expect(Pointer(bytes) == nil, "\(stray) at \(position)")
            }
        }
    }

    @Test(
        "what an editor puts before a pointer's text makes no data of it",
        arguments: ["\u{feff}", " ", "\t", "\n", "\r\n", "\u{feff}\r\n  "], ["\n", "\r\n", "\n  ", " \n\t"])
    func edited(beginning: String, end: String) throws {
        let text = String(decoding: Pointer(id: .empty, size: 1).encoded, as: UTF8.self)
        let written = beginning + text.split(separator: "\n").map { $0 + end }.joined()
        guard case .malformed(let flaw) = Pointer.read(Array(written.utf8)) else {
            Issue.record("\(written.debugDescription) is not malformed")
            return
        }
        #expect(flaw.text.contains("an editor"))
        for other in [String(written.dropLast(end.unicodeScalars.count + 1)) + "x", written + "more\n", beginning + "1,2\n"] {
            #expect(Pointer.read(Array(other.utf8)) == .content, "\(other.debugDescription)")
        }
    }
}
