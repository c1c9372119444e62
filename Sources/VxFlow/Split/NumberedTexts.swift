#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Different texts, each with the number of its first coming. Texts are equal where `String` says so, as one whose accents are
/// characters of their own is to one where they are not: both have numbers, and the later one stands for the first.
struct NumberedTexts: Sendable {
    private var texts = TextList()
    private var numbers = RowNumbers()
    /// The numbers of texts that are equal to an earlier one, with that one's.
    private var firsts: [Int: Int] = [:]
    /// The sum of what was looked at ahead: without it, nobody would have to look.
    private var read: UInt64 = 0

    init() {}

    /// Texts of which no two are of the same bytes. They are found by their bytes once somebody looks for one.
    init(different all: some Sequence<some Collection<UInt8>>) {
        for text in all { texts.append(text) }
    }

    var count: Int { texts.count }

    var indices: Range<Int> { 0..<texts.count }

    subscript(_ number: Int) -> String { String(decoding: texts[number], as: UTF8.self) }

    /// A text as it is written.
    func bytes(_ number: Int) -> ArraySlice<UInt8> { texts[number] }

    /// The number of the first text that is equal to one.
    func first(_ number: Int) -> Int { firsts.isEmpty ? number : firsts[number] ?? number }

    /// The number of what is equal to a text; a new one where nothing is.
    mutating func number(of text: String) -> Int {
        findAll()
        let text = Array(text.utf8)
        let hash = Self.hash(text)
        return number(asWritten: text, hash).map(first) ?? number(equalTo: text, hash) ?? insert(text)
    }

    /// A text's own number.
    mutating func number(asWritten text: some Collection<UInt8>) -> Int {
        findAll()
        return insert(asWritten: text, Self.hash(text))
    }

    /// The own numbers that the texts of another list have here.
    mutating func numbers(asWritten other: NumberedTexts) -> [UInt32] {
        findAll()
        var found: [UInt32] = []
        found.reserveCapacity(other.count)
        var hashes = [UInt64](repeating: 0, count: Self.ahead)
        var read: UInt64 = 0
        for start in stride(from: 0, to: other.count, by: Self.ahead) {
            let some = start..<min(other.count, start + Self.ahead)
            // What they are compared with is anywhere in memory: asked for at once, none waits for another.
            var nearest: [Int?] = []
            for number in some {
                hashes[number - start] = Self.hash(other.texts[number])
                nearest.append(numbers.nearest(hashes[number - start]))
            }
            for text in nearest { if let text { read &+= UInt64(texts[text].first ?? 0) } }
            for number in some { found.append(UInt32(insert(asWritten: other.texts[number], hashes[number - start]))) }
        }
        self.read &+= read
        return found
    }

    /// So many are looked at before the first of them is looked up.
    private static let ahead = 64

    private mutating func findAll() {
        if numbers.count == texts.count { return }
        let all = texts
        texts = TextList()
        for number in 0..<all.count { _ = insert(asWritten: all[number], Self.hash(all[number])) }
    }

    private mutating func insert(asWritten text: some Collection<UInt8>, _ hash: UInt64) -> Int {
        if let known = number(asWritten: text, hash) { return known }
        let equal = number(equalTo: text, hash)
        let number = insert(text)
        if let equal { firsts[number] = equal }
        return number
    }

    private func number(asWritten text: some Collection<UInt8>, _ hash: UInt64) -> Int? {
        numbers.first(hash) { Self.isSame(texts[$0], text) }
    }

    /// The first number of what is the same text in other characters: a letter with an accent can be written in two ways.
    private func number(equalTo text: some Collection<UInt8>, _ hash: UInt64) -> Int? {
        let isASCII = text.allSatisfy { $0 < 0x80 }
        return numbers.first(hash) { number in
            !(isASCII && texts[number].allSatisfy { $0 < 0x80 })
                && self[number] == String(decoding: text, as: UTF8.self)
        }.map(first)
    }

    private mutating func insert(_ text: some Collection<UInt8>) -> Int {
        texts.append(text)
        numbers.insert(texts.count - 1, of: texts) { Self.hash($0[$1]) }
        return texts.count - 1
    }

    /// Whether two texts are of the same bytes.
    private static func isSame(_ one: some Collection<UInt8>, _ other: some Collection<UInt8>) -> Bool {
        if one.count != other.count { return false }
        let isSame = one.withContiguousStorageIfAvailable { one in
            other.withContiguousStorageIfAvailable { other in
                guard let start = one.baseAddress, let otherStart = other.baseAddress else { return true }
                return memcmp(start, otherStart, one.count) == 0
            }
        }
        return isSame.flatMap { $0 } ?? one.elementsEqual(other)
    }

    /// The same for texts that are equal; another one in each process, so that no data can be made for it.
    private static func hash(_ text: some Collection<UInt8>) -> UInt64 {
        let ascii: UInt64?? = text.withContiguousStorageIfAvailable { bytes in
            bytes.allSatisfy { $0 < 0x80 } ? hash(UnsafeRawBufferPointer(bytes)) : nil
        }
        if let hash = ascii.flatMap({ $0 }) { return hash }
        let bytes = Array(text)
        return (ExampleNaming.composed(bytes) ?? bytes).withUnsafeBytes { hash($0) }
    }

    private static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var hasher = Hasher()
        hasher.combine(bytes: bytes)
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }
}
