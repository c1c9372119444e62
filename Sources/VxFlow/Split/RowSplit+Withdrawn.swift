import VxConfig
import VxModel
import VxStore
import VxSystem
import VxTable
import VxWorkspace

/// Where rows were that come back.
extension RowSplit {
    /// Finds, among the rows that stand nowhere, those that the division remembers, and says where they were.
    func recall(_ assigner: inout Assigner) -> [ExampleTable.Return] {
        let found = assigner.examples.returns.filter { assigner.examples.fate($0.row) == .open }
        for item in found { assigner.recalled[item.row] = item.recalled }
        return found
    }

    /// Remembers where rows were that have left, where nothing of their key or their group is on a side any more; and forgets
    /// what is on a side again.
    ///
    /// - Parameter left: the side of each row that has left.
    func remember(
        _ left: [Int: Int], _ standing: Standing, _ oldTables: [Table], _ returns: [ExampleTable.Return],
        _ assigner: inout Assigner
    ) throws {
        for item in returns where assigner.examples.side(item.row) != nil { assigner.withdrawn.remove(item.names) }
        if left.isEmpty { return }
        var leaving: [Withdrawn.Leaving] = []
        try findLeaving(left, standing, oldTables, assigner.examples) { leaving.append($0) }
        assigner.withdrawn.add(leaving)
    }

    private func findLeaving(
        _ left: [Int: Int], _ standing: Standing, _ oldTables: [Table], _ examples: ExampleTable,
        _ body: (Withdrawn.Leaving) -> Void
    ) throws {
        var keys = Set(left.keys.map { examples.key($0) })
        var groups = Set(left.keys.compactMap { examples.group($0) })
        for row in 0..<examples.count where examples.side(row) != nil {
            keys.remove(examples.key(row))
            if let group = examples.group(row) { groups.remove(group) }
        }
        func isLast(_ row: Int) -> Bool {
            left[row] != nil && (keys.contains(examples.key(row)) || examples.group(row).map(groups.contains) == true)
        }
        let hash = ExampleNaming(split).hash
        let isRuled = split.stratify != nil || split.time != nil
        for table in oldTables where table.rows.contains(where: isLast) {
            try Self.eachName(
                table, standing.labels(ofSideFile: table.file), split, workspace.store, where: isLast
            ) { row, names in
                guard let side = left[row], let first = (names.group ?? names.key)?.exact.first else { return }
                let isByRule = !isRuled && hash.side(of: first) == side
                if keys.remove(examples.key(row)) != nil, let key = names.key {
                    body(.init(name: key, side: side, isByRule: isByRule))
                }
                if let number = examples.group(row), groups.remove(number) != nil, let group = names.group {
                    body(.init(name: group, side: side, isByRule: isByRule))
                }
            }
        }
    }

    /// Calls `body` with what rows of a table go by.
    private static func eachName(
        _ table: Table, _ labels: SplitRows.Labels, _ split: Configuration.Split, _ store: Store,
        where isMeant: (Int) -> Bool, _ body: (Int, ExampleNames) -> Void
    ) throws {
        let naming = ExampleNaming(split)
        guard let form = TableForm(name: table.file.path) else { return }
        var (key, group): (Int?, Int?)
        var count = -1
        var row = table.rows.lowerBound
        try SplitRows.stream(table.file, store) { reader, _, fields in
            defer { row += 1 }
            guard isMeant(row) else { return }
            if fields.count != count {
                count = fields.count
                func place(_ label: String?) -> Int? { label.flatMap { reader.columns.firstIndex(of: $0) } }
                key = if case .column(let name) = split.key { place(name) } else { nil }
                group = if case .column(let name)? = split.group { place(name) } else { nil }
            }
            func text(_ place: Int?) -> [UInt8]? {
                guard let place, !RowExamples.isMissing(fields[place], reader.kinds[place], form) else { return nil }
                return fields[place]
            }
            body(row, naming.names(key: text(key), group: text(group), labels))
        }
    }
}
