import Testing
import VxModel

@testable import VxFlow
@testable import VxWorkspace

@Suite("What may do harm to a division is said") struct SplitWarningsTests {
    @Test(
        "names that differ in spelling only are named with how many are on two sides, and what is said to do makes one of each",
        arguments: ["by: row, group: {column: p}", "by: row, key: {column: p}", "group: {path: \"^(.[0-9]+)\"}"])
    func spellings(rule: String) async throws {
        try await SplitLab.with(rule: "{\(rule), near-duplicates: false}") { lab in
            let names = (0..<30).flatMap { ["p\($0)", "P\($0)"] }
            let table =
                (["p,x"] + names.enumerated().map { "\($0.element),\($0.offset)" }).joined(separator: "\n") + "\n"
            try lab.clean(
                rule.contains("row")
                    ? ["a.csv": table] : Dictionary(uniqueKeysWithValues: names.map { ("\($0)_\($0).txt", $0) }))
            let manifest = try #require(try await lab.split().manifest)
            func sides() throws -> [String: Set<String>] {
                var sides: [String: Set<String>] = [:]
                for (side, files) in try lab.sides() {
                    for text in files.values {
                        for name in text.split(separator: "\n").map({ $0.prefix { $0 != "," } }) where name.count > 1 {
                            sides[name.lowercased(), default: []].insert(side)
                        }
                    }
                }
                return sides
            }
            let apart = try sides().values.count { $0.count > 1 }
            #expect(apart > 0)
            let warning = try #require(manifest.warnings.first { $0.contains("in spelling only") })
            #expect(warning.hasPrefix("30 ") && warning.contains("\(apart) of them are on two sides"), "\(warning)")
            #expect(warning.contains(" on train and ") && warning.contains("roles: {split: split-2}"))
            try await lab.reset(to: nil)
            try lab.rule(
                "{\(rule), near-duplicates: false, normalise: [\(rule.contains("key") ? "trim, case, number" : "case")]}"
            )
            #expect(
                warning.contains("normalise: [\(rule.contains("key") ? "trim, case, number" : "case")]"), "\(warning)")
            let joined = try #require(try await lab.split().manifest)
            #expect(!joined.warnings.contains { $0.contains("in spelling only") })
            #expect(try sides().values.allSatisfy { $0.count == 1 })
        }
    }

    @Test("rows of two groups that say the same in every other column are named")
    func nearAcrossGroups() async throws {
        let rule = "{by: row, group: {column: patient}, ratios: {train: 0.5, test: 0.5}}"
        try await SplitLab.with(rule: rule) { lab in
            let rows = (0..<40).map { "P\($0),note number \($0 / 2) of visit,\($0 / 2 * 17)" }
            try lab.clean(["a.csv": (["patient,note,x"] + rows).joined(separator: "\n") + "\n"])
            let manifest = try #require(try await lab.split().manifest)
            let side = try lab.sideOfFirst()
            let apart = (0..<20).count { side["P\($0 * 2)"] != side["P\($0 * 2 + 1)"] }
            #expect(apart > 0 && manifest.near.count == apart)
        }
    }

    @Test(
        "a table whose lines or letters are not read is refused, and nothing of it is lost",
        arguments: [("id,x\r1,2\r2,3\r", "carriage return alone")])
    func unreadLines(text: String, reason: String) async throws {
        try await SplitLab.with(rule: "{by: row}") { lab in
            try lab.clean(["a.csv": text, "b.csv": "id,x\n1,2\n"])
            await #expect {
                try await lab.split()
            } throws: {
                "\($0)".contains(reason)
            }
            #expect(try lab.tip() == nil)
        }
    }

    @Test("companions without a file to follow, and with several, are named for what they are")
    func companions() async throws {
        try await SplitLab.with(rule: "{companions: [\"labels/**\"], near-duplicates: false}") { lab in
            var files = ["labels/alone.txt": "a"]
            for number in 0..<3 {
                files["images/\(number).png"] = "png \(number)"
                files["images/\(number).jpg"] = "jpg \(number)"
                files["labels/\(number).txt"] = "what \(number) shows"
            }
            try lab.clean(files)
            let warnings = try #require(try await lab.split().manifest).warnings
            #expect(
                warnings.contains { $0.hasPrefix("1 companion without a file of the same stem, such as labels/alone") })
            #expect(
                warnings.contains { $0.hasPrefix("3 companions with several files of the same stem, such as labels/0") }
            )
        }
    }
}
