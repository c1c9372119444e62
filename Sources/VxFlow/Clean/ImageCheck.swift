import CVxKernels
import VxModel

/// Whether the bytes are a whole image, by its headers and structure; pixels are not decoded.
enum ImageCheck {
    private static let signature: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

    /// What is wrong; `nil` for an image that is whole.
    static func problem(_ bytes: [UInt8], _ format: CleanFormat) -> String? {
        switch format {
        case .png: png(bytes)
        case .jpeg: jpeg(bytes)
        case .any: bytes.starts(with: signature) ? png(bytes) : jpeg(bytes)
        }
    }

    enum CleanFormat { case png, jpeg, any }

    /// The bits of a sample by colour type (W3C PNG, table 11.1).
    private static let depths: [UInt8: [UInt8]] = [
        0: [1, 2, 4, 8, 16], 2: [8, 16], 3: [1, 2, 4, 8], 4: [8, 16], 6: [8, 16],
    ]

    /// The chunks of a PNG (W3C PNG, 5.3): lengths, types, checksums, IHDR first, some IDAT, IEND last.
    private static func png(_ bytes: [UInt8]) -> String? {
        guard bytes.starts(with: signature) else {
            return other(bytes).map { "it is a \($0) file, no PNG file" } ?? "it does not begin as a PNG file"
        }
        var position = 8
        var hasData = false
        while position + 12 <= bytes.count {
            let length = Int(number(bytes, position))
            let end = position + 12 + length
            guard end <= bytes.count else { return "it is cut short" }
            let type = Array(bytes[(position + 4)..<(position + 8)])
            guard checksum(bytes[(position + 4)..<(end - 4)]) == number(bytes, end - 4) else {
                return "the checksum of its chunk \(String(decoding: type, as: UTF8.self)) is wrong"
            }
            if position == 8 {
                guard type.elementsEqual("IHDR".utf8), length == 13 else { return "its header is missing" }
                guard number(bytes, 16) > 0, number(bytes, 20) > 0 else { return "it has no width or no height" }
                guard depths[bytes[25]]?.contains(bytes[24]) == true else {
                    return "it has \(bytes[24]) bits of the colour type \(bytes[25]), which PNG does not know"
                }
            }
            if type.elementsEqual("IDAT".utf8) { hasData = true }
            if type.elementsEqual("IEND".utf8) {
                if !hasData { return "it has no pixels" }
                return end == bytes.count ? nil : "something follows its end"
            }
            position = end
        }
        return "it is cut short"
    }

    /// The segments of a JPEG (ITU T.81, annex B): a frame with a size, a scan, and the end marker.
    private static func jpeg(_ bytes: [UInt8]) -> String? {
        guard bytes.starts(with: [0xff, 0xd8, 0xff]) else {
            return other(bytes).map { "it is a \($0) file, which is not looked into" }
                ?? "it does not begin as an image file"
        }
        var position = 2
        var hasFrame = false
        while position + 4 <= bytes.count {
            guard bytes[position] == 0xff else { return "a marker is missing at byte \(position)" }
            let marker = bytes[position + 1]
            if marker == 0xff {
                position += 1
                continue
            }
            let length = Int(bytes[position + 2]) << 8 | Int(bytes[position + 3])
            guard length >= 2, position + 2 + length <= bytes.count else { return "it is cut short" }
            let isFrame = (0xc0...0xcf).contains(marker) && ![0xc4, 0xc8, 0xcc].contains(marker)
            if isFrame {
                guard length >= 8 else { return "its header is too short" }
                let (height, width) = (bytes[(position + 5)...(position + 6)], bytes[(position + 7)...(position + 8)])
                guard height.contains(where: { $0 != 0 }), width.contains(where: { $0 != 0 }) else {
                    return "it has no width or no height"
                }
                hasFrame = true
            }
            position += 2 + length
            guard marker == 0xda else { continue }
            guard hasFrame else { return "its header is missing" }
            guard let next = afterScan(bytes, position) else { return "it is cut short" }
            // What follows the end is the camera's own: a film, a date, zeros.
            if bytes[next + 1] == 0xd9 { return nil }
            position = next
        }
        return "it is cut short"
    }

    /// Where the marker is that ends the coded data of a scan; `nil` where there is none. In the data, 0xff is followed by 0 or
    /// by the number of a restart.
    private static func afterScan(_ bytes: [UInt8], _ start: Int) -> Int? {
        bytes.withUnsafeBufferPointer { bytes in
            var position = start
            while position + 1 < bytes.count {
                if bytes[position] == 0xff {
                    let next = bytes[position + 1]
                    if next != 0, next != 0xff, !(0xd0...0xd7).contains(next) { return position }
                }
                position += 1
            }
            return nil
        }
    }

    /// What an image is that is none of those asked for, by how it begins.
    static func other(_ bytes: [UInt8]) -> String? {
        let kinds: [(offset: Int, start: [UInt8], name: String)] = [
            (0, signature, "PNG"), (0, [0xff, 0xd8, 0xff], "JPEG"), (0, Array("GIF8".utf8), "GIF"),
            (8, Array("WEBP".utf8), "WebP"),
            (0, [0x49, 0x49, 0x2a, 0], "TIFF"), (0, [0x4d, 0x4d, 0, 0x2a], "TIFF"), (0, Array("BM".utf8), "BMP"),
            (4, Array("ftyphei".utf8), "HEIC"), (4, Array("ftypmif1".utf8), "HEIF"),
            (4, Array("ftypavif".utf8), "AVIF"),
            (0, Array("8BPS".utf8), "Photoshop"), (0, Array("%PDF".utf8), "PDF"),
        ]
        return kinds.first { bytes.dropFirst($0.offset).starts(with: $0.start) }?.name
    }

    /// Four bytes as a number, the highest first.
    static func number(_ bytes: [UInt8], _ position: Int) -> UInt32 {
        bytes[position..<(position + 4)].reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// CRC-32 (ISO 3309).
    static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        bytes.withUnsafeBufferPointer { bytes in bytes.baseAddress.map { vx_crc32($0, bytes.count) } ?? 0 }
    }
}
