import VxModel
import VxTable
import VxWorkspace

extension DataReview {
    /// How much of each list is shown: a page takes 65,536 characters.
    private enum Most {
        static let characters = 60_000
        static let files = 20
        static let datasets = 6
        static let columns = 12
        static let sampleColumns = 6
        static let unread = 5
    }

    /// The review as Markdown for a pull request.
    ///
    /// - Parameters:
    ///   - old: what the older commit was called.
    ///   - new: what the newer one was called.
    package func markdown(from old: String, to new: String) -> String {
        var lines = ["## Data review: \(MarkdownText.code(old)) → \(MarkdownText.code(new))", ""]
        if changes.isEmpty { return (lines + ["No data file differs."]).joined(separator: "\n") + "\n" }
        lines += [headline, ""] + files
        let notes = self.notes
        func length(_ lines: [String]) -> Int { lines.reduce(0) { $0 + $1.utf8.count + 1 } }
        var room = Most.characters - length(lines) - length(notes)
        var shown = 0
        for dataset in datasets.prefix(Most.datasets) {
            let section = Self.section(dataset)
            room -= length(section)
            if room < 0 { break }
            lines += section
            shown += 1
        }
        if datasets.count > shown {
            lines += ["and \(ShortNumber.count(datasets.count - shown)) more tables that differ", ""]
        }
        lines += notes
        while lines.last == "" { lines.removeLast() }
        return lines.joined(separator: "\n") + "\n"
    }

    private var headline: String {
        func counted(_ count: Int, _ noun: String) -> String {
            "\(ShortNumber.count(count)) \(noun)\(count == 1 ? "" : "s")"
        }
        let kinds = DataChange.Kind.allCases.compactMap { kind -> String? in
            let count = changes.count { $0.kind == kind }
            return count == 0 ? nil : "\(counted(count, "file")) \(kind.rawValue)"
        }
        var parts = [kinds.joined(separator: ", ")]
        if !datasets.isEmpty {
            parts.append(
                "rows: \(ShortNumber.count(datasets.reduce(0) { $0 + $1.rows.added })) added, "
                    + "\(ShortNumber.count(datasets.reduce(0) { $0 + $1.rows.removed })) removed")
        }
        let growth = "\(apparentGrowth < 0 ? "-" : "+")\(ByteCount.text(apparentGrowth.magnitude))"
        let cost = uncounted == 0 ? ByteCount.text(storedGrowth) : "at least \(ByteCount.text(storedGrowth))"
        parts.append("files \(growth), the store \(cost) more")
        return "**\(parts.joined(separator: " · "))**"
    }

    private var files: [String] {
        var lines = ["| | file | size | rows |", "|---|---|---:|---:|"]
        for change in changes.prefix(Most.files) {
            let moved = change.oldPath.map { MarkdownText.code($0.description) + " → " } ?? ""
            let sizes = [change.kind == .moved ? nil : change.oldSize, change.newSize].compactMap(\.self)
            let counts = rows[change.path].map { [$0.before, $0.after].compactMap(\.self) } ?? []
            lines.append(
                "| \(change.kind.rawValue) | \(moved)\(MarkdownText.code(change.path.description)) "
                    + "| \(sizes.map(ByteCount.text).joined(separator: " → ")) "
                    + "| \(counts.map(ShortNumber.count).joined(separator: " → ")) |")
        }
        lines.append("")
        if changes.count > Most.files {
            lines += ["and \(ShortNumber.count(changes.count - Most.files)) more files", ""]
        }
        return lines
    }

    // MARK: - One dataset

    private static func section(_ dataset: Dataset) -> [String] {
        var lines = ["### \(MarkdownText.code(dataset.name))", ""]
        var facts = "Rows \(ShortNumber.count(dataset.rowsBefore)) → \(ShortNumber.count(dataset.rowsAfter)): "
        facts +=
            "\(ShortNumber.count(dataset.rows.added)) added, \(ShortNumber.count(dataset.rows.removed)) removed"
        if max(dataset.filesBefore, dataset.filesAfter) > 1 {
            facts += "; files \(ShortNumber.count(dataset.filesBefore)) → \(ShortNumber.count(dataset.filesAfter))"
        }
        lines += [facts + ".", ""] + schema(dataset) + distributions(dataset) + samples(dataset.rows)
        return lines
    }

    private static func schema(_ dataset: Dataset) -> [String] {
        if dataset.filesBefore == 0 { return [] }
        if dataset.filesAfter == 0 { return [] }
        func list(_ columns: [Column], _ text: (Column) -> String) -> String? {
            if columns.isEmpty { return nil }
            let more =
                columns.count > Most.columns ? " and \(ShortNumber.count(columns.count - Most.columns)) more" : ""
            return columns.prefix(Most.columns).map(text).joined(separator: ", ") + more
        }
        func typed(_ column: Column) -> String {
            let type = (column.after ?? column.before) ?? .none
            return "\(MarkdownText.code(column.name, limit: 40)) (\(type.rawValue))"
        }
        let lines = [
            list(dataset.columns.filter { $0.before == nil }, typed).map { "- columns added: \($0)" },
            list(dataset.columns.filter { $0.after == nil }, typed).map { "- columns removed: \($0)" },
            list(dataset.columns.filter(\.isRetyped)) { column in
                "\(MarkdownText.code(column.name, limit: 40)) "
                    + "\(column.before?.rawValue ?? "") → \(column.after?.rawValue ?? "")"
            }.map { "- types changed: \($0)" },
        ].compactMap(\.self)
        return lines.isEmpty ? [] : ["**The schema has changed:**", ""] + lines + [""]
    }

    private static func distributions(_ dataset: Dataset) -> [String] {
        if dataset.columns.isEmpty { return [] }
        func weight(_ shift: ColumnShift) -> Double {
            switch shift.shift {
            case .large: 200 + (shift.index ?? 0)
            case .some: 100 + (shift.index ?? 0)
            case .none, .unknown: shift.index ?? 0
            }
        }
        let all = dataset.columns.map(\.shift)
        let shifts = all.enumerated().sorted { left, right in
            let (one, two) = (weight(left.element), weight(right.element))
            return one != two ? one > two : left.offset < right.offset
        }.map(\.element)
        var lines = ["| column | type | missing | before | after | PSI | shift |", "|---|---|---|---|---|---:|---|"]
        for shift in shifts.prefix(Most.columns) {
            let word =
                switch shift.shift {
                case .large: "**large**"
                case .unknown: shift.index == nil ? "" : "too few rows"
                case .none, .some: shift.shift.rawValue
                }
            lines.append(
                "| \(MarkdownText.code(shift.name, limit: 40)) | \(shift.type) | \(shift.missing) | \(shift.before) "
                    + "| \(shift.after) | \(shift.index.map { ShortNumber.rounded($0, digits: 3) } ?? "") | \(word) |")
        }
        lines.append("")
        if shifts.count > Most.columns {
            let shown = shifts.dropFirst(Most.columns).filter { $0.shift == .large || $0.shift == .some }.count
            lines += [
                "and \(ShortNumber.count(shifts.count - Most.columns)) more columns, "
                    + (shown == 0 ? "none of them shifted" : "\(ShortNumber.count(shown)) of them shifted"), "",
            ]
        }
        return lines
    }

    private static func samples(_ rows: RowDifference) -> [String] {
        guard !rows.addedSample.isEmpty || !rows.removedSample.isEmpty else { return [] }
        let columns = rows.columns.prefix(Most.sampleColumns)
        let rest = rows.columns.count - columns.count
        var lines = [
            "<details><summary>Sample rows</summary>", "",
            "| | \(columns.map { MarkdownText.code($0, limit: 24) }.joined(separator: " | ")) |"
                + (rest > 0 ? " \(ShortNumber.count(rest)) more columns |" : ""),
            "|---|\(String(repeating: "---|", count: columns.count + (rest > 0 ? 1 : 0)))",
        ]
        for (word, sample) in [("added", rows.addedSample), ("removed", rows.removedSample)] {
            for row in sample {
                let cells = row.prefix(columns.count).map { MarkdownText.code($0, limit: 24) }
                lines.append("| \(word) | \(cells.joined(separator: " | ")) |" + (rest > 0 ? " … |" : ""))
            }
        }
        for (word, count, shown) in [
            ("added", rows.added, rows.addedSample.count), ("removed", rows.removed, rows.removedSample.count),
        ] where count > shown && shown > 0 {
            lines += ["", "and \(ShortNumber.count(count - shown)) more rows \(word)"]
        }
        return lines + ["", "</details>", ""]
    }

    // MARK: - Notes

    private var notes: [String] {
        var lines: [String] = []
        if !unread.isEmpty {
            lines += ["**Not read:**", ""]
            lines += unread.prefix(Most.unread).map {
                "- \(MarkdownText.code($0.path.description))\($0.side.map { " (\($0))" } ?? ""): \(MarkdownText.code($0.reason, limit: 120))"
            }
            if unread.count > Most.unread {
                lines.append("- and \(ShortNumber.count(unread.count - Most.unread)) more")
            }
            lines.append("")
        }
        if uncounted > 0 {
            lines += ["The store's share is without \(ShortNumber.count(uncounted)) contents that are not here.", ""]
        }
        if let sampled = datasets.filter({ !$0.columns.isEmpty }).map(\.sampled).min() {
            lines += [
                "<sub>Numbers: mean (5 % · median · 95 %). PSI: population stability index, 0.1 some shift, 0.25 a large one, "
                    + "unless chance gives as much with so few rows. Quantiles and PSI of more than "
                    + "\(ShortNumber.count(sampled)) values are of a sample.</sub>", "",
            ]
        }
        return lines
    }
}
