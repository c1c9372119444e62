/// Finds rows by what they hold, and keeps no more than their numbers: 4 bytes for a slot, at most three of four of them full.
///
/// What the rows hold stays where it is; whoever asks compares.
struct RowNumbers: Sendable {
    /// A row's number and 1; 0 where there is none. As many as a power of two, or none at all.
    private var slots: [UInt32] = []
    private(set) var count = 0

    /// The first row put in with this hash that `matches`.
    func first(_ hash: UInt64, where matches: (Int) -> Bool) -> Int? {
        if slots.isEmpty { return nil }
        var slot = Self.place(hash, among: slots.count)
        while slots[slot] != 0 {
            let row = Int(slots[slot] - 1)
            if matches(row) { return row }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    /// The row that is looked at first for a hash, and stands for what is read from memory on the way.
    func nearest(_ hash: UInt64) -> Int? {
        if slots.isEmpty { return nil }
        let number = slots[Self.place(hash, among: slots.count)]
        return number == 0 ? nil : Int(number - 1)
    }

    /// Puts a row in; whether an equal one is there already is the caller's question.
    ///
    /// - Parameters:
    ///   - rows: what the numbers are of.
    ///   - hash: of one of the rows that are in, or of this one.
    mutating func insert<Rows>(_ row: Int, of rows: Rows, hash: (Rows, Int) -> UInt64) {
        reserve(count + 1, of: rows, hash: hash)
        put(row, hash(rows, row))
        count += 1
    }

    /// Makes room for so many rows.
    mutating func reserve<Rows>(_ count: Int, of rows: Rows, hash: (Rows, Int) -> UInt64) {
        var size = max(slots.count, 16)
        while count > size / 4 * 3 { size *= 2 }
        if size == slots.count { return }
        let old = slots
        slots = .init(repeating: 0, count: size)
        for number in old where number != 0 { put(Int(number - 1), hash(rows, Int(number - 1))) }
    }

    private mutating func put(_ row: Int, _ hash: UInt64) {
        var slot = Self.place(hash, among: slots.count)
        while slots[slot] != 0 { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = UInt32(row) + 1
    }

    /// By the upper bits of a product, in which every bit of the hash has a part.
    private static func place(_ hash: UInt64, among size: Int) -> Int {
        Int((hash &* 0x9e37_79b9_7f4a_7c15) >> UInt64(64 - size.trailingZeroBitCount))
    }
}
