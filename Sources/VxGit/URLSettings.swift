import VxModel
import VxSystem

/// Settings of a section of git's configuration that may hold for some URLs only: `http.proxy`, `http.<url>.proxy`
/// (git-config(1), "http.<url>.*").
package struct URLSettings: Sendable {
    /// In the order git reads them; a value is `nil` where the name stands alone.
    private let entries: [(pattern: URLPattern?, name: String, value: String?)]

    /// None.
    package init() { entries = [] }

    /// - Parameters:
    ///   - section: its name, in lower case.
    ///   - records: keys and values, as `git config --null` prints them.
    package init(section: String, records: [UInt8]) {
        entries = Self.records(records).compactMap { key, value in
            guard key.hasPrefix(section + "."), let dot = key.lastIndex(of: ".") else { return nil }
            let name = key[key.index(after: dot)...].lowercased()
            guard dot > key.index(key.startIndex, offsetBy: section.count) else { return (nil, name, value) }
            let url = key[..<dot].dropFirst(section.count + 1)
            return URLPattern(String(url)).map { ($0, name, value) }
        }
    }

    /// Keys and values as `git config --null` prints them; without a value, a name alone, which is a yes.
    static func records(_ bytes: [UInt8]) -> [(key: String, value: String?)] {
        bytes.split(separator: 0).map { record in
            let parts = record.split(separator: UInt8(ascii: "\n"), maxSplits: 1, omittingEmptySubsequences: false)
            let value = parts.count > 1 ? String(decoding: parts[1], as: UTF8.self) : nil
            return (String(decoding: parts[0], as: UTF8.self), value)
        }
    }

    static let unreadable = VxError("git cannot read its configuration", hint: "'git config --list' says why")

    /// Asks git, which reads all its files, `git -c` and its variables.
    ///
    /// - Throws: where git cannot read them; `interrupted`.
    package init(section: String, of repository: Repository, cancellation: Cancellation) throws(VxError) {
        let output = Files.temporarySibling(of: repository.gitDirectory.appending("vx-settings"))
        defer { try? Files.remove(output) }  // a file of a few kilobytes that stays does no harm
        let command = ShellText("git config --null --get-regexp {names} 2>/dev/null").replacing(
            "{names}", with: "^\(section)[.]")
        let outcome = try ShellCommand.run(
            command, in: repository.workTree ?? repository.gitDirectory, output: output, timeout: 30,
            cancellation: cancellation)
        let bytes = try Files.read(output, limit: 1 << 24) ?? []
        // 1 says that there are none.
        guard outcome.status == 0 || outcome.status == 1 else { throw Self.unreadable }
        self.init(section: section, records: outcome.status == 0 ? bytes : [])
    }

    /// The values that hold for a URL, in git's order: none that a later one for less of it would replace.
    ///
    /// - Parameter name: of the setting, in any case.
    package func values(_ name: String, for url: String) -> [String?] {
        let name = name.lowercased()
        let address = URLPattern(url)
        var best = URLPattern.Match()
        var values: [String?] = []
        for entry in entries where entry.name == name {
            var match = URLPattern.Match()
            if let pattern = entry.pattern {
                guard let found = address.flatMap(pattern.match) else { continue }
                match = found
            }
            if match < best { continue }
            best = match
            values.append(entry.value)
        }
        return values
    }

    /// The value that holds for a URL; `nil` where there is none.
    package func text(_ name: String, for url: String) -> String? { values(name, for: url).last ?? nil }

    /// The same, read as git reads booleans.
    ///
    /// - Throws: where it is none.
    package func bool(_ name: String, for url: String) throws(VxError) -> Bool? {
        guard let value = values(name, for: url).last else { return nil }
        switch value?.lowercased() {
        case nil, "true", "yes", "on": return true
        case "", "false", "no", "off": return false
        case let number?:
            guard let number = Int(number) else {
                throw VxError(.usage, "the git setting \(name) is '\(number)'", hint: "set it to 'true' or 'false'")
            }
            return number != 0
        }
    }
}

/// A URL, or the beginning of some, as git compares them.
struct URLPattern: Sendable {
    /// How much of a URL a pattern names: what names more wins.
    struct Match: Sendable, Comparable {
        var host = 0
        var path = 0
        var hasUser = false

        static func < (a: Match, b: Match) -> Bool {
            (a.host, a.path, a.hasUser ? 1 : 0) < (b.host, b.path, b.hasUser ? 1 : 0)
        }
    }

    private let scheme: String
    private let user: String?
    private let host: String
    private let port: String
    private let path: String

    init?(_ text: String) {
        guard let end = text.firstRange(of: "://") else { return nil }
        scheme = text[..<end.lowerBound].lowercased()
        let rest = text[end.upperBound...].prefix { $0 != "?" && $0 != "#" }
        var authority = rest.prefix { $0 != "/" }
        path = authority.endIndex == rest.endIndex ? "/" : String(rest[authority.endIndex...])
        if let at = authority.lastIndex(of: "@") {
            user = String(authority[..<at].prefix { $0 != ":" })
            authority = authority[authority.index(after: at)...]
        } else {
            user = nil
        }
        let afterAddress = authority.lastIndex(of: "]") ?? authority.startIndex
        let colon = authority[afterAddress...].lastIndex(of: ":")
        host = authority[..<(colon ?? authority.endIndex)].lowercased()
        let port = colon.map { String(authority[authority.index(after: $0)...]) } ?? ""
        self.port = port.isEmpty ? ["http": "80", "https": "443"][scheme] ?? "" : port
    }

    /// How well this, as a pattern, fits a URL; `nil` where it does not.
    func match(_ url: URLPattern) -> Match? {
        guard scheme == url.scheme, port == url.port, user == nil || user == url.user else { return nil }
        let labels = host.split(separator: ".", omittingEmptySubsequences: false)
        let others = url.host.split(separator: ".", omittingEmptySubsequences: false)
        guard labels.count == others.count, zip(labels, others).allSatisfy({ $0 == "*" || $0 == $1 }) else {
            return nil
        }
        let prefix = path.hasSuffix("/") ? path.dropLast() : path[...]
        guard url.path.hasPrefix(prefix) else { return nil }
        let rest = url.path.dropFirst(prefix.count)
        guard rest.isEmpty || rest.hasPrefix("/") else { return nil }
        return Match(host: host.utf8.count, path: prefix.utf8.count + 1, hasUser: user != nil)
    }
}
