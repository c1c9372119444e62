import VxModel

/// What an image file is by how it begins, and how it is decoded.
enum ImageFile {
    /// A picture for comparing, or why there is none.
    enum Picture: Sendable, Equatable {
        case look(ImageLook)
        case unknown(String)
    }

    /// Names that images have; what has another is an image where it begins as one.
    static func isNamedAsImage(_ path: RepoPath) -> Bool {
        let endings = [
            "png", "jpg", "jpeg", "jpe", "jfif", "gif", "webp", "tif", "tiff", "bmp", "dib", "heic", "heif", "avif",
        ]
        guard let dot = path.bytes.lastIndex(of: UInt8(ascii: ".")) else { return false }
        let ending = path.bytes[(dot + 1)...].map { $0 | 0x20 }
        return endings.contains { ending.elementsEqual($0.utf8) }
    }

    /// The picture in a file, upright; `nil` for what may be a text.
    static func picture(_ bytes: [UInt8]) -> Picture? {
        guard let kind = kind(bytes) else { return nil }
        do {
            guard let image = try decode(bytes, kind) else { return .unknown("it cannot be decoded") }
            guard let look = ImageLook(image, ImageOrientation.turn(bytes, kind)) else {
                return .unknown("it is of one shade")
            }
            return .look(look)
        } catch {
            switch error {
            case .noLibrary(let library): return .unknown("there is no \(library) on this machine")
            case .noDecoder(let kind): return .unknown("\(kind) is not decoded")
            }
        }
    }

    private static func kind(_ bytes: [UInt8]) -> String? {
        guard let kind = FileKind.name(of: Array(bytes.prefix(FileKind.longestStart))), !FileKind.texts.contains(kind)
        else { return nil }
        if kind == "BMP" {
            // Two letters are soon the beginning of a text: the length of the header tells.
            guard bytes.count >= 26, [12, 40, 52, 56, 64, 108, 124].contains(bytes[14]),
                bytes[15...17].allSatisfy({ $0 == 0 })
            else { return nil }
        }
        return kind
    }

    private static func decode(_ bytes: [UInt8], _ kind: String) throws(GrayImage.Failure) -> GrayImage? {
        switch kind {
        case "PNG": try GrayImage.png(bytes)
        case "JPEG": try GrayImage.jpeg(bytes, columns: ImageLook.size, rows: ImageLook.size)
        case "WebP": try GrayImage.webp(bytes)
        case "TIFF": try GrayImage.tiff(bytes)
        case "GIF": GrayImage.gif(bytes)
        case "BMP": GrayImage.bmp(bytes)
        default: throw .noDecoder(kind)
        }
    }
}
