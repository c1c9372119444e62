/// Which of many rows that stand can have anything to do with new ones: those that say the same, that nearly do, or that have a key of theirs.
///
/// All others are as the division before left them, and are counted as that did: nobody has to look them up. Some of the others may
/// be taken for relevant, which costs time and nothing else.
struct Relevance: Sendable {
    /// Hashes, of which some more may seem to be in.
    struct Hashes: Sendable {
        private var words: [UInt64]
        private let shift: UInt64

        /// - Parameter count: how many are to be put in.
        init(count: Int) {
            var bits = 12
            // Sixteen bits for each: of those that are not in, one of sixteen seems to be.
            while 1 << bits < 16 * count { bits += 1 }
            words = .init(repeating: 0, count: 1 << (bits - 6))
            shift = UInt64(64 - bits)
        }

        private func place(_ hash: UInt64) -> (word: Int, bit: UInt64) {
            let place = Int((hash &* 0x9e37_79b9_7f4a_7c15) >> shift)
            return (place >> 6, 1 << UInt64(place & 63))
        }

        mutating func insert(_ hash: UInt64) {
            let (word, bit) = place(hash)
            words[word] |= bit
        }

        func mayHave(_ hash: UInt64) -> Bool {
            let (word, bit) = place(hash)
            return words[word] & bit != 0
        }
    }

    private var contents: Hashes
    private var keys: Hashes
    private var nears: Hashes
    private var spellings: Hashes

    /// - Parameters:
    ///   - known: what is known of the rows that stand.
    ///   - rows: those that are to be compared with them.
    init(_ known: KnownStanding, _ rows: [Range<Int>], _ examples: ExampleTable) {
        let count = rows.reduce(0) { $0 + $1.count }
        (contents, keys) = (Hashes(count: count), Hashes(count: count))
        (nears, spellings) = (Hashes(count: count + known.nears.count), Hashes(count: count + known.spellings.count))
        for near in known.nears { nears.insert(near) }
        for spelling in known.spellings { spellings.insert(spelling) }
        for row in rows.joined() {
            contents.insert(examples.content(row).mixed)
            if examples.key(row) != 0 { keys.insert(examples.key(row)) }
            nears.insert(examples.near(row))
            spellings.insert(examples.spelling(row))
        }
    }

    /// Whether a row has the content or the key of one of those.
    func mayConcern(content: UInt128Key, key: UInt64) -> Bool {
        contents.mayHave(content.mixed) || key != 0 && keys.mayHave(key)
    }

    /// Whether what a row nearly says is said by one of those, or on two sides.
    func mayConcern(near: UInt64) -> Bool { nears.mayHave(near) }

    /// Whether a key may be one of those in another spelling, or have two spellings.
    func mayConcern(spelling: UInt64) -> Bool { spellings.mayHave(spelling) }
}
