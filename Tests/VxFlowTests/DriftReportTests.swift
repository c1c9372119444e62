import Testing
import VxDrift
import VxModel
import VxTable

@testable import VxFlow

@Suite("A report of drift") struct DriftReportTests {
    private func summary(_ values: some Sequence<String>) -> ColumnSummary {
        var summary = ColumnSummary()
        for (position, value) in values.enumerated() { summary.add(Array(value.utf8), hash: UInt64(position)) }
        return summary
    }

    private func report(_ columns: [(name: String, reference: ColumnSummary?, batch: ColumnSummary?)]) -> DriftReport {
        let limits = DriftLimits()
        var drifts = [DatasetDrift(referenceRows: 100, batchRows: 100, columns: columns, limits: limits)]
        DatasetDrift.judge(&drifts, limits)
        var report = DriftReport(batch: "HEAD", limits: limits)
        report.datasets = [
            .init(reference: "m-v1", referenceFiles: ["data/a.csv"], batchFiles: ["b.csv"], drift: drifts[0])
        ]
        return report
    }

    @Test("a page is shorter than a hosting page takes, whatever the data is called")
    func length() {
        let hostile = String(repeating: "`|\\<", count: 40)
        let old = summary((0..<100).map { "\(hostile)\($0 % 5)" })
        let new = summary((0..<100).map { "new \(hostile)\($0 % 5)" })
        var report = report((0..<100).map { ("\($0)\(hostile)", old, new) })
        report.datasets = .init(repeating: report.datasets[0], count: 50)
        report.unmatched = .init(repeating: RepoPath(hostile), count: 50)
        #expect(report.datasets[0].drift.columns[0].newValues.count == 5)
        let page = report.rendered(.markdown)
        #expect(page.utf8.count < 65_536)
        for line in page.split(separator: "\n") where line.hasPrefix("| ") {
            #expect(line.replacing("\\|", with: "").count { $0 == "|" } == 9, "\(line)")
        }
    }

    @Test("text of the data cannot make another line or command of a workflow")
    func commands() {
        let old = summary((0..<100).map { "k\($0 % 2)" })
        let report = report([("a,b:\n::error::x\u{1b}", old, summary((0..<100).map { _ in "100 %\n::notice::y" }))])
        let lines = report.rendered(.github).split(separator: "\n")
        #expect(lines.count == 1)
        #expect(lines[0].hasPrefix("::error file=b.csv,title=drift::a,b:\\u{a}::error::x\\u{1b}: psi "))
        #expect(lines[0].contains("'100 %25\\u{a}::notice::y'"))
        #expect(report.rendered(.text).split(separator: "\n").count == 2)
    }

    @Test("what was not compared says why")
    func unread() {
        let days = summary((0..<100).map { "2024-01-\(10 + $0 % 20)" })
        let texts = summary((0..<2000).map { "text \($0)" })
        let page = report([("day", days, days), ("text", texts, texts), ("gone", days, nil)]).rendered(.markdown)
        #expect(page.contains("| `day` | not compared: dates | 0 % |"))
        #expect(page.contains("| `text` | not compared: too many different values | 0 % |"))
        #expect(page.contains("| `gone` | **the batch has none** |  |"))
    }

    @Test("too few rows on every dataset is no verdict, and one that drifted is drift")
    func verdict() {
        let limits = DriftLimits()
        let few = DatasetDrift(referenceRows: 100, batchRows: 3, columns: [], limits: limits)
        let old = summary((0..<100).map { "k\($0 % 2)" })
        var report = report([("kind", old, nil)])
        #expect(report.verdict == .drift)
        report.datasets.append(
            .init(reference: "m-v1", referenceFiles: ["data/a.csv"], batchFiles: ["c.csv"], drift: few))
        #expect(report.verdict == .drift)
        report.datasets.removeFirst()
        #expect(report.verdict == .tooFew)
        #expect(!report.hasDrifted)
        report.datasets = []
        #expect(report.verdict == .none)
    }
}
