import Testing
import VxModel

@testable import VxFlow

@Suite("Images that are whole") struct ImageCheckTests {
    /// A JPEG's segments: APP0, a frame of some size, a table, a scan.
    private func jpeg(height: UInt8 = 4, width: UInt8 = 6, frame: UInt8 = 0xc0) -> [UInt8] {
        let begin: [UInt8] = [0xff, 0xd8]
        let application: [UInt8] = [0xff, 0xe0, 0, 4, 1, 2]
        let header: [UInt8] = [0xff, frame, 0, 11, 8, 0, height, 0, width, 1, 1, 0x11, 0]
        let table: [UInt8] = [0xff, 0xc4, 0, 3, 0]
        let scan: [UInt8] = [0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0, 0x12, 0xff, 0, 0x34]
        return begin + application + header + table + scan + [0xff, 0xd9]
    }

    @Test("a JPEG with its segments is whole, baseline or progressive, also with zeros after its end")
    func wholeJPEG() {
        #expect(ImageCheck.problem(jpeg(), .jpeg) == nil)
        #expect(ImageCheck.problem(jpeg(frame: 0xc2), .jpeg) == nil)
        #expect(ImageCheck.problem(jpeg(), .any) == nil)
        #expect(ImageCheck.problem(jpeg() + [0, 0], .jpeg) == nil)
        // Fill bytes before a marker (ITU T.81, B.1.1.2).
        var filled = jpeg()
        filled.insert(0xff, at: 8)
        #expect(ImageCheck.problem(filled, .jpeg) == nil)
    }

    @Test("a JPEG cut anywhere is not")
    func truncated() {
        let whole = jpeg()
        for length in 0..<whole.count {
            #expect(ImageCheck.problem(Array(whole[..<length]), .jpeg) != nil, "\(length) bytes")
        }
    }

    @Test func brokenJPEG() {
        #expect(ImageCheck.problem(Array("no image".utf8), .jpeg) == "it does not begin as a JPEG file")
        #expect(ImageCheck.problem(jpeg(height: 0), .jpeg) == "it has no width or no height")
        #expect(ImageCheck.problem(jpeg(width: 0), .jpeg) == "it has no width or no height")
        // A table's number where the frame's should be.
        #expect(ImageCheck.problem(jpeg(frame: 0xc4), .jpeg) == "its header is missing")
        var wrong = jpeg()
        wrong[8] = 0x12
        #expect(ImageCheck.problem(wrong, .jpeg) == "a marker is missing at byte 8")
        wrong = jpeg()
        wrong[11] = 200
        #expect(ImageCheck.problem(wrong, .jpeg) == "it is cut short")
        wrong = jpeg()
        wrong[11] = 1
        #expect(ImageCheck.problem(wrong, .jpeg) == "it is cut short")
        wrong = jpeg()
        wrong[11] = 7
        #expect(ImageCheck.problem(wrong, .jpeg) == "its header is too short")
        #expect(ImageCheck.problem(jpeg(), .png) == "it is a JPEG file, no PNG file")
    }

    /// A PNG of one chunk of data that nobody decodes.
    private func png(depth: UInt8, colour: UInt8) -> [UInt8] {
        func chunk(_ type: String, _ data: [UInt8]) -> [UInt8] {
            func number(_ value: UInt32) -> [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) } }
            let body = Array(type.utf8) + data
            return number(UInt32(data.count)) + body + number(ImageCheck.checksum(body[...]))
        }
        let header: [UInt8] = [0, 0, 0, 6, 0, 0, 0, 4, depth, colour, 0, 0, 0]
        return [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
            + chunk("IHDR", header) + chunk("IDAT", [1]) + chunk("IEND", [])
    }

    @Test("a PNG has the bits that go with its colour type")
    func depths() {
        for (depth, colour) in [(1, 0), (16, 0), (8, 2), (4, 3), (16, 4), (8, 6)] as [(UInt8, UInt8)] {
            #expect(ImageCheck.problem(png(depth: depth, colour: colour), .png) == nil)
        }
        for (depth, colour) in [(99, 0), (8, 77), (4, 2), (16, 3), (8, 1), (1, 6)] as [(UInt8, UInt8)] {
            let problem = ImageCheck.problem(png(depth: depth, colour: colour), .png)
            #expect(problem == "it has \(depth) bits of the colour type \(colour), which PNG does not know")
        }
    }

    @Test("whatever a JPEG's bytes are, the check ends")
    func anyBytes() {
        let whole = jpeg()
        for position in whole.indices {
            for value: UInt8 in [0, 1, 0x7f, 0xd9, 0xff] {
                var changed = whole
                changed[position] = value
                _ = ImageCheck.problem(changed, .any)
            }
        }
    }

    /// The same image in pieces, and what follows its end.
    private func look(_ bytes: [UInt8], _ format: ImageCheck.CleanFormat, piece: Int) -> (
        problem: String?, trailing: String?
    ) {
        var check = ImageCheck(format)
        for start in stride(from: 0, to: bytes.count, by: piece) {
            bytes[start..<min(start + piece, bytes.count)].withUnsafeBytes { check.take($0) }
        }
        return (check.finish(), check.trailing.description)
    }

    @Test("an image in pieces is what it is as a whole, whole, cut or damaged", arguments: [1, 2, 3, 7, 33])
    func pieces(piece: Int) {
        for whole in [jpeg(), jpeg(frame: 0xc2), png(depth: 8, colour: 2)] {
            for length in 0...whole.count {
                let cut = Array(whole[..<length])
                #expect(look(cut, .any, piece: piece).problem == ImageCheck.problem(cut, .any))
            }
            for position in whole.indices {
                var damaged = whole
                damaged[position] ^= 0x15
                #expect(look(damaged, .any, piece: piece).problem == ImageCheck.problem(damaged, .any))
            }
        }
    }

    @Test("what follows the end is counted, and named where it begins as something", arguments: [1, 5, 100])
    func trailing(piece: Int) {
        let film: [UInt8] = [0, 0, 0, 24] + Array("ftypmp42".utf8) + [UInt8](repeating: 1, count: 100)
        for image in [jpeg(), png(depth: 8, colour: 2)] {
            #expect(look(image, .any, piece: piece).trailing == nil)
            #expect(look(image + film, .any, piece: piece) == (nil, "112 bytes follow its end (an MP4 file)"))
            #expect(look(image + [0], .any, piece: piece) == (nil, "a byte follows its end"))
            #expect(look(image + Array("Image_UTC".utf8), .any, piece: piece) == (nil, "9 bytes follow its end"))
        }
    }

    @Test(
        "another image is named for what it is",
        arguments: [
            ("WebP", "RIFF\u{1}\u{1}\u{1}\u{1}WEBPVP8 "), ("GIF", "GIF89a"), ("TIFF", "II*\0"),
            ("HEIC", "\0\0\0\u{18}ftypheix"),
            ("HEIF", "\0\0\0\u{18}ftypmif1"), ("AVIF", "\0\0\0\u{18}ftypavis"), ("MP4", "\0\0\0\u{18}ftypisom"),
            ("BMP", "BM\u{1}\u{1}\u{1}\u{1}\0\0\0\0"), ("JPEG 2000", "\0\0\0\u{c}jP  \r\n"),
            ("JPEG XL", "\0\0\0\u{c}JXL \r\n"),
            ("PDF", "%PDF-1.7"), ("HTML", "<!DOCTYPE html>"), ("SVG", "<svg xmlns="), ("PNM", "P6\n3 2\n"),
            ("ZIP", "PK\u{3}\u{4}"),
        ])
    func others(name: String, start: String) {
        let bytes = Array(start.utf8) + [UInt8](repeating: 0, count: 40)
        let kind = FileKind.withArticle(name)
        #expect(ImageCheck.problem(bytes, .jpeg) == "it is \(kind), no JPEG file")
        #expect(ImageCheck.problem(bytes, .png) == "it is \(kind), no PNG file")
        #expect(ImageCheck.problem(bytes, .any) == "it is \(kind), which is not looked into")
    }
}
