import VxModel

/// Values of more kinds than text and whole numbers.
extension SettingReader {
    func list(_ node: YAMLNode, key: String) throws(VxError) -> [YAMLNode] {
        if node.isNull { return [] }
        guard case .sequence(let elements) = node.content else {
            throw error(node, "'\(key)' must be a list, found \(node.kind)", hint: "put a '-' before each entry")
        }
        return elements
    }

    func bool(_ node: YAMLNode, key: String) throws(VxError) -> Bool {
        // 'True', 'yes' and 'on' mean something else to each reader of YAML: the two words every one knows are taken.
        guard case .scalar(let text, .plain) = node.content, let value = Bool(text) else {
            let found: String = if case .scalar(let text, _) = node.content { "'\(text)'" } else { node.kind }
            throw error(
                node, "'\(key)' must be true or false, found \(found)", hint: "write 'true' or 'false', without quotes")
        }
        return value
    }

    /// Any number.
    func number(_ node: YAMLNode, key: String) throws(VxError) -> Double {
        guard case .scalar(let text, .plain) = node.content, let value = YAMLScalar.resolve(text).doubleValue
        else { throw error(node, "'\(key)' must be a number, found \(node.kind)") }
        guard value.isFinite else { throw error(node, "'\(key)' must be a finite number, found \(text)") }
        return value
    }

    func positive(_ node: YAMLNode, key: String) throws(VxError) -> Double {
        let value = try number(node, key: key)
        guard value > 0 else { throw error(node, "'\(key)' must be above 0, found \(value)") }
        return value
    }

    /// A single value as it is written: `7` and `"7"` are the same text.
    func scalar(_ node: YAMLNode, key: String) throws(VxError) -> String {
        guard case .scalar(let text, _) = node.content, !node.isNull else {
            throw error(node, "'\(key)' must be a single value, found \(node.kind)")
        }
        return text
    }

    func scalars(_ node: YAMLNode, key: String) throws(VxError) -> [String] {
        var values: [String] = []
        for element in try list(node, key: key) { values.append(try scalar(element, key: key)) }
        return values
    }

    /// One of a few words.
    func choice<Value: RawRepresentable<String> & CaseIterable>(
        _ node: YAMLNode, key: String, _ type: Value.Type
    ) throws(VxError) -> Value {
        let word = try scalar(node, key: key)
        if let value = Value(rawValue: word) { return value }
        let words = Value.allCases.map(\.rawValue)
        let hint = Suggestion.nearest(to: word, among: words).map { "did you mean '\($0)'?" }
        throw error(node, "'\(key)' must be one of \(words.joined(separator: ", ")), found '\(word)'", hint: hint)
    }

    /// Bytes: a whole number, or one with a unit (`500 KB`, `1 MiB`).
    func size(_ node: YAMLNode, key: String) throws(VxError) -> UInt64 {
        let text = try scalar(node, key: key)
        if let bytes = ByteCount.parse(text) { return bytes }
        throw error(
            node, "'\(key)' is not a size: '\(text)'", hint: "write bytes, or a number with KB, MB, GB, KiB, MiB or GiB"
        )
    }

    func patterns(_ node: YAMLNode, key: String) throws(VxError) -> [PathPattern] {
        try texts(node, key: key).map { PathPattern($0) }
    }

    /// Patterns of files, of which there is one at least: none would match nothing.
    func filled(_ node: YAMLNode, key: String) throws(VxError) -> [PathPattern] {
        try nonEmpty(node, key: key, try patterns(node, key: key))
    }

    /// A list with something in it.
    func nonEmpty<Value>(_ node: YAMLNode, key: String, _ values: [Value]) throws(VxError) -> [Value] {
        if values.isEmpty { throw error(node, "'\(key)' is empty", hint: "give it a value or remove the line") }
        return values
    }

    /// A regular expression, compiled once to see that it is one.
    func regex(_ node: YAMLNode, key: String) throws(VxError) -> String {
        let text = try scalar(node, key: key)
        do {
            _ = try Regex(text)
        } catch {
            throw self.error(
                node, "'\(key)' is not a regular expression: '\(text)'",
                hint: "put it in single quotes, so that YAML leaves its backslashes alone")
        }
        return text
    }

    /// A regular expression for values, which may be many and long: one that takes bounded time.
    func pattern(_ node: YAMLNode, key: String) throws(VxError) -> String {
        let text = try scalar(node, key: key)
        do throws(TextPattern.Malformed) {
            _ = try TextPattern(text)
        } catch {
            throw self.error(
                node, "'\(key)' is no regular expression vx can match: '\(text)': \(error.reason)",
                hint: "write it without references and look-around; in single quotes YAML leaves backslashes alone")
        }
        return text
    }

    /// A command that says where its files go.
    func command(_ node: YAMLNode, key: String, needing places: [String]) throws(VxError) -> String {
        let text = try text(node, key: key)
        for place in places {
            guard text.contains(place) else {
                throw error(
                    node, "'\(key)' has no \(place)",
                    hint: "\(place) stands for the file's path: 'python3 ok.py \(place)'")
            }
            if ShellQuotes.has(place, in: text) {
                throw error(
                    node, "'\(key)' has \(place) in quotes",
                    hint: "vx puts the quotes there itself: write \(place) without any")
            }
        }
        return text
    }

    /// A folder for data: none that vx keeps its own files in, nor one with the name of a file that git reads.
    func dataFolder(_ node: YAMLNode, key: String) throws(VxError) -> RepoPath {
        let folder = try path(node, key: key)
        for own: RepoPath in ["manifests", "snapshots"] where folder.isInside(own) {
            throw error(
                node, "'\(key)' cannot be in '\(own)', where vx keeps its reports", hint: "name a folder below 'data'")
        }
        if folder.isBelowNameForGit {
            throw error(
                node, "'\(key)' is '\(folder)', and git takes that name for a file of its own",
                hint: "name a folder below 'data'")
        }
        return folder
    }
}
