/// Texts without what makes no difference to a reader: case, white space and punctuation.
enum NearText {
    /// Words in lower case with single blanks between them. A word is of letters, marks and digits; a sign or a point
    /// before a digit belongs to it, so that numbers stay what they are.
    static func words(of text: some Collection<UInt8>) -> [UInt8] {
        var words: [UInt8] = []
        append(wordsOf: text, to: &words)
        return words
    }

    /// The same, at the end of a buffer.
    static func append(wordsOf text: some Collection<UInt8>, to buffer: inout [UInt8]) {
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
    }

    private struct Words {
        /// Where the first word begins.
        let start: Int
        private var isBetween = false

        init(start: Int) {
            self.start = start
        }

        mutating func add(_ byte: UInt8, _ next: UInt8?, to buffer: inout [UInt8]) {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"):
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
            case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .nonspacingMark,
                .spacingMark, .enclosingMark, .decimalNumber, .letterNumber, .otherNumber, .otherSymbol, .mathSymbol,
                .currencySymbol:
                append(properties.lowercaseMapping.utf8, to: &buffer)
            default: isBetween = true
            }
        }

        private mutating func append(_ more: some Collection<UInt8>, to buffer: inout [UInt8]) {
            if isBetween, buffer.count > start { buffer.append(UInt8(ascii: " ")) }
            isBetween = false
            buffer += more
        }
    }
}
