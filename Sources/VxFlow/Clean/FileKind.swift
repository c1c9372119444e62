/// What a file is by how it begins, whatever its name says.
enum FileKind {
    /// As many bytes tell.
    static let longestStart = 32

    private static let starts: [(offset: Int, start: [UInt8], name: String)] =
        [
            (0, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a], "PNG"), (0, [0xff, 0xd8, 0xff], "JPEG"),
            (0, [0x49, 0x49, 0x2a, 0], "TIFF"), (0, [0x4d, 0x4d, 0, 0x2a], "TIFF"), (0, [0x49, 0x49, 0x2b, 0], "TIFF"),
            (0, [0x4d, 0x4d, 0, 0x2b], "TIFF"), (0, [0, 0, 1, 0], "ICO"),
            (0, [0, 0, 0, 12, 0x6a, 0x50, 0x20, 0x20], "JPEG 2000"), (0, [0xff, 0x4f, 0xff, 0x51], "JPEG 2000"),
            (0, [0, 0, 0, 12, 0x4a, 0x58, 0x4c, 0x20], "JPEG XL"), (0, [0xff, 0x0a], "JPEG XL"),
            (0, [0x76, 0x2f, 0x31, 0x01], "OpenEXR"), (0, [0x1f, 0x8b], "gzip"), (0, [0x50, 0x4b, 3, 4], "ZIP"),
            (0, [0x1a, 0x45, 0xdf, 0xa3], "Matroska"),
        ]
        + ([
            (0, "GIF87a", "GIF"), (0, "GIF89a", "GIF"), (8, "WEBP", "WebP"), (8, "AVI ", "AVI"), (8, "WAVE", "WAV"),
            (0, "8BPS", "Photoshop"), (0, "%PDF", "PDF"), (0, "qoif", "QOI"), (0, "#?RADIANCE", "Radiance"),
            (0, "DDS ", "DDS"), (0, "SIMPLE  =", "FITS"), (0, "%!PS", "PostScript"), (0, "<svg", "SVG"),
            (0, "<?xml", "XML"), (0, "<!DOCTYPE", "HTML"), (0, "<!doctype", "HTML"), (0, "<html", "HTML"),
            (0, "version https://git-lfs", "Git LFS pointer"),
        ] as [(Int, String, String)]).map { ($0, Array($1.utf8), $2) }

    /// The brands of ISO media files (ISO/IEC 14496-12, `ftyp`); any other one is a film's.
    private static let brands: [(brand: String, name: String)] = [
        ("heic", "HEIC"), ("heix", "HEIC"), ("heim", "HEIC"), ("heis", "HEIC"), ("hevc", "HEIC"), ("hevx", "HEIC"),
        ("mif1", "HEIF"), ("msf1", "HEIF"), ("avif", "AVIF"), ("avis", "AVIF"), ("crx ", "Canon CR3"),
        ("jxl ", "JPEG XL"), ("qt  ", "QuickTime"),
    ]

    /// The name of the kind; `nil` where the bytes begin none that is known.
    static func name(of start: [UInt8]) -> String? {
        func stands(_ text: [UInt8], at offset: Int) -> Bool { start.dropFirst(offset).starts(with: text) }
        if stands(Array("ftyp".utf8), at: 4) {
            return brands.first { stands(Array($0.brand.utf8), at: 8) }?.name ?? "MP4"
        }
        if let found = starts.first(where: { stands($0.start, at: $0.offset) }) { return found.name }
        // The two letters of BMP begin many a text: its reserved bytes are zero.
        if stands(Array("BM".utf8), at: 0), stands([0, 0, 0, 0], at: 6) { return "BMP" }
        // "P1" to "P6" with white space: the portable formats.
        if start.count > 2, start[0] == UInt8(ascii: "P"), (UInt8(ascii: "1")...UInt8(ascii: "7")).contains(start[1]),
            [0x0a, 0x20, 0x0d, 0x09].contains(start[2])
        {
            return "PNM"
        }
        return nil
    }

    /// Those that are written in words.
    static let texts: Set = ["Git LFS pointer", "HTML", "PNM", "PostScript", "SVG", "XML"]

    private static let withAn: Set = ["AVI", "AVIF", "HTML", "ICO", "MP4", "OpenEXR", "SVG", "XML"]

    /// `a PNG file`, `an AVIF file`.
    static func withArticle(_ name: String) -> String {
        "\(withAn.contains(name) ? "an" : "a") \(name)\(name.hasSuffix("pointer") ? "" : " file")"
    }

    private static let endings: [String: String] = [
        "jpg": "JPEG", "jpeg": "JPEG", "jpe": "JPEG", "jfif": "JPEG", "png": "PNG", "apng": "PNG", "gif": "GIF",
        "webp": "WebP", "tif": "TIFF", "tiff": "TIFF", "bmp": "BMP", "heic": "HEIC", "heif": "HEIF", "avif": "AVIF",
        "jp2": "JPEG 2000", "jxl": "JPEG XL", "psd": "Photoshop", "ico": "ICO", "svg": "SVG",
    ]

    /// The kind a name promises; `nil` where it promises none of these.
    static func promised(by name: String) -> String? {
        name.split(separator: ".").count > 1
            ? name.split(separator: ".").last.flatMap { endings[$0.lowercased()] } : nil
    }
}
