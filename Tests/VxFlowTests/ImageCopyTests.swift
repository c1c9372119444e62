import SystemPackage
import Testing
import VxModel
import VxSystem
import VxTestSupport

@testable import VxFlow

@Suite("Copies of images") struct ImageCopyTests {
    private static func look(_ name: String) throws -> ImageLook? {
        guard case .look(let look)? = ImageFile.picture(try JPEGTests.file(name)) else { return nil }
        return look
    }

    private static func near(_ looks: [ImageLook]) throws -> [[Int]] {
        let index = try ImageIndex(looks, WorkerPool(width: 2), Cancellation())
        return looks.indices.map { index.near($0) { _ in true }.numbers.sorted() }
    }

    private static let copies = [
        "scene.gif", "scene.bmp", "scene-cropped.jpg", "scene-mirrored.jpg", "scene-bright.jpg", "scene-pale.jpg",
        "scene-rotated.jpg", "turned-2.jpg", "turned-3.jpg", "turned-4.jpg", "turned-5.jpg", "turned-6.jpg",
        "turned-7.jpg", "turned-8.jpg", "turned-6.png", "scene-75.jpg", "scene-quarter.jpg",
    ]
    private static let libraryCopies = [
        "scene.webp", "scene-lossless.webp", "scene-cropped-mirrored.webp", "turned-5.webp", "scene.tif",
        "turned-8.tif",
    ]

    @Test("a picture cropped, mirrored, turned, brighter, paler or in another format is a copy, another is not")
    func copies() throws {
        let names = ["scene.png", "other.png", "seven.png"] + Self.copies
        let near = try Self.near(try names.map { try #require(try Self.look($0), "\($0)") })
        for (number, name) in names.enumerated().dropFirst(3) {
            #expect(near[0].contains(number) || near[number].contains(0), "\(name)")
        }
        #expect(near[1].isEmpty)
        #expect(near[2].isEmpty)
        #expect(near[3...].allSatisfy { !$0.contains(1) && !$0.contains(2) })
    }

    @Test(
        "so is a WebP or TIFF file, where its library is; else it is said that there is none", arguments: libraryCopies)
    func libraries(name: String) throws {
        let bytes = try JPEGTests.file(name)
        let library = name.hasSuffix("webp") ? "libwebp" : "libtiff"
        switch ImageFile.picture(bytes) {
        case .look(let look):
            let near = try Self.near([try #require(try Self.look("scene.png")), look])
            #expect(near != [[], []])
        case let other: #expect(other == .unknown("there is no \(library) on this machine"))
        }
        // What is cut off in the middle does no harm.
        for count in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 60)) {
            _ = ImageFile.picture(Array(bytes[..<count]))
        }
    }

    @Test("the orientation of a file is honoured: what is seen lies as the picture does")
    func orientation() throws {
        let upright = try #require(try Self.look("scene-half.jpg"))
        for name in Self.copies.filter({ $0.hasPrefix("turned") }) {
            let look = try #require(try Self.look(name))
            let difference = zip(look.cells, upright.cells).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
            #expect(difference < 6 * look.cells.count, "\(name)")
        }
    }

    @Test("the eight turns are those of Exif, and each undoes one")
    func turns() throws {
        let look = try #require(ImageLook(Self.picture(1).image))
        let all = (1...8).map { look.turned(ImageOrientation.turn($0)) }
        for (number, turned) in all.enumerated() {
            #expect(all[..<number].allSatisfy { $0 != turned })
            #expect((1...8).contains { turned.turned(ImageOrientation.turn($0)) == look })
        }
        #expect(look.turned(ImageOrientation.turn(9)) == look)
    }

    @Test("what an image is of that nothing decodes is said, and a text is none")
    func kinds() {
        #expect(ImageFile.picture([0, 0, 0, 24] + Array("ftypheic".utf8)) == .unknown("HEIC is not decoded"))
        #expect(ImageFile.picture(Array("BMW is a car, and this is a text about it.".utf8)) == nil)
        #expect(ImageFile.picture(Array("GIF89a".utf8)) == .unknown("it cannot be decoded"))
        #expect(ImageFile.picture([]) == nil)
    }

    // MARK: - Properties

    /// A picture made by chance: soft ground, some shapes and a little noise.
    private struct Picture {
        var image: GrayImage
        private var dice: SeededGenerator

        init(_ seed: UInt64, width: Int = 120, height: Int = 96) {
            dice = SeededGenerator(seed: seed)
            image = GrayImage(width: width, height: height, pixels: [])
            let grid = (0..<63).map { _ in Double(dice.next() % 200) }
            let shapes = (0..<5).map { _ in (0..<5).map { _ in Int(dice.next() % 60) } }
            for y in 0..<height {
                for x in 0..<width {
                    let (u, v) = (Double(x) / Double(width) * 8, Double(y) / Double(height) * 6)
                    let (i, j) = (Int(u), Int(v))
                    let (a, b) = (u - Double(i), v - Double(j))
                    func node(_ x: Int, _ y: Int) -> Double { grid[min(y, 6) * 9 + min(x, 8)] }
                    var shade =
                        (node(i, j) * (1 - a) + node(i + 1, j) * a) * (1 - b)
                        + (node(i, j + 1) * (1 - a) + node(i + 1, j + 1) * a) * b
                    for shape in shapes {
                        let (dx, dy) = (x * 60 / width - shape[0], y * 60 / height - shape[1])
                        if dx * dx * 4 + dy * dy * (1 + shape[3] % 4) < shape[2] * 12 { shade = Double(shape[4] * 4) }
                    }
                    image.pixels.append(UInt8(min(255, max(0, Int(shade) + Int(dice.next() % 7) - 3))))
                }
            }
        }
    }

    private static func picture(_ seed: UInt64) -> (image: GrayImage, seed: UInt64) { (Picture(seed).image, seed) }

    /// A copy as people make them: cut at every edge by up to a tenth, then perhaps mirrored, of other brightness and contrast.
    private static func copy(_ image: GrayImage, _ dice: inout SeededGenerator) -> GrayImage {
        func cut(_ length: Int) -> Int { Int(dice.next() % UInt64(length / 10 + 1)) }
        let (left, right, top, bottom) = (cut(image.width), cut(image.width), cut(image.height), cut(image.height))
        let isMirrored = dice.next() % 2 == 0
        let (factor, more) = (Int(dice.next() % 7) + 7, Int(dice.next() % 30))
        var copy = GrayImage(width: image.width - left - right, height: image.height - top - bottom, pixels: [])
        for y in 0..<copy.height {
            for x in 0..<copy.width {
                let column = left + (isMirrored ? copy.width - 1 - x : x)
                let shade = Int(image.pixels[(top + y) * image.width + column])
                copy.pixels.append(UInt8(min(255, shade * factor / 10 + more)))
            }
        }
        return copy
    }

    @Test("of random pictures, every planted copy is found, and no two independent ones are near")
    func planted() throws {
        var dice = SeededGenerator(seed: 16)
        let originals = (0..<40).map { Self.picture(UInt64($0 + 100)).image }
        let copies = originals.prefix(25).map { Self.copy($0, &dice) }
        let near = try Self.near((originals + copies).compactMap { ImageLook($0) })
        try #require(near.count == 65)
        for number in 0..<25 { #expect(near[number].contains(40 + number), "copy \(number)") }
        let pairs = near.enumerated().flatMap { number, others in others.map { ($0 % 40, number % 40) } }
        #expect(pairs.allSatisfy { $0.0 == $0.1 }, "\(pairs.filter { $0.0 != $0.1 })")
    }

    @Test("gradients, stripes and frames have no details to tell copies by")
    func plain() throws {
        func image(_ shade: (Int, Int) -> Int) throws -> ImageLook {
            try #require(
                ImageLook(
                    GrayImage(width: 96, height: 96, pixels: (0..<(96 * 96)).map { UInt8(shade($0 % 96, $0 / 96)) })))
        }
        let looks = [
            try image { x, _ in x * 2 }, try image { x, _ in 20 + x }, try image { x, y in x + y },
            try image { x, y in x / 2 + y }, try image { x, _ in x / 12 % 2 * 200 },
            try image { x, _ in (x + 5) / 12 % 2 * 150 + 30 },
        ]
        #expect(try Self.near(looks).allSatisfy(\.isEmpty))
    }

    @Test("with one picture more than are compared with one, the others are found and it is said")
    func crowded() throws {
        let look = try #require(ImageLook(Self.picture(1).image))
        let looks = [ImageLook](repeating: look, count: ImageIndex.mostCandidates + 2)
        let index = try ImageIndex(looks, WorkerPool(width: 2), Cancellation())
        let found = index.near(5) { $0 < 3 }
        #expect(found.numbers == [0, 1, 2])
        #expect(index.near(5) { _ in true }.isCrowded)
    }
}
