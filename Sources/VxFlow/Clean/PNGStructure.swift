import CVxKernels
import VxModel

/// The chunks of a PNG (W3C PNG, 5.3) as they come: lengths, types, checksums, IHDR first, some IDAT, IEND last.
struct PNGStructure {
    private enum Part {
        case signature
        /// The length and the type of a chunk.
        case head
        case body(left: Int)
        case checksum
        case end
    }

    /// The bits of a sample by colour type (W3C PNG, table 11.1).
    private static let depths: [UInt8: [UInt8]] = [
        0: [1, 2, 4, 8, 16], 2: [8, 16], 3: [1, 2, 4, 8], 4: [8, 16], 6: [8, 16],
    ]

    private var part = Part.signature
    /// The bytes of the part that is short, as far as they have come.
    private var bytes: [UInt8] = []
    private var type: [UInt8] = []
    private var checksum: UInt32 = 0
    private var isFirst = true
    private var header: [UInt8] = []
    private var hasData = false
    private(set) var trailing = TrailingBytes()

    /// Whether the last chunk has come.
    var isAtEnd: Bool { if case .end = part { true } else { false } }

    /// Takes the next piece; what is wrong with it.
    mutating func take(_ piece: UnsafeRawBufferPointer) -> String? {
        var rest = piece
        while !rest.isEmpty {
            switch part {
            case .signature:
                if collect(8, &rest) { next(.head) }
            case .head:
                guard collect(8, &rest) else { return nil }
                let length = Int(ImageCheck.number(bytes, 0))
                type = Array(bytes[4...])
                checksum = Self.checksum(0, type)
                if isFirst, !(type.elementsEqual("IHDR".utf8) && length == 13) { return "its header is missing" }
                if length > 0x7fff_ffff { return "it has a chunk that is longer than PNG allows" }
                next(length == 0 ? .checksum : .body(left: length))
            case .body(let left):
                let some = UnsafeRawBufferPointer(rebasing: rest.prefix(left))
                if isFirst { header.append(contentsOf: some) }
                checksum = some.withMemoryRebound(to: UInt8.self) { bytes in
                    bytes.baseAddress.map { vx_crc32_more(checksum, $0, bytes.count) } ?? checksum
                }
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(some.count))
                next(some.count == left ? .checksum : .body(left: left - some.count))
            case .checksum:
                guard collect(4, &rest) else { return nil }
                if let problem = chunkEnded() { return problem }
            case .end:
                trailing.take(rest)
                return nil
            }
        }
        return nil
    }

    private mutating func chunkEnded() -> String? {
        guard ImageCheck.number(bytes, 0) == checksum else {
            return "the checksum of its chunk \(String(decoding: type, as: UTF8.self)) is wrong"
        }
        if isFirst {
            isFirst = false
            guard ImageCheck.number(header, 0) > 0, ImageCheck.number(header, 4) > 0 else {
                return "it has no width or no height"
            }
            guard Self.depths[header[9]]?.contains(header[8]) == true else {
                return "it has \(header[8]) bits of the colour type \(header[9]), which PNG does not know"
            }
        }
        if type.elementsEqual("IDAT".utf8) { hasData = true }
        let isLast = type.elementsEqual("IEND".utf8)
        if isLast, !hasData { return "it has no pixels" }
        next(isLast ? .end : .head)
        return nil
    }

    private mutating func next(_ part: Part) {
        self.part = part
        bytes.removeAll(keepingCapacity: true)
    }

    /// Whether a short part has come in full.
    private mutating func collect(_ count: Int, _ rest: inout UnsafeRawBufferPointer) -> Bool {
        let some = rest.prefix(count - bytes.count)
        bytes.append(contentsOf: some)
        rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(some.count))
        return bytes.count == count
    }

    private static func checksum(_ before: UInt32, _ bytes: [UInt8]) -> UInt32 {
        bytes.withUnsafeBufferPointer { bytes in
            bytes.baseAddress.map { vx_crc32_more(before, $0, bytes.count) } ?? before
        }
    }
}
