import VxModel

/// The remotes that `vx.yaml` names. Nothing in it is a secret: everybody who clones reads it.
package struct RemoteList: Sendable, Equatable {
    /// One remote.
    package struct Entry: Sendable, Equatable {
        package var name: String
        package var url: String
        /// Options besides the URL, as text (docs/remotes.md).
        package var options: [String: String]
        package var isDefault: Bool

        package init(name: String, url: String, options: [String: String] = [:], isDefault: Bool = false) {
            self.name = name
            self.url = url
            self.options = options
            self.isDefault = isDefault
        }
    }

    package var entries: [Entry]

    package init(_ entries: [Entry] = []) { self.entries = entries }

    /// The one that is used where none is named: the one that says so, or the only one.
    package var `default`: Entry? {
        entries.first(where: \.isDefault) ?? (entries.count == 1 ? entries[0] : nil)
    }

    /// The remotes by their names, for messages.
    package var wording: String {
        if entries.isEmpty { return "a remote, of which vx.yaml names none" }
        return entries.count == 1
            ? "the remote '\(entries[0].name)'"
            : "any of the remotes \(entries.map { "'\($0.name)'" }.joined(separator: ", "))"
    }

    package subscript(name: String) -> Entry? { entries.first { $0.name == name } }

    /// Options that a remote may have in `vx.yaml`.
    package static let optionNames = [
        "region", "endpoint", "style", "profile", "anonymous", "connections", "bandwidth",
    ]

    /// Whether a remote may be called that: what fits into a key of git's configuration and on a command line.
    package static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, first != UInt8(ascii: "-"), first != UInt8(ascii: ".") else { return false }
        return text.utf8.allSatisfy { ASCII.isAlphanumeric($0) || "-._".utf8.contains($0) }
    }

    static func read(_ node: YAMLNode, _ reader: SettingReader) throws(VxError) -> RemoteList {
        if node.isNull { return RemoteList() }
        guard case .mapping(let members) = node.content else {
            throw reader.error(node, "'remotes' must be a mapping of names to URLs, found \(node.kind)")
        }
        var list = RemoteList()
        for member in members {
            guard isName(member.key) else {
                throw reader.error(
                    member.value, "a remote cannot be called '\(member.key)'",
                    hint: "use letters, digits, '-', '_' and '.'")
            }
            list.entries.append(try entry(member.key, member.value, reader))
        }
        guard list.entries.filter(\.isDefault).count <= 1 else {
            throw reader.error(node, "several remotes are the default", hint: "give 'default: true' to one of them")
        }
        return list
    }

    private static func entry(
        _ name: String, _ node: YAMLNode, _ reader: SettingReader
    ) throws(VxError) -> Entry {
        if case .scalar = node.content { return Entry(name: name, url: try reader.text(node, key: name)) }
        let given = try reader.mapping(node, key: name, known: ["url", "default"] + optionNames)
        guard let url = given["url"] else {
            throw reader.error(node, "the remote '\(name)' has no 'url'", hint: "add 'url: …'")
        }
        var entry = Entry(name: name, url: try reader.text(url, key: "url"))
        for option in optionNames {
            guard let node = given[option] else { continue }
            entry.options[option] =
                option == "anonymous"
                ? (try reader.bool(node, key: option) ? "true" : "false") : try reader.scalar(node, key: option)
        }
        if let node = given["default"] { entry.isDefault = try reader.bool(node, key: "default") }
        return entry
    }
}
