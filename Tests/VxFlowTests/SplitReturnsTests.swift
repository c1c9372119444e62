import Testing
import VxConfig
import VxGit
import VxModel

@testable import VxFlow
@testable import VxWorkspace

@Suite("What leaves the sides and comes back stands where it stood, whatever else has changed")
struct SplitReturnsTests {
    /// A division, rows that are away for one run, and what changes before, meanwhile and afterwards.
    struct Story: Sendable, CustomTestStringConvertible {
        var testDescription: String
        /// Of the first division, of the one before rows leave, of the one without them, and of their return.
        var rules: [String]
        var isGroupedLater = false
        /// Whether keys and groups begin with `é`.
        var isAccented = false
        /// A row as it comes back.
        var back: @Sendable (inout Row) -> Void = { _ in }

        init(
            _ description: String, _ rules: [String], isGroupedLater: Bool = false, isAccented: Bool = false,
            back: @escaping @Sendable (inout Row) -> Void = { _ in }
        ) {
            testDescription = description
            self.rules = rules + [String](repeating: rules.last ?? "", count: 4 - rules.count)
            self.isGroupedLater = isGroupedLater
            self.isAccented = isAccented
            self.back = back
        }
    }

    struct Row: Sendable {
        var number: Int
        var id: String
        var group: String
        var time: Int

        init(_ number: Int) {
            self.number = number
            (id, group, time) = ("P\(String(1000 + number).dropFirst())", "G\(number / 3)", number * 37 % 301)
        }

        /// Gives the key and the group another first letter.
        mutating func accent(_ letter: String) { (id, group) = (letter + id.dropFirst(), letter + group.dropFirst()) }

        var text: String { "\(id),\(group),\(number % 3),\(time),\(number * 7)" }
    }

    private static let (key, group, strata) = ("key: {column: id}", "group: {column: g}", "stratify: {column: l}")
    private static let joining = "normalise: [trim, case, number]"

    private static let stories: [Story] = [
        Story("a key is added, as vx advises", ["", key]),
        Story("spellings are joined while rows are away", [key, key, "\(key), \(joining)"]),
        Story("the same with strata", ["\(key), \(strata)", "\(key), \(strata)", "\(key), \(strata), \(joining)"]),
        Story("the same with groups", ["\(key), \(group)", "\(key), \(group)", "\(key), \(group), \(joining)"]) {
            $0.group = "N\($0.number)"
        },
        Story("another spelling, which is joined", ["\(key), \(joining)"]) { $0.id = " p\($0.number)" },
        Story("another spelling, where nothing joins it", [key]) { $0.id = "p\($0.number)" },
        Story("an accent that is a character of its own now", [key], isAccented: true) { $0.accent("e\u{301}") },
        Story("the same, in capitals that are joined", ["\(key), \(joining)"], isAccented: true) {
            $0.accent("E\u{301}")
        },
        Story("the same, in capitals that nothing joins", [key], isAccented: true) { $0.accent("E\u{301}") },
        Story("the same of a group", ["\(key), \(group), \(strata)"], isAccented: true) {
            $0.accent("e\u{301}")
            $0.id = "N\($0.number)"
        },
        Story("the time is mended", ["\(key), time: t"]) { $0.time = 301 - $0.time },
        Story("groups with older rows first", ["\(key), \(group), time: t"]) { $0.time /= 2 },
        Story("the group was filled in later", ["\(key), \(group)"], isGroupedLater: true),
        Story("another group", ["\(key), \(group)"]) { $0.group = "N\($0.number)" },
        Story("another group, with strata", ["\(key), \(group), \(strata)"]) { $0.group = "N\($0.number)" },
        Story("no group", ["\(key), \(group)"]) { $0.group = "" },
        Story("no group, with strata", ["\(key), \(group), \(strata)"]) { $0.group = "NA" },
        Story("another key of the same group", ["\(key), \(group)"]) { $0.id = "N\($0.number)" },
    ]

    @Test("rows, of which a third is away for one run", arguments: stories)
    func rows(story: Story) async throws {
        func rule(_ number: Int) -> String {
            "{by: row, near-duplicates: false" + (story.rules[number].isEmpty ? "" : ", \(story.rules[number])") + "}"
        }
        try await SplitLab.with(rule: rule(0)) { lab in
            func divide(_ step: Int, _ rows: [Row]) async throws {
                try lab.rule(rule(step))
                try lab.clean(["a.csv": (["id,g,l,t,x"] + rows.map(\.text)).joined(separator: "\n") + "\n"])
                let manifest = try #require(try await lab.split().manifest)
                #expect(manifest.counts.unaccounted == 0 && manifest.counts.given == rows.count)
                #expect(manifest.counts.leftOut == 0, "\(manifest.leftOut.prefix(3))")
            }
            /// The sides of rows by what never changes of them.
            func sides() throws -> [String: Set<String>] {
                var found: [String: Set<String>] = [:]
                for (side, rows) in try lab.rows() {
                    for row in rows { found[row["x"] ?? "", default: []].insert(side) }
                }
                return found
            }
            var all = (0..<180).map(Row.init)
            if story.isAccented { for row in all.indices { all[row].accent("\u{e9}") } }
            func isAway(_ row: Row) -> Bool { row.number / 3 % 3 == 0 }
            try await divide(
                0,
                all.map {
                    var row = $0
                    if story.isGroupedLater { row.group = "" }
                    return row
                })
            all = all.map {
                var row = $0
                // What stands on several sides cannot be one group any more.
                if story.isGroupedLater { row.group = "N\(row.number)" }
                return row
            }
            try await divide(1, all)
            let before = try sides()
            try await divide(2, all.filter { !isAway($0) })
            #expect(try sides().count == 120)
            try await divide(
                3,
                all.map {
                    var row = $0
                    if isAway(row) { story.back(&row) }
                    return row
                })
            let after = try sides()
            #expect(after.filter { before[$0.key] != $0.value } == [:])
            #expect(try await lab.split().commit == nil, "nothing is left to do")
        }
    }

    @Test(
        "files, which are away for one run, and of which some were equal to others",
        arguments: [
            "key: path", "key: path, companions: [\"labels/**\"]", "key: path, group: {path: \"(g[0-9]+)_\"}",
            "companions: [\"labels/**\"]", "group: {path: \"(g[0-9]+)_\"}", "stratify: {path: \"([0-2])[.]\"}",
        ])
    func files(rule: String) async throws {
        try await SplitLab.with(rule: "{\(rule), near-duplicates: false}") { lab in
            func files(_ kind: String, _ numbers: some Sequence<Int>) -> [String: String] {
                numbers.reduce(into: [:]) { files, number in
                    files["images/\(kind)g\(number / 2)_\(number).png"] = "text \(number)"
                    files["labels/\(kind)g\(number / 2)_\(number).txt"] = "what \(kind) \(number) is"
                }
            }
            func sides() throws -> [String: Set<String>] {
                try lab.sides().reduce(into: [:]) { found, side in
                    for name in side.value.keys { found[name, default: []].insert(side.key) }
                }
            }
            let stays = files("c", 500..<520)
            let isByContent = !rule.contains("key: path")
            try lab.clean(stays.merging(files("a", 0..<60)) { $1 })
            _ = try await lab.split()
            // By path, the files that are equal to these come for them, and go where these are.
            let second = isByContent ? files("a", 0..<60) : files("b", 0..<60)
            try lab.clean(stays.merging(second) { $1 })
            _ = try await lab.split()
            let before = try sides()
            try lab.clean(stays)
            _ = try await lab.split()
            try lab.clean(stays.merging(second) { $1 })
            let manifest = try #require(try await lab.split().manifest)
            #expect(manifest.counts.unaccounted == 0)
            #expect(try sides() == before)
        }
    }

    @Test("rows that are left out keep their side, and the next run has nothing to do", arguments: [false, true])
    func leftOut(isMovedOn: Bool) async throws {
        try await SplitLab.with(rule: "{by: row, key: {column: id}, group: {column: g}, near-duplicates: false}") {
            lab in
            func table(_ numbers: some Sequence<Int>, _ group: (Int) -> String) -> String {
                (["id,g,x"] + numbers.map { "\($0),\(group($0)),\($0 * 7)" }).joined(separator: "\n") + "\n"
            }
            let first = table(0..<150) { "G\($0 / 3)" }
            try lab.clean(["a.csv": first, "c.csv": table([1001]) { _ in "HH" }])
            _ = try await lab.split()
            let before = try lab.sideOfFirst()
            // All are of one group now, in another table: those that stand elsewhere are left out.
            var files = ["b.csv": table(0..<150) { _ in "HH" }, "c.csv": table([1001]) { _ in "HH" }]
            if isMovedOn { files["a.csv"] = table(0..<75) { "G\($0 / 3)" } }
            try lab.clean(files)
            let manifest = try #require(try await lab.split().manifest)
            #expect(manifest.counts.leftOut > 0 && manifest.counts.unaccounted == 0)
            func check() throws {
                let after = try lab.sideOfFirst()
                #expect(before.filter { Set(after[$0.key] ?? "") != Set($0.value) } == [:])
            }
            try check()
            #expect(try await lab.split().commit == nil, "nothing is left to do")
            for number in [2000, 2001] {
                files["b.csv", default: ""] += "\(number),HH,1\n"
                try lab.clean(files)
                _ = try await lab.split()
                try check()
            }
            // Whole again: what stayed in place of what was left out goes.
            try lab.clean(["b.csv": first, "c.csv": table([1001]) { _ in "HH" }])
            let whole = try #require(try await lab.split().manifest)
            #expect(whole.counts.leftOut == 0 && whole.counts.remaining == 0 && whole.counts.unaccounted == 0)
            #expect(whole.counts.onSides == 151)
            try check()
        }
    }

    @Test(
        "two divide at once: what the one has withdrawn is remembered after the merge, whichever manifest git has kept, and also after other commits",
        arguments: [false, true])
    func merged(isFollowed: Bool) async throws {
        try await SplitLab.with(rule: "{by: row, key: {column: id}, stratify: {column: l}, near-duplicates: false}") {
            lab in
            func table(_ numbers: some Sequence<Int>) -> String {
                (["id,l,x"] + numbers.map { "\($0),\($0 % 3),\($0 * 7)" }).joined(separator: "\n") + "\n"
            }
            let (all, less, more) = (table(0..<150), table((0..<150).filter { $0 % 3 > 0 }), table(1000..<1050))
            try lab.clean(["a.csv": all])
            _ = try await lab.split()
            let (base, before) = (try lab.tip(), try lab.sideOfFirst())
            try lab.clean(["a.csv": all, "b.csv": more])
            _ = try await lab.split()
            let theirs = try #require(try lab.tip())
            try await lab.reset(to: base)
            try lab.clean(["a.csv": less])
            _ = try await lab.split()
            let ours = try #require(try lab.tip())
            let repository = try Workspace(at: lab.top).repository
            let (theirTree, ourTree) = (try repository.tree(ofCommit: theirs), try repository.tree(ofCommit: ours))
            let names = ["train", "validation", "test"].map { RepoPath("data/split/\($0)/b.csv") } + [FlowFiles.split]
            let edits = try names.compactMap { name in
                try repository.entry(at: name, inTree: theirTree).map { TreeEdit.put(name, $0.mode, $0.id) }
            }
            let parents = isFollowed ? [try lab.note(on: ours), try lab.note(on: theirs)] : [ours, theirs]
            let merge = try lab.commit(repository.updateTree(ourTree, edits), on: parents)
            try await lab.reset(to: isFollowed ? lab.note(on: lab.note(on: merge)) : merge)
            try lab.clean(["a.csv": less, "b.csv": more])
            let manifest = try #require(try await lab.split().manifest)
            #expect(!manifest.warnings.contains { $0.contains("by hand") }, "\(manifest.warnings)")
            try lab.clean(["a.csv": all, "b.csv": more])
            _ = try await lab.split()
            let after = try lab.sideOfFirst()
            #expect(before.allSatisfy { after[$0.key] == $0.value } && after.count == 200)
        }
    }

    private func split(_ text: String) throws -> Configuration.Split {
        try Configuration.parse(Array("version: 1\nsplit: \(text)\n".utf8), name: "vx.yaml").split
    }

    @Test("what an older manifest remembers, by the hash that decides a side, is found")
    func older() throws {
        let split = try split("{by: row, key: {column: id}, normalise: [case]}")
        let hash = SideHash(seed: split.seed, shares: split.ratios)
        let withdrawn = Withdrawn(
            [
                "test": [hash.value(Array("k1".utf8))],
                "validation": [hash.value(group: "g".utf8)],
            ], split)
        let naming = ExampleNaming(split)
        let names = ExampleNames(key: naming.key(Array("K1".utf8)), group: naming.group("G".utf8))
        let found = try #require(withdrawn.recall(names))
        #expect(split.ratios.map(\.side)[try #require(found.key)] == "test")
        #expect(split.ratios.map(\.side)[try #require(found.group)] == "validation")
        #expect(withdrawn.recall(ExampleNames(key: naming.key(Array("k2".utf8)))) == nil)
    }

    @Test("a name is found whichever form its accents have", arguments: ["", ", normalise: [case]"])
    func accents(more: String) throws {
        let naming = ExampleNaming(try split("{by: row, key: {column: id}\(more)}"))
        let forms = ["\u{e9}\u{1e69}", "e\u{301}s\u{323}\u{307}", "e\u{301}s\u{307}\u{323}"].map { Array($0.utf8) }
        for names in [forms.map(naming.key), forms.map { naming.group($0) }, forms.map { naming.plain($0) }] {
            for kept in names {
                for other in names {
                    #expect(!Set(kept.exact).isDisjoint(with: other.exact))
                    #expect(kept.loose.first == other.loose.first)
                }
            }
        }
        // What was kept before there was more than the name as it is written is found by that.
        #expect(naming.plain(forms[1]).exact.first == naming.hash.value(forms[1]))
    }

    @Test("so many names are kept; those that the rule leads back go first, and the others are counted")
    func limit() throws {
        let split = try split("{by: row, key: {column: id}}")
        var withdrawn = Withdrawn([:], split, limit: 10)
        let naming = ExampleNaming(split)
        let leaving = (0..<20).map {
            Withdrawn.Leaving(name: naming.plain(Array("\($0)".utf8)), side: 0, isByRule: $0 < 12)
        }
        withdrawn.add(leaving)
        let kept = (0..<20).filter { withdrawn.recall(ExampleNames(key: naming.plain(Array("\($0)".utf8)))) != nil }
        #expect(kept.count <= 10 && kept.contains(12) && kept.contains(19))
        #expect(withdrawn.warning == nil)
        withdrawn.add((20..<30).map { .init(name: naming.plain(Array("\($0)".utf8)), side: 1, isByRule: false) })
        #expect(withdrawn.warning?.hasPrefix("\(withdrawn.forgotten) names") == true && withdrawn.forgotten > 0)
    }
}
