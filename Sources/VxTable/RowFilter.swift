/// A set of a table's records by their numbers, a bit for each.
package struct RecordSet: Sendable {
    private var words: [UInt64] = []
    /// How many there are.
    package private(set) var count = 0

    /// The empty set.
    package init() {}

    /// Whether the record of a number, counted from 1, is one of them.
    package func contains(_ record: Int) -> Bool {
        let word = record / 64
        return word < words.count && words[word] & (1 << UInt64(record % 64)) != 0
    }

    /// Adds a record by its number.
    package mutating func insert(_ record: Int) {
        if contains(record) { return }
        let word = record / 64
        if word >= words.count {
            words.append(contentsOf: repeatElement(0, count: max(word + 1 - words.count, words.count)))
        }
        words[word] |= 1 << UInt64(record % 64)
        count += 1
    }

    /// Adds the records of another set.
    package mutating func formUnion(_ other: RecordSet) {
        if other.words.count > words.count {
            words.append(contentsOf: repeatElement(0, count: other.words.count - words.count))
        }
        for (position, word) in other.words.enumerated() { words[position] |= word }
        count = words.reduce(0) { $0 + $1.nonzeroBitCount }
    }
}

/// Takes records out of a table and leaves every other byte of it as it is.
package struct RowFilter {
    private var cutter: RecordCutter
    private let dropped: RecordSet
    private var record = 0

    /// - Parameter dropped: the records by their numbers, as ``TableReader/line`` counts them.
    package init(_ form: TableForm, dropping dropped: RecordSet) {
        cutter = RecordCutter(form, keepsEnds: true)
        self.dropped = dropped
    }

    /// Takes the next piece; calls `body` with what stays.
    ///
    /// - Throws: what `body` throws; where a record is longer than 64 MiB.
    package mutating func take(
        _ piece: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        var record = record
        try cutter.take(piece) { bytes in
            record += 1
            if !dropped.contains(record) { try body(bytes) }
        }
        self.record = record
    }

    /// Gives the last record where it has no line end.
    ///
    /// - Throws: as ``take(_:_:)``.
    package mutating func finish(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        let record = record + 1
        try cutter.finish { bytes in
            if !dropped.contains(record) { try body(bytes) }
        }
    }
}
