import VxModel

/// The list of runs that `vx runs` prints, newest first.
package struct RunTable: Sendable {
    /// The records in the order shown.
    package let records: [RunRecord]

    /// A table of records; they may come in any order.
    package init(_ records: [RunRecord]) {
        self.records = records.sorted {
            $0.created == $1.created ? $0.name.text < $1.name.text : $0.created > $1.created
        }
    }

    /// Every record in full, as a JSON list.
    package var jsonValue: JSONValue {
        .array(records.map(\.jsonValue))
    }

    /// The table as aligned text, each line with its end. Metrics that do not fit the width are left out, and a last
    /// line says how many; name, branch, time, data and model are always there. No records give an empty text.
    package func text(width: Int) -> String {
        guard !records.isEmpty else { return "" }
        let front = [
            Column(title: "NAME", cells: records.map { VisibleText.line($0.name.text) }),
            Column(title: "BRANCH", cells: records.map { VisibleText.line($0.branch) }),
            Column(title: "CREATED", cells: records.map(\.created.short)),
        ]
        let back = [
            Column(title: "DATA", cells: records.map { "\($0.data.files)" }, isNumeric: true),
            Column(title: "MODEL", cells: records.map { ByteCount.text($0.modelBytes) }, isNumeric: true),
        ]
        var room = width - Self.totalWidth(front + back)
        var shown: [Column] = []
        let metrics = metricColumns
        for column in metrics {
            // The first that does not fit ends the row: what is left out is then always the tail of the order.
            guard column.width + Self.gap <= room else { break }
            room -= column.width + Self.gap
            shown.append(column)
        }
        let hidden = metrics.count - shown.count
        let note = hidden == 0 ? "" : "(\(hidden) more \(hidden == 1 ? "metric" : "metrics"); --json shows all)\n"
        return Self.render(front + shown + back) + note
    }

    /// A column for each metric: those most runs have come first, so that a narrow table shows what compares best.
    private var metricColumns: [Column] {
        let rows = records.map { record in
            Dictionary(
                FlatValues.flatten(record.metrics).map { ($0.name, NumberText.short($0.value)) },
                uniquingKeysWith: { first, _ in first })
        }
        var uses: [String: Int] = [:]
        for row in rows {
            for name in row.keys { uses[name, default: 0] += 1 }
        }
        let names = uses.sorted {
            $0.value == $1.value ? $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) : $0.value > $1.value
        }
        return names.map { name, _ in
            Column(title: VisibleText.line(name), cells: rows.map { $0[name] ?? "-" }, isNumeric: true)
        }
    }

    private static let gap = 2

    private struct Column {
        let title: String
        let cells: [String]
        let width: Int
        let isNumeric: Bool

        init(title: String, cells: [String], isNumeric: Bool = false) {
            self.title = title
            self.cells = cells
            self.isNumeric = isNumeric
            width = ([title] + cells).map(NumberText.columns).max() ?? 0
        }

        func padded(_ text: String) -> String {
            let space = String(repeating: " ", count: width - NumberText.columns(text))
            return isNumeric ? space + text : text + space
        }
    }

    private static func totalWidth(_ columns: [Column]) -> Int {
        columns.reduce(0) { $0 + $1.width } + gap * max(0, columns.count - 1)
    }

    private static func render(_ columns: [Column]) -> String {
        let separator = String(repeating: " ", count: gap)
        let rowCount = columns.first?.cells.count ?? 0
        var lines = [columns.map { $0.padded($0.title) }.joined(separator: separator)]
        for row in 0..<rowCount {
            lines.append(columns.map { $0.padded($0.cells[row]) }.joined(separator: separator))
        }
        return lines.map { $0 + "\n" }.joined()
    }
}
