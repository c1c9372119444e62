import VxModel
import VxSystem

/// Git's pkt-line framing (gitprotocol-common(5)): four hex digits of length, these four included, then the payload;
/// `0000` is a flush.
enum PacketLine {
    /// Git's LARGE_PACKET_DATA_MAX: no payload is longer.
    static let maximumPayload = 65516
    static let headerLength = 4
}

/// Reads packets from a pipe into one reused buffer.
package final class PacketReader {
    private let input: OpenFile
    private var buffer = [UInt8](repeating: 0, count: PacketLine.maximumPayload)

    package init(_ input: consuming OpenFile) {
        self.input = input
    }

    enum Packet {
        case data(ArraySlice<UInt8>)
        case flush
        case end
    }

    /// The next packet; its bytes are valid until the next call.
    ///
    /// - Throws: where the stream breaks off or is no packet stream.
    func next() throws(VxError) -> Packet {
        let header = try fill(PacketLine.headerLength)
        if header == 0 { return .end }
        guard header == PacketLine.headerLength, let length = hexLength() else {
            throw VxError("git's filter stream is damaged", because: "a packet's length is not four hex digits")
        }
        if length == 0 { return .flush }
        let count = length - PacketLine.headerLength
        guard count >= 0, count <= buffer.count, try fill(count) == count else {
            throw VxError("git's filter stream is damaged", because: "a packet of \(length) bytes breaks off")
        }
        return .data(buffer[..<count])
    }

    /// The byte lines up to the next flush, for lists that hold paths; `nil` where the stream ends instead.
    func list() throws(VxError) -> [[UInt8]]? {
        var lines: [[UInt8]] = []
        while true {
            switch try next() {
            case .data(let bytes): lines.append(Array(bytes.last == 10 ? bytes.dropLast() : bytes))
            case .flush: return lines
            case .end: return nil
            }
        }
    }

    private func fill(_ count: Int) throws(VxError) -> Int {
        try buffer.withUnsafeMutableBytes { whole -> Result<Int, VxError> in
            Result { () throws(VxError) in
                try input.read(into: UnsafeMutableRawBufferPointer(rebasing: whole[..<count]))
            }
        }.get()
    }

    private func hexLength() -> Int? {
        Int(String(decoding: buffer[..<PacketLine.headerLength], as: UTF8.self), radix: 16)
    }
}

/// Writes packets to a pipe, gathered so that an answer is one system call and not five.
package final class PacketWriter {
    private let output: OpenFile
    private var pending: [UInt8] = []

    package init(_ output: consuming OpenFile) {
        self.output = output
    }

    func line(_ text: String) throws(VxError) {
        try data(Array((text + "\n").utf8))
    }

    func data(_ bytes: some Collection<UInt8>) throws(VxError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = rest.prefix(PacketLine.maximumPayload)
            let digits = String(piece.count + PacketLine.headerLength, radix: 16)
            pending +=
                Array(String(repeating: "0", count: PacketLine.headerLength - digits.count).utf8) + Array(digits.utf8)
            pending += piece
            rest = rest.dropFirst(piece.count)
            if pending.count > 1 << 18 { try send() }
        }
    }

    func flush() {
        pending += Array("0000".utf8)
    }

    /// Hands everything written so far to the other side.
    func send() throws(VxError) {
        try output.write(pending)
        pending.removeAll(keepingCapacity: true)
    }
}
