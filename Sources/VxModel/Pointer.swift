/// The small text blob that stands for a data file in a git tree.
///
///     version vx/1
///     oid sha256:<64 hex>
///     size <decimal>
///
/// There is one valid encoding of each pointer (docs/formats/pointer.md). Git LFS pointers are read as well.
package struct Pointer: Hashable, Sendable {
    /// No pointer is longer; a longer file is data.
    package static let maximumLength = 1024
    package static let version = "version vx/1\n"
    package static let lfsVersion = "version https://git-lfs.github.com/spec/v1\n"

    package let id: ContentID
    /// Bytes of the file the pointer stands for.
    package let size: UInt64

    package init(id: ContentID, size: UInt64) {
        self.id = id
        self.size = size
    }

    package var encoded: [UInt8] {
        let (start, middle, size) = (Self.start, Self.middle, Array("\(size)\n".utf8))
        let count = start.count + 64 + middle.count + size.count
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            var rest = UnsafeMutableRawBufferPointer(buffer)
            func put(_ bytes: [UInt8]) {
                rest.copyBytes(from: bytes)
                rest = UnsafeMutableRawBufferPointer(rebasing: rest[bytes.count...])
            }
            put(start)
            Hex.write(id, to: UnsafeMutableRawBufferPointer(rebasing: rest[..<64]))
            rest = UnsafeMutableRawBufferPointer(rebasing: rest[64...])
            put(middle)
            put(size)
            filled = count
        }
    }

    package enum Reading: Equatable, Sendable {
        case pointer(Pointer)
        /// The text does not start as a pointer does: it is ordinary content.
        case content
        /// It starts as a pointer of ours and then is not one.
        case malformed(Flaw)
    }

    /// Why text is no pointer.
    package struct Flaw: Equatable, Sendable, ExpressibleByStringInterpolation {
        package let text: String

        package init(stringLiteral value: String) { text = value }

        fileprivate static let ofOtherVersion: Flaw = "its version is not vx/1: a newer vx may have written it"

        fileprivate static let edited: Flaw =
            "blanks, empty lines or a byte-order mark stand before its text: an editor has written them"

        /// Git has merged the text of two pointers line by line, which no merge driver is asked about.
        package static let merged: Flaw =
            "git has merged two pointers as text: its strategy 'resolve', and a merge of several, know no data files"
    }

    /// Tells a pointer from content and from a damaged pointer.
    package static func read(_ bytes: some BidirectionalCollection<UInt8>) -> Reading {
        let reading = readAsItStands(bytes)
        guard reading == .malformed(.ofOtherVersion), case let text = Array(bytes), asInGit(text) != text else {
            return reading
        }
        return .malformed("its lines end with CR LF: it was added where vx's filter did not run")
    }

    /// The same, without asking what would have been a pointer before git changed the ends of its lines.
    static func readAsItStands(_ bytes: some BidirectionalCollection<UInt8>) -> Reading {
        // Nearly all data differs in its first byte.
        guard bytes.first == version.utf8.first || bytes.first == conflictMark.utf8.first else {
            return isEdited(bytes) ? .malformed(.edited) : .content
        }
        // A commit may name a million; what is none is looked at at leisure.
        if let pointer = bytes.withContiguousStorageIfAvailable(canonical) ?? nil { return .pointer(pointer) }
        if isMerged(bytes) { return .malformed(.merged) }
        let isOurs = bytes.starts(with: version.utf8)
        guard isOurs || bytes.starts(with: lfsVersion.utf8) else {
            let isOther = bytes.starts(with: "version vx/".utf8) && bytes.count <= maximumLength
            return isOther ? .malformed(.ofOtherVersion) : .content
        }
        guard bytes.count <= maximumLength else {
            // Data may well begin with our first line; that the second one follows by chance is out of the question.
            guard isOurs, bytes.dropFirst(version.utf8.count).starts(with: "oid sha256:".utf8) else { return .content }
            return .malformed(
                "it has more than \(maximumLength) bytes: something was appended to a file that was not hydrated")
        }
        let body = bytes.dropFirst(isOurs ? version.utf8.count : lfsVersion.utf8.count)
        guard body.last == UInt8(ascii: "\n") else { return refuse(isOurs, "the last line has no end") }
        let lines = body.dropLast().split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let fields = isOurs ? lines : lines.filter { !$0.starts(with: "ext-".utf8) }
        guard fields.count == 2 else {
            return refuse(isOurs, "\(fields.count) lines after the version, expected oid and size")
        }
        let prefix = "oid sha256:"
        guard fields[0].starts(with: prefix.utf8), let id = ContentID(hex: fields[0].dropFirst(prefix.utf8.count))
        else {
            return refuse(isOurs, "the second line is not 'oid sha256:' and 64 lower-case hex digits")
        }
        guard fields[1].starts(with: "size ".utf8), let size = canonicalDecimal(fields[1].dropFirst(5)) else {
            return refuse(isOurs, "the third line is not 'size' and a decimal number below 2^63")
        }
        return .pointer(Pointer(id: id, size: size))
    }

    /// The pointer in `bytes`, or `nil` where they are content or a damaged pointer.
    package init?(_ bytes: some BidirectionalCollection<UInt8>) {
        guard case .pointer(let pointer) = Self.read(bytes) else { return nil }
        self = pointer
    }

    /// Whether text is a pointer as Git LFS writes it: vx's only where git hands the path to vx.
    package static func isOfLFS(_ bytes: some Collection<UInt8>) -> Bool { bytes.starts(with: lfsVersion.utf8) }

    private static let start = Array("\(version)oid sha256:".utf8)
    private static let middle = Array("\nsize ".utf8)

    /// The pointer in the bytes where they are one of ours; `nil` for anything else, sound or not.
    private static func canonical(_ bytes: UnsafeBufferPointer<UInt8>) -> Pointer? {
        let size = start.count + 64 + middle.count
        guard bytes.count > size + 1, bytes.count <= size + 20, bytes[bytes.count - 1] == UInt8(ascii: "\n"),
            bytes[..<start.count].elementsEqual(start), bytes[(start.count + 64)..<size].elementsEqual(middle),
            let id = ContentID(hexDigits: UnsafeBufferPointer(rebasing: bytes[start.count..<start.count + 64]))
        else { return nil }
        var value: UInt64 = 0
        for position in size..<bytes.count - 1 {
            let digit = bytes[position] &- UInt8(ascii: "0")
            guard digit <= 9 else { return nil }
            value = value * 10 + UInt64(digit)
        }
        guard bytes[size] != UInt8(ascii: "0") || bytes.count == size + 2, value <= UInt64(Int64.max) else {
            return nil
        }
        return Pointer(id: id, size: value)
    }

    /// Whether text is that of one of our pointers with what some editors put before it, or before each of its lines.
    private static func isEdited(_ bytes: some BidirectionalCollection<UInt8>) -> Bool {
        let mark: [UInt8] = [0xef, 0xbb, 0xbf]
        guard let first = bytes.first, first == mark[0] || isBlank(first), bytes.count <= maximumLength else { return false }
        let text = bytes.starts(with: mark) ? bytes.dropFirst(mark.count) : bytes[...]
        let lines = text.split(whereSeparator: { $0 == 10 || $0 == 13 }).map { line in
            line.drop(while: isBlank).reversed().drop(while: isBlank).reversed()
        }
        let plain = Array(lines.filter { !$0.isEmpty }.map { $0 + [10] }.joined())
        return plain.withUnsafeBufferPointer(canonical) != nil
    }

    /// A blank, a tab, or the end of a line.
    private static func isBlank(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 || byte == 10 || byte == 13 }

    private static let conflictMark = "<<<<<<< "

    /// Whether text is that of pointers with git's conflict marks in it.
    private static func isMerged(_ bytes: some BidirectionalCollection<UInt8>) -> Bool {
        guard bytes.count <= maximumLength else { return false }
        let lines = bytes.split(separator: UInt8(ascii: "\n"))
        guard let mark = lines.firstIndex(where: { $0.starts(with: conflictMark.utf8) }) else { return false }
        guard let first = mark == 0 ? lines.dropFirst().first : lines.first else { return false }
        return [version, lfsVersion].contains { $0.utf8.dropLast().elementsEqual(first) }
    }

    private static func refuse(_ isOurs: Bool, _ why: Flaw) -> Reading {
        isOurs ? .malformed(why) : .content
    }

    /// Decimal digits without sign or leading zero, below 2^63.
    private static func canonicalDecimal(_ digits: some BidirectionalCollection<UInt8>) -> UInt64? {
        guard let first = digits.first, digits.count <= 19, first != UInt8(ascii: "0") || digits.count == 1 else {
            return nil
        }
        var value: UInt64 = 0
        for digit in digits {
            guard ASCII.isDigit(digit) else { return nil }
            value = value * 10 + UInt64(digit - UInt8(ascii: "0"))
        }
        return value <= UInt64(Int64.max) ? value : nil
    }
}
