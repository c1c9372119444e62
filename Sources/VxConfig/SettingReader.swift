import VxModel

/// Reads typed settings out of a YAML node; every complaint names the file, line, column and key.
struct SettingReader {
    let name: String

    /// The entries of a mapping whose keys are all known. `key:` with nothing after it is an empty mapping, which is
    /// what is left when somebody comments out everything below a key.
    func mapping(
        _ node: YAMLNode, key: String?, known: [String]
    ) throws(VxError) -> [String: YAMLNode] {
        if node.isNull { return [:] }
        guard case .mapping(let entries) = node.content else {
            throw wrongType(node, key: key, expected: "a mapping of \(known.joined(separator: ", "))")
        }
        var values: [String: YAMLNode] = [:]
        for entry in entries {
            guard known.contains(entry.key) else { throw unknownKey(entry, in: key, known: known) }
            values[entry.key] = entry.value
        }
        return values
    }

    /// Text that is not empty.
    func text(_ node: YAMLNode, key: String) throws(VxError) -> String {
        guard case .scalar(let text, let style) = node.content, !node.isNull else {
            throw wrongType(node, key: key, expected: "a string")
        }
        if style == .plain, case .bool = YAMLScalar.resolve(text) {
            throw wrongType(node, key: key, expected: "a string", hint: "put quotes around it: \"\(text)\"")
        }
        guard !text.isEmpty else { throw error(node, "'\(key)' is empty", hint: "give it a value or remove the line") }
        return text
    }

    /// One text or a list of them.
    func texts(_ node: YAMLNode, key: String) throws(VxError) -> [String] {
        switch node.content {
        case .sequence(let elements):
            var texts: [String] = []
            for element in elements { texts.append(try text(element, key: key)) }
            return texts
        case .scalar where !node.isNull: return [try text(node, key: key)]
        default: throw wrongType(node, key: key, expected: "a string or a list of strings")
        }
    }

    /// A whole number.
    func integer(_ node: YAMLNode, key: String) throws(VxError) -> Int64 {
        guard case .scalar(let text, .plain) = node.content, case .integer(let value) = YAMLScalar.resolve(text) else {
            throw wrongType(node, key: key, expected: "a whole number")
        }
        return value
    }

    /// A path below the repository's top.
    func path(_ node: YAMLNode, key: String) throws(VxError) -> RepoPath {
        try path(try text(node, key: key), node, key: key)
    }

    /// One path or a list of them.
    func paths(_ node: YAMLNode, key: String) throws(VxError) -> [RepoPath] {
        var paths: [RepoPath] = []
        for text in try texts(node, key: key) { paths.append(try path(text, node, key: key)) }
        return paths
    }

    private func path(_ text: String, _ node: YAMLNode, key: String) throws(VxError) -> RepoPath {
        let slash = UInt8(ascii: "/")
        let components = text.utf8.split(separator: slash).map(Array.init).filter { $0 != Array(".".utf8) }
        let climbs = components.contains { $0 == Array("..".utf8) || $0 == Array(".git".utf8) }
        guard text.utf8.first != slash, !components.isEmpty, !climbs else {
            throw error(
                node, "'\(key)' is not a path inside the repository: '\(text)'",
                hint: "write it relative to the repository's top folder, without '..'")
        }
        return RepoPath(bytes: Array(components.joined(separator: [slash])))
    }

    private func unknownKey(_ entry: YAMLNode.Entry, in parent: String?, known: [String]) -> VxError {
        let place = parent.map { " in '\($0)'" } ?? ""
        let hint =
            Suggestion.nearest(to: entry.key, among: known).map { "did you mean '\($0)'?" }
            ?? "known keys: \(known.joined(separator: ", "))"
        return YAMLNode.error(name, entry.position, "unknown key '\(entry.key)'\(place)", hint: hint)
    }

    private func wrongType(_ node: YAMLNode, key: String?, expected: String, hint: String? = nil) -> VxError {
        let subject = key.map { "'\($0)'" } ?? "the file"
        return error(node, "\(subject) must be \(expected), found \(node.kind)", hint: hint)
    }

    /// A complaint about a node.
    func error(_ node: YAMLNode, _ message: String, hint: String? = nil) -> VxError {
        YAMLNode.error(name, node.position, message, hint: hint)
    }
}
