/// The front of an rclone path: a remote's name or `:backend`, with parameters after commas, up to its colon.
struct RcloneConnection {
    /// All of it, with the colon.
    let text: Substring
    let parameters: [Parameter]
    /// What follows it.
    let path: Substring

    struct Parameter {
        /// All of it, as it stands in the text.
        let text: Substring
        let name: Substring
        let value: Substring

        init(_ text: Substring) {
            self.text = text
            name = text.prefix { $0 != "=" }
            value = text.dropFirst(name.count + 1)
        }

        /// Whether it gives away something that only its owner is to know.
        var isSecret: Bool {
            if Self.namesSecret(name), !["true", "false"].contains(value.lowercased()) { return true }
            // A name and password in an address.
            guard let scheme = value.firstRange(of: "://") else { return false }
            return value[scheme.upperBound...].prefix { $0 != "/" }.contains("@")
        }

        private static let secretWords: Set<Substring> = [
            "key", "pem", "credential", "credentials", "cookie", "cookies", "grant", "headers", "sas", "mnemonic",
            "2fa",
            "apikey", "string",
        ]
        /// Last words of names that are no secrets, whatever they begin with: of files, addresses, ways to do it.
        private static let harmlessEnds: Set<Substring> = ["file", "agent", "exchange", "algorithms", "command"]

        private static func namesSecret(_ name: Substring) -> Bool {
            let plain = String(name.lowercased().map { $0 == "-" || $0 == "." ? "_" : $0 })
            let words = plain.split(separator: "_")
            if let last = words.last, harmlessEnds.contains(last) { return false }
            if plain == "token_url" { return false }
            return plain.contains("pass") || plain.contains("secret") || plain.contains("token")
                || words.contains(where: secretWords.contains)
        }
    }

    /// Splits `NAME:path`, `:backend,parameter="value":path` and the like; `nil` where no colon ends the front.
    init?(_ text: Substring) {
        var start = text.startIndex
        if text.first == ":" { start = text.index(after: start) }
        let first = start
        var quote: Character?
        var words: [Substring] = []
        var index = start
        while index < text.endIndex {
            let character = text[index]
            if let open = quote {
                // A doubled quote closes and opens again.
                if character == open { quote = nil }
            } else if character == "\"" || character == "'" {
                quote = character
            } else if character == "," || character == ":" {
                words.append(text[start..<index])
                start = text.index(after: index)
                if character == ":" {
                    guard index > first else { return nil }
                    self.text = text[..<start]
                    parameters = words.dropFirst().map { Parameter($0) }
                    path = text[start...]
                    return
                }
            }
            index = text.index(after: index)
        }
        return nil
    }
}
