import VxConfig

/// Names of keys and groups without what makes no difference between two spellings.
///
/// That an accent can be one character with its letter or one of its own never makes a difference: names are compared as
/// `String` compares, so that `nfc` is what always holds.
struct NameSpelling: Sendable {
    private let trims: Bool
    private let folds: Bool
    private let counts: Bool

    init(_ spellings: Set<Configuration.Spelling>) {
        trims = spellings.contains(.trim)
        folds = spellings.contains(.case)
        counts = spellings.contains(.number)
    }

    /// Everything that can be left aside: names that differ in spelling only become one.
    static let loosest = NameSpelling(Set(Configuration.Spelling.allCases))

    var changesNothing: Bool { !trims && !folds && !counts }

    /// A name in its one spelling.
    func spelled(_ name: [UInt8]) -> [UInt8] {
        if changesNothing { return name }
        if let spelled = asciiSpelled(name) { return spelled }
        var name = name
        if trims { name = Self.trimmed(name) }
        if folds { name = Self.lowercased(name) }
        if counts { name = DecimalText.plain(name) ?? Self.withoutLeadingZeros(name) }
        return name
    }

    /// The same at once, without an array for each step; `nil` for a name that is not all ASCII.
    private func asciiSpelled(_ name: [UInt8]) -> [UInt8]? {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: name.count) { spelled in
            var count = 0
            for byte in name {
                if byte > 0x7f { return nil }
                if trims, Self.isBlank(byte) {
                    if count == 0 || spelled[count - 1] == 0x20 { continue }
                    spelled[count] = 0x20
                } else {
                    spelled[count] = folds && (0x41...0x5a).contains(byte) ? byte | 0x20 : byte
                }
                count += 1
            }
            if trims, count > 0, spelled[count - 1] == 0x20 { count -= 1 }
            if counts {
                let text = UnsafeBufferPointer(rebasing: spelled[..<count])
                if !DecimalText.isPlain(text) {
                    if DecimalText.mayBeNumber(text), let number = DecimalText.plain(text) { return number }
                    count = Self.dropLeadingZeros(spelled, count)
                }
            }
            return name.elementsEqual(spelled[..<count]) ? name : Array(spelled[..<count])
        }
    }

    /// Takes the zeros away each run of digits begins with.
    ///
    /// - Returns: how many bytes are left.
    private static func dropLeadingZeros(_ name: UnsafeMutableBufferPointer<UInt8>, _ count: Int) -> Int {
        var end = 0
        for position in 0..<count {
            let isLeading = end == 0 || !isDigit(name[end - 1])
            let isFollowed = position + 1 < count && isDigit(name[position + 1])
            if name[position] == 0x30, isLeading, isFollowed { continue }
            name[end] = name[position]
            end += 1
        }
        return end
    }

    /// The same of a text.
    func text(_ name: String) -> String { String(decoding: spelled(Array(name.utf8)), as: UTF8.self) }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0d).contains(byte) }

    /// A name without blanks around it, and with single ones in it.
    static func trimmed(_ name: [UInt8]) -> [UInt8] {
        if !name.contains(where: { isBlank($0) || $0 > 0x7f }) { return name }
        var name = name
        if name.contains(where: { $0 > 0x7f }) {
            // Blanks that are not ASCII's: the no-break space of spreadsheets.
            let scalars = String(decoding: name, as: UTF8.self).unicodeScalars
            name = Array(
                String(String.UnicodeScalarView(scalars.map { $0.properties.isWhitespace ? " " : $0 })).utf8)
        }
        var result: [UInt8] = []
        for byte in name {
            if !isBlank(byte) {
                result.append(byte)
            } else if let last = result.last, last != 0x20 {
                result.append(0x20)
            }
        }
        if result.last == 0x20 { result.removeLast() }
        return result
    }

    private static func lowercased(_ name: [UInt8]) -> [UInt8] {
        if name.contains(where: { $0 > 0x7f }) { return Array(String(decoding: name, as: UTF8.self).lowercased().utf8) }
        return name.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    /// Without the zeros each run of digits begins with.
    private static func withoutLeadingZeros(_ name: [UInt8]) -> [UInt8] {
        var name = name
        let count = name.withUnsafeMutableBufferPointer { dropLeadingZeros($0, $0.count) }
        return Array(name[..<count])
    }
}

/// Decimal numbers by their value, whatever their length: no double is in between.
enum DecimalText {
    /// The digits of a number without zeros at either end, and the power of ten they are multiplied by.
    private struct Value {
        var isNegative = false
        var digits: [UInt8] = []
        var exponent = 0
    }

    /// Whether a text is a number as ``plain(_:)`` writes it. Most numbers are, and this looks at each byte once.
    static func isPlain(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard text.count <= 40, let last = text.last, isDigit(last) else { return false }
        var position = text[0] == 0x2d ? 1 : 0
        let start = position
        while position < text.count, isDigit(text[position]) { position += 1 }
        let whole = position - start
        if whole == 0 || (text[start] == 0x30 && whole > 1) { return false }
        if position == text.count { return text[start] != 0x30 || start == 0 }
        guard text[position] == 0x2e, last != 0x30 else { return false }
        return text[(position + 1)...].allSatisfy(isDigit)
    }

    /// Whether all bytes of a text are such as numbers have, and signs stand where theirs do. Most names are told from numbers
    /// by that.
    static func mayBeNumber(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        var before: UInt8 = 0x20
        for byte in text {
            switch byte {
            case 0x30...0x39, 0x20, 0x2c, 0x2e, 0x45, 0x65: break
            case 0x2b, 0x2d: if before != 0x20, before | 0x20 != 0x65 { return false }
            default: return false
            }
            before = byte
        }
        return true
    }

    /// A number as it is usually written, `-12.5`; `nil` for what is none.
    static func plain(_ text: some Collection<UInt8>) -> [UInt8]? {
        guard var value = read(text) else { return nil }
        if value.digits.isEmpty { return [0x30] }
        var result: [UInt8] = value.isNegative ? [0x2d] : []
        if value.exponent >= 0, value.exponent + value.digits.count <= 40 {
            result += value.digits + [UInt8](repeating: 0x30, count: value.exponent)
        } else if value.exponent < 0, value.exponent > -40 {
            let places = -value.exponent
            if value.digits.count <= places {
                value.digits = [UInt8](repeating: 0x30, count: places - value.digits.count + 1) + value.digits
            }
            result += value.digits.dropLast(places) + [0x2e] + value.digits.suffix(places)
        } else {
            result += value.digits + Array("e\(value.exponent)".utf8)
        }
        return result
    }

    private static func read(_ text: some Collection<UInt8>) -> Value? {
        // Most fields that are no numbers are told by their first byte.
        guard let first = text.first, first <= 0x39, first == 0x20 || first >= 0x2b else { return nil }
        var bytes = Array(text)[...]
        while bytes.first == 0x20 { bytes.removeFirst() }
        while bytes.last == 0x20 { bytes.removeLast() }
        var value = Value()
        if bytes.first == 0x2b || bytes.first == 0x2d {
            value.isNegative = bytes.first == 0x2d
            bytes.removeFirst()
        }
        let whole = bytes.prefix { isDigit($0) || $0 == 0x2c }
        bytes = bytes.dropFirst(whole.count)
        guard let digits = grouped(whole) else { return nil }
        value.digits = digits
        if bytes.first == 0x2e {
            let fraction = bytes.dropFirst().prefix(while: isDigit)
            if digits.isEmpty, fraction.isEmpty { return nil }
            value.digits += fraction
            value.exponent = -fraction.count
            bytes = bytes.dropFirst(fraction.count + 1)
        } else if digits.isEmpty {
            return nil
        }
        if let mark = bytes.first, mark | 0x20 == 0x65 {
            bytes.removeFirst()
            let isNegative = bytes.first == 0x2d
            if isNegative || bytes.first == 0x2b { bytes.removeFirst() }
            guard !bytes.isEmpty, bytes.count <= 9, bytes.allSatisfy(isDigit) else { return nil }
            let power = bytes.reduce(0) { $0 * 10 + Int($1 - 0x30) }
            value.exponent += isNegative ? -power : power
            bytes = []
        }
        guard bytes.isEmpty else { return nil }
        value.digits = Array(value.digits.drop { $0 == 0x30 })
        while value.digits.last == 0x30 {
            value.digits.removeLast()
            value.exponent += 1
        }
        return value
    }

    /// Digits without the commas between thousands; `nil` where a comma is anywhere else.
    private static func grouped(_ bytes: ArraySlice<UInt8>) -> [UInt8]? {
        guard bytes.contains(0x2c) else { return Array(bytes) }
        let groups = bytes.split(separator: 0x2c, omittingEmptySubsequences: false)
        guard let first = groups.first, (1...3).contains(first.count), groups.dropFirst().allSatisfy({ $0.count == 3 })
        else { return nil }
        return groups.flatMap { $0 }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}
