/// Texts without what makes no difference to a reader: case, white space, punctuation, how a number or an accent is written,
/// and, where it is asked for, the order of the words.
struct NearText: Sendable {
    /// Whether the same words in another order are another text.
    var keepsOrder = true

    private static let blank = UInt8(ascii: " ")

    /// Words with single blanks between them. A word is of letters, marks and digits; a sign or a point before a digit
    /// belongs to it. Letters are in lower case, as Unicode folds them one by one: `ß` and `SS` are `ss`.
    func words(of text: some Collection<UInt8>) -> [UInt8] {
        var words: [UInt8] = []
        append(wordsOf: text, to: &words)
        return words
    }

    /// The same, at the end of a buffer.
    func append(wordsOf text: some Collection<UInt8>, to buffer: inout [UInt8]) {
        let isDone = text.withContiguousStorageIfAvailable { ASCIIWords.append($0, keepsOrder, to: &buffer) }
        if isDone == true { return }
        var words = Words(start: buffer.count)
        if text.allSatisfy({ $0 < 0x80 }) {
            var iterator = text.makeIterator()
            var next = iterator.next()
            while let byte = next {
                next = iterator.next()
                words.add(byte, next, to: &buffer)
            }
        } else {
            let scalars = String(decoding: text, as: UTF8.self).unicodeScalars
            for (position, scalar) in zip(scalars.indices, scalars) {
                if scalar.isASCII {
                    let following = scalars.index(after: position)
                    let next = following < scalars.endIndex ? scalars[following] : " "
                    words.add(UInt8(scalar.value), next.isASCII ? UInt8(next.value) : nil, to: &buffer)
                } else {
                    words.add(scalar, to: &buffer)
                }
            }
        }
        if words.areSettled, keepsOrder || !words.areSeveral { return }
        let raw = Array(buffer[words.start...])
        buffer.removeSubrange(words.start...)
        var settled = raw.split(separator: Self.blank).map(Self.settled)
        if !keepsOrder { settled.sort { $0.lexicographicallyPrecedes($1) } }
        for (position, word) in settled.enumerated() {
            if position > 0 { buffer.append(Self.blank) }
            buffer += word
        }
    }

    /// A hash of a file's words; `nil` for what is no text, or has no words.
    func key(of bytes: [UInt8]) -> UInt128Key? {
        guard !bytes.contains(0), String(validating: bytes, as: UTF8.self) != nil else { return nil }
        let words = words(of: bytes)
        return words.isEmpty ? nil : RowHash.key(words)
    }

    /// A word as it stands for all ways to write it: a number by its value, but for one with leading zeros, which is the
    /// name of something; and a word with letters that can be composed of several characters by what `String` takes for the
    /// same (canonical equivalence, Unicode Standard Annex 15), as a hash of this process.
    private static func settled(_ word: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        if word.contains(where: { $0 >= 0x80 }) {
            let hash = UInt64(bitPattern: Int64(String(decoding: word, as: UTF8.self).hashValue))
            return [0] + (0..<8).map { UInt8(truncatingIfNeeded: hash >> UInt64(8 * $0)) | 0x80 }
        }
        guard let first = word.first, first <= UInt8(ascii: "9") else { return word }
        let digits = word.drop { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") }
        if digits.count > 1, digits.first == UInt8(ascii: "0"), digits.dropFirst().first != UInt8(ascii: ".") {
            return word
        }
        return DecimalText.plain(word).map { $0[...] } ?? word
    }

    private struct Words {
        /// Where the first word begins.
        let start: Int
        private var isBetween = false
        /// Whether no word is a number or has a letter outside ASCII.
        private(set) var areSettled = true
        private(set) var areSeveral = false

        init(start: Int) {
            self.start = start
        }

        mutating func add(_ byte: UInt8, _ next: UInt8?, to buffer: inout [UInt8]) {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"): append(CollectionOfOne(byte), to: &buffer)
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                let isFirst = isBetween || buffer.count == start || buffer[buffer.count - 1] < UInt8(ascii: "0")
                if isFirst { areSettled = false }
                append(CollectionOfOne(byte), to: &buffer)
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): append(CollectionOfOne(byte + 32), to: &buffer)
            case UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."):
                if let next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(next) {
                    append(CollectionOfOne(byte), to: &buffer)
                } else {
                    isBetween = true
                }
            default: isBetween = true
            }
        }

        mutating func add(_ scalar: Unicode.Scalar, to buffer: inout [UInt8]) {
            let properties = scalar.properties
            switch properties.generalCategory {
            case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter:
                for upper in properties.uppercaseMapping.unicodeScalars {
                    append(upper.properties.lowercaseMapping.utf8, to: &buffer)
                }
            case .modifierLetter, .otherLetter, .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber,
                .letterNumber, .otherNumber, .otherSymbol, .mathSymbol, .currencySymbol:
                append(String(scalar).utf8, to: &buffer)
            // What nobody sees: a soft hyphen, the mark at the beginning of a file.
            case .format: return
            default: isBetween = true
            }
            areSettled = false
        }

        private mutating func append(_ more: some Collection<UInt8>, to buffer: inout [UInt8]) {
            if isBetween, buffer.count > start {
                buffer.append(NearText.blank)
                areSeveral = true
            }
            isBetween = false
            buffer += more
        }
    }
}
