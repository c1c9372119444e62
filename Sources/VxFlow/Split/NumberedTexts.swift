/// Many values, in pieces: a list that grows is never copied as a whole.
struct LongList<Element: Sendable>: Sendable {
    private static var piece: Int { 1 << 13 }
    private var pieces: [[Element]] = []
    private(set) var count = 0

    subscript(_ number: Int) -> Element { pieces[number / Self.piece][number % Self.piece] }

    mutating func append(_ element: Element) {
        if count % Self.piece == 0 { pieces.append([]) }
        pieces[pieces.count - 1].append(element)
        count += 1
    }

    mutating func append(contentsOf other: LongList) {
        for piece in other.pieces {
            for element in piece { append(element) }
        }
    }
}

/// Texts one after another, each by its number: no object for each, and no copy of all of them when there are more.
struct TextList: Sendable {
    private struct Piece: Sendable {
        var bytes: [UInt8] = []
        var ends: [Int] = []
    }

    private static let piece = 1 << 13
    private var pieces: [Piece] = []
    private(set) var count = 0

    mutating func append(_ text: some Collection<UInt8>) {
        if count % Self.piece == 0 { pieces.append(Piece()) }
        let last = pieces.count - 1
        pieces[last].bytes.append(contentsOf: text)
        pieces[last].ends.append(pieces[last].bytes.count)
        count += 1
    }

    subscript(_ number: Int) -> ArraySlice<UInt8> {
        let (place, piece) = (number % Self.piece, pieces[number / Self.piece])
        return piece.bytes[(place == 0 ? 0 : piece.ends[place - 1])..<piece.ends[place]]
    }
}

/// Different texts, each with the number of its first coming. Texts are equal where `String` says so.
struct NumberedTexts: Sendable {
    private var texts = TextList()
    private var numbers = RowNumbers()

    var count: Int { texts.count }

    var indices: Range<Int> { 0..<texts.count }

    subscript(_ number: Int) -> String { String(decoding: texts[number], as: UTF8.self) }

    /// A text's number, which is new where the text is.
    mutating func number(of text: String) -> Int {
        let known = numbers.first(Self.hash(text)) { number in
            // A letter with an accent can be written in two ways, and is one text.
            texts[number].elementsEqual(text.utf8) || Self.isEqual(texts[number], text)
        }
        if let known { return known }
        texts.append(text.utf8)
        numbers.insert(texts.count - 1, of: texts) { Self.hash(String(decoding: $0[$1], as: UTF8.self)) }
        return texts.count - 1
    }

    private static func isEqual(_ bytes: ArraySlice<UInt8>, _ text: String) -> Bool {
        bytes.contains { $0 > 0x7f } && String(decoding: bytes, as: UTF8.self) == text
    }

    private static func hash(_ text: String) -> UInt64 { UInt64(bitPattern: Int64(text.hashValue)) }
}
