extension Pointer {
    /// Text of a work tree, or what git hands to a filter, as it would stand in git: where an attribute says `eol=crlf`, git has put
    /// a carriage return before the end of each line (gitattributes(5), `eol`), and asks filters afterwards.
    package static func withoutCarriageReturns(_ text: [UInt8]) -> [UInt8] {
        guard text.count <= maximumLength, text.first == version.utf8.first, text.contains(carriageReturn) else { return text }
        var plain: [UInt8] = []
        for (position, byte) in text.enumerated() {
            let ends = byte == carriageReturn && position + 1 < text.count && text[position + 1] == UInt8(ascii: "\n")
            if !ends { plain.append(byte) }
        }
        guard case .pointer = read(plain) else { return text }
        return plain
    }

    private static let carriageReturn = UInt8(ascii: "\r")

    /// The pointer whose text stands in a work tree; `nil` where the text is none.
    package init?(workTreeText text: [UInt8]) { self.init(Self.withoutCarriageReturns(text)) }
}
