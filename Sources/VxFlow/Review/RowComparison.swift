import VxModel
import VxStore
import VxTable

/// One table's content, and how it is written.
struct TableContent: Sendable, Hashable {
    var path: RepoPath
    var pointer: Pointer
    var form: TableForm
}

/// Finds the rows that two groups of tables do not have in common, in bounded memory.
///
/// Rows are told apart by 64 bits of their SHA-256. As many as ``limit`` are counted at a time: where there are more, only
/// those whose hash ends in certain bits, and the tables are read once more for the others.
struct RowComparison {
    let store: Store
    let columns: [String]
    /// The most rows whose counts are held at a time: about 50 MiB.
    var limit = 2 << 20
    /// The most rows given as a sample.
    var samples = 5

    private struct Enough: Error {}

    /// - Throws: where a table cannot be read.
    func difference(from old: [TableContent], to new: [TableContent]) throws -> RowDifference {
        var found = RowDifference(columns: columns)
        var classes: [(bits: UInt64, value: UInt64)] = [(0, 0)]
        while let (bits, value) = classes.popLast() {
            var (bits, counts) = (bits, [UInt64: Int]())
            func belongs(_ key: UInt64) -> Bool { key & ((1 << bits) - 1) == value }
            for (tables, step) in [(old, -1), (new, 1)] {
                for table in tables {
                    try rows(of: table) { key, _, _ in
                        guard belongs(key) else { return }
                        let count = counts[key, default: 0] + step
                        counts[key] = count == 0 ? nil : count
                        while counts.count > limit, bits < 63 {
                            classes.append((bits + 1, value | 1 << bits))
                            bits += 1
                            counts = counts.filter { belongs($0.key) }
                        }
                    }
                }
            }
            for count in counts.values {
                if count > 0 { found.added += count } else { found.removed -= count }
            }
            try sample(new, counts.filter { $0.value > 0 }, &found.addedSample)
            try sample(old, counts.filter { $0.value < 0 }, &found.removedSample)
        }
        return found
    }

    /// Takes the first rows whose hashes are among some, each once.
    private func sample(_ tables: [TableContent], _ keys: [UInt64: Int], _ sample: inout [[String]]) throws {
        var keys = keys
        for table in tables where !keys.isEmpty && sample.count < samples {
            do {
                try rows(of: table) { key, fields, positions in
                    guard keys.removeValue(forKey: key) != nil else { return }
                    sample.append(positions.map { $0.map { String(decoding: fields[$0], as: UTF8.self) } ?? "" })
                    if sample.count == samples || keys.isEmpty { throw Enough() }
                }
            } catch is Enough {
                continue
            }
        }
    }

    private func rows(
        of table: TableContent, _ body: (UInt64, [[UInt8]], [Int?]) throws -> Void
    ) throws {
        let compared = Set(columns)
        var positions: [Int?] = []
        var identity = RowIdentity()
        var count = 0
        try TableStream.read(table.pointer, table.form, store) { reader, _, fields in
            if count != fields.count {
                count = fields.count
                let places = Dictionary(zip(reader.columns, 0...), uniquingKeysWith: { first, _ in first })
                positions = columns.map { places[$0] }
                identity = RowIdentity(reader.columns, compared: compared)
            }
            try body(identity.digest(fields, reader.kinds).word0, fields, positions)
        }
    }
}
