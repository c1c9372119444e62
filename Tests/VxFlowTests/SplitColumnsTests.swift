import Testing
import VxConfig
import VxModel

@testable import VxFlow
@testable import VxWorkspace

@Suite("Rows whose columns have changed stand beside their old versions, and on no other side")
struct SplitColumnsTests {
    /// The sides of each row, by the number that `x` ends with.
    private func sides(_ lab: SplitLab) throws -> [Int: Set<String>] {
        var found: [Int: Set<String>] = [:]
        for (side, files) in try lab.sides() {
            for line in files.values.flatMap({ $0.split(separator: "\n") }) {
                guard let word = line.firstMatch(of: /w([0-9]+)w/), let number = Int(word.1) else { continue }
                found[number, default: []].insert(side)
            }
        }
        return found
    }

    /// What is done to the columns of a table.
    enum Change: CaseIterable { case gained, lost, renamed, gainedAndLost, mostRenamed }

    private func table(_ change: Change?, hasKeys: Bool = false) -> String {
        let columns: [String] =
            switch change {
            case nil: ["id", "x", "y", "z"]
            case .gained: ["id", "x", "y", "z", "more"]
            case .lost: ["id", "x", "y"]
            case .renamed: ["id", "x", "label", "z"]
            case .gainedAndLost: ["id", "x", "more", "z", "other"]
            case .mostRenamed: ["id", "x", "b", "c"]
            }
        let rows = (0..<120).map { number in
            columns.map {
                switch $0 {
                case "id": hasKeys && number % 2 == 0 ? "k\(number)" : ""
                case "x": "w\(number)w"
                case "y", "label", "b": "\(number % 3)"
                default: "\(number % 5)"
                }
            }.joined(separator: ",")
        }
        return ([columns.joined(separator: ",")] + rows).joined(separator: "\n") + "\n"
    }

    @Test(
        "in CSV, under the old name and under another, with a key that half of the rows have and without one",
        arguments: Change.allCases, ["a.csv", "b.csv"])
    func csv(change: Change, name: String) async throws {
        for hasKeys in [false, true] {
            let rule = "{by: row, near-duplicates: false\(hasKeys ? ", key: {column: id}" : "")}"
            try await SplitLab.with(rule: rule) { lab in
                try lab.clean(["a.csv": table(nil, hasKeys: hasKeys)])
                _ = try await lab.split()
                let before = try sides(lab)
                try lab.clean([name: table(change, hasKeys: hasKeys)])
                _ = try await lab.split()
                #expect(try sides(lab) == before)
            }
        }
    }

    @Test("a table that has but a label in common with others is no version of them")
    func unrelated() async throws {
        try await SplitLab.with(rule: "{by: row, near-duplicates: false}") { lab in
            let old = (["text,label"] + (0..<90).map { "t\($0),\($0 == 7 ? "rare" : "\($0 % 3)")" }).joined(
                separator: "\n")
            try lab.clean(["a.csv": old + "\n"])
            _ = try await lab.split()
            let new = (["image,label"] + (0..<200).map { "w\($0)w,rare" }).joined(separator: "\n")
            try lab.clean(["a.csv": old + "\n", "b.csv": new + "\n"])
            let manifest = try #require(try await lab.split().manifest)
            #expect(!manifest.warnings.contains { $0.contains("b.csv") }, "\(manifest.warnings)")
            #expect(Set(try sides(lab).values.flatMap { $0 }).count > 1)
        }
    }

    @Test(
        "many rows do not follow few that have some of their columns, under another name and in the place of those",
        arguments: ["classes.csv", "data.csv"])
    func lookup(name: String) async throws {
        try await SplitLab.with(rule: "{by: row, near-duplicates: false}") { lab in
            let old = "name\n" + ["cat", "dog", "fish", "bird", "frog"].map { "\($0)\n" }.joined()
            try lab.clean(["classes.csv": old])
            _ = try await lab.split()
            let rows = (0..<300).map { "\($0),w\($0)w,\(["cat", "dog", "fish"][$0 % 3])" }
            let new = (["id,x,name"] + rows).joined(separator: "\n") + "\n"
            try lab.clean(["classes.csv": old].merging([name: new]) { $1 })
            _ = try await lab.split()
            let sizes = try sides(lab).values.reduce(into: [Set<String>: Int]()) { $0[$1, default: 0] += 1 }
            #expect(
                sizes.count == 3 && sizes[["train"], default: 0] > 200 && sizes[["train"], default: 0] < 270, "\(sizes)"
            )
        }
    }

    @Test("a row that is there twice now follows its old version, as others of its table tell themselves apart")
    func repeated() async throws {
        try await SplitLab.with(rule: "{by: row, near-duplicates: false}") { lab in
            try lab.clean(["a.csv": (["id,x"] + (0..<120).map { "\($0),w\($0)w" }).joined(separator: "\n") + "\n"])
            _ = try await lab.split()
            let before = try sides(lab)
            let rows = (0..<120).flatMap { number in
                (0...(number % 4 == 0 ? 1 : 0)).map { "\(number),w\(number)w,\($0)" }
            }
            try lab.clean(["a.csv": (["id,x,more"] + rows).joined(separator: "\n") + "\n"])
            _ = try await lab.split()
            #expect(try sides(lab) == before)
        }
    }

    /// Which members rows of JSONL have, by their number.
    struct Members: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var before: @Sendable (Int) -> [String]
        var after: @Sendable (Int) -> [String]
    }

    private static let members: [Members] = [
        .init(testDescription: "none, then all") { _ in
            []
        } after: { _ in
            ["n"]
        },
        .init(testDescription: "some, then all") {
            $0 < 80 ? ["n"] : []
        } after: { _ in
            ["n"]
        },
        .init(testDescription: "none, then late ones") { _ in
            []
        } after: {
            $0 < 110 ? [] : ["n"]
        },
        .init(testDescription: "all, then some") { _ in
            ["n"]
        } after: {
            $0 % 3 == 0 ? ["n"] : []
        },
        .init(testDescription: "each its own") {
            $0 % 2 == 0 ? ["m"] : ["n"]
        } after: {
            [["m", "n"], ["m", "o"], ["n"], []][$0 % 4]
        },
        .init(testDescription: "others than before") {
            $0 % 2 == 0 ? ["m"] : []
        } after: { _ in
            ["n", "o"]
        },
    ]

    @Test(
        "in JSONL, whichever rows have a member and whichever gain or lose one", arguments: members,
        ["a.jsonl", "b.jsonl"])
    func jsonl(members: Members, name: String) async throws {
        func text(_ numbers: Range<Int>, _ members: (Int) -> [String]) -> String {
            numbers.map { number in
                let more = members(number).map { ", \"\($0)\": \(number % 4)" }.joined()
                return "{\"id\": \(number), \"x\": \"w\(number)w\"\(more)}\n"
            }.joined()
        }
        try await SplitLab.with(rule: "{by: row, near-duplicates: false}") { lab in
            try lab.clean(["a.jsonl": text(0..<150, members.before)])
            _ = try await lab.split()
            let before = try sides(lab)
            try lab.clean([name: text(0..<170, members.after)])
            let manifest = try #require(try await lab.split().manifest)
            let after = try sides(lab)
            #expect(before.allSatisfy { after[$0.key] == $0.value } && after.values.allSatisfy { $0.count == 1 })
            #expect(manifest.warnings.contains { $0.contains("gained") || $0.contains("lost") })
        }
    }

    @Test("rows of a file that is no table, or that was not read, have no columns to compare")
    func noTable() async throws {
        try await SplitLab.with(rule: "{by: row}") { lab in
            let workspace = try Workspace(at: lab.top)
            func table(_ path: RepoPath, _ rows: Range<Int>) -> RowSplit.Table {
                (DataFile(path: path, pointer: Pointer(id: .empty, size: 0), isExecutable: false), rows)
            }
            var versions = TableVersions()
            let (text, unread) = (table("data/clean/notes.txt", 5..<7), table("data/clean/a.csv", 7..<9))
            try versions.read(
                [text], workspace, RowCache(workspace, GoverningConfiguration.ofRoad(workspace).configuration.split))
            #expect(versions.version(in: text)(6).map { versions.columns[$0] } == [])
            #expect(versions.version(in: unread)(8) == nil)
            #expect(versions.counts([text, unread]) { _ in true } == [versions.version(in: text)(5)])
        }
    }
}
