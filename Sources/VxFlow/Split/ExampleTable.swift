/// Many examples, 64 bytes each: what is hashed as it is, names and times as numbers.
///
/// A row's number is its place in the order of appending. There is room for 2^32 - 2 rows, which is 256 GiB.
package struct ExampleTable: Sendable {
    /// What is known of one example, and where it went.
    struct Row: Sendable {
        var content: UInt128Key
        /// The same for examples that nearly say the same.
        var near: UInt64
        /// The same for examples of one key, in this process; 0 for one that has none.
        var key: UInt64
        /// Its place in the order in which new examples are decided over.
        var value: UInt64
        /// Where it is in its file.
        private var shortLine: UInt32
        fileprivate var groupNumber: UInt32 = .max
        fileprivate var stratumNumber: UInt32 = .max
        fileprivate var timeNumber: UInt32 = .max
        fileprivate var keyNumber: UInt32 = .max
        private var code: Int32 = -1

        /// What became of it.
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
        }

        var fate: Fate {
            get {
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
            set {
                code =
                    switch newValue {
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

        /// The side it is on, where it is on one.
        var side: Int? { code < 0 ? nil : Int(code) }
        var group: Int? { groupNumber == .max ? nil : Int(groupNumber) }
        var stratum: Int? { stratumNumber == .max ? nil : Int(stratumNumber) }
        var time: Int? { timeNumber == .max ? nil : Int(timeNumber) }
        var line: Int { Int(shortLine) }

        init(content: UInt128Key, near: UInt64, key: UInt64 = 0, value: UInt64, line: Int) {
            self.content = content
            self.near = near
            self.key = key
            self.value = value
            shortLine = UInt32(clamping: line)
        }
    }

    /// A row that comes back: the division before remembers where it was.
    struct Return: Sendable {
        var row: Int
        var names: ExampleNames
        var recalled: Withdrawn.Recalled
    }

    /// So many rows are in each chunk but the last: a table grows without ever being copied.
    private static let chunk = 1 << 13

    private var chunks: [[Row]] = []
    private(set) var count = 0
    private(set) var groups = NumberedTexts()
    private(set) var strata = NumberedTexts()
    private var times = NumberedTexts()
    private(set) var moments: [TimePoint.Moment] = []
    private var keys = TextList()
    /// For each row, what is the same for keys that differ in spelling only; empty where keys are no column.
    private(set) var spellings = LongList<UInt64>()
    /// The rows that come back, if nothing of their content stands.
    private(set) var returns: [Return] = []

    init() {}

    subscript(_ row: Int) -> Row {
        get { chunks[row / Self.chunk][row % Self.chunk] }
        _modify { yield &chunks[row / Self.chunk][row % Self.chunk] }
    }

    /// How a time was written.
    func time(_ number: Int) -> String { times[number] }

    /// The number of a key in this process: that of every way to write it that `String` takes for the same.
    static func number(ofKey key: String) -> UInt64 { max(1, UInt64(bitPattern: Int64(key.hashValue))) }

    /// Appends an example.
    ///
    /// - Parameters:
    ///   - key: decides between rows of the same group; `nil` where the content does.
    ///   - spelling: the same for keys that differ in spelling only; for all rows of a table or for none.
    mutating func append(
        _ row: Row, group: String?, stratum: String?, time: TimePoint?, key: (some Collection<UInt8>)?,
        spelling: UInt64? = nil
    ) {
        if let spelling { spellings.append(spelling) }
        var row = row
        if let group { row.groupNumber = UInt32(groups.number(of: group)) }
        if let stratum { row.stratumNumber = UInt32(strata.number(of: stratum)) }
        if let time { row.timeNumber = number(of: time) }
        if let key {
            row.keyNumber = UInt32(keys.count)
            keys.append(key)
        }
        append(row)
    }

    /// Takes note that the last row is remembered.
    mutating func note(_ names: ExampleNames, _ recalled: Withdrawn.Recalled) {
        returns.append(Return(row: count - 1, names: names, recalled: recalled))
    }

    /// Appends the rows of another table and takes them from it, chunk by chunk.
    mutating func take(_ other: inout ExampleTable) {
        if count == 0 {
            swap(&self, &other)
            return
        }
        spellings.append(contentsOf: other.spellings)
        for item in other.returns {
            returns.append(Return(row: count + item.row, names: item.names, recalled: item.recalled))
        }
        let groups = (0..<other.groups.count).map { UInt32(self.groups.number(of: other.groups[$0])) }
        let strata = (0..<other.strata.count).map { UInt32(self.strata.number(of: other.strata[$0])) }
        let times = other.moments.indices.map {
            number(of: TimePoint(other.times[$0], at: other.moments[$0]))
        }
        for chunk in other.chunks.indices {
            for var row in other.chunks[chunk] {
                if let number = row.group { row.groupNumber = groups[number] }
                if let number = row.stratum { row.stratumNumber = strata[number] }
                if let number = row.time { row.timeNumber = times[number] }
                if row.keyNumber != .max {
                    let number = UInt32(keys.count)
                    keys.append(other.keys[Int(row.keyNumber)])
                    row.keyNumber = number
                }
                append(row)
            }
            other.chunks[chunk] = []
        }
        other = ExampleTable()
    }

    private mutating func append(_ row: Row) {
        if count % Self.chunk == 0 { chunks.append([]) }
        let last = chunks.count - 1
        // A small table takes little; a large one grows by whole chunks.
        if chunks[last].count == 256 || (last > 0 && chunks[last].isEmpty) {
            chunks[last].reserveCapacity(Self.chunk)
        }
        chunks[last].append(row)
        count += 1
    }

    private mutating func number(of time: TimePoint) -> UInt32 {
        let number = times.number(of: time.text)
        if number == moments.count { moments.append(time.moment) }
        return UInt32(number)
    }

    /// The rows in the order of their values, equal ones by their keys, and these as they came.
    func ordered(_ rows: Range<Int>) -> [UInt32] {
        // By the upper 16 bits first, so that what is compared lies near.
        var starts = [Int](repeating: 0, count: (1 << 16) + 1)
        for row in rows { starts[Int(self[row].value >> 48) + 1] += 1 }
        for place in 1..<starts.count { starts[place] += starts[place - 1] }
        var next = starts
        var order = [UInt32](repeating: 0, count: rows.count)
        for row in rows {
            let place = Int(self[row].value >> 48)
            order[next[place]] = UInt32(row)
            next[place] += 1
        }
        for place in 0..<(1 << 16) where starts[place + 1] - starts[place] > 1 {
            order[starts[place]..<starts[place + 1]].sort { precedes(Int($0), Int($1)) }
        }
        return order
    }

    private func precedes(_ left: Int, _ right: Int) -> Bool {
        let (one, other) = (self[left], self[right])
        if one.value != other.value { return one.value < other.value }
        // In a group, some rows may have no key: they come after those that have one.
        if one.group != nil, (one.keyNumber == .max) != (other.keyNumber == .max) { return one.keyNumber != .max }
        if one.keyNumber != .max, other.keyNumber != .max {
            let (key, otherKey) = (keys[Int(one.keyNumber)], keys[Int(other.keyNumber)])
            if !key.elementsEqual(otherKey) { return key.lexicographicallyPrecedes(otherKey) }
        } else if one.group != nil, one.content != other.content {
            // Without a group, the value is the key's hash: equal values are equal keys.
            return (one.content.high, one.content.low) < (other.content.high, other.content.low)
        }
        return left < right
    }
}
