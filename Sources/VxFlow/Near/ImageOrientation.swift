/// How a picture is to be turned before it is seen: the orientation that cameras write (Exif 2.32, tag 0x0112; TIFF 6.0).
enum ImageOrientation {
    private static let tag = 0x0112
    /// What a block of Exif begins with in a JPEG file, and in some WebP files.
    private static let mark = Array("Exif\0\0".utf8)

    /// - Parameter kind: of file, as ``FileKind`` names it.
    /// - Returns: `.none` where the file says nothing.
    static func turn(_ bytes: [UInt8], _ kind: String) -> ImageTurn {
        let place: Int? =
            switch kind {
            case "JPEG": jpeg(bytes)
            case "PNG": chunk(bytes, "eXIf", from: 8, nameAt: 4, isBigEndian: true, rest: 12)
            case "WebP": chunk(bytes, "EXIF", from: 12, nameAt: 0, isBigEndian: false, rest: 8)
            case "TIFF": 0
            default: nil
            }
        guard var place else { return .none }
        if bytes[place...].starts(with: mark) { place += mark.count }
        return turn(value(bytes, place) ?? 1)
    }

    /// What each value means; others mean nothing.
    static func turn(_ orientation: Int) -> ImageTurn {
        switch orientation {
        case 2: .mirrored
        case 3: ImageTurn(isMirrored: true, isUpsideDown: true)
        case 4: ImageTurn(isUpsideDown: true)
        case 5: ImageTurn(isTransposed: true)
        case 6: ImageTurn(isTransposed: true, isUpsideDown: true)
        case 7: ImageTurn(isTransposed: true, isMirrored: true, isUpsideDown: true)
        case 8: ImageTurn(isTransposed: true, isMirrored: true)
        default: .none
        }
    }

    /// Where the Exif segment's body begins, before the first scan.
    private static func jpeg(_ bytes: [UInt8]) -> Int? {
        var position = 2
        while position + 4 <= bytes.count, bytes[position] == 0xff {
            let marker = bytes[position + 1]
            if marker == 0xff {
                position += 1
                continue
            }
            if marker == 0xda { return nil }
            if marker == 0xe1, bytes[(position + 4)...].starts(with: mark) { return position + 4 }
            position += 2 + number(bytes, position + 2, 2, isBigEndian: true)
        }
        return nil
    }

    /// Where the body of a named part of a PNG or WebP file begins.
    private static func chunk(
        _ bytes: [UInt8], _ name: String, from start: Int, nameAt: Int, isBigEndian: Bool, rest: Int
    ) -> Int? {
        var position = start
        while position + 8 <= bytes.count {
            let length = number(bytes, position + 4 - nameAt, 4, isBigEndian: isBigEndian)
            if bytes[(position + nameAt)...].starts(with: name.utf8) { return position + 8 }
            // WebP's parts have an even length.
            position += rest + length + (isBigEndian ? 0 : length & 1)
        }
        return nil
    }

    /// The tag's value in the first directory of a TIFF structure.
    private static func value(_ bytes: [UInt8], _ start: Int) -> Int? {
        guard start + 8 <= bytes.count, bytes[start] == bytes[start + 1] else { return nil }
        let isBigEndian = bytes[start] == UInt8(ascii: "M")
        func number(_ place: Int, _ count: Int) -> Int? {
            guard place >= 0, place + count <= bytes.count else { return nil }
            return Self.number(bytes, place, count, isBigEndian: isBigEndian)
        }
        guard let offset = number(start + 4, 4), let count = number(start + offset, 2) else { return nil }
        for entry in 0..<count {
            let place = start + offset + 2 + 12 * entry
            guard let found = number(place, 2) else { return nil }
            if found == tag { return number(place + 8, 2) }
        }
        return nil
    }

    private static func number(_ bytes: [UInt8], _ place: Int, _ count: Int, isBigEndian: Bool) -> Int {
        (0..<count).reduce(0) { $0 | Int(bytes[place + $1]) << (8 * (isBigEndian ? count - 1 - $1 : $1)) }
    }
}
