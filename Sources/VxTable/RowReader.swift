import VxModel

/// How a table is written.
package enum TableForm: String, Sendable, CaseIterable {
    /// Comma-separated (RFC 4180).
    case csv
    /// Tab-separated, with the same quotes.
    case tsv
    /// One JSON object a line.
    case jsonl

    /// The form a file's name promises.
    package init?(name: RepoPath) {
        let text = String(decoding: name.bytes, as: UTF8.self).lowercased()
        switch text.split(separator: ".").last {
        case "csv": self = .csv
        case "tsv", "tab": self = .tsv
        case "jsonl", "ndjson": self = .jsonl
        default: return nil
        }
    }
}

/// A record that cannot be read, by whoever does not know its number.
struct MalformedRecord: Error {
    var reason: String
}

/// Cuts a stream of bytes into records, however the pieces fall. Memory follows the longest record.
///
/// In CSV and TSV a line end inside double quotes belongs to the record (RFC 4180, 2.6). Quotes are those that a field begins with:
/// any other is a letter, as ``RecordFields`` has it.
struct RecordCutter {
    private let hasQuotes: Bool
    private let separator: UInt8
    /// Whether records are given with their line ends.
    private let keepsEnds: Bool
    private var pending: [UInt8] = []
    private var isQuoted = false
    /// Whether the byte before was the quote that closed a field: with another behind it, it stands for one in the field.
    private var hasClosed = false
    /// The byte before; a line end before the first.
    private var previous = UInt8(ascii: "\n")
    /// How many bytes were taken before, and the first three: a mark that it is UTF-8 may stand before the first field.
    private var offset = 0
    private var beginning: [UInt8] = []
    private static let mark: [UInt8] = [0xef, 0xbb, 0xbf]
    /// The longest record: a quote that is never closed must not take all memory.
    private static let longest = 64 << 20

    init(_ form: TableForm, keepsEnds: Bool = false) {
        hasQuotes = form != .jsonl
        separator = form == .tsv ? UInt8(ascii: "\t") : UInt8(ascii: ",")
        self.keepsEnds = keepsEnds
    }

    /// Takes the next piece, and calls `body` with each record that is complete.
    ///
    /// - Throws: where a record is longer than 64 MiB; what `body` throws.
    mutating func take(_ piece: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        var start = 0
        for position in 0..<piece.count {
            let byte = piece[position]
            if hasQuotes, byte == UInt8(ascii: "\"") {
                quote(after: position > 0 ? piece[position - 1] : previous, piece, at: position)
            } else if byte == UInt8(ascii: "\n"), !isQuoted {
                let rest = UnsafeRawBufferPointer(rebasing: piece[start..<(keepsEnds ? position + 1 : position)])
                if pending.isEmpty {
                    try body(withoutReturn(rest))
                } else {
                    pending.append(contentsOf: rest)
                    try pending.withUnsafeBytes { try body(withoutReturn($0)) }
                    pending.removeAll(keepingCapacity: true)
                }
                start = position + 1
            }
        }
        if let last = piece.last {
            if last != UInt8(ascii: "\"") { hasClosed = false }
            previous = last
            offset += piece.count
        }
        if beginning.count < Self.mark.count { beginning += piece.prefix(Self.mark.count - beginning.count) }
        pending.append(contentsOf: piece[start...])
        if pending.count > Self.longest {
            let length = "it is longer than \(ByteCount.text(UInt64(Self.longest)))"
            throw MalformedRecord(reason: isQuoted ? length + ": a double quote is never closed" : length)
        }
    }

    /// Takes a double quote: it opens or closes a field, or is a letter of one.
    private mutating func quote(after before: UInt8, _ piece: UnsafeRawBufferPointer, at position: Int) {
        if isQuoted {
            (isQuoted, hasClosed) = (false, true)
        } else if before == UInt8(ascii: "\"") {
            // Of two in a quoted field, the second opens it again; two that are letters open nothing.
            isQuoted = hasClosed
            hasClosed = false
        } else {
            isQuoted = before == separator || before == UInt8(ascii: "\n") || isAfterMark(piece, at: position)
            hasClosed = false
        }
    }

    /// Whether nothing but a mark that the stream is UTF-8 stands before a position.
    private func isAfterMark(_ piece: UnsafeRawBufferPointer, at position: Int) -> Bool {
        guard offset + position == Self.mark.count else { return false }
        return (beginning + piece.prefix(position)).elementsEqual(Self.mark)
    }

    /// Gives the last record where it has no line end.
    ///
    /// - Throws: where a quote is not closed; what `body` throws.
    mutating func finish(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        if isQuoted { throw MalformedRecord(reason: "the last record ends inside double quotes") }
        if !pending.isEmpty { try pending.withUnsafeBytes { try body(withoutReturn($0)) } }
        pending = []
    }

    private func withoutReturn(_ record: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        !keepsEnds && record.last == 13 ? UnsafeRawBufferPointer(rebasing: record.dropLast()) : record
    }
}

/// Divides one record into its fields.
enum RecordFields {
    /// The fields of a CSV or TSV record, quotes taken off.
    ///
    /// - Parameter count: how many there will be; another number is no mistake here.
    /// - Throws: where something follows a closing quote.
    static func split(
        _ record: UnsafeRawBufferPointer, separator: UInt8, expecting count: Int = 0
    ) throws(MalformedRecord) -> [[UInt8]] {
        let quote = UInt8(ascii: "\"")
        var fields: [[UInt8]] = []
        fields.reserveCapacity(count)
        var position = 0
        while true {
            var field: [UInt8] = []
            if position < record.count, record[position] == quote {
                position += 1
                while true {
                    guard position < record.count else { throw MalformedRecord(reason: "a double quote is not closed") }
                    if record[position] != quote {
                        field.append(record[position])
                        position += 1
                    } else if position + 1 < record.count, record[position + 1] == quote {
                        field.append(quote)
                        position += 2
                    } else {
                        position += 1
                        break
                    }
                }
                guard position == record.count || record[position] == separator else {
                    throw MalformedRecord(
                        reason: "something follows a closing double quote in field \(fields.count + 1)")
                }
            } else {
                let start = position
                while position < record.count, record[position] != separator { position += 1 }
                field = Array(record[start..<position])
            }
            fields.append(field)
            if position >= record.count { return fields }
            position += 1
            if position == record.count {
                fields.append([])
                return fields
            }
        }
    }
}
