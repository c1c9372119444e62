import Testing
import VxModel

@testable import VxFlow
@testable import VxWorkspace

@Suite("Rows that move to another table stand once, where they stood") struct SplitMovesTests {
    private func table(_ rows: some Sequence<Int>) -> String {
        (["id,x"] + rows.map { "k\($0),\($0)" }).joined(separator: "\n") + "\n"
    }

    @Test(
        "rows go from one table to another, and back",
        arguments: [
            "{by: row, near-duplicates: false}", "{by: row, duplicates: once, near-duplicates: false}",
            "{by: row, duplicates: refuse, near-duplicates: false}",
            "{by: row, key: {column: id}, near-duplicates: false}",
            "{by: row, key: {column: id}, duplicates: once, near-duplicates: false}",
        ])
    func moving(rule: String) async throws {
        try await SplitLab.with(rule: rule) { lab in
            try lab.clean(["a.csv": table(0..<40)])
            _ = try await lab.split()
            let before = try lab.sideOfFirst()
            for files in [
                ["a.csv": table(10..<40), "b.csv": table(0..<10)], ["a.csv": table(0..<30), "b.csv": table(30..<40)],
                ["c.csv": table(0..<40)],
            ] {
                try lab.clean(files)
                let manifest = try #require(try await lab.split().manifest)
                #expect(manifest.counts.onSides == 40 && manifest.counts.remaining == 0, "\(manifest.counts)")
                #expect(manifest.counts.unaccounted == 0 && manifest.counts.repeated == 0)
                #expect(try lab.sideOfFirst() == before)
            }
        }
    }

    @Test("rows that go to a table of another group are no duplicates of themselves")
    func movingGroups() async throws {
        let rule = "{by: row, group: {path: \"^(q[0-9]+)\"}, duplicates: refuse, near-duplicates: false}"
        try await SplitLab.with(rule: rule) { lab in
            try lab.clean(Dictionary(uniqueKeysWithValues: (1...12).map { ("q\($0).csv", table($0 * 5..<$0 * 5 + 5)) }))
            _ = try await lab.split()
            try lab.clean(["q1.csv": table(5..<65)])
            let manifest = try #require(try await lab.split().manifest)
            #expect(manifest.counts.given == 60 && manifest.counts.unaccounted == 0)
            #expect(try await lab.split().commit == nil)
            // Another one, and two that are equal in clean.
            try lab.clean(["q1.csv": table(5..<66)])
            _ = try await lab.split()
            try lab.clean(["q1.csv": table(5..<66) + "k60,60\n"])
            await #expect { try await lab.split() } throws: { ($0 as? VxError)?.code == .refused }
        }
    }

    @Test(
        "tables get other names, also where these name their group: nothing is written twice",
        arguments: ["group: {path: \"^(p[0-9]+x?)\"}", "stratify: {path: \"^p([0-9])\"}"])
    func renaming(label: String) async throws {
        try await SplitLab.with(rule: "{by: row, near-duplicates: false, \(label)}") { lab in
            func files(_ ending: String) -> [String: String] {
                Dictionary(
                    uniqueKeysWithValues: (0..<20).map { ("p\($0)\(ending)", table($0 * 5..<$0 * 5 + 5)) })
            }
            try lab.clean(files(".csv"))
            _ = try await lab.split()
            let before = try lab.sideOfFirst()
            // A file more of each new group: it goes where the rows are that came to that group with their table.
            let more = Dictionary(uniqueKeysWithValues: (0..<20).map { ("p\($0)x-more.csv", table([1000 + $0])) })
            try lab.clean(files("x.csv").merging(more) { $1 })
            let manifest = try #require(try await lab.split().manifest)
            #expect(manifest.counts.onSides == 120 && manifest.counts.remaining == 0 && manifest.overlap.isEmpty)
            let after = try lab.sideOfFirst()
            #expect(before.allSatisfy { after[$0.key] == $0.value })
            if label.contains("group") {
                #expect((0..<20).allSatisfy { after["k\(1000 + $0)"] == after["k\($0 * 5)"] })
            }
            #expect(try lab.sides().values.flatMap(\.keys).allSatisfy { $0.contains("x") })
            #expect(try await lab.split().commit == nil)
        }
    }
}
