import VxModel

/// The content git sends for one file, packet by packet, with a look ahead at its start.
final class PacketContent {
    private let input: PacketReader
    /// What was looked at and not taken, before the rest of the packet at hand.
    private var ahead: ArraySlice<UInt8> = []
    private var packet = UnsafeRawBufferPointer(start: nil, count: 0)
    private var isAtEnd = false
    /// Whether the stream itself failed, so that no answer can be given.
    private(set) var isBroken = false

    init(_ input: PacketReader) {
        self.input = input
    }

    /// The first bytes, `count` of them or all there are, without taking them.
    func peek(_ count: Int) throws -> [UInt8] {
        while ahead.count < count, try hasPacket() { ahead += takePacket(count - ahead.count) }
        return Array(ahead.prefix(count))
    }

    /// Takes bytes; fewer than asked for only at the end.
    func read(into target: UnsafeMutableRawBufferPointer) throws -> Int {
        var filled = 0
        if !ahead.isEmpty {
            let piece = ahead.prefix(target.count)
            target.copyBytes(from: piece)
            filled = piece.count
            ahead = ahead.dropFirst(piece.count)
        }
        while filled < target.count, try hasPacket() {
            let piece = takePacket(target.count - filled)
            UnsafeMutableRawBufferPointer(rebasing: target[filled...]).copyMemory(from: piece)
            filled += piece.count
        }
        return filled
    }

    func readAll() throws -> [UInt8] {
        var all = Array(ahead)
        ahead = []
        while try hasPacket() { all += takePacket(packet.count) }
        return all
    }

    /// Reads past what is left, so that the next file's packets are next.
    func skipRest() throws {
        ahead = []
        while try hasPacket() { _ = takePacket(packet.count) }
    }

    /// The first bytes of the packet at hand, `count` or all there are.
    private func takePacket(_ count: Int) -> UnsafeRawBufferPointer {
        let piece = UnsafeRawBufferPointer(rebasing: packet.prefix(count))
        packet = UnsafeRawBufferPointer(rebasing: packet.dropFirst(count))
        return piece
    }

    /// Whether there are more bytes; reads the next packet where the one at hand is taken.
    private func hasPacket() throws -> Bool {
        do {
            while packet.isEmpty, !isAtEnd {
                switch try input.next() {
                case .data(let bytes): packet = bytes
                case .flush: isAtEnd = true
                case .end: throw VxError("git ended in the middle of a file")
                }
            }
        } catch {
            isBroken = true
            throw error
        }
        return !packet.isEmpty
    }
}
