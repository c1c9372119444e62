import Testing
import VxModel
import VxSystem

import struct SystemPackage.FilePath

@testable import VxFlow

@Suite("Divisions of before equal examples were kept and keys followed") struct OldDivisionTests {
    /// The files of a fixture, by branch and path.
    private func fixture(_ name: String) throws -> [String: [String: String]] {
        let file = FilePath(#filePath).removingLastComponent().appending("Divisions/\(name).txt")
        let text = String(decoding: try #require(try Files.read(file)), as: UTF8.self)
        var files: [String: [String: String]] = [:]
        var place: (branch: String, path: String)?
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("@@ ") {
                let words = line.split(separator: " ").map(String.init)
                place = (words[1], words[2])
                files[words[1], default: [:]][words[2]] = ""
            } else if let place {
                files[place.branch, default: [:]][place.path, default: ""] += line + "\n"
            }
        }
        // What follows the last line end of the fixture is no line of its last file.
        if let place { files[place.branch]?[place.path]?.removeLast() }
        return files
    }

    /// For each line of a table, or each content of a file, the sides it is on.
    private func places(_ sides: [String: [String: String]], isByRow: Bool) -> [String: Set<String>] {
        var places: [String: Set<String>] = [:]
        for (side, files) in sides {
            for text in files.values {
                for item in isByRow ? text.split(separator: "\n").dropFirst().map(String.init) : [text] {
                    places[item, default: []].insert(side)
                }
            }
        }
        return places
    }

    @Test(
        "every example keeps its side, what was left out comes back, and the next run has nothing to do",
        arguments: [
            ("rows", "{by: row}"), ("keys", "{by: row, key: {column: id}, stratify: {column: label}}"),
            ("groups", "{by: row, group: {column: patient}}"), ("files", "{near-duplicates: false}"),
        ])
    func keeps(name: String, rule: String) async throws {
        let files = try fixture(name)
        let isByRow = name != "files"
        try await SplitLab.with(rule: rule) { lab in
            try lab.write("clean", try #require(files["clean"]))
            try lab.write("split", try #require(files["split"]))
            let before = places(try lab.sides(), isByRow: isByRow)
            let result = try await lab.split()
            let manifest = try #require(result.manifest)
            let after = places(try lab.sides(), isByRow: isByRow)
            for (item, sides) in before {
                // With a key, the old version of what was corrected leaves.
                #expect(after[item] == sides || name == "keys" && after[item] == nil, "\(item)")
            }
            #expect(manifest.counts.unaccounted == 0)
            let given = try #require(files["clean"]).values.reduce(0) {
                $0 + (isByRow ? $1.split(separator: "\n").count - 1 : 1)
            }
            #expect(manifest.counts.given == given)
            #expect(manifest.counts.onSides - manifest.counts.remaining == given)
            #expect(manifest.warnings.contains { $0.contains("same key") } == (name == "keys"))
            #expect(try await lab.split().commit == nil)
        }
    }

    @Test("a key can be added to a division that has begun, and moves nothing")
    func addingAKey() async throws {
        try await SplitLab.with(rule: "{by: row}") { lab in
            func table(_ range: ClosedRange<Int>, _ x: Int) -> String {
                "id,x\n" + range.map { "k\($0),\($0 % 5 + x)\n" }.joined()
            }
            try lab.clean(["a.csv": table(1...50, 0), "bad.csv": table(100...120, 0)])
            _ = try await lab.split()
            let before = places(try lab.sides(), isByRow: true)
            try lab.clean(["a.csv": table(1...50, 0)])
            let remaining = try #require(try await lab.split().manifest)
            #expect(remaining.counts.remaining == 21 && remaining.warnings.contains { $0.contains("bad.csv") })
            try lab.rule("{by: row, key: {column: id}}")
            let keyed = try #require(try await lab.split().manifest)
            #expect(keyed.counts.removed == 21 && keyed.counts.remaining == 0)
            let after = places(try lab.sides(), isByRow: true)
            #expect(after.count == 50 && after.allSatisfy { before[$0.key] == $0.value })
            // Corrected: every row stays where it was.
            try lab.clean(["a.csv": table(1...50, 9)])
            _ = try await lab.split()
            let corrected = places(try lab.sides(), isByRow: true)
            #expect(corrected.count == 50)
            let sideOf = Dictionary(uniqueKeysWithValues: after.map { ($0.key.split(separator: ",")[0], $0.value) })
            #expect(corrected.allSatisfy { sideOf[$0.key.split(separator: ",")[0]] == $0.value })
        }
    }
}
