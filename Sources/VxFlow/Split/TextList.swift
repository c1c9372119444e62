import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// Texts one after another, each by its number: no object for each, and no copy of all of them when there are more.
struct TextList: Sendable {
    private struct Piece: Sendable {
        var bytes: [UInt8] = []
        private(set) var ends: [UInt32] = []
        /// The same, where a piece has 4 GiB.
        private var farEnds: [Int] = []

        var isFar: Bool { !farEnds.isEmpty }

        subscript(_ place: Int) -> ArraySlice<UInt8> { bytes[(place == 0 ? 0 : end(place - 1))..<end(place)] }

        private func end(_ place: Int) -> Int { farEnds.isEmpty ? Int(ends[place]) : farEnds[place] }

        mutating func append(_ text: some Collection<UInt8>) {
            bytes.append(contentsOf: text)
            if farEnds.isEmpty, let end = UInt32(exactly: bytes.count) {
                ends.append(end)
                return
            }
            if farEnds.isEmpty { farEnds = ends.map { Int($0) } }
            farEnds.append(bytes.count)
        }
    }

    private static let piece = 1 << 11
    private var pieces: [Piece] = []
    private(set) var count = 0
    /// Where the first pieces are, of those that are in a file.
    private var places: [Int] = []
    private var aside: TextsAside?
    private var isMovable = false
    /// So many pieces are kept in memory before the first goes to the file.
    private static let mostHere = 64

    /// Has texts kept in a file without a name, where they are many. They are read back where they are asked for.
    mutating func keepAside(in folder: FilePath) { (aside, isMovable) = (TextsAside(in: folder), true) }

    /// Why a text could not be read.
    var failure: VxError? { aside?.failure }

    mutating func append(_ text: some Collection<UInt8>) {
        if count % Self.piece == 0 {
            moveAside()
            pieces.append(Piece())
        }
        pieces[pieces.count - 1].append(text)
        count += 1
    }

    private mutating func moveAside() {
        guard let aside, isMovable, pieces.count >= Self.mostHere else { return }
        while places.count < pieces.count {
            let piece = pieces[places.count]
            // What cannot be written stays here.
            guard !piece.isFar, let place = aside.append(piece.ends, piece.bytes) else { return isMovable = false }
            pieces[places.count] = Piece()
            places.append(place)
        }
    }

    /// Calls `body` with the bytes of two texts, without a copy where they can be had so.
    func with<Value>(
        _ one: Int, _ other: Int, _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) -> Value
    ) -> Value {
        if max(one, other) / Self.piece < places.count, let map = aside?.map {
            func text(_ number: Int) -> UnsafeRawBufferPointer {
                TextsAside.text(number % Self.piece, of: Self.piece, at: places[number / Self.piece], in: map)
            }
            return withExtendedLifetime(map) { body(text(one), text(other)) }
        }
        return self[one].withUnsafeBytes { one in self[other].withUnsafeBytes { body(one, $0) } }
    }

    subscript(_ number: Int) -> ArraySlice<UInt8> {
        let (piece, place) = (number / Self.piece, number % Self.piece)
        if piece < places.count, let aside { return aside.text(place, of: Self.piece, at: places[piece]) }
        return pieces[piece][place]
    }
}
