import VxConfig
import VxModel
import VxTable

/// Makes an example of each row of a table.
struct RowExamples: Sendable {
    private let path: RepoPath
    private let labels: SplitRows.Labels
    private let split: Configuration.Split
    private let hash: SideHash
    /// Whether something is to be decided over the rows; else they are on a side already.
    private let areNew: Bool
    private let spelling: NameSpelling
    private let near: NearText?
    private let naming: ExampleNaming
    private let withdrawn: Withdrawn
    private var columns = Columns()
    private var table = ExampleTable()
    /// Times that were read already: many rows have the same.
    private var times: [String: TimePoint] = [:]
    private static let mostTimes = 1000

    /// - Parameters:
    ///   - withdrawn: what the division before remembers.
    ///   - areSides: whether they are parts of tables that were divided before.
    init(
        _ path: RepoPath, _ labels: SplitRows.Labels, _ split: Configuration.Split, _ withdrawn: Withdrawn,
        areSides: Bool
    ) {
        self.path = path
        self.labels = labels
        self.split = split
        hash = SideHash(seed: split.seed, shares: split.ratios)
        areNew = !areSides
        spelling = NameSpelling(split.normalise)
        near = split.nearDuplicates == false ? nil : NearText(keepsOrder: split.nearWordOrder == .keep)
        naming = ExampleNaming(split)
        self.withdrawn = withdrawn
    }

    /// Takes the next row.
    ///
    /// - Throws: where a column that is asked for is not there, or a time is none.
    mutating func take(
        _ fields: [[UInt8]], _ kinds: [FieldKind], _ names: [String], _ form: TableForm, line: Int
    ) throws(VxError) {
        if columns.count != fields.count {
            columns = Columns(names, split)
            // What stands may be from before there was the column: its rows have no key then.
            if form != .jsonl, areNew { try columns.requireAll(names, path) }
        }
        let digest = columns.identity.digest(fields, kinds)
        let content = UInt128Key(digest)
        /// A name as it is written; `nil` where there is none.
        func written(_ position: Int?) -> [UInt8]? {
            guard let position, !Self.isMissing(fields[position], kinds[position], form) else { return nil }
            return fields[position]
        }
        func value(_ position: Int?) -> String? { position.map { String(decoding: fields[$0], as: UTF8.self) } }
        let (writtenGroup, writtenKey) = (written(columns.group), written(columns.key))
        let group = writtenGroup.map { Self.text(spelling.spelled($0)) } ?? labels.group.map { Array($0.utf8) }
        let key = writtenKey.map(spelling.spelled)
        let number = key.map(KeyNumber.of) ?? 0
        let nearness =
            near.map { (columns.identity.near(fields, $0, without: columns.key, and: columns.group) ?? content).mixed }
            ?? 0
        var moment: TimePoint?
        if let column = split.time { moment = try time(column, value(columns.time) ?? "", line) }
        let place = areNew && group == nil ? key.map { hash.value($0) } ?? hash.value(digest) : 0
        table.append(
            .init(content: content, near: nearness, key: number, value: place, line: line),
            group: group, stratum: value(columns.stratum) ?? labels.stratum, time: moment,
            key: group == nil || !areNew ? nil : key,
            spelling: key.map { KeyNumber.of(NameSpelling.loosest.spelled($0)) } ?? 0)
        guard areNew, !withdrawn.isEmpty else { return }
        let names = naming.names(key: writtenKey, group: writtenGroup, labels, value: place)
        if let recalled = withdrawn.recall(names) { table.note(names, recalled) }
    }

    /// Those of the last row that was taken.
    var columnNames: [String] { columns.names }

    /// The examples of all rows that were taken.
    ///
    /// - Throws: where no row had a column that is asked for.
    func finish() throws(VxError) -> ExampleTable {
        if areNew, table.count > 0 { try columns.requireAll(columns.names, path) }
        return table
    }

    /// Bytes as a text has them: what is none in them is the character that stands for that.
    private static func text(_ bytes: [UInt8]) -> [UInt8] {
        bytes.allSatisfy { $0 < 0x80 } ? bytes : Array(String(decoding: bytes, as: UTF8.self).utf8)
    }

    /// Whether a field names nothing, with blanks around it or not. JSON has a word for that; in CSV there are several.
    static func isMissing(_ field: [UInt8], _ kind: FieldKind, _ form: TableForm) -> Bool {
        switch kind {
        case .absent, .null: return true
        case .json: return field.elementsEqual("NaN".utf8)  // as Python writes a number that is missing
        case .text:
            let word = NameSpelling.trimmed(field)
            return word.isEmpty || form != .jsonl && MissingValue.isMissing(word)
        }
    }

    private mutating func time(
        _ column: String, _ text: String, _ line: Int
    ) throws(VxError) -> TimePoint {
        if let known = times[text] { return known }
        if let time = TimePoint(String(text.trimmingPrefix { $0 == " " })) {
            if times.count < Self.mostTimes { times[text] = time }
            return time
        }
        throw VxError(
            .usage, "\(path): line \(line): '\(column)' is no time: '\(text)'",
            because: "a time is a number, or a date as ISO 8601 writes it: 2024-03-01, 2024-03-01T12:00:00Z",
            hint: "let 'vx clean' make it one, or leave such files out: 'values: {\(column): {dtype: date}}'")
    }

    /// Where the columns a division asks for are.
    private struct Columns {
        var names: [String] = []
        var identity = RowIdentity()
        var key: Int?
        var group: Int?
        var stratum: Int?
        var time: Int?
        /// Columns that are asked for and not there.
        private var absent: [String] = []

        var count: Int { names.count }

        init() {}

        init(_ names: [String], _ split: Configuration.Split) {
            self.names = names
            identity = RowIdentity(names)
            if case .column(let name) = split.key { key = find(name) }
            if case .column(let name)? = split.group { group = find(name) }
            if case .column(let name)? = split.stratify { stratum = find(name) }
            if let name = split.time { time = find(name) }
        }

        private mutating func find(_ name: String) -> Int? {
            let position = names.firstIndex(of: name)
            if position == nil { absent.append(name) }
            return position
        }

        func requireAll(_ names: [String], _ path: RepoPath) throws(VxError) {
            guard let name = absent.first else { return }
            let near = Suggestion.nearest(to: name, among: names)
            throw VxError(
                .usage, "\(path) has no column '\(name)'", because: "its columns are \(names.joined(separator: ", "))",
                hint: near.map { "did you mean '\($0)'? Say so in 'split:' of vx.yaml" }
                    ?? "name one of them in 'split:' of vx.yaml")
        }
    }
}
