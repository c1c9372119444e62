import CVxKernels
import VxModel

/// Whether bytes are a whole image, by its headers and structure, while they come in pieces of any size; pixels are not
/// decoded. Memory does not grow with the image.
struct ImageCheck {
    enum CleanFormat { case png, jpeg, any }

    private let format: CleanFormat
    /// The first bytes, until there are enough to see what they begin.
    private var head: [UInt8]? = []
    private var structure: Structure?
    private var problem: String?

    private enum Structure {
        case png(PNGStructure)
        case jpeg(JPEGStructure)
    }

    init(_ format: CleanFormat) {
        self.format = format
    }

    /// What is wrong with bytes that are all there; `nil` for an image that is whole.
    static func problem(_ bytes: [UInt8], _ format: CleanFormat) -> String? {
        var check = ImageCheck(format)
        bytes.withUnsafeBytes { check.take($0) }
        return check.finish()
    }

    /// What kind of image it is; `nil` before that is clear, and for what is none of those looked into.
    var kind: String? {
        switch structure {
        case .png: "PNG"
        case .jpeg: "JPEG"
        case nil: nil
        }
    }

    /// What follows the end of the image.
    var trailing: TrailingBytes {
        switch structure {
        case .png(let png): png.trailing
        case .jpeg(let jpeg): jpeg.trailing
        case nil: TrailingBytes()
        }
    }

    /// Takes the next piece.
    mutating func take(_ piece: UnsafeRawBufferPointer) {
        if var head {
            head.append(contentsOf: piece.prefix(FileKind.longestStart - head.count))
            let rest = UnsafeRawBufferPointer(rebasing: piece.dropFirst(head.count - (self.head?.count ?? 0)))
            self.head = head
            if head.count < FileKind.longestStart { return }
            begin()
            follow(rest)
        } else {
            follow(piece)
        }
    }

    /// What is wrong with it where it ends here; `nil` for an image that is whole.
    mutating func finish() -> String? {
        if head != nil { begin() }
        if let problem { return problem }
        switch structure {
        case .png(let png): return png.isAtEnd ? nil : "it is cut short"
        case .jpeg(let jpeg): return jpeg.isAtEnd ? nil : "it is cut short"
        case nil: return nil
        }
    }

    private mutating func begin() {
        let start = head ?? []
        head = nil
        let name = FileKind.name(of: start)
        switch (name, format) {
        case ("PNG", .png), ("PNG", .any): structure = .png(PNGStructure())
        case ("JPEG", .jpeg), ("JPEG", .any): structure = .jpeg(JPEGStructure())
        case (let name?, _):
            problem =
                "it is \(FileKind.withArticle(name)), "
                + (format == .any ? "which is not looked into" : "no \(asked) file")
        case (nil, _):
            problem = "it does not begin as \(format == .any ? "an image file" : FileKind.withArticle(asked))"
        }
        start.withUnsafeBytes { follow($0) }
    }

    private var asked: String { format == .png ? "PNG" : "JPEG" }

    private mutating func follow(_ bytes: UnsafeRawBufferPointer) {
        if problem != nil { return }
        switch structure {
        case .png(var png):
            structure = nil
            problem = png.take(bytes)
            structure = .png(png)
        case .jpeg(var jpeg):
            structure = nil
            problem = jpeg.take(bytes)
            structure = .jpeg(jpeg)
        case nil: break
        }
    }
}

/// What stands behind the end of an image: a film, a date, zeros.
struct TrailingBytes: Equatable {
    private(set) var count: UInt64 = 0
    private var start: [UInt8] = []

    mutating func take(_ bytes: UnsafeRawBufferPointer) {
        start.append(contentsOf: bytes.prefix(FileKind.longestStart - start.count))
        count += UInt64(bytes.count)
    }

    /// How many there are, and what they begin as; `nil` where there are none.
    var description: String? {
        if count == 0 { return nil }
        let kind = FileKind.name(of: start).map { " (\(FileKind.withArticle($0)))" } ?? ""
        return count == 1 ? "a byte follows its end" : "\(count) bytes follow its end\(kind)"
    }
}

/// Numbers of the formats, the highest byte first, and PNG's checksum.
extension ImageCheck {
    /// Four bytes as a number.
    static func number(_ bytes: [UInt8], _ position: Int) -> UInt32 {
        bytes[position..<(position + 4)].reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// CRC-32 (ISO 3309).
    static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        bytes.withUnsafeBufferPointer { bytes in bytes.baseAddress.map { vx_crc32($0, bytes.count) } ?? 0 }
    }
}
