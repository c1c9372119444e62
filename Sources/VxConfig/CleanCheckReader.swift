import VxModel

/// Reads what files must pass to be clean.
extension SettingReader {
    func check(_ node: YAMLNode) throws(VxError) -> CleanCheck {
        let given = try mapping(node, key: "checks", known: ConfigurationKeys.check)
        var check = CleanCheck()
        if let node = given["files"] { check.files = try filled(node, key: "files") }
        if let node = given["not-empty"] { check.notEmpty = try bool(node, key: "not-empty") }
        if let node = given["min-size"] { check.minSize = try size(node, key: "min-size") }
        if let node = given["max-size"] { check.maxSize = try size(node, key: "max-size") }
        if let node = given["unique"] { check.unique = try bool(node, key: "unique") }
        if let node = given["format"] { check.format = try choice(node, key: "format", CleanCheck.Format.self) }
        if let node = given["columns"] { check.columns = try texts(node, key: "columns") }
        if let node = given["run"] { check.run = try command(node, key: "run", needing: ["{path}"]) }
        if let node = given["timeout"] { check.timeout = try positive(node, key: "timeout") }
        if let node = given["values"] { check.values = try columns(node) }
        if let node = given["trailing-bytes"] {
            check.trailing = try choice(node, key: "trailing-bytes", CleanCheck.Trailing.self)
            guard let format = check.format, [.png, .jpeg, .image].contains(format) else {
                throw error(
                    node, "'trailing-bytes' needs 'format' to be png, jpeg or image",
                    hint: "say what the files are: 'format: jpeg'")
            }
        }
        let aside: Set = ["files", "timeout", "on-fail"]
        guard given.keys.contains(where: { !aside.contains($0) }) else {
            throw error(
                node, "this check asks nothing of the files",
                hint: "say what they must be, as 'not-empty: true' or 'format: csv', or remove it")
        }
        let isTable = ([.csv, .tsv, .jsonl] as [CleanCheck.Format?]).contains(check.format)
        if check.columns != nil || !check.values.isEmpty, !isTable {
            throw error(
                node, "'columns' and 'values' need 'format' to be csv, tsv or jsonl",
                hint: "say how the table is written: 'format: csv'")
        }
        if let node = given["json-schema"] {
            check.jsonSchema = try path(node, key: "json-schema")
            guard check.format == .json || check.format == .jsonl else {
                throw error(
                    node, "'json-schema' needs 'format' to be json or jsonl",
                    hint: "say how the file is written: 'format: jsonl'; for a table of csv there is 'values'")
            }
        }
        if let node = given["on-fail"] {
            check.onFail = try choice(node, key: "on-fail", CleanCheck.OnFail.self)
            if check.onFail == .dropRows, !isTable {
                throw error(
                    node, "'on-fail: drop-rows' needs 'format' to be csv, tsv or jsonl",
                    hint: "only a table has rows: say 'format: csv', or 'on-fail: drop-file' or 'warn'")
            }
            if check.unique, check.onFail != .dropFile {
                throw error(
                    node, "'unique' of a file does not go with 'on-fail: \(check.onFail.rawValue)'",
                    hint: "put 'unique: true' into a check of its own; 'values: {id: {unique: true}}' is about rows")
            }
        }
        return check
    }

    private func columns(_ node: YAMLNode) throws(VxError) -> [CleanCheck.Column] {
        guard case .mapping(let entries) = node.content else {
            throw error(
                node, "'values' must be a mapping of column names, found \(node.kind)", hint: "write 'age: {ge: 0}'")
        }
        var columns: [CleanCheck.Column] = []
        for entry in entries {
            guard entry.key != "<<" || entry.keyStyle != .plain else {
                throw YAMLNode.error(
                    name, entry.position, "'<<' does not merge mappings in vx.yaml", hint: "write the columns out")
            }
            let given = try mapping(entry.value, key: entry.key, known: ConfigurationKeys.column)
            var column = CleanCheck.Column(name: entry.key)
            if let node = given["dtype"] { column.types = try types(node) }
            if let node = given["ge"] { column.ge = try number(node, key: "ge") }
            if let node = given["le"] { column.le = try number(node, key: "le") }
            if let node = given["isin"] { column.isin = try scalars(node, key: "isin") }
            if let node = given["str_matches"] { column.matches = try pattern(node, key: "str_matches") }
            if let node = given["nullable"], try !bool(node, key: "nullable") { column.nullShare = 0 }
            if let node = given["null-share"] {
                let share = try number(node, key: "null-share")
                guard (0...1).contains(share) else {
                    throw error(node, "'null-share' must be between 0 and 1, found \(share)")
                }
                column.nullShare = share
            }
            if let node = given["unique"] { column.unique = try bool(node, key: "unique") }
            columns.append(column)
        }
        return columns
    }

    /// One type of a column, or a list of those it may be of.
    private func types(_ node: YAMLNode) throws(VxError) -> [CleanCheck.ColumnType] {
        var elements = [node]
        if case .sequence = node.content { elements = try nonEmpty(node, key: "dtype", try list(node, key: "dtype")) }
        var types: [CleanCheck.ColumnType] = []
        let spellings = CleanCheck.ColumnType.spellings
        for element in elements {
            let word = try scalar(element, key: "dtype")
            guard let type = spellings.first(where: { $0.word == word })?.type else {
                let words = CleanCheck.ColumnType.allCases.map(\.rawValue)
                let near = Suggestion.nearest(to: word, among: spellings.map(\.word)).map { "did you mean '\($0)'? " }
                throw error(
                    element, "'dtype' must be one of \(words.joined(separator: ", ")), found '\(word)'",
                    hint: (near ?? "") + "pandas' other names for these are read too, and a list of several")
            }
            types.append(type)
        }
        return types
    }
}
