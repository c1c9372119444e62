import VxModel
import VxSystem

/// Git's pkt-line framing (gitprotocol-common(5)): four hex digits of length, these four included, then the payload;
/// `0000` is a flush.
enum PacketLine {
    /// Git's LARGE_PACKET_DATA_MAX: no payload is longer.
    static let maximumPayload = 65516
    static let headerLength = 4

    /// What stands before a payload of `count` bytes.
    static func header(_ count: Int) -> [UInt8] {
        let digits = String(count + headerLength, radix: 16)
        return Array(String(repeating: "0", count: headerLength - digits.count).utf8) + Array(digits.utf8)
    }
}

/// Reads packets from a pipe into one reused buffer, as many at once as are there: git writes each line of a request by
/// itself.
package final class PacketReader {
    private let input: OpenFile
    /// Room for two packets of the largest size.
    private let buffer = UnsafeMutableRawBufferPointer.allocate(
        byteCount: 2 * (PacketLine.headerLength + PacketLine.maximumPayload), alignment: 16)
    /// What was read and not given yet.
    private var unread = 0..<0

    package init(_ input: consuming OpenFile) {
        self.input = input
    }

    deinit { buffer.deallocate() }

    enum Packet {
        case data(UnsafeRawBufferPointer)
        case flush
        case end
    }

    /// The next packet; its bytes are valid until the next call.
    ///
    /// - Throws: where the stream breaks off or is no packet stream.
    func next() throws(VxError) -> Packet {
        guard let header = try take(PacketLine.headerLength) else {
            if unread.isEmpty { return .end }
            throw VxError("git's filter stream is damaged", because: "it ends in a packet's length")
        }
        guard let length = Int(String(decoding: header, as: UTF8.self), radix: 16) else {
            throw VxError("git's filter stream is damaged", because: "a packet's length is not four hex digits")
        }
        if length == 0 { return .flush }
        let count = length - PacketLine.headerLength
        guard count >= 0, count <= PacketLine.maximumPayload, let bytes = try take(count) else {
            throw VxError("git's filter stream is damaged", because: "a packet of \(length) bytes breaks off")
        }
        return .data(bytes)
    }

    /// The byte lines up to the next flush, for lists that hold paths; `nil` where the stream ends instead.
    func list() throws(VxError) -> [[UInt8]]? {
        var lines: [[UInt8]] = []
        while true {
            switch try next() {
            case .data(let bytes): lines.append(Array(bytes.last == 10 ? bytes.dropLast() : bytes[...]))
            case .flush: return lines
            case .end: return nil
            }
        }
    }

    /// The next bytes, valid until the next call; `nil` where the stream ends before them.
    private func take(_ count: Int) throws(VxError) -> UnsafeRawBufferPointer? {
        while unread.count < count {
            if unread.lowerBound > 0, unread.isEmpty || unread.lowerBound + count > buffer.count {
                buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: buffer[unread]))
                unread = 0..<unread.count
            }
            let more = try input.readSoon(into: UnsafeMutableRawBufferPointer(rebasing: buffer[unread.upperBound...]))
            if more == 0 { return nil }
            unread = unread.lowerBound..<unread.upperBound + more
        }
        let bytes = UnsafeRawBufferPointer(rebasing: buffer[unread.lowerBound..<unread.lowerBound + count])
        unread = unread.lowerBound + count..<unread.upperBound
        return bytes
    }
}

/// Writes packets to a pipe, gathered so that an answer is one system call and not five.
package final class PacketWriter {
    /// Well below IOV_MAX, and about as much as a pipe can be made to hold.
    private static let packetsAtOnce = 16

    private let output: OpenFile
    private var pending: [UInt8] = []
    /// Whether the other side can be told nothing any more.
    private(set) var isBroken = false

    package init(_ output: consuming OpenFile) {
        output.widenPipe()
        self.output = output
    }

    func line(_ text: String) throws(VxError) {
        try data(Array((text + "\n").utf8))
    }

    func data(_ bytes: some Collection<UInt8>) throws(VxError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = rest.prefix(PacketLine.maximumPayload)
            pending += PacketLine.header(piece.count)
            pending += piece
            rest = rest.dropFirst(piece.count)
            if pending.count > 1 << 18 { try send() }
        }
    }

    /// Hands bytes to the other side at once, without copying them.
    func stream(_ bytes: UnsafeRawBufferPointer) throws(VxError) {
        try send()
        var rest = bytes
        while !rest.isEmpty {
            // As many packets as one system call takes.
            var count = 0
            var headers: [UInt8] = []
            while count < rest.count, headers.count < Self.packetsAtOnce * PacketLine.headerLength {
                let length = min(PacketLine.maximumPayload, rest.count - count)
                headers += PacketLine.header(length)
                count += length
            }
            let part = UnsafeRawBufferPointer(rebasing: rest[..<count])
            let result = headers.withUnsafeBytes { headers in
                Result { () throws(VxError) in
                    var parts: [UnsafeRawBufferPointer] = []
                    for (number, start) in stride(from: 0, to: count, by: PacketLine.maximumPayload).enumerated() {
                        let header = number * PacketLine.headerLength
                        parts.append(.init(rebasing: headers[header..<header + PacketLine.headerLength]))
                        parts.append(.init(rebasing: part[start..<min(count, start + PacketLine.maximumPayload)]))
                    }
                    try hand { () throws(VxError) in try output.write(gathering: parts) }
                }
            }
            try result.get()
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    func flush() {
        pending += Array("0000".utf8)
    }

    /// Hands everything written so far to the other side.
    func send() throws(VxError) {
        try hand { () throws(VxError) in try output.write(pending) }
        pending.removeAll(keepingCapacity: true)
    }

    private func hand(_ write: () throws(VxError) -> Void) throws(VxError) {
        do throws(VxError) {
            try write()
        } catch {
            isBroken = true
            throw error
        }
    }
}
