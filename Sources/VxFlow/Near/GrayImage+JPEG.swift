import CTurboJPEGLoader
import VxModel

extension GrayImage {
    /// Why a whole image is not decoded.
    enum Failure: Error, Equatable {
        /// The library for it is not on this machine.
        case noLibrary(String)
        /// There is nothing here that decodes images of this kind.
        case noDecoder(String)
    }

    /// Decodes a JPEG file (ITU T.81): every kind libjpeg-turbo knows, progressive ones and those with four inks included.
    /// A large picture is made smaller on the way, by the inverse transform itself.
    ///
    /// - Parameter columns, rows: what it is to be divided into; each part gets 4 pixels across at least, where it has them.
    /// - Returns: `nil` for what is no JPEG file or is too large. Damage behind the header gives grey pixels.
    /// - Throws: where there is no libturbojpeg.
    static func jpeg(_ bytes: [UInt8], columns: Int, rows: Int) throws(Failure) -> GrayImage? {
        var header = vx_jpeg()
        guard try succeeds(vx_jpeg_read_header(bytes, bytes.count, &header)) else { return nil }
        let (width, height) = (Int(header.width), Int(header.height))
        guard width <= mostPixels / height else { return nil }
        func shrunk(_ length: Int, _ scale: Int) -> Int { (length + scale - 1) / scale }
        let scale =
            [8, 4, 2].first { shrunk(width, $0) >= 4 * columns && shrunk(height, $0) >= 4 * rows } ?? 1
        let channels = Int(header.channels)
        var image = GrayImage(width: shrunk(width, scale), height: shrunk(height, scale), pixels: [])
        let count = image.width * image.height
        var samples = [UInt8](repeating: 0, count: count * channels)
        guard try succeeds(vx_jpeg_decode(bytes, bytes.count, header, Int32(scale), &samples)) else { return nil }
        image.pixels =
            channels == 1
            ? samples
            : (0..<count).map { pixel in
                // Each ink lets through what the black one has left.
                func light(_ ink: Int) -> Int { Int(samples[4 * pixel + ink]) * Int(samples[4 * pixel + 3]) / 255 }
                return luma(light(0), light(1), light(2))
            }
        return image
    }

    private static func succeeds(_ status: Int32) throws(Failure) -> Bool {
        if status == VX_JPEG_MISSING { throw .noLibrary("libturbojpeg") }
        return status == 0
    }
}
