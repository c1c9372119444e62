import VxModel

extension GrayImage {
    /// Decodes a BMP file (Windows' bitmaps, BITMAPCOREHEADER to BITMAPV5HEADER) without run lengths: 1, 4 and 8 bits with a table of
    /// colours, 16, 24 and 32 bits, also with masks. How opaque a pixel is says nothing: most programs leave that byte at zero.
    ///
    /// - Returns: `nil` for what is no such file, or is too large.
    static func bmp(_ bytes: [UInt8]) -> GrayImage? {
        func number(_ place: Int, _ count: Int = 4) -> Int {
            (0..<count).reduce(0) { $0 | Int(bytes[place + $1]) << (8 * $1) }
        }
        guard bytes.count >= 26, bytes.starts(with: Array("BM".utf8)) else { return nil }
        let (start, header) = (number(10), number(14))
        let isOld = header == 12
        guard isOld || (40...124).contains(header), bytes.count >= 14 + header else { return nil }
        let width = isOld ? number(18, 2) : number(18)
        let signed = isOld ? number(20, 2) : Int(Int32(truncatingIfNeeded: number(22)))
        let (height, depth) = (abs(signed), isOld ? number(24, 2) : number(28, 2))
        let method = isOld ? 0 : number(30)
        guard width > 0, height > 0, width <= mostPixels / height, [1, 4, 8, 16, 24, 32].contains(depth),
            method == 0 || (method == 3 && [16, 32].contains(depth))
        else { return nil }
        let line = (width * depth + 31) / 32 * 4
        guard start <= bytes.count, line <= (bytes.count - start) / height else { return nil }
        var masks = depth == 16 ? [0x7c00, 0x3e0, 0x1f] : [0xff_0000, 0xff00, 0xff]
        if method == 3 {
            guard bytes.count >= 66 else { return nil }
            masks = [number(54), number(58), number(62)]
        }
        var shades: [UInt8] = []
        if depth <= 8 {
            let size = isOld ? 3 : 4
            let used = isOld ? 0 : number(46)
            let count = used == 0 ? 1 << depth : min(used, 1 << depth)
            guard 14 + header + count * size <= bytes.count else { return nil }
            shades = (0..<count).map {
                let place = 14 + header + $0 * size
                return luma(Int(bytes[place + 2]), Int(bytes[place + 1]), Int(bytes[place]))
            }
        }
        /// The part of a pixel under a mask, of 255.
        func channel(_ pixel: Int, _ mask: Int) -> Int {
            if mask == 0 { return 0 }
            let shift = mask.trailingZeroBitCount
            return (pixel & mask) >> shift * 255 / (mask >> shift)
        }
        var image = GrayImage(width: width, height: height, pixels: [])
        image.pixels.reserveCapacity(width * height)
        for y in 0..<height {
            let first = start + (signed < 0 ? y : height - 1 - y) * line
            for x in 0..<width {
                if depth <= 8 {
                    let value = Int(bytes[first + x * depth / 8]) >> (8 - depth - x * depth % 8) & ((1 << depth) - 1)
                    image.pixels.append(value < shades.count ? shades[value] : 0)
                } else {
                    let pixel = number(first + x * depth / 8, depth / 8)
                    image.pixels.append(
                        luma(channel(pixel, masks[0]), channel(pixel, masks[1]), channel(pixel, masks[2])))
                }
            }
        }
        return image
    }
}
