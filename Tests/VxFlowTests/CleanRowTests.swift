import Testing
import VxModel
import VxStore
import VxSystem
import VxTestSupport

@testable import VxFlow
@testable import VxWorkspace

/// What `vx clean` does with rows that fail: what goes in is what stays and what is counted.
@Suite("Rows that fail") struct CleanRowTests {
    private struct Row {
        var text: String
        /// The rule it fails, by the order in which rules are asked; `nil` for one that stays.
        var fails: String?
    }

    /// Random rows of `id,age`, some of which fail; an id is asked about only where the row is right otherwise.
    private func rows(_ generator: inout SeededGenerator) -> [Row] {
        var seen: Set<Int> = []
        return (0..<Int.random(in: 0...40, using: &generator)).map { _ in
            let id = Int.random(in: 0...60, using: &generator)
            switch Int.random(in: 0...9, using: &generator) {
            case 0: return Row(text: "\(id)", fails: "it is no well-formed row")
            case 1: return Row(text: "\(id),1,2", fails: "it is no well-formed row")
            case 2: return Row(text: "\(id),x", fails: "'age' is no int")
            case 3: return Row(text: "\(id),200", fails: "'age' is above 120.0")
            case 4: return Row(text: "\(id),", fails: "'age' is missing")
            case 5: return Row(text: "\(id),\"2\"1", fails: "it is no well-formed row")
            default:
                let isNew = seen.insert(id).inserted
                return Row(text: "\(id),\"\(id)\"", fails: isNew ? nil : "'id' is there twice")
            }
        }
    }

    private static let values =
        "columns: [id, age], values: {id: {unique: true}, age: {dtype: int, le: 120, nullable: false}}"

    private func clean(_ lab: SplitLab, _ rule: String, _ files: [String: String]) async throws -> Cleaner.Result {
        try Files.replace(lab.top.appending("vx.yaml"), with: Array("clean: {checks: [\(rule)]}\n".utf8))
        try lab.write("raw", Dictionary(uniqueKeysWithValues: files.map { ("data/raw/\($0.key)", $0.value) }))
        return try await Cleaner(Workspace(at: lab.top), git: lab.git).run(recheck: true)
    }

    @Test("rows that fail are left out and counted by rule; every other byte stays", arguments: 0..<12)
    func dropped(seed: Int) async throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let lineEnd = seed.isMultiple(of: 2) ? "\n" : "\r\n"
        let tables = Dictionary(uniqueKeysWithValues: (0..<5).map { ("t\($0).csv", rows(&generator)) })
        func text(_ rows: [Row]) -> String { (["id,age"] + rows.map(\.text)).joined(separator: lineEnd) + lineEnd }
        try await SplitLab.with(rule: "{}") { lab in
            let result = try await clean(
                lab, "{format: csv, \(Self.values), on-fail: drop-rows}", tables.mapValues(text))
            let report = try #require(result.report)
            #expect(report.files == tables.count)
            #expect(report.files == report.taken + report.made.count + report.leftOut.count)
            for (name, rows) in tables {
                let failing = rows.filter { $0.fails != nil }
                let made = report.made.first { $0.from == RepoPath("data/raw/\(name)") }
                if failing.isEmpty {
                    #expect(made == nil)
                } else if failing.count == rows.count {
                    #expect(
                        report.leftOut.contains {
                            $0.path == RepoPath("data/raw/\(name)") && $0.reason.contains("no row is left")
                        })
                } else {
                    let made = try #require(made)
                    let counts = try #require(made.rows)
                    #expect(counts.total == rows.count && counts.kept == rows.count - failing.count)
                    #expect(counts.dropped.reduce(0) { $0 + $1.count } == failing.count)
                    for rule in counts.dropped {
                        let lines = rows.indices.filter { rows[$0].fails == rule.rule }.map { $0 + 2 }
                        #expect(rule.count == lines.count && rule.lines == Array(lines.prefix(RowTally.namedLines)))
                    }
                    let kept = Array(text(rows.filter { $0.fails == nil }).utf8)
                    let store = try Workspace(at: lab.top).store
                    #expect(try store.contents(of: made.id, size: UInt64(kept.count), limit: 1 << 20) == kept)
                }
            }
            // What was counted is read back from the report, and nothing is looked at twice.
            #expect(try CleanReport.decode(Array(report.jsonValue.canonical.utf8)) == report)
            let again = try await Cleaner(Workspace(at: lab.top), git: lab.git).run()
            #expect(again.checked == 0 && again.commit == nil && again.report?.made == report.made)
        }
    }

    @Test("the same rows warn, or leave the file out, where that is asked", arguments: 0..<6)
    func warnedAndLeftOut(seed: Int) async throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let rows = rows(&generator)
        let failing = rows.filter { $0.fails != nil }.count
        let text = (["id,age"] + rows.map(\.text)).joined(separator: "\n")
        try await SplitLab.with(rule: "{}") { lab in
            let warned = try await clean(lab, "{format: csv, \(Self.values), on-fail: warn}", ["t.csv": text])
            #expect(warned.report?.taken == 1 && warned.report?.made.isEmpty == true)
            #expect(warned.report?.warnings.map(\.warning.rows) == (failing == 0 ? [] : [failing]))
            let strict = try await clean(lab, "{format: csv, \(Self.values)}", ["t.csv": text])
            #expect(strict.report?.leftOut.count == (failing == 0 ? 0 : 1))
        }
    }

    @Test("a check sees only the rows that those before it have left, a command too")
    func oneAfterAnother() async throws {
        let text = "id,age\n1,1\n2,x\n2,5\n3,7\n9,9\n"
        try await SplitLab.with(rule: "{}") { lab in
            let result = try await clean(
                lab,
                "{format: csv, values: {age: {dtype: int}}, on-fail: drop-rows}, "
                    + "{format: csv, values: {id: {unique: true, le: 8}}, on-fail: drop-rows}, "
                    + "{run: \"! grep -q x {path}\"}", ["t.csv": text])
            let made = try #require(result.report?.made.first)
            #expect(made.rows?.dropped.map(\.rule) == ["'age' is no int", "'id' is above 8.0"])
            #expect(made.rows?.total == 5 && made.rows?.kept == 3)
        }
    }

    @Test("a double quote that swallows lines leaves the file out: its rows cannot be told apart")
    func swallowed() async throws {
        try await SplitLab.with(rule: "{}") { lab in
            let result = try await clean(
                lab, "{format: csv, on-fail: drop-rows}", ["t.csv": "a,b\n1,2\n\"3,4\n5,6\n7,\"8\n9,10\n"])
            #expect(result.report?.leftOut.count == 1)
        }
    }
}
