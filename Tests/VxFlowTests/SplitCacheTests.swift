import Testing
import VxConfig
import VxModel
import VxSystem
import VxTable
import VxTestSupport

import struct SystemPackage.FilePath

@testable import VxFlow
@testable import VxWorkspace

@Suite("What divisions keep for the next one") struct SplitCacheTests {
    private static let rules =
        SplitPropertyTests.rules + [
            "{by: row, key: {column: id}, group: {column: patient}, normalise: [trim, case, number]}",
            "{by: row, stratify: {path: \"^([a-z]+)\"}, near-word-order: ignore}",
            "{by: row, key: {column: id}, duplicates: once, near-duplicates: false}",
        ]

    private func place(_ lab: SplitLab) throws -> FilePath {
        try Workspace(at: lab.top).repository.cacheFolder
    }

    /// Its files, each with its size.
    private func files(_ lab: SplitLab) throws -> [FilePath: Int] {
        var found: [FilePath: Int] = [:]
        let place = try place(lab)
        for folder in (try? Files.names(in: place)) ?? [] {
            for name in try Files.names(in: place.appending(folder)) {
                let file = place.appending(folder).appending(name)
                found[file] = Int(try #require(try Files.status(file)).size)
            }
        }
        return found
    }

    /// Makes the cache another: bytes changed, cut off, put at the end, or of one file in another.
    private func damage(_ lab: SplitLab, _ dice: inout SeededGenerator) throws {
        let paths = try files(lab).keys.sorted { $0.string < $1.string }
        for path in paths {
            var bytes = try #require(try Files.read(path))
            switch dice.next() % 5 {
            case 0: bytes[Int(dice.next() % UInt64(bytes.count))] ^= 1 << UInt8(dice.next() % 8)
            case 1: bytes.removeLast(1 + Int(dice.next() % UInt64(bytes.count - 1)))
            case 2: bytes += [0]
            case 3: bytes.replaceSubrange(0..<8, with: Array("vxrows1\n".utf8))
            default: for place in bytes.indices.dropFirst(8).dropLast(56) where place % 97 == 0 { bytes[place] ^= 0xff }
            }
            try Files.replace(path, with: bytes)
        }
    }

    @Test(
        "with it, without it and with a damaged one, by 1, 2 and 8 workers, a division is the same",
        arguments: 0..<rules.count)
    func isNoPartOfTheResult(number: Int) async throws {
        try await SplitLab.with(rule: Self.rules[number]) { lab in
            var world = SplitPropertyTests.World(UInt64(100 + number))
            var dice = SeededGenerator(seed: UInt64(number))
            for step in 0..<6 {
                if step > 0 { for _ in 0..<(step == 3 ? 0 : 2) { world.step() } }
                try lab.clean(world.files)
                let before = try lab.tip()
                var manifests: Set<String?> = []
                var trees: Set<String> = []
                for run in 0..<3 {
                    if try lab.tip() != before { try await lab.reset(to: before) }
                    if run == 1 { try Files.removeTree(place(lab)) }
                    if run == 2 { try damage(lab, &dice) }
                    manifests.insert(try await lab.split(workers: [1, 2, 8][(step + run) % 3]).manifest?.jsonValue.canonical)
                    trees.insert(try lab.tree().hex)
                }
                #expect(trees.count == 1 && manifests.count == 1, "step \(step)")
                try expectKept(lab)
            }
        }
    }

    /// What is kept of each file of the sides says what reading it does.
    private func expectKept(_ lab: SplitLab) throws {
        let workspace = try Workspace(at: lab.top)
        let split = try GoverningConfiguration.ofRoad(workspace).configuration.split
        let cache = RowCache(workspace, split)
        let commit = try #require(try lab.tip())
        for file in try workspace.roadFiles(commit, inside: ["data/split"], dataFolders: ["data"]) {
            let labels = SplitRows.Labels(group: nil, stratum: nil)
            guard let known = cache.rows(of: file) else {
                Issue.record("nothing is known of \(file.path)")
                continue
            }
            let kept = ExampleTable(known, labels)
            var read = RowExamples(file.path, labels, split, Withdrawn([:], split), areSides: true)
            try SplitRows.stream(file, workspace.store) { reader, _, fields in
                try read.take(fields, reader.kinds, reader.columns, reader.form, line: reader.line)
            }
            let rows = try read.finish()
            #expect(kept.count == rows.count)
            for row in 0..<min(rows.count, kept.count) {
                #expect(kept.content(row) == rows.content(row) && kept.near(row) == rows.near(row))
                #expect(kept.key(row) == rows.key(row) && kept.spelling(row) == rows.spelling(row))
                #expect(kept.line(row) == rows.line(row) && kept.fate(row) == rows.fate(row))
                #expect(kept.writtenGroup(row).map { kept.groups[$0] } == rows.writtenGroup(row).map { rows.groups[$0] })
                #expect(kept.stratum(row).map { kept.strata[$0] } == rows.stratum(row).map { rows.strata[$0] })
                #expect(kept.time(row).map { kept.text(ofTime: $0) } == rows.time(row).map { rows.text(ofTime: $0) })
                #expect(kept.time(row).map { kept.moments[$0] } == rows.time(row).map { rows.moments[$0] })
            }
        }
    }

    @Test("what is damaged or of another version is taken away") func unreadable() async throws {
        try await SplitLab.with(rule: "{by: row}") { lab in
            var rows = (0..<50).map { "\($0),text \($0)" }
            func divide() async throws {
                try lab.clean(["t.csv": "id,x\n" + rows.joined(separator: "\n") + "\n"])
                _ = try await lab.split()
            }
            try await divide()
            let before = try files(lab).keys.filter { $0.extension == "rows" }
            for path in before {
                var bytes = try #require(try Files.read(path))
                for place in [0..<8, bytes.count - 8..<bytes.count] {
                    bytes.replaceSubrange(place, with: Array("vxrows1\n".utf8))
                }
                try Files.replace(path, with: bytes)
            }
            rows.append("50,new")
            try await divide()
            let after = try files(lab).keys.filter { $0.extension == "rows" }
            #expect(before.count == 1 && after.count == 1)
            for path in after { #expect(try Files.read(path)?.starts(with: RowCache.magic) == true) }
            try expectKept(lab)
        }
    }

    @Test("rows of several lines, of JSON, and with names of every kind are kept as they are read")
    func forms() async throws {
        for order in ["stratify: {column: label}", "time: day"] {
            try await keepsForms("{by: row, key: {column: id}, group: {column: patient}, \(order)}")
        }
    }

    private func keepsForms(_ rule: String) async throws {
        try await SplitLab.with(rule: rule) { lab in
            func csv(_ rows: Range<Int>, _ separator: String, text: (Int) -> String) -> String {
                (["id,patient,label,day,text"]
                    + rows.map { "k\u{e9}\($0),p\($0 % 9)e\u{301},\($0 % 3),2024-01-\(10 + $0 % 9),\(text($0))" })
                    .map { $0.replacing(",", with: separator) }.joined(separator: "\n") + "\n"
            }
            func json(_ rows: Range<Int>) -> String {
                rows.map {
                    "{\"id\": \"j\($0)\", \"patient\": \($0 % 7), \"label\": \"\($0 % 2)\", \"day\": \"2024-02-1\($0 % 8)\""
                        + ($0 % 4 == 0 ? ", \"more\": [\($0)]" : "") + "}\n"
                }.joined()
            }
            for end in [40, 44, 52] {
                try lab.clean([
                    "a.csv": csv(0..<end, ",") { "\"two\nlines \($0)\"" }, "b.tsv": csv(100..<100 + end, "\t") { "one \($0)" },
                    "c.jsonl": json(200..<200 + end), "d.csv": csv(300..<300 + end, ",") { "x\($0)" },
                ])
                _ = try await lab.split()
                // What is on several lines is known once it was read.
                _ = try await lab.split()
                try expectKept(lab)
            }
        }
    }

    @Test("it is no larger than what the sides need, and gc takes it away") func size() async throws {
        try await SplitLab.with(rule: "{by: row}") { lab in
            var all: [String: String] = [:]
            for step in 0..<30 {
                all["t\(step).csv"] = (["id,x"] + (0..<50).map { "\(step)-\($0),\($0)" }).joined(separator: "\n") + "\n"
                try lab.clean(all)
                _ = try await lab.split()
                #expect(try files(lab).keys.count { $0.extension == "rows" } <= 8)
            }
            try expectKept(lab)
            let sum = try files(lab).values.reduce(0, +)
            #expect(sum < 30 * 50 * 24 + 100 * 300, "24 bytes a row, and some for each file of a side: \(sum)")
            for rule in 0..<6 {
                try lab.rule("{by: row, seed: \"0\", near-duplicates: \(rule % 2 == 0), normalise: [\(["", "trim", "case"][rule / 2])]}")
                _ = try await lab.split()
            }
            #expect(try Files.names(in: place(lab)).count <= 4)
            _ = try await Workspace(at: lab.top).collectGarbage(GarbageOptions())
            #expect(try Files.status(place(lab)) == nil)
        }
    }
}
