import CZlibLoader
import VxModel

/// The brightness of an image's pixels, line by line, 0 to 255.
struct GrayImage: Equatable {
    var width: Int
    var height: Int
    var pixels: [UInt8]

    /// More pixels than this are not decoded.
    static let mostPixels = 1 << 26

    /// Decodes a PNG file (W3C PNG, second edition): every colour type and depth, interlaced or not. What is transparent
    /// is seen before white; a palette's transparency is not looked at.
    ///
    /// - Returns: `nil` for what is no whole PNG file, or is too large.
    /// - Throws: where there is no zlib.
    static func png(_ bytes: [UInt8]) throws(Failure) -> GrayImage? {
        guard ImageCheck.problem(bytes, .png) == nil else { return nil }
        var header: Header?
        var palette: [UInt8] = []
        var data: [UInt8] = []
        var position = 8
        chunks: while position + 12 <= bytes.count {
            let length = ImageCheck.number(bytes, position)
            let body = bytes[(position + 8)..<(position + 8 + Int(length))]
            switch String(decoding: bytes[(position + 4)..<(position + 8)], as: UTF8.self) {
            case "IHDR" where position == 8: header = Header(Array(body))
            case "PLTE":
                palette = body.indices.dropLast(2).filter { ($0 - body.startIndex) % 3 == 0 }.map {
                    luma(Int(body[$0]), Int(body[$0 + 1]), Int(body[$0 + 2]))
                }
            case "IDAT": data += body
            // What follows is no chunk.
            case "IEND": break chunks
            default: break
            }
            position += 12 + Int(length)
        }
        guard let header, header.width <= mostPixels / header.height else { return nil }
        let passes = header.passes
        let size = passes.reduce(0) { $0 + (header.lineBytes(width: $1.width) + 1) * $1.height }
        var raw = [UInt8](repeating: 0, count: size)
        switch raw.withUnsafeMutableBufferPointer({ vx_inflate($0.baseAddress, size, data, data.count) }) {
        case 0: break
        case VX_INFLATE_MISSING: throw .noLibrary("zlib")
        default: return nil
        }
        var image = GrayImage(
            width: header.width, height: header.height,
            pixels: [UInt8](repeating: 0, count: header.width * header.height))
        var start = 0
        for pass in passes {
            guard header.unfilter(&raw, from: start, width: pass.width, height: pass.height) else { return nil }
            let line = header.lineBytes(width: pass.width)
            for y in 0..<pass.height {
                let first = start + y * (line + 1) + 1
                for x in 0..<pass.width {
                    image.pixels[(pass.y + y * pass.stepY) * image.width + pass.x + x * pass.stepX] =
                        header.brightness(raw, line: first, x: x, palette)
                }
            }
            start += (line + 1) * pass.height
        }
        return image
    }

    /// ITU-R BT.601.
    static func luma(_ red: Int, _ green: Int, _ blue: Int) -> UInt8 {
        UInt8((299 * red + 587 * green + 114 * blue) / 1000)
    }

    /// The mean brightness of equal parts, `columns` by `rows`. A pixel on the border of two counts for each by how much of
    /// it is there, so that the size of a picture makes little difference.
    func shrunk(columns: Int, rows: Int) -> [UInt8] {
        let across = (0..<columns).map { Part($0, of: columns, length: width) }
        let down = (0..<rows).map { Part($0, of: rows, length: height) }
        var cells: [UInt8] = []
        for row in down {
            var sums = [Int](repeating: 0, count: columns)
            for y in row.first...row.last {
                let (line, weight) = (y * width, row.weight(of: y))
                for (column, part) in across.enumerated() {
                    var sum = 0
                    for x in part.first...part.last { sum += Int(pixels[line + x]) * part.weight(of: x) }
                    sums[column] += sum * weight
                }
            }
            for sum in sums { cells.append(UInt8(sum / (width * height))) }
        }
        return cells
    }

    /// One of equal parts of a line of pixels. A pixel's weight is the length of it that lies in the part, in units of
    /// which a pixel has as many as there are parts, and a part as many as there are pixels.
    private struct Part {
        let first: Int
        let last: Int
        private let (start, end, unit): (Int, Int, Int)

        init(_ number: Int, of count: Int, length: Int) {
            (start, end, unit) = (number * length, (number + 1) * length, count)
            first = start / count
            last = (end - 1) / count
        }

        func weight(of pixel: Int) -> Int { min((pixel + 1) * unit, end) - max(pixel * unit, start) }
    }
}

/// What IHDR says.
private struct Header {
    var width: Int
    var height: Int
    private var depth: Int
    private var color: UInt8
    private var isInterlaced: Bool
    private var channels: Int

    init?(_ body: [UInt8]) {
        width = Int(ImageCheck.number(body, 0))
        height = Int(ImageCheck.number(body, 4))
        depth = Int(body[8])
        color = body[9]
        isInterlaced = body[12] == 1
        let allowed: [UInt8: (channels: Int, depths: Set<Int>)] = [
            0: (1, [1, 2, 4, 8, 16]), 2: (3, [8, 16]), 3: (1, [1, 2, 4, 8]), 4: (2, [8, 16]), 6: (4, [8, 16]),
        ]
        guard let kind = allowed[color], kind.depths.contains(depth), width > 0, height > 0, body[10] == 0,
            body[11] == 0,
            body[12] <= 1
        else { return nil }
        channels = kind.channels
    }

    func lineBytes(width: Int) -> Int { (width * channels * depth + 7) / 8 }

    struct Pass {
        var x, y, stepX, stepY, width, height: Int
    }

    /// The parts the image is stored in: one, or Adam7's seven.
    var passes: [Pass] {
        let steps: [(Int, Int, Int, Int)] =
            isInterlaced
            ? [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
            : [(0, 0, 1, 1)]
        return steps.compactMap { x, y, stepX, stepY in
            let (columns, rows) = ((width - x + stepX - 1) / stepX, (height - y + stepY - 1) / stepY)
            return columns > 0 && rows > 0
                ? Pass(x: x, y: y, stepX: stepX, stepY: stepY, width: columns, height: rows) : nil
        }
    }

    /// Undoes the filters of a pass's lines (PNG, 9.2); false where a line names none there is.
    func unfilter(_ raw: inout [UInt8], from start: Int, width: Int, height: Int) -> Bool {
        let line = lineBytes(width: width)
        let step = max(1, channels * depth / 8)
        for y in 0..<height {
            let first = start + y * (line + 1) + 1
            let filter = raw[first - 1]
            if filter == 0 { continue }
            guard filter <= 4 else { return false }
            for x in 0..<line {
                let left = x >= step ? Int(raw[first + x - step]) : 0
                let up = y > 0 ? Int(raw[first + x - line - 1]) : 0
                let corner = x >= step && y > 0 ? Int(raw[first + x - step - line - 1]) : 0
                let guess: Int
                switch filter {
                case 1: guess = left
                case 2: guess = up
                case 3: guess = (left + up) / 2
                default:
                    let (a, b, c) = (abs(up - corner), abs(left - corner), abs(left + up - 2 * corner))
                    guess = a <= b && a <= c ? left : b <= c ? up : corner
                }
                raw[first + x] &+= UInt8(guess)
            }
        }
        return true
    }

    /// How bright a pixel of an unfiltered line is.
    func brightness(_ raw: [UInt8], line: Int, x: Int, _ palette: [UInt8]) -> UInt8 {
        if depth < 8 {
            let bit = x * depth
            let value = Int(raw[line + bit / 8]) >> (8 - depth - bit % 8) & ((1 << depth) - 1)
            if color == 3 { return palette.indices.contains(value) ? palette[value] : 0 }
            return UInt8(value * 255 / ((1 << depth) - 1))
        }
        // Of 16 bits the upper eight.
        let size = depth / 8
        let place = line + x * channels * size
        func value(_ channel: Int) -> Int { Int(raw[place + channel * size]) }
        func beforeWhite(_ shade: UInt8, _ alpha: Int) -> UInt8 {
            UInt8((Int(shade) * alpha + 255 * (255 - alpha)) / 255)
        }
        switch color {
        case 0: return UInt8(value(0))
        case 3: return palette.indices.contains(value(0)) ? palette[value(0)] : 0
        case 4: return beforeWhite(UInt8(value(0)), value(1))
        case 2: return GrayImage.luma(value(0), value(1), value(2))
        default: return beforeWhite(GrayImage.luma(value(0), value(1), value(2)), value(3))
        }
    }
}
