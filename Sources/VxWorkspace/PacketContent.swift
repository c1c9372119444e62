import VxModel

/// The content git sends for one file, packet by packet, with a look ahead at its start.
final class PacketContent {
    private let input: PacketReader
    private var buffered: ArraySlice<UInt8> = []
    private var isAtEnd = false
    /// Whether the stream itself failed, so that no answer can be given.
    private(set) var isBroken = false

    init(_ input: PacketReader) {
        self.input = input
    }

    /// The first bytes, `count` of them or all there are, without taking them.
    func peek(_ count: Int) throws -> [UInt8] {
        while buffered.count < count, try fetch() {}
        return Array(buffered.prefix(count))
    }

    /// Takes bytes; fewer than asked for only at the end.
    func read(into target: UnsafeMutableRawBufferPointer) throws -> Int {
        var filled = 0
        while filled < target.count {
            if buffered.isEmpty, try !fetch() { break }
            let piece = buffered.prefix(target.count - filled)
            UnsafeMutableRawBufferPointer(rebasing: target[filled...]).copyBytes(from: piece)
            filled += piece.count
            buffered = buffered.dropFirst(piece.count)
        }
        return filled
    }

    func readAll() throws -> [UInt8] {
        while try fetch() {}
        let all = Array(buffered)
        buffered = []
        return all
    }

    /// Reads past what is left, so that the next file's packets are next.
    func skipRest() throws {
        repeat { buffered = [] } while try fetch()
    }

    private func fetch() throws -> Bool {
        if isAtEnd { return false }
        do {
            switch try input.next() {
            case .data(let bytes):
                if buffered.isEmpty { buffered = bytes } else { buffered += bytes }
                return true
            case .flush:
                isAtEnd = true
                return false
            case .end: throw VxError("git ended in the middle of a file")
            }
        } catch {
            isBroken = true
            throw error
        }
    }
}
