import VxModel

/// A setting of git's, as a file of settings has it.
struct GitSetting: Sendable, Equatable {
    private let section: String
    private let subsection: String?
    private let name: String
    /// `nil` where there is a name alone, which is a yes.
    let value: String?

    /// - Throws: `usage` for a key that git would not take either.
    init(_ key: String, _ value: String?) throws(VxError) {
        let parts = key.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let rest = parts.count == 2 ? parts[1] : ""
        let dot = rest.lastIndex(of: ".")
        section = String(parts.first ?? "")
        subsection = dot.map { String(rest[..<$0]) }
        name = String(rest[(dot.map(rest.index(after:)) ?? rest.startIndex)...])
        self.value = value
        let isSound =
            !section.isEmpty && Self.isPlain(section) && Self.isPlain(name) && subsection?.contains("\n") != true
            && name.utf8.first.map { !ASCII.isDigit($0) && $0 != UInt8(ascii: "-") } == true
        guard isSound else { throw VxError(.usage, "'\(key)' is no name of a git setting") }
    }

    private static func isPlain(_ text: String) -> Bool {
        text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"): true
            default: ASCII.isDigit(byte)
            }
        }
    }

    /// Lines of a file of settings that say the same, heading and all.
    var lines: String {
        let heading = subsection.map { " \"\(Self.escaped($0))\"" } ?? ""
        let text = value.map { " = \"\(Self.escaped($0).replacing("\n", with: "\\n"))\"" } ?? ""
        return "[\(section)\(heading)]\n\t\(name)\(text)\n"
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    }
}
