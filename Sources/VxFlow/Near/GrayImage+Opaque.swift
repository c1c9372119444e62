import CTIFFLoader
import CWebPLoader
import VxModel

/// Formats that well-kept libraries decode to red, green, blue and how opaque a pixel is.
extension GrayImage {
    /// So many pixels take 128 MiB meanwhile.
    private static let mostColoured = 1 << 25

    /// Decodes a WebP file of one picture. What is transparent is seen before white.
    ///
    /// - Returns: `nil` for what is no such file, or is too large.
    static func webp(_ bytes: [UInt8]) throws(Failure) -> GrayImage? {
        var (width, height): (Int32, Int32) = (0, 0)
        guard try succeeds(vx_webp_read_size(bytes, bytes.count, &width, &height), VX_WEBP_MISSING, "libwebp"),
            Int(width) <= mostColoured / Int(height)
        else { return nil }
        let count = Int(width) * Int(height)
        var samples = [UInt8](repeating: 0, count: 4 * count)
        guard
            try succeeds(
                vx_webp_decode(bytes, bytes.count, width, height, &samples), VX_WEBP_MISSING, "libwebp")
        else { return nil }
        return GrayImage(
            width: Int(width), height: Int(height),
            pixels: (0..<count).map { pixel in
                let shade = luma(Int(samples[4 * pixel]), Int(samples[4 * pixel + 1]), Int(samples[4 * pixel + 2]))
                let alpha = Int(samples[4 * pixel + 3])
                return UInt8((Int(shade) * alpha + 255 * (255 - alpha)) / 255)
            })
    }

    /// Decodes the first picture of a TIFF file, as it is stored. What is transparent is seen before white.
    ///
    /// - Returns: `nil` for what is no such file, or is too large.
    static func tiff(_ bytes: [UInt8]) throws(Failure) -> GrayImage? {
        var (width, height): (UInt32, UInt32) = (0, 0)
        guard try succeeds(vx_tiff_read_size(bytes, bytes.count, &width, &height), VX_TIFF_MISSING, "libtiff"),
            Int(width) <= mostColoured / Int(height)
        else { return nil }
        let count = Int(width) * Int(height)
        var pixels = [UInt32](repeating: 0, count: count)
        guard
            try succeeds(vx_tiff_decode(bytes, bytes.count, width, height, &pixels), VX_TIFF_MISSING, "libtiff")
        else { return nil }
        return GrayImage(
            width: Int(width), height: Int(height),
            pixels: pixels.map { pixel in
                // Red in the lowest byte; all three are multiplied by how opaque the pixel is.
                func channel(_ number: UInt32) -> Int { Int(pixel >> (8 * number) & 0xff) }
                return UInt8(min(255, Int(luma(channel(0), channel(1), channel(2))) + 255 - channel(3)))
            })
    }

    private static func succeeds(_ status: Int32, _ missing: Int32, _ library: String) throws(Failure) -> Bool {
        if status == missing { throw .noLibrary(library) }
        return status == 0
    }
}
