import Testing
import VxConfig

@testable import VxFlow

@Suite("Division") struct AssignerTests {
    private func split(_ change: (inout Configuration.Split) -> Void = { _ in }) -> Configuration.Split {
        var split = Configuration.Split()
        change(&split)
        return split
    }

    private func examples(_ range: Range<Int>, group: ((Int) -> String)? = nil, stratum: ((Int) -> String)? = nil)
        -> [Example]
    {
        range.map { number in
            let key = Array("example-\(number)".utf8)
            return Example(
                key: key, content: UInt128Key(Array("\(number) content".utf8)), group: group?(number),
                stratum: stratum?(number))
        }
    }

    private func sides(_ decisions: [Assigner.Decision]) -> [Int?] {
        decisions.map { if case .side(let side) = $0 { side } else { nil } }
    }

    @Test("the hash is the one that is documented")
    func golden() {
        let hash = SideHash(seed: "0", shares: Configuration.Split().ratios)
        #expect(hash.value(Array("a".utf8)) == 0x87db_79e3_d9ec_e4da)
        #expect(hash.value(Array("".utf8)) == 0xf07f_88aa_896d_0c3a)
        #expect(
            SideHash(seed: "7", shares: Configuration.Split().ratios).value(Array("a".utf8)) == 0x2078_4dd8_19fa_43b0)
        #expect(hash.side(of: 0) == 0)
        #expect(hash.side(of: .max) == 2)
        #expect(hash.side(of: 0xcccc_cccc_cccc_cccc) == 0)
        #expect(hash.side(of: 0xcccc_cccc_cccd_0000) == 1)
    }

    @Test("shares are met within the error of the sample", arguments: ["0", "1", "spring"])
    func ratios(seed: String) {
        var assigner = Assigner(split { $0.seed = seed })
        let count = 20_000
        let found = sides(assigner.assign(examples(0..<count)))
        for (side, share) in Configuration.Split().ratios.enumerated() {
            let expected = share.ratio * Double(count)
            let deviation = (share.ratio * (1 - share.ratio) * Double(count)).squareRoot()
            #expect(abs(Double(found.count { $0 == side }) - expected) < 4 * deviation)
        }
    }

    @Test("old examples never move, whatever comes and in whatever order", arguments: [10, 500, 3000])
    func stability(growth: Int) {
        var first = Assigner(split())
        let old = examples(0..<1000)
        let before = sides(first.assign(old))
        var second = Assigner(split())
        let together = sides(second.assign((examples(1000..<(1000 + growth)) + old).reversed())).reversed()
        #expect(Array(together.suffix(1000)) == before)
        let grown = sides(first.assign(examples(1000..<(1000 + growth))))
        #expect(Array(together.prefix(growth)) == grown)
    }

    @Test("a group is on one side, also when it grows")
    func groups() {
        var assigner = Assigner(split())
        let group = { (number: Int) in "patient \(number % 97)" }
        var seen: [String: Int] = [:]
        for range in [0..<500, 500..<2000] {
            let batch = examples(range, group: group)
            for (example, side) in zip(batch, sides(assigner.assign(batch))) {
                let name = example.group ?? ""
                #expect(seen[name] == nil || seen[name] == side)
                seen[name] = side
            }
        }
        #expect(Set(seen.values).count == 3)
    }

    @Test("equal content goes to the side of the first, once or as often as it comes")
    func contents() {
        for duplicates in [Configuration.Duplicates.keep, .once] {
            var assigner = Assigner(split { $0.duplicates = duplicates })
            let old = examples(0..<300)
            let before = sides(assigner.assign(old)).map { $0 ?? -1 }
            let copies = old.map { Example(key: $0.key + [1], content: $0.content) }
            #expect(
                assigner.assign(copies)
                    == before.map { duplicates == .keep ? Assigner.Decision.side($0) : .repeated($0) })
        }
    }

    @Test("the key decides before the group, the group before the content; key and group on two sides: on neither")
    func precedence() {
        var assigner = Assigner(split())
        let same = UInt128Key([1])
        assigner.remember(Example(key: [1], content: same, identity: "k", group: "a"), on: 0)
        assigner.remember(Example(key: [2], content: UInt128Key([2]), identity: "l", group: "b"), on: 2)
        func decide(_ content: UInt128Key, _ identity: String?, _ group: String?) -> Assigner.Decision? {
            assigner.assign([Example(key: [3], content: content, identity: identity, group: group)]).first
        }
        #expect(decide(same, nil, "b") == .side(2))
        #expect(decide(UInt128Key([3]), "k", nil) == .side(0))
        #expect(decide(UInt128Key([2]), "k", nil) == .side(0))
        #expect(decide(UInt128Key([4]), "k", "b") == .leftOut(keySide: 0, groupSide: 2))
        #expect(decide(UInt128Key([2]), nil, nil) == .side(2))
    }

    @Test("with strata, all rows of a key are on one side, as those of one that is known")
    func keysWithStrata() {
        var assigner = Assigner(split())
        let stratum = { (number: Int) in "\(number % 3)" }
        func batch(_ range: Range<Int>, _ keys: Int) -> [Example] {
            examples(range, stratum: stratum).enumerated().map { number, example in
                var example = example
                example.identity = "key \(number % keys)"
                return example
            }
        }
        var seen: [String: Int?] = [:]
        for found in [batch(0..<900, 300), batch(900..<2000, 400)] {
            for (example, side) in zip(found, sides(assigner.assign(found))) {
                let key = example.identity ?? ""
                #expect(seen[key] == nil || seen[key] == side)
                seen[key] = side
            }
        }
        #expect(Set(seen.values).count == 3)
    }

    @Test("each stratum is divided on its own, to the example")
    func strata() {
        var assigner = Assigner(split())
        let stratum = { (number: Int) in number % 10 == 0 ? "rare" : "common" }
        let batch = examples(0..<1000, stratum: stratum)
        let found = sides(assigner.assign(batch))
        for (name, count) in [("rare", 100), ("common", 900)] {
            for (side, share) in Configuration.Split().ratios.enumerated() {
                let number = zip(batch, found).count { $0.stratum == name && $1 == side }
                #expect(abs(Double(number) - share.ratio * Double(count)) <= 1)
            }
        }
        let more = examples(1000..<1500, stratum: stratum)
        let other = sides(assigner.assign(more))
        #expect(abs(Double(other.count { $0 == 2 }) - 50) <= 2)
    }

    @Test("what is on two sides of what was divided before is told, whether content or group")
    func overlap() {
        var assigner = Assigner(split())
        let (one, two) = (UInt128Key([1]), UInt128Key([2]))
        assigner.remember(Example(key: [1], content: one, group: "a"), on: 0)
        assigner.remember(Example(key: [1], content: one, group: "a"), on: 0)
        #expect(assigner.overlap.isEmpty)
        assigner.remember(Example(key: [2], content: two, group: "a"), on: 2)
        #expect(assigner.overlap == .init(contents: [], groups: ["a"]))
        // Another group's is where its group is.
        assigner.remember(Example(key: [3], content: one, group: "b"), on: 1)
        #expect(assigner.overlap == .init(contents: [], groups: ["a"]))
        assigner.remember(Example(key: [3], content: one, group: "a"), on: 1)
        #expect(assigner.overlap == .init(contents: [one], groups: ["a"]))
        #expect(assigner.overlap.concerns(content: one, group: nil))
        #expect(assigner.overlap.concerns(content: UInt128Key([9]), group: "a"))
        #expect(!assigner.overlap.concerns(content: two, group: "b"))
    }

    private func cuts(_ batch: [Example], _ rule: Configuration.Split) -> [TimePoint]? {
        var assigner = Assigner(rule)
        for example in batch { _ = assigner.append(example) }
        assigner.cut(0..<batch.count)
        return assigner.cuts
    }

    /// Examples at these times, each of other content.
    private func examples(_ times: [String], group: (Int) -> String? = { _ in nil }) -> [Example] {
        times.enumerated().map { number, time in
            let bytes = Array("\(number)".utf8)
            return Example(key: bytes, content: UInt128Key(bytes), group: group(number), time: TimePoint(time))
        }
    }

    @Test("by time, the newest are the test side, and the cuts stay")
    func time() throws {
        let times = (0..<100).map { "2024-0\($0 / 18 + 1)-\($0 % 18 + 10)" }
        let rule = split { $0.time = "when" }
        let cuts = try #require(self.cuts(examples(times), rule))
        #expect(cuts.map(\.text) == [times.sorted()[80], times.sorted()[90]])
        var assigner = Assigner(rule)
        assigner.cuts = cuts
        let found = sides(assigner.assign(examples(times)))
        #expect(found.count { $0 == 2 } == 10)
        #expect(zip(times, found).allSatisfy { ($0 < cuts[0].text) == ($1 == 0) })
    }

    @Test("the test side is the newest wherever it is written", arguments: [0, 1, 2])
    func testSideLast(place: Int) throws {
        let rule = split { split in
            split.time = "when"
            split.ratios = [.init(side: "train", ratio: 0.7), .init(side: "late", ratio: 0.2)]
            split.ratios.insert(.init(side: "test", ratio: 0.1), at: place)
        }
        let batch = examples((1...1000).map(String.init))
        var assigner = Assigner(rule)
        assigner.cuts = cuts(batch, rule)
        let found = sides(assigner.assign(batch)).map { $0.map { rule.ratios[$0].side } }
        #expect(found.prefix(700).allSatisfy { $0 == "train" })
        #expect(found.suffix(100).allSatisfy { $0 == "test" })
    }

    @Test("a group is as new as its newest example: train has nothing that is newer than the cut")
    func timeOfGroups() throws {
        let rule = split { $0.time = "when" }
        let batch = examples((1...1000).map(String.init)) { "p\($0 % 30)" }
        var assigner = Assigner(rule)
        assigner.cuts = cuts(batch, rule)
        let found = sides(assigner.assign(batch))
        let cut = try #require(assigner.cuts?.first)
        #expect(found.allSatisfy { $0 != nil })
        for side in 0..<3 { #expect(found.count { $0 == side } >= 90) }
        #expect(zip(batch, found).allSatisfy { example, side in side != 0 || example.time.map { $0 < cut } == true })
        let groups = Dictionary(grouping: zip(batch, found), by: { $0.0.group ?? "" })
        #expect(groups.values.allSatisfy { Set($0.map(\.1)).count == 1 })
    }

    @Test func noExamplesHaveNoCuts() {
        #expect(cuts([], split { $0.time = "when" }) == nil)
    }
}
