/// The libraries that decode images, which are loaded at their first use and need not be there.
package struct ImageLibrary: Sendable {
    /// As systems call it.
    package var name: String
    /// The images that it is for.
    package var images: String
    package var isHere: Bool

    /// Tries each of them.
    package static func all() -> [ImageLibrary] {
        [
            ("libturbojpeg", "JPEG", { () throws(GrayImage.Failure) in try GrayImage.jpeg([], columns: 1, rows: 1) }),
            ("libwebp", "WebP", { () throws(GrayImage.Failure) in try GrayImage.webp([]) }),
            ("libtiff", "TIFF", { () throws(GrayImage.Failure) in try GrayImage.tiff([]) }),
        ].map { (name: String, images: String, decode: () throws(GrayImage.Failure) -> GrayImage?) in
            do {
                _ = try decode()
                return ImageLibrary(name: name, images: images, isHere: true)
            } catch {
                return ImageLibrary(name: name, images: images, isHere: false)
            }
        }
    }
}
