/// JSON in one form, with its numbers as they are written.
///
/// Other white space, another order of members and other escapes give the same bytes. Numbers keep their digits: as
/// doubles, different integers above 2^53 would be equal.
package struct JSONText {
    private let bytes: [UInt8]
    private var position: Int

    /// The one form of a value that stands at `range` of `bytes`, where a parser has read it.
    ///
    /// - Throws: where a string there is none.
    package static func canonical(_ bytes: [UInt8], at range: Range<Int>) throws(JSONSyntaxError) -> [UInt8] {
        var reader = JSONText(bytes: bytes, position: range.lowerBound)
        return try reader.value()
    }

    private init(bytes: [UInt8], position: Int) {
        self.bytes = bytes
        self.position = position
    }

    private mutating func value() throws(JSONSyntaxError) -> [UInt8] {
        skipSpace()
        switch peek {
        case UInt8(ascii: "{"):
            var members: [(name: [UInt8], value: [UInt8])] = []
            try list(UInt8(ascii: "}")) { (reader) throws(JSONSyntaxError) in
                let name = try reader.string()
                reader.skipSpace()
                reader.position += 1
                members.append((name, try reader.value()))
            }
            members.sort { $0.name.lexicographicallyPrecedes($1.name) }
            let texts = members.map { $0.name + [UInt8(ascii: ":")] + $0.value }
            return Array("{".utf8) + texts.joined(separator: [UInt8(ascii: ",")]) + Array("}".utf8)
        case UInt8(ascii: "["):
            var elements: [[UInt8]] = []
            try list(UInt8(ascii: "]")) { (reader) throws(JSONSyntaxError) in elements.append(try reader.value()) }
            return Array("[".utf8) + elements.joined(separator: [UInt8(ascii: ",")]) + Array("]".utf8)
        case UInt8(ascii: "\""): return try string()
        default:
            let start = position
            while let byte = peek, !Self.ends(byte) { position += 1 }
            return Array(bytes[start..<position])
        }
    }

    /// Passes over a bracket, what is between it and the closing one, and that.
    private mutating func list(
        _ end: UInt8, _ element: (inout JSONText) throws(JSONSyntaxError) -> Void
    ) throws(JSONSyntaxError) {
        position += 1
        skipSpace()
        while let byte = peek, byte != end {
            try element(&self)
            skipSpace()
            if peek == UInt8(ascii: ",") { position += 1 }
            skipSpace()
        }
        position += 1
    }

    private mutating func string() throws(JSONSyntaxError) -> [UInt8] {
        let start = position
        position += 1
        var isPlain = true
        while let byte = peek, byte != UInt8(ascii: "\"") {
            if byte == UInt8(ascii: "\\") || byte == 0x7f { isPlain = false }
            position += byte == UInt8(ascii: "\\") ? 2 : 1
        }
        position += 1
        let token = Array(bytes[start..<min(position, bytes.count)])
        return isPlain ? token : Array(try JSONValue.parse(token).compact.utf8)
    }

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private static func ends(_ byte: UInt8) -> Bool {
        byte <= 0x20 || byte == UInt8(ascii: ",") || byte == UInt8(ascii: "]") || byte == UInt8(ascii: "}")
    }

    private mutating func skipSpace() {
        while let byte = peek, byte <= 0x20 { position += 1 }
    }
}
