/// An encoding of text in units of two or four bytes, as git's attribute `working-tree-encoding` names it (gitattributes(5)).
package struct WideEncoding: Equatable, Sendable {
    private let unit: Int
    private let isBigEndian: Bool
    /// Whether text begins with a mark that tells the order of the bytes.
    private let hasMark: Bool

    /// - Returns: `nil` for another encoding: in nearly all of them the text of a pointer is the same bytes.
    package init?(named name: String) {
        let name = name.lowercased()
        guard name.hasPrefix("utf") else { return nil }
        switch name.dropFirst(3).drop(while: { $0 == "-" }) {
        case "16", "16le-bom": (unit, isBigEndian, hasMark) = (2, false, true)
        case "16be-bom": (unit, isBigEndian, hasMark) = (2, true, true)
        case "16le": (unit, isBigEndian, hasMark) = (2, false, false)
        case "16be": (unit, isBigEndian, hasMark) = (2, true, false)
        case "32": (unit, isBigEndian, hasMark) = (4, false, true)
        case "32le": (unit, isBigEndian, hasMark) = (4, false, false)
        case "32be": (unit, isBigEndian, hasMark) = (4, true, false)
        default: return nil
        }
    }

    private init(unit: Int, isBigEndian: Bool) { (self.unit, self.isBigEndian, hasMark) = (unit, isBigEndian, true) }

    private static let all = [4, 2].flatMap { unit in
        [false, true].map { WideEncoding(unit: unit, isBigEndian: $0) }
    }

    private var mark: [UInt8] {
        let padding = [UInt8](repeating: 0, count: unit - 2)
        return isBigEndian ? padding + [0xfe, 0xff] : [0xff, 0xfe] + padding
    }

    /// ASCII text in this encoding.
    package func encoded(_ text: [UInt8]) -> [UInt8] {
        let padding = [UInt8](repeating: 0, count: unit - 1)
        return (hasMark ? mark : []) + text.flatMap { isBigEndian ? padding + [$0] : [$0] + padding }
    }

    /// The ASCII text that stands in bytes of one of these encodings, with its mark or without; `nil` for anything else.
    package static func narrowed(_ bytes: some RandomAccessCollection<UInt8>) -> [UInt8]? {
        guard bytes.count >= 2, bytes.count % 2 == 0, bytes.contains(0) else { return nil }
        return all.lazy.compactMap { $0.text(bytes) }.first
    }

    private func text(_ bytes: some RandomAccessCollection<UInt8>) -> [UInt8]? {
        let rest = bytes.starts(with: mark) ? bytes.dropFirst(unit) : bytes[...]
        guard !rest.isEmpty, rest.count % unit == 0 else { return nil }
        var text: [UInt8] = []
        for (number, byte) in rest.enumerated() {
            let isOfText = number % unit == (isBigEndian ? unit - 1 : 0)
            guard isOfText ? (1..<0x80).contains(byte) : byte == 0 else { return nil }
            if isOfText { text.append(byte) }
        }
        return text
    }
}
