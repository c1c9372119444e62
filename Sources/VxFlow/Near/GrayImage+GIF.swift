import VxModel

extension GrayImage {
    /// Decodes the first picture of a GIF file ("Graphics Interchange Format, Version 89a", CompuServe 1990), interlaced or not.
    /// What is transparent, or not covered by it, is seen as white.
    ///
    /// - Returns: `nil` for what is no GIF file, is damaged before the first picture's last pixel, or is too large.
    static func gif(_ bytes: [UInt8]) -> GrayImage? {
        var reader = GIFReader(bytes)
        return reader.read()
    }
}

/// Reads a GIF file from its beginning.
private struct GIFReader {
    private let bytes: [UInt8]
    private var position = 6

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    private mutating func byte() -> Int? {
        guard position < bytes.count else { return nil }
        position += 1
        return Int(bytes[position - 1])
    }

    private mutating func number() -> Int? {
        guard let low = byte(), let high = byte() else { return nil }
        return high << 8 | low
    }

    /// The brightness of each colour of a table, where the flags say that there is one.
    private mutating func table(_ flags: Int) -> [UInt8]? {
        guard flags & 0x80 != 0 else { return [] }
        let count = 2 << (flags & 7)
        guard position + 3 * count <= bytes.count else { return nil }
        defer { position += 3 * count }
        return (0..<count).map {
            let place = position + 3 * $0
            return GrayImage.luma(Int(bytes[place]), Int(bytes[place + 1]), Int(bytes[place + 2]))
        }
    }

    /// The bytes of the blocks that follow, without their lengths.
    private mutating func blocks() -> [UInt8]? {
        var data: [UInt8] = []
        while let length = byte() {
            if length == 0 { return data }
            guard position + length <= bytes.count else { return nil }
            data += bytes[position..<(position + length)]
            position += length
        }
        return nil
    }

    mutating func read() -> GrayImage? {
        guard bytes.starts(with: Array("GIF8".utf8)), let width = number(), let height = number(), width > 0,
            height > 0,
            width <= GrayImage.mostPixels / height, let flags = byte(), byte() != nil, byte() != nil,
            let shades = table(flags)
        else { return nil }
        var transparent: Int?
        while let kind = byte() {
            if kind == 0x21 {
                guard let label = byte(), let data = blocks() else { return nil }
                if label == 0xf9, data.count >= 4, data[0] & 1 != 0 { transparent = Int(data[3]) }
            } else {
                guard kind == 0x2c else { return nil }
                var image = GrayImage(
                    width: width, height: height, pixels: [UInt8](repeating: 255, count: width * height))
                return draw(shades, transparent, &image) ? image : nil
            }
        }
        return nil
    }

    /// Draws the picture that begins here; false where it is damaged.
    private mutating func draw(_ common: [UInt8], _ transparent: Int?, _ image: inout GrayImage) -> Bool {
        guard let left = number(), let top = number(), let width = number(), let height = number(), let flags = byte(),
            width > 0, height > 0, left + width <= image.width, top + height <= image.height,
            let own = table(flags), let size = byte(), (2...8).contains(size), let data = blocks(),
            let indices = Self.decompressed(data, size, count: width * height)
        else { return false }
        let shades = flags & 0x80 != 0 ? own : common
        let lines = flags & 0x40 != 0 ? Self.interlaced(height) : Array(0..<height)
        for (number, line) in lines.enumerated() {
            for column in 0..<width {
                let index = Int(indices[number * width + column])
                guard index != transparent, index < shades.count else { continue }
                image.pixels[(top + line) * image.width + left + column] = shades[index]
            }
        }
        return true
    }

    /// The lines in the order in which they are stored.
    private static func interlaced(_ height: Int) -> [Int] {
        [(0, 8), (4, 8), (2, 4), (1, 2)].flatMap { Array(stride(from: $0.0, to: height, by: $0.1)) }
    }

    /// Undoes GIF's variable-length-code LZW (appendix F).
    private static func decompressed(_ data: [UInt8], _ size: Int, count: Int) -> [UInt8]? {
        let (clear, end) = (1 << size, (1 << size) + 1)
        var prefix = [Int](repeating: -1, count: 4096)
        var suffix = [UInt8](repeating: 0, count: 4096)
        for code in 0..<clear { suffix[code] = UInt8(code) }
        var output: [UInt8] = []
        output.reserveCapacity(count)
        var text: [UInt8] = []
        var (next, width, last) = (end + 1, size + 1, -1)
        var (bits, held, position) = (0, 0, 0)
        while output.count < count {
            while held < width {
                guard position < data.count else { return nil }
                bits |= Int(data[position]) << held
                held += 8
                position += 1
            }
            let code = bits & ((1 << width) - 1)
            bits >>= width
            held -= width
            if code == clear {
                (next, width, last) = (end + 1, size + 1, -1)
                continue
            }
            if code == end { return nil }
            guard code < next || (code == next && last >= 0), last >= 0 || code < clear else { return nil }
            // The text of a code that is not there yet is the last one's, and its first byte.
            text.removeAll(keepingCapacity: true)
            var place = code == next ? last : code
            while place >= 0 {
                text.append(suffix[place])
                place = prefix[place]
            }
            let first = text[text.count - 1]
            output += text.reversed()
            if code == next { output.append(first) }
            if last >= 0, next < 4096 {
                prefix[next] = last
                suffix[next] = first
                next += 1
                if next == 1 << width, width < 12 { width += 1 }
            }
            last = code
        }
        return Array(output[..<count])
    }
}
