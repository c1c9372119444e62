/// Texts one after another, each by its number: no object for each.
struct TextList: Sendable {
    private var bytes: [UInt8] = []
    private var ends: [Int] = []

    var count: Int { ends.count }

    mutating func append(_ text: some Collection<UInt8>) {
        bytes.append(contentsOf: text)
        ends.append(bytes.count)
    }

    subscript(_ number: Int) -> ArraySlice<UInt8> { bytes[(number == 0 ? 0 : ends[number - 1])..<ends[number]] }
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
