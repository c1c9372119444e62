import VxModel

/// Reads the sections of `vx.yaml` about the road from raw to stable.
extension SettingReader {
    // MARK: - Policy

    func policy(_ node: YAMLNode) throws(VxError) -> Configuration.Policy {
        let given = try mapping(node, key: "policy", known: ConfigurationKeys.policy)
        var policy = Configuration.Policy()
        if let node = given["blob-limit"] { policy.blobLimit = try size(node, key: "blob-limit") }
        if let node = given["stable-outputs"] { policy.stableOutputs = try patterns(node, key: "stable-outputs") }
        if let node = given["rules"] {
            let rules = try mapping(node, key: "rules", known: ConfigurationKeys.rules)
            for rule in PolicyRule.allCases {
                guard let node = rules[rule.rawValue] else { continue }
                policy.severities[rule] = try choice(node, key: rule.rawValue, Severity.self)
            }
        }
        return policy
    }

    // MARK: - Clean

    func clean(_ node: YAMLNode) throws(VxError) -> Configuration.Clean {
        let given = try mapping(node, key: "clean", known: ConfigurationKeys.clean)
        var clean = Configuration.Clean()
        if let node = given["from"] { clean.from = try text(node, key: "from") }
        if let node = given["into"] { clean.into = try dataFolder(node, key: "into") }
        if let node = given["files"] { clean.files = try filled(node, key: "files") }
        if let node = given["timeout"] { clean.timeout = try positive(node, key: "timeout") }
        if let node = given["checks"] {
            for element in try list(node, key: "checks") { clean.checks.append(try check(element)) }
        }
        if let node = given["transforms"] {
            for element in try list(node, key: "transforms") { clean.transforms.append(try transform(element)) }
        }
        return clean
    }

    private func transform(_ node: YAMLNode) throws(VxError) -> Configuration.Transform {
        let given = try mapping(node, key: "transforms", known: ConfigurationKeys.transform)
        func required(_ key: String) throws(VxError) -> YAMLNode {
            guard let value = given[key] else {
                throw error(node, "a transform needs '\(key)'", hint: "it takes name, files, run and output")
            }
            return value
        }
        let output = try output(try required("output"))
        return Configuration.Transform(
            name: try text(try required("name"), key: "name"),
            files: try filled(try required("files"), key: "files"),
            run: try command(try required("run"), key: "run", needing: ["{input}", "{output}"]), output: output)
    }

    /// A path below 'into', which is known once a file is given.
    private func output(_ node: YAMLNode) throws(VxError) -> String {
        let output = try text(node, key: "output")
        let places = Configuration.Transform.places
        for part in output.split(separator: "{", omittingEmptySubsequences: false).dropFirst() {
            guard let end = part.firstIndex(of: "}") else { continue }
            let place = "{\(part[...end])"
            guard places.contains(place) else {
                throw error(
                    node, "'output' has \(place), which stands for nothing",
                    hint: "a transform's output may have \(places.joined(separator: ", ")) of the file it is made from")
            }
        }
        let path = RepoPath(places.reduce(output) { $0.replacing($1, with: "x") })
        if let fault = path.fault() {
            throw error(
                node, "'output' is not a path below 'into': '\(output)': \(fault.reason)",
                hint: "write '{stem}.csv', say")
        }
        if path.isForGit {
            throw error(
                node, "'output' is '\(output)', a file that git itself reads",
                hint: "give it another name: '{stem}.csv', say")
        }
        return output
    }

    // MARK: - Split

    func split(_ node: YAMLNode) throws(VxError) -> Configuration.Split {
        let given = try mapping(node, key: "split", known: ConfigurationKeys.split)
        var split = Configuration.Split()
        if let node = given["from"] { split.from = try text(node, key: "from") }
        if let node = given["into"] { split.into = try dataFolder(node, key: "into") }
        if let node = given["files"] { split.files = try filled(node, key: "files") }
        if let node = given["by"] { split.by = try choice(node, key: "by", Configuration.Split.Unit.self) }
        if let node = given["ratios"] { split.ratios = try ratios(node) }
        if let node = given["seed"] { split.seed = try scalar(node, key: "seed") }
        if let node = given["key"] { split.key = try splitKey(node) }
        if let node = given["group"] { split.group = try label(node, key: "group") }
        if let node = given["stratify"] { split.stratify = try label(node, key: "stratify") }
        if let node = given["time"] { split.time = try text(node, key: "time") }
        if let node = given["near-duplicates"] { split.nearDuplicates = try bool(node, key: "near-duplicates") }
        if let node = given["near-word-order"] {
            split.nearWordOrder = try choice(node, key: "near-word-order", Configuration.WordOrder.self)
        }
        if let node = given["duplicates"] {
            split.duplicates = try choice(node, key: "duplicates", Configuration.Duplicates.self)
        }
        if let node = given["normalise"] {
            for element in try list(node, key: "normalise") {
                split.normalise.insert(try choice(element, key: "normalise", Configuration.Spelling.self))
            }
        }
        if let node = given["companions"] { split.companions = try filled(node, key: "companions") }
        try agree(split, node)
        return split
    }

    /// What a file has no columns for, and what contradicts itself.
    private func agree(_ split: Configuration.Split, _ node: YAMLNode) throws(VxError) {
        var column: String?
        if case .column(let name) = split.key { column = name }
        if case .column(let name) = split.group { column = name }
        if case .column(let name) = split.stratify { column = name }
        if let column = split.time ?? column, split.by == .file {
            throw error(
                node, "the column '\(column)' needs 'by: row'",
                hint: "files have no columns; take the group from the path: 'group: {path: \"patient-([0-9]+)\"}'")
        }
        if split.by == .row, split.key == .path {
            throw error(node, "'key: path' needs 'by: file'", hint: "for rows: 'content', or '{column: id}'")
        }
        if split.by == .row, !split.companions.isEmpty {
            throw error(
                node, "'companions' needs 'by: file'", hint: "rows of one key are one example: 'key: {column: id}'")
        }
        if split.time != nil, split.stratify != nil {
            throw error(node, "'time' and 'stratify' exclude each other", hint: "the newest examples are the test side")
        }
    }

    private func ratios(_ node: YAMLNode) throws(VxError) -> [Configuration.Share] {
        guard case .mapping(let entries) = node.content, !entries.isEmpty else {
            throw error(
                node, "'ratios' must be a mapping of sides, found \(node.kind)",
                hint: "write 'ratios: {train: 0.8, validation: 0.1, test: 0.1}'")
        }
        var shares: [Configuration.Share] = []
        for entry in entries {
            let ratio = try number(entry.value, key: entry.key)
            guard ratio > 0, ratio <= 1 else {
                throw error(
                    entry.value, "the share of '\(entry.key)' must be above 0 and at most 1, found \(ratio)",
                    hint: ratio >= 2 && ratio <= 100
                        ? "for \(Self.short(ratio)) % say \(Self.short(ratio / 100)): all of them add up to 1"
                        : "all of them add up to 1: 'ratios: {train: 0.8, test: 0.2}'")
            }
            guard Self.isFolderName(entry.key) else {
                throw error(
                    entry.value, "'\(RepoPath(entry.key))' cannot be the name of a side",
                    hint: "a side is a folder: write 'train', 'validation' or 'test'")
            }
            shares.append(.init(side: entry.key, ratio: ratio))
        }
        let sum = shares.reduce(0) { $0 + $1.ratio }
        guard abs(sum - 1) < 1e-9 else {
            let text = (sum * 1e6).rounded() / 1e6
            throw error(
                node, "the ratios add up to \(text), not to 1",
                hint: "write 'ratios: {train: 0.8, validation: 0.1, test: 0.1}'")
        }
        return shares
    }

    private static func short(_ number: Double) -> String {
        number == number.rounded() ? String(Int(number)) : String(number)
    }

    /// Whether a text can be a folder's name everywhere, and on a command line.
    private static func isFolderName(_ text: String) -> Bool {
        guard let first = text.unicodeScalars.first, let last = text.unicodeScalars.last else { return false }
        return first != "." && first != "-" && first != " " && last != " " && last != "."
            && !text.unicodeScalars.contains { scalar in
                scalar.value < 0x20 || scalar.value == 0x7f || "/\\:*?\"<>|".unicodeScalars.contains(scalar)
            }
    }

    private func splitKey(_ node: YAMLNode) throws(VxError) -> Configuration.Split.Key {
        if case .mapping = node.content {
            let given = try mapping(node, key: "key", known: ConfigurationKeys.key)
            if let column = given["column"] { return .column(try text(column, key: "column")) }
        } else {
            switch try text(node, key: "key") {
            case "path": return .path
            case "content": return .content
            default: break
            }
        }
        throw error(node, "'key' must be path, content or {column: NAME}")
    }

    private func label(_ node: YAMLNode, key: String) throws(VxError) -> Configuration.Split.Label {
        let given = try mapping(node, key: key, known: ConfigurationKeys.label)
        switch (given["column"], given["path"]) {
        case (let column?, nil): return .column(try text(column, key: "column"))
        case (nil, let path?): return .path(try regex(path, key: "path"))
        default:
            throw error(
                node, "'\(key)' must be {column: NAME} or {path: REGEX}",
                hint: "the first group of the regular expression is the name: {path: \"patient-([0-9]+)\"}")
        }
    }
}
