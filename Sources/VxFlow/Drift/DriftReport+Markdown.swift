import VxDrift
import VxModel
import VxTable

extension DriftReport {
    /// How much is shown: a page takes 65,536 characters.
    private enum Most {
        static let characters = 60_000
        static let columns = 20
        static let unmatched = 10
    }

    /// The report as Markdown.
    var markdown: String {
        var lines = ["## Drift: \(MarkdownText.code(batch))", "", "**\(headline)**", ""]
        let notes = self.notes
        func length(_ lines: [String]) -> Int { lines.reduce(0) { $0 + $1.utf8.count + 1 } }
        var room = Most.characters - length(lines) - length(notes)
        var shown = 0
        // Those that have drifted first, so that they are not the ones left out.
        let ordered = datasets.filter { $0.drift.verdict == .drift } + datasets.filter { $0.drift.verdict != .drift }
        for section in ordered.lazy.map(Self.section) {
            room -= length(section)
            if room < 0 { break }
            lines += section
            shown += 1
        }
        if datasets.count > shown { lines += ["and \(datasets.count - shown) more datasets", ""] }
        return (lines + notes).joined(separator: "\n")
    }

    private var notes: [String] {
        var lines: [String] = []
        if !unmatched.isEmpty {
            lines += ["Not compared, as no table of the reference has such columns:", ""]
            lines += unmatched.prefix(Most.unmatched).map { "- \(MarkdownText.code($0.description))" }
            if unmatched.count > Most.unmatched { lines.append("- and \(unmatched.count - Most.unmatched) more") }
            lines.append("")
        }
        if datasets.contains(where: { !$0.drift.columns.isEmpty }) { lines += [footnote, ""] }
        return lines
    }

    private var headline: String {
        // The summary may name the range, in which anything may stand.
        datasets.isEmpty ? "there is no table to compare" : summary
    }

    private var footnote: String {
        let limits = DriftMeasure.allCases.map { "\($0.rawValue) \(ShortNumber.text(self.limits[$0]))" }
        return """
            <sub>Bold: at least the limit (\(limits.joined(separator: ", "))), and less likely than \
            \(ShortNumber.text(self.limits.level)) by chance with so many rows and columns. Wasserstein in standard \
            deviations of the reference.</sub>
            """
    }

    private static func section(_ dataset: Dataset) -> [String] {
        func files(_ paths: [RepoPath]) -> String {
            guard let first = paths.first else { return "nothing" }
            return MarkdownText.code(first.description) + (paths.count > 1 ? " and \(paths.count - 1) more" : "")
        }
        let drift = dataset.drift
        var lines = [
            "### \(files(dataset.batchFiles))", "",
            """
            \(ShortNumber.rows(drift.batchRows)) beside \(ShortNumber.count(drift.referenceRows)) of \
            \(files(dataset.referenceFiles)) in \(MarkdownText.code(dataset.reference)): \(dataset.verdictText).
            """, "",
        ]
        if drift.columns.isEmpty { return lines }
        lines += [
            "| column | drift | missing | mean | psi | ks | wasserstein | new values |",
            "|---|---|---|---|---:|---:|---:|---|",
        ]
        let ordered = drift.columns.filter(\.drifts) + drift.columns.filter { !$0.drifts }
        lines += ordered.prefix(Most.columns).map(row)
        lines.append("")
        if ordered.count > Most.columns { lines += ["and \(ordered.count - Most.columns) more columns", ""] }
        return lines
    }

    private static func row(_ column: ColumnDrift) -> String {
        func bold(_ text: String, _ measure: DriftMeasure) -> String {
            column[measure]?.counts == true ? "**\(text)**" : text
        }
        func number(_ measure: DriftMeasure) -> String {
            column[measure].map { bold(ShortNumber.rounded($0.size, digits: 3), measure) } ?? ""
        }
        func pair(_ texts: [String]) -> String { Set(texts).count == 1 ? texts[0] : texts.joined(separator: " → ") }
        let isOnBoth = column.change != .missing && column.change != .extra
        let missing = isOnBoth ? pair([column.referenceMissing, column.batchMissing].map(ShortNumber.percent)) : ""
        let means = [column.referenceMean, column.batchMean].compactMap(\.self).map(ShortNumber.text)
        let new = column.newValues.map { MarkdownText.code($0, limit: 24) }.joined(separator: ", ")
        let cells = [
            MarkdownText.code(column.name), verdict(column), bold(missing, .missing), means.isEmpty ? "" : pair(means),
            number(.psi), number(.ks), number(.wasserstein), new.isEmpty ? "" : bold(new, .new),
        ]
        return "| \(cells.joined(separator: " | ")) |"
    }

    private static func verdict(_ column: ColumnDrift) -> String {
        switch column.change {
        case .missing: return "**the batch has none**"
        case .extra: return "**the reference has none**"
        case .retyped: return "**\(column.referenceType?.rawValue ?? "") → \(column.batchType?.rawValue ?? "")**"
        case nil: break
        }
        if column.drifts { return "**drift**" }
        return column.unread.map { "not compared: \($0.words)" } ?? "none"
    }
}

extension ColumnDrift.Unread {
    /// The reason in words.
    var words: String {
        switch self {
        case .dates: "dates"
        case .tooManyValues: "too many different values"
        case .tooFewValues: "too few values"
        }
    }
}
