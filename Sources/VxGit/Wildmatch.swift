import VxModel

/// A pattern as git matches paths with it (its wildmatch): `*` and `?` fit no slash where slashes count, `**` between
/// slashes fits any folders, a backslash takes the meaning from what follows it.
///
/// Patterns come with repositories, so matching never takes more steps than their length times the text's.
struct Wildmatch: Sendable, Equatable {
    private enum Token: Sendable, Equatable {
        case byte(UInt8)
        /// One byte; no slash where slashes count.
        case any
        /// One of these bytes; no slash where slashes count.
        case set(Set<UInt8>)
        /// Bytes, also none; no slash where slashes count.
        case some
        /// Bytes, also none, whatever they are.
        case all
        /// Folders with the slash behind each, also none; ``inside`` follows.
        case folders
        /// A place in the name of such a folder, or behind it.
        case inside
        /// Fits nothing: git says so of a set that has no end.
        case nothing
    }

    /// What means something else than itself.
    static let special = Set("*?[\\".utf8)

    private let tokens: [Token]
    private let countsSlashes: Bool
    private let foldsCase: Bool
    /// What a text that fits begins and ends with: nearly every text is told by that.
    private let beginning: [UInt8]
    private let ending: [UInt8]

    /// - Parameters:
    ///   - countsSlashes: whether a slash is fitted only by a slash and by `**`.
    ///   - foldsCase: whether capital letters are small ones, as where `core.ignoreCase` is true.
    init(_ pattern: some Sequence<UInt8>, countsSlashes: Bool = true, foldsCase: Bool = false) {
        self.countsSlashes = countsSlashes
        self.foldsCase = foldsCase
        var reader = TokenReader(Array(pattern), countsSlashes: countsSlashes, foldsCase: foldsCase)
        let tokens = reader.read()
        func literal(_ token: Token) -> UInt8? { if case .byte(let byte) = token { byte } else { nil } }
        beginning = tokens.prefix { literal($0) != nil }.compactMap(literal)
        ending = tokens.reversed().prefix { literal($0) != nil }.reversed().compactMap(literal)
        self.tokens = tokens
    }

    /// The only text that fits; `nil` where there are others.
    var literal: [UInt8]? { tokens.count == beginning.count ? beginning : nil }

    /// The folder, with a slash at its end, below which everything fits and nothing else; `nil` where it is another pattern.
    var folder: [UInt8]? {
        tokens.count == beginning.count + 1 && tokens.last == .all && beginning.last == UInt8(ascii: "/")
            ? beginning : nil
    }

    /// Whether the whole text fits.
    func matches(_ text: ArraySlice<UInt8>) -> Bool {
        let text = foldsCase ? ArraySlice(text.map(ASCII.lowercased)) : text
        guard text.starts(with: beginning), text.suffix(ending.count).elementsEqual(ending) else { return false }
        if tokens.count == beginning.count { return text.count == tokens.count }
        if tokens.count == beginning.count + 1, tokens.last == .all { return true }
        var places = [Bool](repeating: false, count: tokens.count + 1)
        places[0] = true
        passOver(&places)
        for byte in text {
            guard let next = step(places, byte) else { return false }
            places = next
            passOver(&places)
        }
        return places[tokens.count]
    }

    /// Where the next byte leads; `nil` where nowhere.
    private func step(_ places: [Bool], _ byte: UInt8) -> [Bool]? {
        let isSlash = byte == UInt8(ascii: "/")
        let isOpen = !isSlash || !countsSlashes
        var next = [Bool](repeating: false, count: places.count)
        var leads = false
        func go(_ position: Int) {
            next[position] = true
            leads = true
        }
        for (position, token) in tokens.enumerated() where places[position] {
            switch token {
            case .byte(let wanted) where wanted == byte: go(position + 1)
            case .any where isOpen: go(position + 1)
            case .set(let bytes) where isOpen && bytes.contains(byte): go(position + 1)
            case .some where isOpen: go(position)
            case .all: go(position)
            case .folders:
                go(position + 1)
                if isSlash { go(position + 2) }
            case .inside:
                go(position)
                if isSlash { go(position + 1) }
            default: break
            }
        }
        return leads ? next : nil
    }

    /// Adds the places behind tokens that may stand for nothing.
    private func passOver(_ places: inout [Bool]) {
        for (position, token) in tokens.enumerated() where places[position] {
            switch token {
            case .some, .all: places[position + 1] = true
            case .folders: places[position + 2] = true
            default: break
            }
        }
    }

    private struct TokenReader {
        private let bytes: [UInt8]
        private let countsSlashes: Bool
        private let foldsCase: Bool
        private var position = 0
        /// git compares what stands before the first special byte by itself, and begins the pattern behind it.
        private let start: Int

        init(_ bytes: [UInt8], countsSlashes: Bool, foldsCase: Bool) {
            self.bytes = bytes
            self.countsSlashes = countsSlashes
            self.foldsCase = foldsCase
            start = bytes.firstIndex(where: Wildmatch.special.contains) ?? bytes.count
        }

        private func byte(_ offset: Int = 0) -> UInt8? {
            bytes.indices.contains(position + offset) ? bytes[position + offset] : nil
        }

        mutating func read() -> [Token] {
            var tokens: [Token] = []
            while let next = byte() {
                switch next {
                case UInt8(ascii: "*"): tokens += stars()
                case UInt8(ascii: "?"):
                    tokens.append(.any)
                    position += 1
                case UInt8(ascii: "["):
                    guard let members = set() else { return tokens + [.nothing] }
                    tokens.append(.set(members))
                case UInt8(ascii: "\\"):
                    guard let escaped = byte(1) else { return tokens + [.nothing] }
                    tokens.append(.byte(escaped))
                    position += 2
                default:
                    // git folds what stands there as it is, and not what a backslash stands before.
                    tokens.append(.byte(foldsCase ? ASCII.lowercased(next) : next))
                    position += 1
                }
            }
            return tokens
        }

        private mutating func stars() -> [Token] {
            let isBounded = position == start || bytes[position - 1] == UInt8(ascii: "/")
            let first = position
            while byte() == UInt8(ascii: "*") { position += 1 }
            if !countsSlashes { return [.all] }
            guard position - first > 1, isBounded else { return [.some] }
            switch byte() {
            case nil: return [.all]
            case UInt8(ascii: "/"):
                position += 1
                return [.folders, .inside]
            case UInt8(ascii: "\\") where byte(1) == UInt8(ascii: "/"): return [.all]
            default: return [.some]
            }
        }

        /// The bytes of a set in brackets; `nil` where it has no end, or names a class that there is not.
        private mutating func set() -> Set<UInt8>? {
            position += 1
            let isNegated = byte() == UInt8(ascii: "!") || byte() == UInt8(ascii: "^")
            if isNegated { position += 1 }
            var members: Set<UInt8> = []
            var previous: UInt8?
            // A bracket that closes is a member in the first place.
            repeat {
                guard var member = byte() else { return nil }
                if member == UInt8(ascii: "-"), let from = previous, let to = byte(1), to != UInt8(ascii: "]") {
                    position += 1
                    guard let end = to == UInt8(ascii: "\\") ? escaped() : to else { return nil }
                    if from <= end { members.formUnion(both(Set(from...end))) }
                    previous = nil
                } else if member == UInt8(ascii: "["), byte(1) == UInt8(ascii: ":"), let name = className() {
                    guard let bytes = Self.classes[name] else { return nil }
                    members.formUnion(both(bytes, isClass: name != "upper"))
                    previous = nil
                } else {
                    if member == UInt8(ascii: "\\") {
                        guard let next = escaped() else { return nil }
                        member = next
                    }
                    members.insert(member)
                    previous = member
                }
                position += 1
            } while byte() != UInt8(ascii: "]")
            position += 1
            return isNegated ? Set(UInt8.min...UInt8.max).subtracting(members) : members
        }

        /// The bytes of a range, or of the class of capital letters, with the small ones of its capitals where case is folded; other
        /// classes, and single bytes, git takes as they are.
        private func both(_ bytes: Set<UInt8>, isClass: Bool = false) -> Set<UInt8> {
            foldsCase && !isClass ? bytes.union(bytes.map(ASCII.lowercased)) : bytes
        }

        /// Moves to the byte behind a backslash.
        private mutating func escaped() -> UInt8? {
            position += 1
            return byte()
        }

        /// The name in `[:name:]`, moving to its closing bracket; `nil` where it is none.
        private mutating func className() -> String? {
            guard let end = bytes[(position + 2)...].firstIndex(of: UInt8(ascii: "]")), end > position + 2,
                bytes[end - 1] == UInt8(ascii: ":")
            else { return nil }
            let name = String(decoding: bytes[(position + 2)..<(end - 1)], as: UTF8.self)
            position = end
            return name
        }

        private static let classes: [String: Set<UInt8>] = {
            let digits = Set(UInt8(ascii: "0")...UInt8(ascii: "9"))
            let upper = Set(UInt8(ascii: "A")...UInt8(ascii: "Z"))
            let lower = Set(UInt8(ascii: "a")...UInt8(ascii: "z"))
            let graph = Set(UInt8(0x21)...0x7e)
            let letters = upper.union(lower)
            return [
                "alnum": letters.union(digits), "alpha": letters, "blank": [9, 32],
                "cntrl": Set(0...0x1f).union([0x7f]),
                "digit": digits, "graph": graph, "lower": lower, "print": graph.union([32]),
                "punct": graph.subtracting(letters).subtracting(digits), "space": Set(9...13).union([32]),
                "upper": upper,
                "xdigit": digits.union(Set(UInt8(ascii: "a")...UInt8(ascii: "f")))
                    .union(Set(UInt8(ascii: "A")...UInt8(ascii: "F"))),
            ]
        }()
    }
}
