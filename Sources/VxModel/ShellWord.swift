/// A word of a command that the reader is to type, quoted for his shell where it has to be.
///
/// Names come with repositories: what is pasted from a hint must be one word, and run nothing. Most names stay as they are; others
/// get double quotes where nothing in them has a meaning there, else single ones, and `$'…'` (bash, zsh) for what cannot be seen.
package struct ShellWord: CustomStringConvertible {
    package let description: String

    package init(_ text: String) { self.init(bytes: Array(text.utf8)) }

    /// The word of a path below the top of a repository. One that begins with a dash is no option, and one that begins with a colon
    /// none of git's words for paths.
    package init(_ path: RepoPath) {
        let isMeant = path.bytes.first != UInt8(ascii: "-") && path.bytes.first != UInt8(ascii: ":")
        self.init(bytes: isMeant ? path.bytes : Array("./".utf8) + path.bytes)
    }

    private init(bytes: [UInt8]) {
        let text = String(validating: bytes, as: UTF8.self)
        if let text, Self.isPlain(text) {
            description = text
        } else if let text, VisibleText.line(text) == text {
            let isSimple = !text.contains { "\"$`\\!".contains($0) }
            description =
                isSimple ? "\"\(text)\"" : "'" + text.map { $0 == "'" ? "'\\''" : String($0) }.joined() + "'"
        } else {
            description = "$'" + bytes.map(Self.escaped).joined() + "'"
        }
    }

    /// One word for sh in a script, whatever bytes are in it.
    package static func quoted(_ bytes: [UInt8]) -> [UInt8] {
        let quote = UInt8(ascii: "'")
        return [quote] + bytes.flatMap { $0 == quote ? Array("'\\''".utf8) : [$0] } + [quote]
    }

    private static func isPlain(_ text: String) -> Bool {
        // A tilde and an equals sign mean something in the first place only.
        if text.isEmpty || text.first == "~" || text.first == "=" || text.first == "#" { return false }
        return text.unicodeScalars.allSatisfy { scalar in
            scalar.isASCII
                ? scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
                    || "/._-+@:,=~%#".unicodeScalars.contains(scalar)
                : scalar.properties.isAlphabetic && scalar.properties.generalCategory != .format
        }
    }

    private static func escaped(_ byte: UInt8) -> String {
        switch byte {
        case UInt8(ascii: "'"), UInt8(ascii: "\\"): "\\" + String(UnicodeScalar(byte))
        case 0x20..<0x7f: String(UnicodeScalar(byte))
        default: "\\x" + [byte >> 4, byte & 15].map { String($0, radix: 16) }.joined()
        }
    }
}

extension DefaultStringInterpolation {
    /// Writes a word of a command that a hint tells the reader to type (``ShellWord``).
    package mutating func appendInterpolation(typed word: some CustomStringConvertible) {
        appendLiteral(ShellWord(word.description).description)
    }

    /// Writes a path of a command that a hint tells the reader to type.
    package mutating func appendInterpolation(typed path: RepoPath) { appendLiteral(ShellWord(path).description) }
}
