extension Pointer {
    /// Text of a work tree, or what git hands to a filter, as it would stand in git. Where an attribute says `eol=crlf`, git has
    /// put a carriage return before the end of each line, and where one says `working-tree-encoding=UTF-16`, say, it has
    /// encoded the text; filters are asked afterwards (gitattributes(5)).
    package static func asInGit(_ text: [UInt8]) -> [UInt8] {
        guard text.count <= maximumLength else { return text }
        let narrow = WideEncoding.narrowed(text)
        let lines = narrow ?? text
        guard lines.first == version.utf8.first, narrow != nil || lines.contains(carriageReturn) else { return text }
        var plain: [UInt8] = []
        for (position, byte) in lines.enumerated() {
            let ends = byte == carriageReturn && position + 1 < lines.count && lines[position + 1] == UInt8(ascii: "\n")
            if !ends { plain.append(byte) }
        }
        guard case .pointer = readAsItStands(plain) else { return text }
        return plain
    }

    private static let carriageReturn = UInt8(ascii: "\r")

    /// The pointer whose text stands in a work tree; `nil` where the text is none.
    package init?(workTreeText text: [UInt8]) { self.init(Self.asInGit(text)) }
}
