import VxModel

import struct SystemPackage.FilePath

/// Many examples, in columns: what is hashed as it is, names and times as numbers. 28 bytes for each, and what the rule asks for.
///
/// A row's number is its place in the order of appending. There is room for 2^32 - 2 rows.
package struct ExampleTable: Sendable {
    /// What is known of an example as it comes.
    struct Row: Sendable {
        var content: UInt128Key
        /// The same for examples that nearly say the same; 0 where that is not looked for.
        var near: UInt64
        /// The same for examples of one key; 0 for one that has none.
        var key: UInt64 = 0
        /// Of one without a group, its place in the order in which new examples are decided over.
        var value: UInt64
        /// Where it is in its file.
        var line: Int
    }

    /// What became of an example.
    enum Fate: Equatable {
        case open
        /// Not decided over; what it is the new version of is on that side.
        case hint(Int)
        /// It is on that side, or about to be written there.
        case side(Int)
        /// It stands where the division before put it: it is not written again.
        case known
        /// Its content is on a side already, and `duplicates: once` leaves it at that.
        case repeated
        /// It would be on two sides by its key and its group.
        case leftOut
        /// It was on a side, and its source does not have it any more.
        case gone

        fileprivate init(code: Int32) {
            self =
                switch code {
                case -1: .open
                case -2: .known
                case -3: .leftOut
                case -4: .repeated
                case -5: .gone
                case ..<0: .hint(Int(-16 - code))
                default: .side(Int(code))
                }
        }

        fileprivate var code: Int32 {
            switch self {
            case .open: -1
            case .known: -2
            case .leftOut: -3
            case .repeated: -4
            case .gone: -5
            case .hint(let side): -16 - Int32(side)
            case .side(let side): Int32(side)
            }
        }
    }

    /// A row that comes back: the division before remembers where it was.
    struct Return: Sendable {
        var row: Int
        var names: ExampleNames
        var recalled: Withdrawn.Recalled
    }

    private static let none = UInt32.max

    private var contents = LongList<UInt128Key>()
    /// The value of a row without a group; of one with a group, the rank of its key among those of the group.
    private var values = LongList<UInt64>()
    private var lines = LineNumbers()
    private var codes = LongList<Int32>()
    private var nears = RareColumn<UInt64>(usual: 0)
    private var keys = RareColumn<UInt64>(usual: 0)
    private var groupNumbers = RareColumn(usual: Self.none)
    private var stratumNumbers = RareColumn(usual: Self.none)
    private var timeNumbers = RareColumn(usual: Self.none)
    /// Of rows with a group, those whose key is not in ``keyOrder``.
    private var unordered = RareColumn(usual: false)
    private var keyOrder = KeyOrder()
    /// The names of groups as they are written; equal ones have the number of the first.
    private(set) var groups = NumberedTexts()
    /// By the numbers of groups as they are written, where their rows come in the order; for those that are decided over.
    private var groupValues: [UInt64] = []
    private(set) var strata = NumberedTexts()
    private var times = NumberedTexts()
    private(set) var moments: [TimePoint.Moment] = []
    /// For each row, what is the same for keys that differ in spelling only; 0 where keys are no column.
    private var spellings = RareColumn<UInt64>(usual: 0)
    /// The rows that come back, if nothing of their content stands.
    private(set) var returns: [Return] = []

    init() {}

    /// Rows of a side as they were kept: they stand, and have no place in the order.
    ///
    /// - Parameter labels: what their path says of all of them.
    init(_ rows: KeptRows, _ labels: SplitRows.Labels) {
        defer { rows.drop() }
        contents = LongList(rows.contents)
        rows.drop()
        lines = rows.lines.isEmpty ? LineNumbers(first: rows.firstLine, count: rows.count) : LineNumbers(rows.lines)
        codes = LongList(count: rows.count) { _ in Fate.open.code }
        values = LongList(count: rows.count) { _ in 0 }
        nears = RareColumn(usual: 0, LongList(rows.nears))
        keys = RareColumn(usual: 0, LongList(rows.keys))
        spellings = RareColumn(usual: 0, LongList(rows.spellings))
        groups = NumberedTexts(different: rows.groupNames)
        groupNumbers = RareColumn(usual: Self.none, LongList(rows.groups))
        if let group = labels.group {
            let number = UInt32(groups.number(asWritten: group.utf8))
            groupNumbers = RareColumn(usual: Self.none, LongList(count: rows.count) { _ in number })
        }
        if !groupNumbers.isEmpty { unordered = RareColumn(usual: false, LongList(count: rows.count) { _ in true }) }
        let strataNumbers = rows.stratumNames.map { UInt32(strata.number(of: $0)) }
        stratumNumbers = RareColumn(usual: Self.none, Self.numbers(rows.strata, strataNumbers, rows.count))
        if let stratum = labels.stratum {
            let number = UInt32(strata.number(of: stratum))
            stratumNumbers = RareColumn(usual: Self.none, LongList(count: rows.count) { _ in number })
        }
        let timed = rows.moments.map { number(of: $0) }
        timeNumbers = RareColumn(usual: Self.none, Self.numbers(rows.times, timed, rows.count))
    }

    /// Kept numbers by what they are here: mostly the same.
    private static func numbers(_ kept: UnsafeBufferPointer<UInt32>, _ known: [UInt32], _ count: Int) -> LongList<UInt32> {
        if kept.isEmpty || known.indices.allSatisfy({ known[$0] == $0 }) { return LongList(kept) }
        return LongList(count: count) { kept[$0] == none ? none : known[Int(kept[$0])] }
    }

    var count: Int { codes.count }

    func content(_ row: Int) -> UInt128Key { contents[row] }
    func near(_ row: Int) -> UInt64 { nears[row] }
    func key(_ row: Int) -> UInt64 { keys[row] }
    func spelling(_ row: Int) -> UInt64 { spellings[row] }
    func group(_ row: Int) -> Int? {
        let number = groupNumbers[row]
        return number == Self.none ? nil : groups.first(Int(number))
    }
    func stratum(_ row: Int) -> Int? { Self.number(stratumNumbers[row]) }
    func time(_ row: Int) -> Int? { Self.number(timeNumbers[row]) }
    func line(_ row: Int) -> Int { Int(lines[row]) }
    func fate(_ row: Int) -> Fate { Fate(code: codes[row]) }

    /// The side a row is on, where it is on one.
    func side(_ row: Int) -> Int? {
        let code = codes[row]
        return code < 0 ? nil : Int(code)
    }

    /// Reads what deciding over a row needs of it, so that it is in the processor's memory then.
    func lookAhead(_ row: Int) -> UInt64 {
        contents[row].low &+ keys[row] &+ values[row] &+ UInt64(groupNumbers[row]) &+ UInt64(UInt32(bitPattern: codes[row]))
    }

    /// Has what is seldom looked at kept on disk, where it is much.
    mutating func keepAside(in folder: FilePath) { keyOrder.keepAside(in: folder) }

    /// - Throws: why rows could not be put in their order.
    func requireOrder() throws(VxError) { if let failure = keyOrder.failure { throw failure } }

    /// Whether some row has a key.
    var hasKeys: Bool { !keys.isEmpty }

    mutating func settle(_ row: Int, _ fate: Fate) { codes[row] = fate.code }

    private static func number(_ short: UInt32) -> Int? { short == none ? nil : Int(short) }

    /// How a time was written.
    func text(ofTime number: Int) -> String { times[number] }

    /// The number of a row's group as it is written, and not of the first that is equal to it.
    func writtenGroup(_ row: Int) -> Int? { Self.number(groupNumbers[row]) }

    /// Appends an example.
    ///
    /// - Parameters:
    ///   - key: decides between rows of the same group; `nil` where the content does.
    ///   - spelling: the same for keys that differ in spelling only; 0 where there is nothing to compare.
    mutating func append(
        _ row: Row, group: [UInt8]?, stratum: String?, time: TimePoint?, key: (some Collection<UInt8>)?,
        spelling: UInt64 = 0
    ) {
        let place = count
        contents.append(row.content)
        lines.append(UInt32(clamping: row.line))
        codes.append(Fate.open.code)
        nears.set(place, row.near)
        keys.set(place, row.key)
        spellings.set(place, spelling)
        if let stratum { stratumNumbers.set(place, UInt32(strata.number(of: stratum))) }
        if let time { timeNumbers.set(place, number(of: time)) }
        guard let group else { return values.append(row.value) }
        groupNumbers.set(place, UInt32(groups.number(asWritten: group)))
        unordered.set(place, key == nil)
        values.append(key.map { keyOrder.append(place, $0) } ?? 0)
    }

    /// Takes note that the last row is remembered.
    mutating func note(_ names: ExampleNames, _ recalled: Withdrawn.Recalled) {
        returns.append(Return(row: count - 1, names: names, recalled: recalled))
    }

    /// Appends the rows of another table and takes them from it, piece by piece.
    mutating func take(_ other: inout ExampleTable) {
        if keyOrder.isOpen, !other.groupNumbers.isEmpty { keyOrder.begin(with: other.firstKeys) }
        let first = count
        for item in other.returns {
            returns.append(Return(row: first + item.row, names: item.names, recalled: item.recalled))
        }
        takeValues(of: &other)
        contents.append(taking: &other.contents)
        lines.append(taking: &other.lines)
        codes.append(taking: &other.codes)
        nears.append(taking: &other.nears, at: first)
        keys.append(taking: &other.keys, at: first)
        spellings.append(taking: &other.spellings, at: first)
        unordered.append(taking: &other.unordered, at: first)
        let groups = self.groups.numbers(asWritten: other.groups)
        groupNumbers.append(taking: &other.groupNumbers, at: first) { groups[Int($0)] }
        let strata = (0..<other.strata.count).map { UInt32(self.strata.number(of: other.strata[$0])) }
        stratumNumbers.append(taking: &other.stratumNumbers, at: first) { strata[Int($0)] }
        let times = other.moments.indices.map { number(of: TimePoint(other.times[$0], at: other.moments[$0])) }
        timeNumbers.append(taking: &other.timeNumbers, at: first) { times[Int($0)] }
        other = ExampleTable()
    }

    private mutating func takeValues(of other: inout ExampleTable) {
        if other.groupNumbers.isEmpty { return values.append(taking: &other.values) }
        let first = count
        for row in 0..<other.count {
            guard other.groupNumbers[row] != Self.none, !other.unordered[row] else {
                values.append(other.values[row])
                continue
            }
            values.append(keyOrder.append(first + row, other.keyOrder, row, rank: other.values[row]))
        }
        other.values = LongList()
        other.keyOrder = KeyOrder()
    }

    /// Keys of the first rows that have a group.
    private var firstKeys: [[UInt8]] {
        (0..<min(count, KeyOrder.sample)).filter { groupNumbers[$0] != Self.none && !unordered[$0] }
            .map { keyOrder.key($0, rank: values[$0]) }
    }

    private mutating func number(of time: TimePoint) -> UInt32 {
        let number = times.number(of: time.text)
        if number == moments.count { moments.append(time.moment) }
        return UInt32(number)
    }

    // MARK: - Order

    /// Where a row comes in the order in which new examples are decided over, once that was asked for.
    func value(_ row: Int) -> UInt64 {
        let group = groupNumbers[row]
        return group == Self.none ? values[row] : groupValues[Int(group)]
    }

    /// Gives groups their places in the order.
    ///
    /// - Parameter value: that of a group, by its name as it is written.
    mutating func place(groupsBy value: (ArraySlice<UInt8>) -> UInt64) {
        groupValues.reserveCapacity(groups.count)
        for number in groupValues.count..<groups.count { groupValues.append(value(groups.bytes(number))) }
    }

    /// The rows in the order of their values, equal ones by their keys, and these as they came. Groups have their places.
    func ordered(_ rows: Range<Int>) -> [UInt32] {
        // Half of each value in one piece, for now: that tells most apart, and is looked at several times.
        let values = rows.map { UInt32(truncatingIfNeeded: value($0) >> 32) }
        // By the upper 16 bits first, so that what is compared lies near.
        var starts = [UInt32](repeating: 0, count: (1 << 16) + 1)
        for value in values { starts[Int(value >> 16) + 1] += 1 }
        for place in 1..<starts.count { starts[place] += starts[place - 1] }
        var next = starts
        var order = [UInt32](repeating: 0, count: rows.count)
        for (row, value) in zip(rows, values) {
            let place = Int(value >> 16)
            order[Int(next[place])] = UInt32(row)
            next[place] += 1
        }
        order.withUnsafeMutableBufferPointer { order in
            for place in 0..<(1 << 16) where starts[place + 1] - starts[place] > 1 {
                var part = UnsafeMutableBufferPointer(rebasing: order[Int(starts[place])..<Int(starts[place + 1])])
                part.sort { left, right in
                    let (value, other) = (values[Int(left) - rows.lowerBound], values[Int(right) - rows.lowerBound])
                    return value == other ? precedes(Int(left), Int(right)) : value < other
                }
            }
        }
        return order
    }

    /// Gives back the memory of what only the order needs.
    mutating func endOrdering() { (values, keyOrder, unordered) = (LongList(), KeyOrder(), RareColumn(usual: false)) }

    /// Gives back that of what equal and nearly equal rows are found by.
    mutating func endComparing() { (contents, nears) = (LongList(), RareColumn(usual: 0)) }

    private func precedes(_ left: Int, _ right: Int) -> Bool {
        let (value, otherValue) = (value(left), value(right))
        if value != otherValue { return value < otherValue }
        // Without a group, the value is the key's hash: equal values are equal keys.
        guard groupNumbers[left] != Self.none, groupNumbers[right] != Self.none else { return left < right }
        switch (unordered[left], unordered[right]) {
        case (false, false):
            return keyOrder.precedes(left, values[left], right, values[right]) ?? (left < right)
        case (true, true):
            let (content, other) = (contents[left], contents[right])
            return content == other ? left < right : (content.high, content.low) < (other.high, other.low)
        // In a group, some rows may have no key: they come after those that have one.
        case (false, true): return true
        case (true, false): return false
        }
    }
}
