/// The little of XML that S3's answers need: the text of elements by name, in order. Attributes, comments and CDATA do not
/// occur in them.
struct XMLScan {
    private let text: Substring

    init(_ bytes: [UInt8]) { text = Substring(decoding: bytes, as: UTF8.self) }

    private init(_ text: Substring) { self.text = text }

    /// Every element of that name at any depth, outermost first, each as a document of its own.
    func elements(_ name: String) -> [XMLScan] {
        var found: [XMLScan] = []
        var rest = text
        while let start = Self.opening(name, in: rest) {
            guard let end = start.firstRange(of: "</\(name)>") else { break }
            found.append(XMLScan(start[..<end.lowerBound]))
            rest = start[end.upperBound...]
        }
        return found
    }

    /// The text of the first element of that name, decoded.
    func first(_ name: String) -> String? { elements(name).first.map { Self.decode($0.text) } }

    /// What follows the opening tag.
    private static func opening(_ name: String, in text: Substring) -> Substring? {
        var rest = text
        while let tag = rest.firstRange(of: "<\(name)") {
            let after = rest[tag.upperBound...]
            if let next = after.first, next == ">" || next.isWhitespace, let close = after.firstIndex(of: ">") {
                return after[after.index(after: close)...]
            }
            rest = after
        }
        return nil
    }

    private static func decode(_ text: Substring) -> String {
        guard text.contains("&") else { return String(text) }
        var result = ""
        var rest = text
        while let start = rest.firstIndex(of: "&") {
            result += rest[..<start]
            guard let end = rest[start...].firstIndex(of: ";") else { break }
            let name = rest[rest.index(after: start)..<end]
            switch name {
            case "amp": result += "&"
            case "lt": result += "<"
            case "gt": result += ">"
            case "quot": result += "\""
            case "apos": result += "'"
            default:
                let isHex = name.hasPrefix("#x")
                if let code = UInt32(name.dropFirst(isHex ? 2 : 1), radix: isHex ? 16 : 10),
                    let scalar = Unicode.Scalar(code)
                {
                    result.unicodeScalars.append(scalar)
                }
            }
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }
}
