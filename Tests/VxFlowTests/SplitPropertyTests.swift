import Testing
import VxModel
import VxTestSupport

@testable import VxFlow
@testable import VxWorkspace

@Suite("Whatever is divided, all of it is accounted for") struct SplitPropertyTests {
    /// A table as it is at one time.
    struct Table {
        struct Row: Hashable {
            var id: String
            var patient: String
            var label: String
            var day: Int
            var x: Int
        }

        var rows: [Row] = []
        var hasExtra = false

        var text: String {
            (["id,patient,label,day,x" + (hasExtra ? ",extra" : "")]
                + rows.map { "\($0.id),\($0.patient),\($0.label),\($0.day),\($0.x)" + (hasExtra ? ",\($0.x % 3)" : "") })
                .joined(separator: "\n") + "\n"
        }
    }

    /// Clean, which changes as data does: it grows, is corrected, withdrawn, repeated, moved, and gains a column.
    struct World {
        var tables: [String: Table] = [:]
        private var next = 0
        private var dice: SeededGenerator

        init(_ seed: UInt64) {
            dice = SeededGenerator(seed: seed)
            for name in ["a.csv", "sub/b.csv"] { tables[name] = Table(rows: (0..<30).map { _ in new() }) }
        }

        private mutating func below(_ bound: Int) -> Int { Int(dice.next() % UInt64(bound)) }

        private mutating func new() -> Table.Row {
            next += 1
            // Patients are a function of the id: an example has one group.
            let patient = next % 7 == 0 ? ["", "NA", "<NA>", " n/a"][next % 4] : "p\(next % 11)"
            return .init(
                id: next % 19 == 0 ? "" : "k\(next)", patient: patient, label: "\(next % 3)", day: below(1000),
                x: below(4))
        }

        mutating func step() {
            guard let name = tables.keys.sorted().randomElement(using: &dice), var table = tables[name] else { return }
            switch below(8) {
            case 0, 1: for _ in 0...below(9) { table.rows.append(new()) }
            case 2 where !table.rows.isEmpty:
                for _ in 0...below(4) { table.rows[below(table.rows.count)].x += 100 }
            case 3 where !table.rows.isEmpty:
                for _ in 0...below(4) where !table.rows.isEmpty { table.rows.remove(at: below(table.rows.count)) }
            case 4 where !table.rows.isEmpty: table.rows.append(table.rows[below(table.rows.count)])
            case 5: table.hasExtra = true
            case 6:
                tables[name] = nil
                return tables["moved-\(next).csv"] = table
            default:
                if tables.count > 2 { return tables[name] = nil }
                return tables["new-\(next).csv"] = Table(rows: (0..<5).map { _ in new() })
            }
            tables[name] = table
        }

        var files: [String: String] { tables.mapValues(\.text) }
        var rows: [Table.Row] { tables.values.flatMap(\.rows) }
    }

    static let rules = [
        "{by: row}",
        "{by: row, duplicates: once}",
        "{by: row, stratify: {column: label}}",
        "{by: row, group: {column: patient}, near-duplicates: false}",
        "{by: row, group: {path: \"^([a-z]+)\"}}",
        "{by: row, time: day}",
        "{by: row, key: {column: id}}",
        "{by: row, key: {column: id}, stratify: {column: label}}",
        "{by: row, key: {column: id}, group: {column: patient}, stratify: {column: label}, duplicates: once}",
        "{by: row, key: {column: id}, time: day, ratios: {train: 0.6, test: 0.4}}",
    ]

    private typealias Fields = [String: String]

    private static func counted(_ rows: [Fields]) -> [Fields: Int] {
        rows.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    }

    private func isMissing(_ text: String?) -> Bool { ["", "NA", "<NA>", " n/a"].contains(text ?? "") }

    @Test(
        "rows without a group are examples of their own, whatever word says so, and are counted",
        arguments: ["", "  ", "NA", "N/A", "n/a", "<NA>", "NaN", "nan", "-nan", "null", "NULL", "None", "#N/A", "\tNA "])
    func groupless(word: String) async throws {
        for column in ["group: {column: patient}", "key: {column: patient}"] {
            try await SplitLab.with(rule: "{by: row, near-duplicates: false, \(column)}") { lab in
                let rows = (0..<60).map { "\(word),\($0)" } + (60..<90).map { "p\($0),\($0)" }
                try lab.clean(["a.csv": (["patient,x"] + rows).joined(separator: "\n") + "\n"])
                let result = try await lab.split()
                let warnings = result.manifest?.warnings ?? []
                #expect(warnings.contains { $0.hasPrefix("60 rows without") }, "\(warnings)")
                let sizes = try lab.sides().mapValues { files in
                    files.values.joined().split(separator: "\n").count { $0.hasPrefix("\(word),") }
                }
                #expect(sizes.values.reduce(0, +) == 60 && sizes.values.filter { $0 > 0 }.count > 1, "\(sizes)")
            }
        }
    }

    @Test(
        "rows that leave and come back stand where they stood, with every rule that follows them",
        arguments: rules.filter { $0.contains("key:") } + [
            "{by: row, key: {column: id}, group: {column: patient}, stratify: {column: label}}",
            "{by: row, key: {column: id}, stratify: {column: label}, near-duplicates: false}",
        ])
    func comingBack(rule: String) async throws {
        try await SplitLab.with(rule: rule) { lab in
            func table(_ ids: some Sequence<Int>) -> [String: String] {
                let rows = ids.map { "k\($0),p\($0 / 4),\($0 * 7 % 3),\($0 * 13 % 100),\($0)" }
                return ["a.csv": (["id,patient,label,day,x"] + rows).joined(separator: "\n") + "\n"]
            }
            let (stays, leaves, more) = (Array(0..<100) + Array(160..<300), Array(100..<160), Array(300..<320))
            try lab.clean(table(0..<300))
            _ = try await lab.split()
            let before = try lab.sideOfFirst()
            // Half of them come back at once, the others after something else.
            for ids in [stays, stays + leaves.prefix(30), stays + leaves.prefix(30) + more, stays + leaves + more] {
                try lab.clean(table(ids))
                _ = try await lab.split()
            }
            let after = try lab.sideOfFirst()
            #expect(before.filter { after[$0.key] != $0.value } == [:])
            let manifest = try #require(try SplitManifest.previous(in: lab.tree(), Workspace(at: lab.top).repository))
            #expect(manifest.withdrawn.isEmpty, "what came back is not kept as gone")
        }
    }

    @Test("files that leave and come back stand where they stood, with strata", arguments: ["content", "path"])
    func filesComingBack(key: String) async throws {
        try await SplitLab.with(rule: "{key: \(key), stratify: {path: \"^([a-c])\"}, near-duplicates: false}") { lab in
            func files(_ numbers: some Sequence<Int>) -> [String: String] {
                .init(uniqueKeysWithValues: numbers.map { ("\(["a", "b", "c"][$0 % 3])/\($0).txt", "text \($0)") })
            }
            func sides() throws -> [String: String] {
                try lab.sides().reduce(into: [:]) { found, side in
                    for name in side.value.keys { found[name, default: ""] += side.key }
                }
            }
            try lab.clean(files(0..<120))
            _ = try await lab.split()
            let before = try sides()
            for numbers in [Array(40..<120), Array(20..<120), Array(0..<120)] {
                try lab.clean(files(numbers))
                _ = try await lab.split()
            }
            #expect(try sides() == before)
        }
    }

    @Test(
        "a table that has gained a column leaks nothing, under its old name and under another, beside the old one or alone",
        arguments: ["a.csv", "b.csv"], [true, false])
    func grown(name: String, isAlone: Bool) async throws {
        for rule in ["{by: row}", "{by: row, stratify: {column: label}}"] {
            try await SplitLab.with(rule: rule) { lab in
                let old = (["id,label"] + (0..<200).map { "k\($0),\($0 % 3)" }).joined(separator: "\n") + "\n"
                let new = (["id,label,extra"] + (0..<220).map { "k\($0),\($0 % 3),\($0)" }).joined(separator: "\n") + "\n"
                try lab.clean(["a.csv": old])
                _ = try await lab.split()
                try lab.clean((isAlone ? [:] : ["a.csv": old]).merging([name: new]) { $1 })
                let result = try await lab.split()
                let sides = try lab.sideOfFirst()
                #expect(sides.count == 220)
                for (id, found) in sides {
                    #expect(["train", "validation", "test"].contains { found.replacing($0, with: "").isEmpty }, "\(id): \(found)")
                }
                let warnings = result.manifest?.warnings ?? []
                #expect(warnings.contains { $0.contains("gained 'extra'") }, "\(warnings)")
            }
        }
    }

    @Test("rows: the sums add up, no key and no group is on two sides, none changes side", arguments: 0..<rules.count)
    func rows(number: Int) async throws {
        let (rule, seed) = (Self.rules[number], UInt64(number + 1))
        try await SplitLab.with(rule: rule) { lab in
            var world = World(seed)
            var sideOfKey: [String: String] = [:]
            var most: [String: [Fields: Int]] = [:]
            for step in 0..<4 {
                if step > 0 { for _ in 0..<3 { world.step() } }
                try lab.clean(world.files)
                for (name, text) in world.files {
                    most[name, default: [:]].merge(Self.counted(SplitLab.rows(text)), uniquingKeysWith: max)
                }
                let result = try await lab.split(workers: [1, 2, 8][step % 3])
                let manifest = try #require(result.manifest)
                try check(rule, manifest, world, lab, step)
                let sides = try lab.rows()
                // However often a source was divided, a row is there no more often than its sources ever had it.
                let bound = most.values.reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) }
                let there = Self.counted(sides.values.flatMap { $0 })
                #expect(there.allSatisfy { $0.value <= bound[$0.key, default: 0] }, "step \(step)")
                for (side, rows) in sides where rule.contains("key:") {
                    for id in Set(rows.compactMap { $0["id"] }) where !isMissing(id) {
                        #expect(sideOfKey[id] == nil || sideOfKey[id] == side, "\(id) moved in step \(step)")
                    }
                }
                sideOfKey = [:]
                for (side, rows) in sides { for row in rows { sideOfKey[row["id"] ?? ""] = side } }
            }
        }
    }

    private func check(
        _ rule: String, _ manifest: SplitManifest, _ world: World, _ lab: SplitLab, _ step: Int
    ) throws {
        let sides = try lab.rows()
        let all = sides.values.flatMap { $0 }
        #expect(manifest.counts.given == world.rows.count)
        #expect(manifest.counts.onSides == all.count)
        #expect(manifest.counts.unaccounted == 0, "step \(step): \(manifest.counts)")
        #expect(manifest.counts.equal == all.count - Set(all).count)
        #expect(manifest.sides.values.reduce(0) { $0 + $1.examples } == all.count)
        func sidesOf(_ column: String) -> [String: Set<String>] {
            var found: [String: Set<String>] = [:]
            for (side, rows) in sides {
                for row in rows where !isMissing(row[column]) { found[row[column] ?? "", default: []].insert(side) }
            }
            return found
        }
        if rule.contains("key:") { #expect(sidesOf("id").values.allSatisfy { $0.count == 1 }) }
        if rule.contains("group: {column") { #expect(sidesOf("patient").values.allSatisfy { $0.count == 1 }) }
        let there = Self.counted(all)
        let given = Self.counted(world.tables.values.flatMap { SplitLab.rows($0.text) })
        if rule.contains("once") {
            #expect(given.keys.allSatisfy { there[$0] != nil })
        } else if manifest.counts.leftOut == 0 {
            #expect(given.allSatisfy { there[$0.key, default: 0] >= $0.value }, "step \(step)")
        }
        // With a key, the sides have nothing of those rows but what clean has.
        if rule.contains("key:"), !rule.contains("once") {
            #expect(there.filter { !isMissing($0.key["id"]) }.allSatisfy { given[$0.key, default: 0] >= $0.value })
        }
        if !rule.contains("path") {
            for (row, places) in Dictionary(
                grouping: sides.flatMap { side, rows in Set(rows).map { ($0, side) } }, by: { $0.0 })
            {
                #expect(places.count == 1, "\(row) is on \(places.map(\.1))")
            }
        }
    }

    @Test(
        "tables that share rows and are of two groups grow: each keeps what it has, and nothing is taken for a row of before"
    )
    func sharedRows() async throws {
        try await SplitLab.with(rule: "{by: row, group: {path: \"^([a-z]+)\"}, ratios: {train: 0.5, test: 0.5}}") {
            lab in
            let names = ["a.csv", "b.csv", "c.csv", "d.csv", "e.csv", "f.csv"]
            for step in 1...3 {
                let rows = (0..<20 * step).map { "\($0),\($0 % 3)" }
                try lab.clean(
                    Dictionary(
                        uniqueKeysWithValues: names.enumerated().map { number, name in
                            (name, (["x,y"] + rows + rows.prefix(number)).joined(separator: "\n") + "\n")
                        }))
                let manifest = try #require(try await lab.split(workers: step).manifest)
                #expect(manifest.counts.given == names.count * rows.count + 15)
                #expect(manifest.counts.onSides == manifest.counts.given && manifest.counts.unaccounted == 0)
                #expect(manifest.counts.remaining == 0 && manifest.remaining.isEmpty, "step \(step)")
            }
        }
    }

    @Test("1, 2 and 8 workers give the same tree at every step", arguments: [rules[4], rules[8]])
    func workers(rule: String) async throws {
        try await SplitLab.with(rule: rule) { lab in
            var world = World(3)
            for _ in 0..<3 {
                try lab.clean(world.files)
                let before = try lab.tip()
                var trees: Set<String> = []
                for workers in [1, 2, 8] {
                    if try lab.tip() != before { try await lab.reset(to: before) }
                    _ = try await lab.split(workers: workers)
                    trees.insert(try lab.tree().hex)
                }
                #expect(trees.count == 1)
                for _ in 0..<4 { world.step() }
            }
        }
    }

    @Test(
        "files: the sums add up, and a file, its companions and its group are on one side",
        arguments: [
            "{}", "{key: path}", "{duplicates: once}", "{companions: [\"labels/**\"]}",
            "{key: path, companions: [\"labels/**\"], stratify: {path: \"^[a-z]+/([0-9])\"}}",
            "{group: {path: \"([0-9]+)[.]\"}, near-duplicates: false}", "{key: path, duplicates: once}",
        ])
    func files(rule: String) async throws {
        try await SplitLab.with(rule: rule) { lab in
            var dice = SeededGenerator(seed: 7)
            func below(_ bound: Int) -> Int { Int(dice.next() % UInt64(bound)) }
            var files: [String: String] = [:]
            var number = 0
            func add() {
                number += 1
                files["images/\(number).png"] = "picture \(number)"
                if below(4) > 0 { files["labels/\(number).txt"] = below(3) == 0 ? "" : "class \(below(2))" }
            }
            for _ in 0..<25 { add() }
            for step in 0..<3 {
                try lab.clean(files)
                let manifest = try #require(try await lab.split(workers: [1, 2, 8][step % 3]).manifest)
                let sides = try lab.sides()
                let all = sides.values.flatMap { $0 }
                #expect(manifest.counts.given == files.count && manifest.counts.onSides == all.count)
                #expect(manifest.counts.unaccounted == 0, "step \(step): \(manifest.counts)")
                for (name, text) in files {
                    // Under its name, or one with a number where the side has another content of that name still.
                    let stem = name.split(separator: ".")[0]
                    #expect(
                        all.contains {
                            $0.value == text
                                && ($0.key == name || $0.key.hasPrefix("\(stem)-") || rule.contains("once"))
                        }, "\(name)")
                }
                if rule.contains("companions") || rule.contains("group") {
                    var places: [String: Set<String>] = [:]
                    for (side, files) in sides {
                        for name in files.keys {
                            let stem = name.split(separator: "/")[1].split(separator: ".")[0].split(separator: "-")[0]
                            places[String(stem), default: []].insert(side)
                        }
                    }
                    #expect(places.values.allSatisfy { $0.count == 1 }, "step \(step)")
                }
                for _ in 0..<3 { add() }
                if let name = files.keys.sorted().randomElement(using: &dice) { files[name] = "other \(step)" }
                if let name = files.keys.sorted().randomElement(using: &dice) { files[name] = nil }
                // One gets another number, two exchange theirs, each with its label.
                number += 1
                let (one, other) = (1 + below(number - 1), 1 + below(number - 1))
                for (folder, ending) in [("images", "png"), ("labels", "txt")] {
                    func path(_ number: Int) -> String { "\(folder)/\(number).\(ending)" }
                    if step == 0 {
                        (files[path(one)], files[path(number)]) = (nil, files[path(one)])
                    } else {
                        (files[path(one)], files[path(other)]) = (files[path(other)], files[path(one)])
                    }
                }
            }
        }
    }
}
