import VxModel

/// A server as an endpoint names it: `https://HOST[:PORT]`, and nothing else.
struct ServerAddress: Sendable, Equatable {
    /// With its scheme, and no slash at the end.
    let text: String
    /// With its port.
    private let host: Substring

    var isEncrypted: Bool { text.hasPrefix("https://") }

    /// Reads an endpoint; `https` where it names no scheme. `nil` for anything with a path, a user, or signs that no host has.
    init?(_ endpoint: String) {
        let full = endpoint.contains("://") ? endpoint : "https://\(endpoint)"
        text = full.hasSuffix("/") ? String(full.dropLast()) : full
        guard let scheme = ["http://", "https://"].first(where: text.hasPrefix) else { return nil }
        host = text.dropFirst(scheme.count)
        let isHost = host.utf8.allSatisfy { ASCII.isAlphanumeric($0) || ".-_:[]".utf8.contains($0) }
        guard isHost, !host.isEmpty, !host.hasPrefix("-"), !host.hasPrefix(":") else { return nil }
    }

    /// Whether it is this machine, by a name or number that leads nowhere else.
    var isLoopback: Bool { Self.isLoopback(host) }

    /// - Parameter host: a name or number, with or without a port.
    static func isLoopback(_ host: Substring) -> Bool {
        let name = host.hasPrefix("[") ? host.prefix { $0 != "]" } + "]" : host.prefix { $0 != ":" }
        return name.lowercased() == "localhost" || name == "[::1]"
            || (name.hasPrefix("127.") && name.utf8.allSatisfy { ASCII.isDigit($0) || $0 == UInt8(ascii: ".") })
    }
}
