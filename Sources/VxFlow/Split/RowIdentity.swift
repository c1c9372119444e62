import VxModel
import VxTable

/// What the rows of a table say, as bytes: the same for rows with the same values in columns of the same names, in whatever
/// order these are (docs/formats/split-manifest.md).
struct RowIdentity {
    /// A column's place in the row, and its name as it goes into the bytes.
    private struct Column {
        var position: Int
        var prefix: [UInt8]
    }

    private var columns: [Column] = []
    // One for all rows: an array for each would cost more than its hash.
    private var said: [UInt8] = []
    private var buffer: [UInt8] = []
    /// What is added to each column besides its prefix and its bytes.
    private static let frame = 5

    /// - Parameters:
    ///   - names: of the columns, in the order of the fields.
    ///   - compared: names of the columns that count; `nil` for all.
    init(_ names: [String] = [], compared: Set<String>? = nil) {
        columns = names.enumerated()
            .filter { compared?.contains($1) ?? true }
            .map { (position: $0, name: Array($1.utf8)) }
            .sorted { $0.name.lexicographicallyPrecedes($1.name) }
            .map { Column(position: $0.position, prefix: Self.length($0.name.count) + $0.name) }
    }

    private static func length(_ count: Int) -> [UInt8] {
        let count = UInt32(clamping: count)
        return [UInt8(count >> 24), UInt8(count >> 16 & 0xff), UInt8(count >> 8 & 0xff), UInt8(count & 0xff)]
    }

    /// The hash of what a row says.
    mutating func digest(_ fields: [[UInt8]], _ kinds: [FieldKind]) -> ContentID {
        var size = 0
        for column in columns { size += column.prefix.count + Self.frame + fields[column.position].count }
        if said.count < size { said = .init(repeating: 0, count: 2 * size) }
        return said.withUnsafeMutableBytes { buffer in
            var end = 0
            func append(_ bytes: [UInt8]) {
                UnsafeMutableRawBufferPointer(rebasing: buffer[end...]).copyBytes(from: bytes)
                end += bytes.count
            }
            for column in columns where kinds[column.position] != .absent {
                append(column.prefix)
                buffer[end] = kinds[column.position].rawValue
                let count = UInt32(clamping: fields[column.position].count)
                buffer.storeBytes(of: count.bigEndian, toByteOffset: end + 1, as: UInt32.self)
                end += Self.frame
                append(fields[column.position])
            }
            return RowHash.digest(UnsafeRawBufferPointer(rebasing: buffer[..<end]))
        }
    }

    /// The hash of a row's words, which are the same for rows that nearly say the same; `nil` for a row without a word. A field
    /// that is a number counts by its value, `007` as `7`: what a spreadsheet has gone over is a copy.
    ///
    /// - Parameters:
    ///   - key: the column that tells rows apart which say the same.
    ///   - group: the column whose value is never the same on two sides.
    mutating func near(
        _ fields: [[UInt8]], _ text: NearText, without key: Int?, and group: Int?
    ) -> UInt128Key? {
        buffer.removeAll(keepingCapacity: true)
        for column in columns where column.position != key && column.position != group {
            let before = buffer.count
            buffer += column.prefix
            let start = buffer.count
            fields[column.position].withUnsafeBufferPointer { field in
                if DecimalText.isPlain(field) {
                    buffer += field
                } else if DecimalText.mayBeNumber(field), let number = DecimalText.plain(field) {
                    buffer += number
                } else {
                    text.append(wordsOf: field, to: &buffer)
                }
            }
            if buffer.count == start {
                buffer.removeSubrange(before...)
            } else {
                buffer.append(0x1f)
            }
        }
        return buffer.isEmpty ? nil : RowHash.key(buffer)
    }
}
