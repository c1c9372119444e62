/// Whether bytes that come one by one are UTF-8 (RFC 3629).
package struct UTF8Check: Sendable {
    /// Bytes of the character that are still to come, and between what the next of them is.
    private var left = 0
    private var next: ClosedRange<UInt8> = 0x80...0xbf

    /// Before the first byte.
    package init() {}

    /// Whether all characters so far are whole.
    package var isWhole: Bool { left == 0 }

    /// Takes the next byte; `false` where it cannot stand there. After that nothing is said of what follows.
    package mutating func take(_ byte: UInt8) -> Bool {
        if left > 0 {
            guard next.contains(byte) else { return false }
            left -= 1
            next = 0x80...0xbf
            return true
        }
        if byte < 0x80 { return true }
        switch byte {
        case 0xc2...0xdf: left = 1
        case 0xe0: (left, next) = (2, 0xa0...0xbf)
        case 0xed: (left, next) = (2, 0x80...0x9f)
        case 0xe1...0xef: left = 2
        case 0xf0: (left, next) = (3, 0x90...0xbf)
        case 0xf1...0xf3: left = 3
        case 0xf4: (left, next) = (3, 0x80...0x8f)
        default: return false
        }
        return true
    }
}
