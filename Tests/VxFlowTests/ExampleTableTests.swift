import Testing

import struct SystemPackage.FilePath

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
                row(number), group: number % 3 == 0 ? Array("g\(number % 7)".utf8) : nil, stratum: "s\(number % 2)",
                time: number % 2 == 0 ? TimePoint("\(number % 11)") : nil,
                key: number % 2 == 0 ? Array("k\(number)".utf8) : nil)
        }
        return table
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
            #expect(whole.content(number) == joined.content(number))
            #expect(whole.line(number) == number && joined.line(number) == number)
            #expect(whole.group(number).map { whole.groups[$0] } == joined.group(number).map { joined.groups[$0] })
            #expect(whole.stratum(number).map { whole.strata[$0] } == joined.stratum(number).map { joined.strata[$0] })
            let (time, same) = (whole.time(number), joined.time(number))
            #expect(time.map { whole.text(ofTime: $0) } == same.map { joined.text(ofTime: $0) })
            #expect(time.map { whole.moments[$0] } == same.map { joined.moments[$0] })
        }
        let rows = 0..<whole.count
        whole.place(groupsBy: value)
        joined.place(groupsBy: value)
        #expect(whole.ordered(rows) == joined.ordered(rows))
        whole.settle(0, .side(2))
        #expect(whole.side(0) == 2 && joined.side(0) == nil)
    }

    @Test func aRowKeepsWhatBecameOfIt() {
        var table = table(0..<9000)
        for fate: ExampleTable.Fate in [
            .side(0), .side(70_000), .known, .leftOut, .repeated, .gone, .hint(0), .hint(70_000), .open,
        ] {
            table.settle(8999, fate)
            #expect(table.fate(8999) == fate && table.fate(8998) == .open)
        }
    }

    /// Groups in the order of their names.
    private func value(_ group: ArraySlice<UInt8>) -> UInt64 { UInt64(group.first ?? 0) << 56 }

    @Test(
        "the order is that of the groups, then of the keys' bytes, then of the rows, in one table as in many",
        arguments: ["", "k", "row-", "a longer beginning than eight bytes "])
    func order(start: String) {
        var table = ExampleTable()
        var joined = ExampleTable()
        var part = ExampleTable()
        var expected: [(group: String, key: [UInt8], row: Int)] = []
        // Keys that differ in their first bytes, behind them, in length, and not at all; some begin otherwise, or have a zero byte.
        let ends = ["", "1", "12", "12345678", "123456789", "12345678\u{0}", "1\u{0}2", "é", "zzzzzzzzzzzzzzzzzzzzzz"]
        for number in 0..<20_000 {
            let (group, end) = ("\(number % 5)", ends[number * 7919 % ends.count])
            let begins = number < 5000 || number % 7 != 0
            let key = Array((begins ? start : "").utf8) + Array("\(number % 11)\(end)".utf8)
            for table in [0, 1] {
                func append(to table: inout ExampleTable) {
                    table.append(row(number), group: Array(group.utf8), stratum: nil, time: nil, key: key)
                }
                if table == 0 { append(to: &part) } else { append(to: &joined) }
            }
            expected.append((group, key, number))
            if number % 4096 == 17 { table.take(&part) }
        }
        table.take(&part)
        expected.sort { one, other in
            if one.group != other.group { return one.group < other.group }
            if one.key != other.key { return one.key.lexicographicallyPrecedes(other.key) }
            return one.row < other.row
        }
        let rows = expected.map { UInt32($0.row) }
        table.place(groupsBy: value)
        joined.place(groupsBy: value)
        #expect(table.ordered(0..<20_000) == rows)
        #expect(joined.ordered(0..<20_000) == rows)
        #expect(table.ordered(100..<200) == rows.filter { (100..<200).contains($0) })
        #expect(table.ordered(0..<0) == [])
    }

    @Test(
        "many long keys are on disk, and where nothing can be written in memory: the order is the same",
        arguments: ["/tmp", "/nowhere/at/all", "/dev/full"])
    func orderAside(folder: String) throws {
        // So many that some are on disk: of those that begin otherwise, all of the key.
        let count = 140_000
        func key(_ number: Int) -> String {
            (number % 1000 == 999 ? "other " : "the same beginning ") + "2024-01-\(number * 7919 % 100_003)"
        }
        var table = ExampleTable()
        table.keepAside(in: FilePath(folder))
        var part = ExampleTable()
        for number in 0..<count {
            part.append(row(number), group: [UInt8(0x30 + number % 3)], stratum: nil, time: nil, key: key(number).utf8)
            if number % 4096 == 17 { table.take(&part) }
        }
        table.take(&part)
        table.place(groupsBy: value)
        let keys = (0..<count).map { Array(key($0).utf8) }
        let expected = (0..<count).sorted { one, other in
            if one % 3 != other % 3 { return one % 3 < other % 3 }
            if keys[one] != keys[other] { return keys[one].lexicographicallyPrecedes(keys[other]) }
            return one < other
        }
        #expect(table.ordered(0..<count) == expected.map { UInt32($0) })
        try table.requireOrder()
    }

    @Test("without a group, rows are in the order of their values, and these as they came")
    func orderOfValues() {
        var table = ExampleTable()
        var expected: [(value: UInt64, row: Int)] = []
        for number in 0..<5000 {
            // Values that differ in the upper bits, in the lower ones, and not at all.
            let value = UInt64(number % 5) << 60 | UInt64(number % 3)
            table.append(row(number, value: value), group: nil, stratum: nil, time: nil, key: [UInt8]?.none)
            expected.append((value, number))
        }
        expected.sort { ($0.value, $0.row) < ($1.value, $1.row) }
        #expect(table.ordered(0..<5000) == expected.map { UInt32($0.row) })
    }

    @Test("without a key, rows of a group are in the order of their contents, behind those that have one")
    func orderOfContents() {
        var table = ExampleTable()
        for number in (0..<1000).reversed() {
            table.append(row(number + 1000), group: Array("g".utf8), stratum: nil, time: nil, key: [UInt8]?.none)
        }
        table.place(groupsBy: value)
        #expect(table.ordered(0..<1000) == (0..<1000).reversed())
        table.append(row(0), group: Array("g".utf8), stratum: nil, time: nil, key: "z".utf8)
        #expect(table.ordered(0..<1001) == [1000] + (0..<1000).reversed())
    }

    @Test("a text has one number, however its letters are written")
    func texts() {
        var texts = NumberedTexts()
        let names = (0..<3000).map { "name \($0)" } + ["", "caf\u{e9}", "a longer name than fits into a word"]
        #expect(names.map { texts.number(of: $0) } == Array(0..<3003))
        #expect(names.reversed().map { texts.number(of: $0) } == (0..<3003).reversed())
        #expect(texts.number(of: "cafe\u{301}") == 3001)
        #expect(texts.count == 3003)
        #expect(texts.number(asWritten: "cafe\u{301}".utf8) == 3003)
        #expect(texts.first(3003) == 3001 && texts.first(3001) == 3001)
        #expect(texts.number(of: "cafe\u{301}") == 3001 && texts.number(asWritten: "caf\u{e9}".utf8) == 3001)
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
