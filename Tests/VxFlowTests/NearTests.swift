import Testing
import VxModel
import VxTestSupport

@testable import VxFlow

@Suite("Near-duplicates") struct NearTests {
    @Test(
        "texts differ in words only",
        arguments: [
            ("Hello,  World!\n", "hello world"), ("“It\u{2019}s”—fine…", "it s fine"), ("a_b;c", "a b c"),
            ("-1.5, +2 .5", "-1.5 2 0.5"), ("End. (5) well-known", "end 5 well known"), ("!?", ""),
            ("(hello,) [world]: «x»", "hello world x"), ("GRO\u{DF}E STRASSE", "gro\u{DF}e stra\u{DF}e"),
            ("7.0 +7 7e0 70e-1 1.50", "7 7 7 7 1.5"), ("at 1.0.2 on 2024-01-02", "at 1.0.2 on 2024-01-02"),
            ("agent 007, not 7", "agent 007 not 7"), ("soft\u{AD}ware \u{FEFF}x", "software x"),
            ("\u{C4}rger, \u{C9}T\u{C9}", "a\u{308}rger e\u{301}te\u{301}"), ("日本、語。", "日本 語"), ("x.1é.", "X.1É"),
        ])
    func words(text: String, expected: String) {
        let near = NearText()
        #expect(near.words(of: text.utf8) == near.words(of: expected.utf8))
        if expected.utf8.allSatisfy({ $0 < 0x80 }) {
            #expect(String(decoding: near.words(of: text.utf8), as: UTF8.self) == expected)
        }
    }

    @Test("texts of ASCII are read in one pass to the same words", arguments: [true, false])
    func onePass(keepsOrder: Bool) {
        let near = NearText(keepsOrder: keepsOrder)
        var generator = SeededGenerator(seed: 5)
        let letters = Array("aZ01 0.-+,'_/e\t".utf8)
        for _ in 0..<50_000 {
            let text = (0..<Int.random(in: 0...12, using: &generator)).map { _ in
                letters.randomElement(using: &generator) ?? 0
            }
            // What is in no array goes the way of all other texts.
            #expect(near.words(of: text) == near.words(of: text.lazy.filter { _ in true }), "\(text)")
        }
    }

    @Test(
        "another word, sign, value, accent or name with zeros is another text",
        arguments: [
            ("hello world", "hello word"), ("-5", "5"), ("1.5", "15"), ("007", "7"), ("12,05", "12,5"), ("ete", "été"),
            ("a b", "ab"), ("a b", "b a"), ("x 1.0.2", "x 1.0.20"), ("日本", "日 本"),
        ])
    func otherWords(one: String, other: String) {
        let near = NearText()
        #expect(near.words(of: one.utf8) != near.words(of: other.utf8))
    }

    @Test("the order of words says nothing where it is not asked for, how often they are there does")
    func wordOrder() {
        let near = NearText(keepsOrder: false)
        #expect(near.words(of: "The cat, the 1.0 dög".utf8) == near.words(of: "dög 1 cat THE the".utf8))
        #expect(near.words(of: "the cat".utf8) != near.words(of: "the cat the".utf8))
        // In a row it is the order inside of a column.
        var identity = RowIdentity(["a", "b"])
        let fields = { (one: String, other: String) in [Array(one.utf8), Array(other.utf8)] }
        let row = identity.near(fields("red car", "blue"), near, without: nil, and: nil)
        #expect(row == identity.near(fields("Car, red", "blue"), near, without: nil, and: nil))
        #expect(row != identity.near(fields("red", "car blue"), near, without: nil, and: nil))
        #expect(row != identity.near(fields("red car", "blue"), NearText(), without: nil, and: nil))
    }

    /// Files that Pillow reads as the same pixels; brightness by ITU-R BT.601, what is transparent before white.
    static let images: [(name: String, file: String, pixels: [UInt8])] = [
        (
            "grey, 8 bits",
            "89504e470d0a1a0a0000000d49484452000000050000000308000000007e5d9a240000001b49444154789c63a874dafb499191edd594cfaf995e31bb5f1301004a21080fcb7016900000000049454e44ae426082",
            [121, 66, 189, 242, 33, 6, 240, 132, 119, 98, 240, 243, 203, 77, 118]
        ),
        (
            "RGB, filters 1, 2, 3",
            "89504e470d0a1a0a0000000d4948445200000005000000030802000000d45452af0000003b4944415478da013000cfff014dc707d38a0e7abe7458b751d81d6a026e6a0b25ac5aead011e5ffd906936803b1774a7e6f0bf307bc714b7eb5fa51003215e948c7845b0000000049454e44ae426082",
            [140, 59, 70, 213, 201, 86, 181, 187, 200, 151, 97, 93, 132, 182, 120]
        ),
        (
            "RGB, filters 4, 4, 4",
            "89504e470d0a1a0a0000000d4948445200000005000000030802000000d45452af0000003b4944415478da013000cfff044dc707d38a0e7abe7458b751d81d6a046e6a0b8acc5aeae211e5e6d906936804535e419938fde15ca54965b80deb2b0fca163ef9d383c10000000049454e44ae426082",
            [140, 59, 70, 213, 201, 86, 181, 187, 200, 151, 97, 93, 132, 182, 120]
        ),
        (
            "RGB, filters 2, 3, 4",
            "89504e470d0a1a0a0000000d4948445200000005000000030802000000d45452af0000003b4944415478da013000cfff024dc7072051159a0f89f2c6dacae3440395ce0fd8bc5c15591e1cf3f900a23104535e419938fde15ca54965b80deb2bfb83155496f4e30b0000000049454e44ae426082",
            [140, 59, 70, 213, 201, 86, 181, 187, 200, 151, 97, 93, 132, 182, 120]
        ),
        (
            "RGBA",
            "89504e470d0a1a0a0000000d49484452000000050000000308060000005b36c5f80000004a4944415478da013f00c0ff004dc707ff205115009a0f8900f2c6daffcae344ff00bb3112ff45fd6f0084df9a00d7c5b380d076ac80000e8f5300a7356cff88913f8020f6f7802db022ffb7651eda68434a9a0000000049454e44ae426082",
            [140, 255, 255, 213, 201, 86, 255, 255, 227, 202, 255, 93, 193, 218, 120]
        ),
        (
            "grey with alpha",
            "89504e470d0a1a0a0000000d4948445200000005000000030804000000f13f0d730000002a4944415478da63a84c71fabf37e51383220303dbff0f0c2d0ce50c49290c1f523e339c66f0fd5ff61f00d9db0ddc028d06ea0000000049454e44ae426082",
            [202, 66, 229, 255, 255, 6, 255, 255, 255, 193, 249, 255, 255, 77, 118]
        ),
        (
            "grey, 16 bits",
            "89504e470d0a1a0a0000000d49484452000000050000000310000000002ecd4667000000294944415478da63a8f475f2ddebfbc957d19781cdf7836f8b6fb96f922fc307dfcfbea77d7d7dcb7c01ce640cd32b5789540000000049454e44ae426082",
            [121, 66, 189, 242, 33, 6, 240, 132, 119, 98, 240, 243, 203, 77, 118]
        ),
        (
            "grey, 1 bit",
            "89504e470d0a1a0a0000000d4948445200000005000000030100000000734df8550000000e4944415478da633060486078000002f601712c9f038c0000000049454e44ae426082",
            [0, 0, 255, 255, 0, 0, 255, 255, 0, 0, 255, 255, 255, 0, 0]
        ),
        (
            "palette, 1 bit",
            "89504e470d0a1a0a0000000d494844520000000500000003010300000061f857bb00000006504c5445864f15ada0b86af76f5b0000000e4944415478da633060486078000002f601712c9f038c0000000049454e44ae426082",
            [88, 88, 166, 166, 88, 88, 166, 166, 88, 88, 166, 166, 166, 88, 88]
        ),
        (
            "grey, 2 bits",
            "89504e470d0a1a0a0000000d494844520000000500000003020000000034ed8285000000114944415478da63886660b07460f8eb0000073802125169cfcb0000000049454e44ae426082",
            [85, 85, 170, 255, 0, 0, 255, 170, 85, 85, 255, 255, 255, 85, 85]
        ),
        (
            "palette, 2 bits",
            "89504e470d0a1a0a0000000d494844520000000500000003020300000026582d6b0000000c504c544546c1c0ebc5348adc799adf84ddcee68c000000114944415478da63886660b07460f8eb0000073802125169cfcb0000000049454e44ae426082",
            [191, 191, 184, 191, 156, 156, 191, 184, 191, 191, 191, 191, 191, 191, 191]
        ),
        (
            "grey, 4 bits",
            "89504e470d0a1a0a0000000d4948445200000005000000030400000000bbad7725000000144944415478da6328d9afc0c0df9ec0f0ff4801001806047d83a32e630000000049454e44ae426082",
            [119, 68, 187, 255, 34, 0, 255, 136, 119, 102, 255, 255, 204, 68, 119]
        ),
        (
            "palette, 4 bits",
            "89504e470d0a1a0a0000000d4948445200000005000000030403000000a918d8cb00000030504c54459bad05d4a10ac0441eaaeeb4b48efa0b1f0abd80e998a35aba5ea0bd8799c1350d439e71897aa75fde3134a4aa72e05624fd0359000000144944415478da6328d9afc0c0df9ec0f0ff4801001806047d83a32e630000000049454e44ae426082",
            [151, 165, 125, 175, 100, 148, 175, 129, 151, 158, 175, 175, 131, 165, 151]
        ),
        (
            "interlaced",
            "89504e470d0a1a0a0000000d4948445200000005000000030800000001095aaab20000001e4944415478da63a8645064d8cbf0e1741983d327c6cf510c6c1f5aca93005546085ec9b8a3410000000049454e44ae426082",
            [121, 66, 189, 242, 33, 6, 240, 132, 119, 98, 240, 243, 203, 77, 118]
        ),
    ]

    @Test("every kind of PNG is decoded", arguments: images.indices)
    func kinds(number: Int) throws {
        let (name, file, pixels) = Self.images[number]
        let bytes = try #require(Hex.decode(file.utf8))
        let image = try #require(try GrayImage.png(bytes), "\(name)")
        #expect((image.width, image.height) == (5, 3), "\(name)")
        #expect(image.pixels == pixels, "\(name)")
    }

    @Test("what is no whole PNG is not decoded, and does no harm")
    func damaged() throws {
        for (_, file, _) in Self.images {
            let bytes = try #require(Hex.decode(file.utf8))
            for length in 0..<bytes.count { #expect(try GrayImage.png(Array(bytes[..<length])) == nil) }
            // With every byte changed and the checksums mended, whatever comes out must stay inside its arrays.
            for position in 8..<bytes.count {
                var changed = bytes
                changed[position] ^= 0x15
                _ = try GrayImage.png(Self.mended(changed))
            }
        }
    }

    @Test("only the header at the beginning counts: another, of any length, is passed over")
    func secondHeader() throws {
        let (_, file, pixels) = Self.images[0]
        let bytes = try #require(Hex.decode(file.utf8))
        for body: [UInt8] in [[], [0, 0, 0, 1, 0, 0, 0, 1, 16, 6, 0, 0, 0]] {
            let chunk = [0, 0, 0, UInt8(body.count)] + Array("IHDR".utf8) + body + [0, 0, 0, 0]
            let image = try GrayImage.png(Self.mended(Array(bytes[..<33]) + chunk + Array(bytes[33...])))
            #expect(image?.pixels == pixels)
        }
    }

    /// The same chunks with checksums that fit.
    private static func mended(_ bytes: [UInt8]) -> [UInt8] {
        var bytes = bytes
        var position = 8
        while position + 12 <= bytes.count {
            let end = position + 12 + Int(ImageCheck.number(bytes, position))
            guard end <= bytes.count else { break }
            let sum = ImageCheck.checksum(bytes[(position + 4)..<(end - 4)])
            for byte in 0..<4 { bytes[end - 4 + byte] = UInt8(truncatingIfNeeded: sum >> UInt32(24 - 8 * byte)) }
            position = end
        }
        return bytes
    }
}
