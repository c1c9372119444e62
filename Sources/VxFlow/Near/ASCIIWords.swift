/// The words of a text that is ASCII, as ``NearText`` has them, byte by byte: most texts are, and this is done for each field.
enum ASCIIWords {
    private static let blank = UInt8(ascii: " ")

    /// Appends the words of a text, where they stand for themselves in the order they have.
    ///
    /// - Returns: whether it did; else nothing is appended.
    static func append(_ text: UnsafeBufferPointer<UInt8>, _ keepsOrder: Bool, to buffer: inout [UInt8]) -> Bool {
        if text.contains(where: { $0 >= 0x80 }) { return false }
        // What is between two words is at least as long as the blank.
        return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: text.count) { words in
            var count = 0
            var (isBetween, areSeveral, haveNumbers) = (false, false, false)
            for (position, byte) in text.enumerated() {
                var byte = byte
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"): break
                case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte += 32
                case UInt8(ascii: "0")...UInt8(ascii: "9"):
                    if isBetween || count == 0 || words[count - 1] < UInt8(ascii: "0") { haveNumbers = true }
                case UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."):
                    guard position + 1 < text.count, isDigit(text[position + 1]) else {
                        isBetween = true
                        continue
                    }
                default:
                    isBetween = true
                    continue
                }
                if isBetween, count > 0 {
                    words[count] = blank
                    count += 1
                    areSeveral = true
                }
                isBetween = false
                words[count] = byte
                count += 1
            }
            let found = UnsafeBufferPointer(rebasing: words[..<count])
            if areSeveral, !keepsOrder { return false }
            if haveNumbers, !found.split(separator: blank).allSatisfy(isSettled) { return false }
            buffer += found
            return true
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    /// Whether a word is surely no number, or one as it is usually written.
    private static func isSettled(_ word: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        guard let first = word.first, first <= UInt8(ascii: "9") else { return true }
        let word = UnsafeBufferPointer(rebasing: word)
        return DecimalText.isPlain(word) || !DecimalText.mayBeNumber(word)
    }
}
