#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The segments of a JPEG (ITU T.81, annex B) as they come: a frame with a size, a scan, and the end marker.
struct JPEGStructure {
    private enum Part {
        /// The two bytes that begin the file.
        case begin(Int)
        /// The byte 0xff before a marker.
        case prefix
        case marker
        case length
        case segment(left: Int)
        /// Coded data: 0xff is followed by 0 or by the number of a restart.
        case data(isAfterPrefix: Bool)
        case end
    }

    private var part = Part.begin(2)
    private var marker: UInt8 = 0
    private var length: [UInt8] = []
    /// The first bytes of a frame's segment, with its length: the size is among them.
    private var frame: [UInt8] = []
    private var hasFrame = false
    private var hasScan = false
    private var position: UInt64 = 0
    private(set) var trailing = TrailingBytes()

    /// Whether the marker of the end has come.
    var isAtEnd: Bool { if case .end = part { true } else { false } }

    private var isFrame: Bool { (0xc0...0xcf).contains(marker) && ![0xc4, 0xc8, 0xcc].contains(marker) }

    /// Takes the next piece; what is wrong with it.
    mutating func take(_ piece: UnsafeRawBufferPointer) -> String? {
        var index = 0
        while index < piece.count {
            let byte = piece[index]
            switch part {
            case .begin(let left):
                part = left == 1 ? .prefix : .begin(left - 1)
            case .prefix:
                guard byte == 0xff else { return "a marker is missing at byte \(position + UInt64(index))" }
                part = .marker
            case .marker:
                // Fill bytes may stand before a marker (B.1.1.2).
                if byte == 0xff { break }
                // Segments may follow the last scan, too.
                if byte == 0xd9, hasScan {
                    part = .end
                    break
                }
                marker = byte
                length.removeAll(keepingCapacity: true)
                part = .length
            case .length:
                length.append(byte)
                if length.count < 2 { break }
                let count = Int(length[0]) << 8 | Int(length[1])
                guard count >= 2 else { return "it is cut short" }
                if isFrame, count < 8 { return "its header is too short" }
                frame.removeAll(keepingCapacity: true)
                part = .segment(left: count - 2)
                if count == 2, let problem = segmentEnded() { return problem }
            case .segment(let left):
                let some = piece[index...].prefix(left)
                if isFrame, frame.count < 5 { frame.append(contentsOf: some.prefix(5 - frame.count)) }
                index += some.count
                part = .segment(left: left - some.count)
                if some.count == left, let problem = segmentEnded() { return problem }
                continue
            case .data(let isAfterPrefix):
                if !isAfterPrefix, byte != 0xff {
                    index = Self.prefix(piece, from: index)
                    continue
                }
                data(byte, isAfterPrefix)
            case .end:
                trailing.take(UnsafeRawBufferPointer(rebasing: piece[index...]))
                index = piece.count
                continue
            }
            index += 1
        }
        position += UInt64(piece.count)
        return nil
    }

    private mutating func segmentEnded() -> String? {
        part = .prefix
        if isFrame {
            guard frame[1] != 0 || frame[2] != 0, frame[3] != 0 || frame[4] != 0 else {
                return "it has no width or no height"
            }
            hasFrame = true
        }
        if marker == 0xda {
            guard hasFrame else { return "its header is missing" }
            hasScan = true
            part = .data(isAfterPrefix: false)
        }
        return nil
    }

    /// Where the next 0xff is, from a place on; the end where there is none. Nearly all of a picture is passed over by this.
    private static func prefix(_ piece: UnsafeRawBufferPointer, from index: Int) -> Int {
        guard let start = piece.baseAddress else { return piece.count }
        return memchr(start + index, 0xff, piece.count - index).map { UnsafeRawPointer($0) - start } ?? piece.count
    }

    private mutating func data(_ byte: UInt8, _ isAfterPrefix: Bool) {
        if !isAfterPrefix || byte == 0xff {
            part = .data(isAfterPrefix: byte == 0xff)
        } else if byte == 0xd9 {
            part = .end
        } else if byte == 0 || (0xd0...0xd7).contains(byte) {
            part = .data(isAfterPrefix: false)
        } else {
            marker = byte
            length.removeAll(keepingCapacity: true)
            part = .length
        }
    }
}
