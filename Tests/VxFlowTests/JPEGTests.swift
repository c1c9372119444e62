import SystemPackage
import Testing
import VxModel
import VxSystem

@testable import VxFlow

@Suite("JPEG images") struct JPEGTests {
    /// A picture of the folder `Images`, whose `make.py` made them.
    static func file(_ name: String) throws -> [UInt8] {
        let folder = FilePath(#filePath).removingLastComponent().appending("Images")
        return try #require(try Files.read(folder.appending(name)), "\(name)")
    }

    private func areNear(_ names: [String]) throws -> Bool {
        let looks = try names.map { name in
            guard case .look(let look)? = ImageFile.picture(try Self.file(name)) else {
                throw VxError("\(name) has no look")
            }
            return look
        }
        let index = try ImageIndex(looks, WorkerPool(width: 1), Cancellation())
        let found = [index.near(0) { _ in true }.numbers, index.near(1) { _ in true }.numbers]
        return !found.allSatisfy(\.isEmpty)
    }

    @Test(
        "the same picture is near, whatever it was saved as",
        arguments: [
            ("scene.png", "scene-95.jpg"), ("scene.png", "scene-75.jpg"), ("scene.png", "scene-30.jpg"),
            ("scene.png", "scene-progressive.jpg"), ("scene.png", "scene-grey.jpg"), ("scene.png", "scene-cmyk.jpg"),
            ("scene.png", "scene-half.jpg"), ("scene.png", "scene-quarter.jpg"), ("scene.png", "scene-large.jpg"),
            ("scene-75.jpg", "scene-30.jpg"), ("scene-large.jpg", "scene-quarter.jpg"), ("other.png", "other-75.jpg"),
            ("seven.png", "seven-75.jpg"), ("seven.png", "seven-30.jpg"),
        ])
    func near(one: String, other: String) throws {
        #expect(try areNear([one, other]))
    }

    @Test(
        "another picture is not",
        arguments: ["scene.png", "scene-95.jpg", "scene-30.jpg", "scene-quarter.jpg", "scene-cmyk.jpg"])
    func far(name: String) throws {
        for other in ["other.png", "other-75.jpg", "seven-75.jpg"] {
            #expect(try !areNear([name, other]), "\(other)")
        }
    }

    @Test("a large picture is made smaller on the way, a small one is not")
    func scale() throws {
        func size(_ name: String) throws -> [Int] {
            let image = try #require(try GrayImage.jpeg(Self.file(name), columns: 48, rows: 48))
            return [image.width, image.height, image.pixels.count]
        }
        #expect(try size("scene-large.jpg") == [450, 338, 450 * 338])
        #expect(try size("scene-75.jpg") == [200, 150, 200 * 150])
        #expect(try size("scene-quarter.jpg") == [50, 38, 50 * 38])
    }

    @Test("brightness is the PNG's, by the library's own transform of colours and by ours of inks")
    func brightness() throws {
        let expected = try #require(try GrayImage.png(Self.file("scene.png"))).pixels
        for name in ["scene-95.jpg", "scene-cmyk.jpg"] {
            let pixels = try #require(try GrayImage.jpeg(Self.file(name), columns: 48, rows: 48)).pixels
            try #require(pixels.count == expected.count)
            let sum = zip(pixels, expected).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
            #expect(Double(sum) / Double(pixels.count) < 2, "\(name)")
        }
    }

    @Test("what is no JPEG file is not decoded")
    func noJPEG() throws {
        for bytes: [UInt8] in [[], [0xff], [0xff, 0xd8, 0xff], [0xff, 0xd8, 0xff, 0xd9], Array("no image".utf8)] {
            #expect(try GrayImage.jpeg(bytes, columns: 48, rows: 48) == nil)
            #expect(ImageFile.picture(bytes).map { if case .look = $0 { true } else { false } } != true)
        }
        // A header that says 65,535 by 65,535 pixels asks for four gigabytes.
        var bytes = try Self.file("scene-quarter.jpg")
        let frame = try #require(bytes.indices.first { bytes[$0] == 0xff && bytes[$0 + 1] == 0xc0 })
        for position in (frame + 5)..<(frame + 9) { bytes[position] = 0xff }
        #expect(try GrayImage.jpeg(bytes, columns: 48, rows: 48) == nil)
    }

    @Test(
        "damaged anywhere, it does no harm", arguments: ["scene-quarter.jpg", "scene-progressive.jpg", "seven-30.jpg"])
    func damaged(name: String) throws {
        let whole = try Self.file(name)
        func decode(_ bytes: [UInt8]) throws {
            guard let image = try GrayImage.jpeg(bytes, columns: 48, rows: 48) else { return }
            #expect(image.pixels.count == image.width * image.height)
            _ = ImageLook(image)
        }
        let step = max(1, whole.count / 600)
        for position in stride(from: 0, to: whole.count, by: step) {
            try decode(Array(whole[..<position]))
            for value: UInt8 in [0, 0xff, whole[position] ^ 0x15] {
                var changed = whole
                changed[position] = value
                try decode(changed)
            }
        }
        // Several places at once, by a generator that gives the same on every run.
        var state: UInt64 = 0x9e37_79b9_7f4a_7c15
        func next() -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33)
        }
        for _ in 0..<500 {
            var changed = whole
            for _ in 0..<(1 + next() % 16) { changed[next() % changed.count] = UInt8(truncatingIfNeeded: next()) }
            try decode(changed)
        }
    }
}
