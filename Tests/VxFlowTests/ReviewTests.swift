import Testing
import VxGit
import VxModel
import VxStore
import VxSystem
import VxTable

import struct SystemPackage.FilePath

@testable import VxFlow
@testable import VxWorkspace

@Suite("Text on a review page") struct MarkdownTextTests {
    @Test(
        arguments: [
            ("plain_name", "`plain_name`"), ("a|b", "`a\\|b`"), ("<b>@you #1", "`<b>@you #1`"),
            ("a`b", "<code>a&#96;b</code>"), ("a\\|b", "<code>a&#92;&#124;b</code>"),
            ("`<script>`", "<code>&#96;&#60;script&#62;&#96;</code>"), ("two\nlines", "<code>two&#92;u&#123;a&#125;lines</code>"),
            ("a\u{202e}b", "<code>a&#92;u&#123;202e&#125;b</code>"), ("", ""), ("  ", ""), ("é", "`é`"),
        ])
    func code(text: String, expected: String) {
        #expect(MarkdownText.code(text) == expected)
    }

    @Test func whatIsLongLosesItsMiddle() {
        #expect(MarkdownText.code("0123456789", limit: 5) == "`01…89`")
        #expect(
            MarkdownText.code("e" + String(repeating: "\u{301}", count: 100_000), limit: 80).unicodeScalars.count < 90)
    }

    @Test(
        "four significant digits",
        arguments: [
            (0.0, "0"), (1, "1"), (-2.5, "-2.5"), (123_456, "123456"), (0.000_123_456, "0.0001235"), (1e9, "1e9"),
            (-1.234_56e-7, "-1.235e-7"), (99.996, "100"), (.infinity, "inf"),
        ])
    func numbers(number: Double, expected: String) {
        #expect(ShortNumber.text(number) == expected)
    }

    @Test func countsAndShares() {
        #expect(ShortNumber.count(1_234_567) == "1,234,567")
        #expect(ShortNumber.count(-999) == "-999")
        #expect(ShortNumber.percent(0.5) == "50 %")
        #expect(ShortNumber.percent(0.0123) == "1.2 %")
        #expect(ShortNumber.percent(0.0001) == "<0.1 %")
    }

    @Test("a page is shorter than a hosting page takes, whatever the data is called")
    func length() {
        let hostile = String(repeating: "`|\\<", count: 50)
        var review = DataReview(
            old: .init(hex: String(repeating: "1", count: 40))!, new: .init(hex: String(repeating: "2", count: 40))!)
        review.changes = (0..<1000).map { DataChange(kind: .added, path: RepoPath("\($0)\(hostile)"), newSize: 1) }
        var summary = ColumnSummary()
        for number in 0..<50 { summary.add(Array("\(hostile.prefix(150))\(number)".utf8), hash: UInt64(number)) }
        let columns = (0..<100).map { "\($0)\(hostile)" }
        var dataset = DataReview.Dataset(name: hostile)
        dataset.columns = columns.map { .init(name: $0, before: summary, after: summary) }
        dataset.rows = RowDifference(added: 9, removed: 9, columns: columns)
        dataset.rows.addedSample = .init(repeating: columns, count: 5)
        dataset.rows.removedSample = .init(repeating: columns, count: 5)
        review.datasets = .init(repeating: dataset, count: 50)
        review.unread = .init(repeating: .init(path: RepoPath(hostile), reason: hostile), count: 50)
        review.unread[0].side = "before"
        let page = review.markdown(from: hostile, to: hostile)
        #expect(page.count < 65_536)
        for line in page.split(separator: "\n") where line.hasPrefix("| ") {
            let bars = line.replacing("\\|", with: "").count { $0 == "|" }
            #expect([5, 8, 9].contains(bars), "\(line)")
        }
    }
}

@Suite("Rows compared") struct RowComparisonTests {
    private func store(_ texts: [String], _ form: TableForm = .csv) throws -> (Store, [TableContent], FilePath) {
        let folder = FilePath("/tmp").appending("vx-flow-test" + Files.temporaryName())
        try Files.createDirectories(folder)
        let store = try Store.open(folder.appending("vx"))
        let files = try texts.enumerated().map { position, text in
            let file = folder.appending("\(position).\(form.rawValue)")
            try Files.replace(file, with: Array(text.utf8))
            return file
        }
        let taken = try Intake.read(files, into: store, pool: WorkerPool(width: 2), cancellation: Cancellation())
        return (
            store,
            try taken.enumerated().map { position, file in
                TableContent(
                    path: RepoPath("\(position).\(form.rawValue)"), pointer: try #require(file.pointer), form: form)
            }, folder
        )
    }

    @Test("whatever is held at a time, the counts are the same", arguments: [1, 3, 50, 1 << 20])
    func bounded(limit: Int) throws {
        let old = "id,x\n" + (0..<300).map { "\($0 % 150),a\n" }.joined()
        // Another order of columns and rows; 100 fewer of the old, 60 new ones.
        let new =
            "x,id\n" + (0..<200).reversed().map { "a,\($0 % 150)\n" }.joined() + (0..<60).map { "b,\($0)\n" }.joined()
        let (store, tables, folder) = try store([old, new])
        defer { try? Files.removeTree(folder) }
        let found = try RowComparison(store: store, columns: ["id", "x"], limit: limit)
            .difference(from: [tables[0]], to: [tables[1]])
        #expect(found.added == 60)
        #expect(found.removed == 100)
        #expect(found.addedSample.count == 5)
        #expect(found.removedSample.count == 5)
        #expect(found.addedSample.allSatisfy { $0[1] == "b" })
    }

    @Test func equalTablesHaveNoDifference() throws {
        let (store, tables, folder) = try store(["a\n1\n2\n", "a\n2\n1\n"])
        defer { try? Files.removeTree(folder) }
        let found = try RowComparison(store: store, columns: ["a"]).difference(from: [tables[0]], to: [tables[1]])
        #expect((found.added, found.removed) == (0, 0))
    }

    @Test("integers that one double stands for are different values; a member the first row lacks is a column")
    func objects() throws {
        let old = (0..<20).map { "{\"id\": \(18_000_000_000_000_000_000 + UInt64($0))}\n" }.joined()
        let new = old.replacing("19}", with: "20}") + "{\"id\": 1, \"late\": 2}\n"
        let (store, tables, folder) = try store([old, new], .jsonl)
        defer { try? Files.removeTree(folder) }
        let found = try RowComparison(store: store, columns: ["id", "late"])
            .difference(from: [tables[0]], to: [tables[1]])
        #expect((found.added, found.removed) == (2, 1))
        #expect(found.addedSample == [["18000000000000000020", ""], ["1", "2"]])
        let summary = try TableSummary(of: tables[1], store)
        #expect(summary.columns["late"]?.rows == 21)
        #expect(summary.columns["late"]?.missing == 20)
    }

    @Test("tables belong together where more than half of their columns do")
    func groups() {
        var groups = DatasetGroups([["a", "b", "c"], ["b", "c", "a"], ["a", "b", "c", "d"], ["x"], ["y"]])
        #expect(groups.group(of: ["c", "b", "a"]) == groups.group(of: ["a", "b", "c", "d"]))
        #expect(groups.group(of: ["x"]) != groups.group(of: ["a", "b", "c"]))
        #expect(groups.group(of: ["x"]) != groups.group(of: ["y"]))
        groups.join(["x"], ["y"])
        #expect(groups.group(of: ["x"]) == groups.group(of: ["y"]))
    }
}
