import Testing

@testable import VxFlow

@Suite("Many examples") struct ExampleTableTests {
    private func row(_ number: Int, value: UInt64 = 0) -> ExampleTable.Row {
        .init(content: UInt128Key(Array("\(number)".utf8)), near: 0, value: value, line: number)
    }

    /// A table of so many rows, every third with a group, every second with a time and a key.
    private func table(_ rows: Range<Int>) -> ExampleTable {
        var table = ExampleTable()
        for number in rows {
            table.append(
                row(number), group: number % 3 == 0 ? "g\(number % 7)" : nil, stratum: "s\(number % 2)",
                time: number % 2 == 0 ? TimePoint("\(number % 11)") : nil,
                key: number % 2 == 0 ? Array("k\(number)".utf8) : nil)
        }
        return table
    }

    @Test("a row takes 64 bytes")
    func size() {
        #expect(MemoryLayout<ExampleTable.Row>.stride == 64)
    }

    @Test(
        "tables one after another are as one that was filled at once",
        arguments: [1, 7, 255, 256, 257, 8192, 20_000])
    func taking(size: Int) {
        let ends = [0, size, size + 3, 2 * size + 3]
        var whole = table(0..<2 * size + 3)
        var joined = ExampleTable()
        for (first, end) in zip(ends, ends.dropFirst()) {
            var part = table(first..<end)
            joined.take(&part)
            #expect(part.count == 0)
        }
        #expect(joined.count == whole.count)
        for number in 0..<whole.count {
            let (one, other) = (whole[number], joined[number])
            #expect(one.content == other.content && one.line == other.line && other.line == number)
            #expect(one.group.map { whole.groups[$0] } == other.group.map { joined.groups[$0] })
            #expect(one.stratum.map { whole.strata[$0] } == other.stratum.map { joined.strata[$0] })
            #expect(one.time.map { whole.time($0) } == other.time.map { joined.time($0) })
            #expect(one.time.map { whole.moments[$0] } == other.time.map { joined.moments[$0] })
        }
        whole[0].fate = .side(2)
        #expect(whole[0].side == 2 && joined[0].side == nil)
    }

    @Test func aRowKeepsWhatBecameOfIt() {
        var table = table(0..<9000)
        for fate: ExampleTable.Row.Fate in [
            .side(0), .side(70_000), .known, .leftOut, .repeated, .gone, .hint(0), .hint(70_000), .open,
        ] {
            table[8999].fate = fate
            #expect(table[8999].fate == fate && table[8998].fate == .open)
        }
    }

    @Test("the order is that of the values, then of the keys, then of the rows")
    func order() {
        var table = ExampleTable()
        var expected: [(value: UInt64, key: String, row: Int)] = []
        for number in 0..<5000 {
            // Values that differ in the upper bits, in the lower ones, and not at all.
            let value = UInt64(number % 5) << 60 | UInt64(number % 3)
            let key = "\(number * 7919 % 100)"
            table.append(row(number, value: value), group: "g", stratum: nil, time: nil, key: key.utf8)
            expected.append((value, key, number))
        }
        expected.sort { ($0.value, $0.key, $0.row) < ($1.value, $1.key, $1.row) }
        #expect(table.ordered(0..<5000) == expected.map { UInt32($0.row) })
        #expect(table.ordered(100..<200) == expected.filter { (100..<200).contains($0.row) }.map { UInt32($0.row) })
        #expect(table.ordered(0..<0) == [])
    }

    @Test("without a key, rows of a group are in the order of their contents")
    func orderOfContents() {
        var table = ExampleTable()
        for number in (0..<1000).reversed() {
            table.append(row(number + 1000), group: "g", stratum: nil, time: nil, key: [UInt8]?.none)
        }
        #expect(table.ordered(0..<1000) == (0..<1000).reversed())
    }

    @Test("a text has one number, however its letters are written")
    func texts() {
        var texts = NumberedTexts()
        let names = (0..<3000).map { "name \($0)" } + ["", "caf\u{e9}", "a longer name than fits into a word"]
        #expect(names.map { texts.number(of: $0) } == Array(0..<3003))
        #expect(names.reversed().map { texts.number(of: $0) } == (0..<3003).reversed())
        #expect(texts.number(of: "cafe\u{301}") == 3001)
        #expect(texts.count == 3003)
        #expect(names.indices.allSatisfy { texts[$0] == names[$0] })
    }
}

@Suite("Numbers of rows") struct RowNumbersTests {
    @Test("each row is found, no other is, whatever the hashes", arguments: [1, 2, 1000, UInt64.max])
    func finding(different: UInt64) {
        let rows = (0..<2000).map { UInt64($0) * 0x1_0000_0001 }
        let hash = { (row: UInt64) in row % different }
        var numbers = RowNumbers()
        for number in rows.indices {
            #expect(numbers.first(hash(rows[number])) { rows[$0] == rows[number] } == nil)
            numbers.insert(number, of: rows) { hash($0[$1]) }
        }
        #expect(numbers.count == 2000)
        for number in rows.indices {
            #expect(numbers.first(hash(rows[number])) { rows[$0] == rows[number] } == number)
        }
    }

    @Test("of equal rows, the one put in first is found, also after growing")
    func first() {
        var numbers = RowNumbers()
        let rows = [UInt64](repeating: 5, count: 100)
        for number in rows.indices { numbers.insert(number, of: rows) { $0[$1] } }
        #expect(numbers.first(5) { _ in true } == 0)
        #expect(numbers.first(6) { rows[$0] == 6 } == nil)
    }
}
