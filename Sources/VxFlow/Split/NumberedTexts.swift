/// Texts one after another, each by its number: no object for each, and no copy of all of them when there are more.
struct TextList: Sendable {
    private struct Piece: Sendable {
        var bytes: [UInt8] = []
        private var ends: [UInt32] = []
        /// The same, where a piece has 4 GiB.
        private var farEnds: [Int] = []

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

    mutating func append(_ text: some Collection<UInt8>) {
        if count % Self.piece == 0 { pieces.append(Piece()) }
        pieces[pieces.count - 1].append(text)
        count += 1
    }

    subscript(_ number: Int) -> ArraySlice<UInt8> { pieces[number / Self.piece][number % Self.piece] }
}

/// Different texts, each with the number of its first coming. Texts are equal where `String` says so, as one whose accents are
/// characters of their own is to one where they are not: both have numbers, and the later one stands for the first.
struct NumberedTexts: Sendable {
    private var texts = TextList()
    private var numbers = RowNumbers()
    /// The numbers of texts that are equal to an earlier one, with that one's.
    private var firsts: [Int: Int] = [:]

    var count: Int { texts.count }

    var indices: Range<Int> { 0..<texts.count }

    subscript(_ number: Int) -> String { String(decoding: texts[number], as: UTF8.self) }

    /// A text as it is written.
    func bytes(_ number: Int) -> ArraySlice<UInt8> { texts[number] }

    /// The number of the first text that is equal to one.
    func first(_ number: Int) -> Int { firsts.isEmpty ? number : firsts[number] ?? number }

    /// The number of what is equal to a text; a new one where nothing is.
    mutating func number(of text: String) -> Int {
        let hash = Self.hash(text)
        return number(asWritten: text, hash).map(first) ?? number(equalTo: text, hash) ?? insert(text)
    }

    /// A text's own number.
    mutating func number(asWritten text: String) -> Int {
        let hash = Self.hash(text)
        if let known = number(asWritten: text, hash) { return known }
        let equal = number(equalTo: text, hash)
        let number = insert(text)
        if let equal { firsts[number] = equal }
        return number
    }

    private func number(asWritten text: String, _ hash: UInt64) -> Int? {
        numbers.first(hash) { texts[$0].elementsEqual(text.utf8) }
    }

    /// The first number of what is the same text in other characters: a letter with an accent can be written in two ways.
    private func number(equalTo text: String, _ hash: UInt64) -> Int? {
        let isASCII = text.utf8.allSatisfy { $0 < 0x80 }
        return numbers.first(hash) { number in
            !(isASCII && texts[number].allSatisfy { $0 < 0x80 }) && self[number] == text
        }.map(first)
    }

    private mutating func insert(_ text: String) -> Int {
        texts.append(text.utf8)
        numbers.insert(texts.count - 1, of: texts) { Self.hash(String(decoding: $0[$1], as: UTF8.self)) }
        return texts.count - 1
    }

    private static func hash(_ text: String) -> UInt64 { UInt64(bitPattern: Int64(text.hashValue)) }
}
