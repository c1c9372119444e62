import Testing
import VxConfig
import VxGit
import VxModel
import VxSystem
import VxTable

@testable import VxFlow
@testable import VxWorkspace

@Suite("Sources that grow at their end") struct GrownSourcesTests {
    /// How a table is, and what it grows by.
    struct Growth: Sendable, CustomTestStringConvertible {
        var name: String
        var file = "t.csv"
        var before: String
        var after: String
        /// Whether what it began with is passed over.
        var isKnown = true

        var testDescription: String { name }
    }

    private static func rows(_ numbers: Range<Int>, end: String = "\n") -> String {
        numbers.map { "k\($0),p\($0 / 3),c\($0 % 4),2024-01-\(10 + $0 % 19),says \($0 % 37)\(end)" }.joined()
    }
    private static let header = "id,patient,label,day,text\n"

    static let growths: [Growth] = {
        let before = header + rows(0..<90)
        let quoted = header + rows(0..<40) + "q,p1,c1,2024-01-11,\"two\nlines\"\n" + rows(41..<60)
        return [
            Growth(name: "rows more", before: before, after: before + rows(90..<97)),
            Growth(name: "rows again", before: before, after: before + rows(5..<9) + rows(90..<93)),
            Growth(
                name: "TSV", file: "t.tsv", before: before.replacing(",", with: "\t"),
                after: (before + rows(90..<95)).replacing(",", with: "\t")),
            Growth(name: "CRLF", before: header + rows(0..<90, end: "\r\n"), after: header + rows(0..<95, end: "\r\n")),
            Growth(name: "a mark of order", before: "\u{feff}" + before, after: "\u{feff}" + before + rows(90..<97)),
            Growth(
                name: "rows of several lines", before: quoted,
                after: quoted + "r,p2,c1,2024-01-12,\"more\nlines\"\n" + rows(70..<75)),
            Growth(name: "empty lines", before: before + "\n\n", after: before + "\n\n" + rows(90..<97) + "\n"),
            Growth(name: "no more than empty lines", before: before, after: before + "\n\n"),
            Growth(
                name: "no end of line", before: String(before.dropLast()), after: before + rows(90..<93), isKnown: false
            ),
            Growth(
                name: "a row that goes on", before: before, after: String(before.dropLast()) + "0\n" + rows(90..<93),
                isKnown: false),
            Growth(
                name: "a row corrected", before: before,
                after: before.replacing("says 7", with: "said 7") + rows(90..<93), isKnown: false),
            Growth(
                name: "a column more", before: before, after: (before + rows(90..<93)).replacing("\n", with: ",x\n"),
                isKnown: false),
            Growth(
                name: "JSONL", file: "t.jsonl",
                before: "{\"id\": \"a\", \"patient\": \"p\", \"label\": \"c\", \"day\": \"2024-01-01\"}\n",
                after:
                    "{\"id\": \"a\", \"patient\": \"p\", \"label\": \"c\", \"day\": \"2024-01-01\"}\n{\"id\": \"b\", \"patient\": \"p\", \"label\": \"c\", \"day\": \"2024-01-01\"}\n",
                isKnown: false),
        ]
    }()

    /// The sources that are known to begin as they were.
    private func known(_ lab: SplitLab) throws -> [String: Int] {
        let workspace = try Workspace(at: lab.top)
        let rows = RowSplit(try Splitter(workspace, git: lab.git))
        let repository = workspace.repository
        func files(_ branch: String, _ folder: RepoPath) throws -> [DataFile] {
            let commit = try #require(try repository.reference("refs/heads/\(branch)"))
            return try workspace.roadFiles(commit, inside: [folder], dataFolders: ["data"])
        }
        let previous = try SplitManifest.previous(in: lab.tree(), repository)
        let old = try files("split", "data/split")
        let standing = try Standing(rows, files("clean", "data/clean"), old, previous, all: false)
        var tables: [RowSplit.Table] = []
        try SplitRows(workspace: workspace, split: rows.split, withdrawn: Withdrawn([:], rows.split), cache: rows.cache)
            .read(old, old.map { standing.labels(ofSideFile: $0) }, areSides: true) { place, table in
                if place == tables.count { tables.append((old[place], 0..<0)) }
                tables[place].rows = 0..<(tables[place].rows.count + table.count)
            }
        return try GrownSources(rows, standing, tables, previous).beginnings
            .reduce(into: [:]) { $0[$1.key.description] = $1.value.rows }
    }

    /// Has the manifest name a commit that has no tables: then all is read.
    private func forget(_ lab: SplitLab) throws {
        let repository = try Workspace(at: lab.top).repository
        let tip = try #require(try lab.tip())
        let tree = try repository.tree(ofCommit: tip)
        let entry = try #require(try repository.entry(at: FlowFiles.split, inTree: tree))
        let text = String(decoding: try #require(try repository.blob(entry.id, limit: 1 << 20)), as: UTF8.self)
        let commit = try #require(try SplitManifest.previous(in: tree, repository)?.commit)
        let main = try #require(try repository.reference("refs/heads/main"))
        let blob = try repository.writeBlobs([Array(text.replacing(commit.hex, with: main.hex).utf8)])[0]
        let other = try lab.commit(try repository.updateTree(tree, [.put(FlowFiles.split, .regular, blob)]), on: [tip])
        try repository.moveReference("refs/heads/split", to: other, expecting: tip, reason: "test")
    }

    @Test("the division is the same as when all is read", arguments: growths)
    func isNoPartOfTheResult(growth: Growth) async throws {
        for rule in [
            "{by: row}", "{by: row, key: {column: id}, group: {column: patient}}",
            "{by: row, time: day, group: {column: patient}}",
            "{by: row, key: {column: id}, stratify: {column: label}, near-word-order: ignore}",
        ] {
            try await SplitLab.with(rule: rule) { lab in
                let other = ["o.csv": Self.header + Self.rows(200..<230)]
                try lab.clean(other.merging([growth.file: growth.before]) { $1 })
                _ = try await lab.split()
                let before = try #require(try lab.tip())
                try lab.clean(other.merging([growth.file: growth.after]) { $1 })
                let rows = growth.name.hasPrefix("rows of") ? 60 : 90
                #expect(try known(lab) == (growth.isKnown ? ["data/clean/\(growth.file)": rows] : [:]), "\(rule)")
                _ = try await lab.split()
                let quick = try lab.tree()
                try await lab.reset(to: before)
                try forget(lab)
                #expect(try known(lab).isEmpty)
                _ = try await lab.split(workers: 1)
                #expect(try lab.tree() == quick, "\(rule)")
                #expect(try known(lab).isEmpty)
            }
        }
    }

    @Test(
        "what was corrected or taken out before is looked at again", arguments: ["key: {column: id}", "key: content"])
    func remaining(key: String) async throws {
        try await SplitLab.with(rule: "{by: row, \(key)}") { lab in
            for (text, isKnown) in [
                (Self.header + Self.rows(0..<60), false), (Self.header + Self.rows(1..<60), false),
                (Self.header + Self.rows(1..<70), key != "key: content"),
                (Self.header + Self.rows(1..<80), key != "key: content"),
            ] {
                try lab.clean(["t.csv": text])
                if try lab.tip() != nil { #expect(try known(lab).isEmpty != isKnown) }
                let result = try await lab.split()
                #expect(result.manifest?.counts.given == text.split(separator: "\n").count - 1)
            }
            #expect(Set(try lab.sideOfFirst().keys) == Set((key == "key: content" ? 0..<80 : 1..<80).map { "k\($0)" }))
        }
    }
}
