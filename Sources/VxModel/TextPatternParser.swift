/// Reads a regular expression into a tree.
struct TextPatternParser {
    typealias Malformed = TextPattern.Malformed

    /// A part of a pattern.
    indirect enum Node {
        case scalar(ScalarSet)
        case assertion(TextPattern.Assertion)
        case sequence([Node])
        case choice([Node])
        /// At least so often, and at most; `nil` for any number of times.
        case repeated(Node, Int, Int?)
    }

    private let scalars: [Unicode.Scalar]
    private var position = 0
    private var depth = 0
    private var ignoresCase = false
    private var dotTakesAll = false
    /// Deeper nesting than anybody writes by hand; it is read by recursion.
    private static let deepest = 100
    private static let mostTimes = 1000

    init(_ text: String) {
        scalars = Array(text.unicodeScalars)
    }

    mutating func parse() throws(Malformed) -> Node {
        try flags()
        let node = try choice()
        if peek != nil { throw Malformed(reason: "a ')' has no '('") }
        return node
    }

    private var peek: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    private func has(_ text: String) -> Bool {
        scalars[position...].starts(with: text.unicodeScalars)
    }

    private mutating func take(_ text: String) -> Bool {
        guard has(text) else { return false }
        position += text.unicodeScalars.count
        return true
    }

    private mutating func next(_ missing: String) throws(Malformed) -> Unicode.Scalar {
        guard let scalar = peek else { throw Malformed(reason: missing) }
        position += 1
        return scalar
    }

    /// `(?i)` and `(?s)` at the beginning.
    private mutating func flags() throws(Malformed) {
        while true {
            if take("(?i)") {
                ignoresCase = true
            } else if take("(?s)") {
                dotTakesAll = true
            } else if take("(?is)") || take("(?si)") {
                (ignoresCase, dotTakesAll) = (true, true)
            } else {
                return
            }
        }
    }

    private mutating func choice() throws(Malformed) -> Node {
        var branches = [try sequence()]
        while take("|") { branches.append(try sequence()) }
        return branches.count == 1 ? branches[0] : .choice(branches)
    }

    private mutating func sequence() throws(Malformed) -> Node {
        var nodes: [Node] = []
        while let scalar = peek, scalar != "|", scalar != ")" { nodes.append(try quantified(try atom())) }
        return .sequence(nodes)
    }

    // MARK: - Repetition

    private mutating func quantified(_ node: Node) throws(Malformed) -> Node {
        let result: Node
        if take("*") {
            result = .repeated(node, 0, nil)
        } else if take("+") {
            result = .repeated(node, 1, nil)
        } else if take("?") {
            result = .repeated(node, 0, 1)
        } else if let (least, most) = try times() {
            result = .repeated(node, least, most)
        } else {
            return node
        }
        // Whether it takes much or little makes no difference to whether the whole text fits.
        _ = take("?")
        if let scalar = peek, "*+?".unicodeScalars.contains(scalar) {
            throw Malformed(reason: "'\(scalar)' follows a repetition")
        }
        return result
    }

    /// `{2}`, `{2,}`, `{2,3}`, `{,3}`; a brace that is none of these stands for itself.
    private mutating func times() throws(Malformed) -> (Int, Int?)? {
        guard peek == "{" else { return nil }
        // No further than digits go: the next closing brace may be far away, and looked for from every opening one.
        let inside = scalars[(position + 1)...].prefix { ("0"..."9").contains($0) || $0 == "," }
        let end = inside.endIndex
        guard end < scalars.count, scalars[end] == "}" else { return nil }
        let text = String(String.UnicodeScalarView(inside))
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), text != "", text != "," else { return nil }
        position = end + 1
        let least = parts[0].isEmpty ? 0 : Int(parts[0]) ?? .max
        let most = parts.count == 1 ? least : parts[1].isEmpty ? nil : Int(parts[1]) ?? .max
        guard least <= most ?? least else { throw Malformed(reason: "'{\(text)}' has the larger number first") }
        guard max(least, most ?? 0) <= Self.mostTimes else {
            throw Malformed(reason: "'{\(text)}' is more than \(Self.mostTimes) times")
        }
        return (least, most)
    }

    // MARK: - Atoms

    private func set(_ members: [ScalarSet.Member], negated: Bool = false) -> Node {
        .scalar(ScalarSet(members: members, isNegated: negated, ignoresCase: ignoresCase))
    }

    private static func only(_ scalar: Unicode.Scalar) -> ScalarSet.Member { .range(scalar.value...scalar.value) }

    private mutating func atom() throws(Malformed) -> Node {
        let scalar = try next("it is empty")
        switch scalar {
        case ".": return set(dotTakesAll ? [.range(0...0x10ffff)] : [.notLineEnd])
        case "^": return .assertion(.start)
        case "$": return .assertion(.end)
        case "(": return try group()
        case "[": return try bracket()
        case "*", "+", "?": throw Malformed(reason: "'\(scalar)' has nothing to repeat")
        case "\\":
            if let assertion = try assertion() { return .assertion(assertion) }
            return set([try escape()])
        default: return set([Self.only(scalar)])
        }
    }

    private mutating func group() throws(Malformed) -> Node {
        if take("?") {
            if take("P<") || (has("<") && !has("<=") && !has("<!") && take("<")) {
                while try next("a group's name has no '>'") != ">" {}
            } else if has("=") || has("!") || has("<") {
                throw Malformed(reason: "it looks ahead or behind, which takes no bounded time")
            } else if !take(":") {
                throw Malformed(reason: "it has a group '(?' of a kind that is not known; (?i) and (?s) stand first")
            }
        }
        depth += 1
        guard depth <= Self.deepest else { throw Malformed(reason: "its groups are nested too deeply") }
        let node = try choice()
        depth -= 1
        guard take(")") else { throw Malformed(reason: "a '(' has no ')'") }
        return node
    }

    private mutating func assertion() throws(Malformed) -> TextPattern.Assertion? {
        if take("b") { return .boundary }
        if take("B") { return .noBoundary }
        if take("A") { return .start }
        return take("z") || take("Z") ? .end : nil
    }

    /// What a backslash makes of what follows it.
    private mutating func escape() throws(Malformed) -> ScalarSet.Member {
        let scalar = try next("it ends with a backslash")
        switch scalar {
        case "d": return .digit
        case "D": return .not(.digit)
        case "w": return .word
        case "W": return .not(.word)
        case "s": return .space
        case "S": return .not(.space)
        case "p": return try category()
        case "P": return .not(try category())
        case "n": return Self.only("\n")
        case "t": return Self.only("\t")
        case "r": return Self.only("\r")
        case "f": return Self.only("\u{c}")
        case "v": return Self.only("\u{b}")
        case "0": return Self.only("\0")
        case "x": return try hexadecimal(digits: 2)
        case "u": return try hexadecimal(digits: 4)
        case "1"..."9": throw Malformed(reason: "it refers back to a group, which takes no bounded time")
        case "a"..."z", "A"..."Z": throw Malformed(reason: "'\\\(scalar)' is not known")
        default: return Self.only(scalar)
        }
    }

    private mutating func hexadecimal(digits: Int) throws(Malformed) -> ScalarSet.Member {
        var text = ""
        if take("{") {
            while let scalar = peek, scalar != "}" {
                text.unicodeScalars.append(scalar)
                position += 1
            }
            _ = try next("a '{' has no '}'")
        } else {
            for _ in 0..<digits { text.unicodeScalars.append(try next("a number is cut short")) }
        }
        guard let value = UInt32(text, radix: 16), let scalar = Unicode.Scalar(value) else {
            throw Malformed(reason: "'\(text)' is the number of no character")
        }
        return Self.only(scalar)
    }

    private mutating func category() throws(Malformed) -> ScalarSet.Member {
        var name = ""
        guard take("{") else { throw Malformed(reason: "'\\p' has no '{'") }
        while !take("}") { name.unicodeScalars.append(try next("a '{' has no '}'")) }
        guard !name.isEmpty, ScalarSet.categories.contains(where: { $0.hasPrefix(name) }) else {
            throw Malformed(reason: "'\(name)' is no general category, as L or Lu is")
        }
        return .category(name)
    }

    // MARK: - Sets

    private mutating func bracket() throws(Malformed) -> Node {
        let isNegated = take("^")
        var members: [ScalarSet.Member] = []
        var isFirst = true
        while isFirst || peek != "]" {
            isFirst = false
            if has("[") || has("&&") || has("--") || has("~~") {
                throw Malformed(reason: "a set is made of sets; write '\\[' for a bracket")
            }
            let member = try setMember()
            guard has("-"), position + 1 < scalars.count, scalars[position + 1] != "]" else {
                members.append(member)
                continue
            }
            position += 1
            guard case .range(let low) = member, case .range(let high) = try setMember(),
                low.lowerBound <= high.lowerBound
            else { throw Malformed(reason: "a range in '[…]' does not go from a lower to a higher character") }
            members.append(.range(low.lowerBound...high.lowerBound))
        }
        position += 1
        return set(members, negated: isNegated)
    }

    private mutating func setMember() throws(Malformed) -> ScalarSet.Member {
        let scalar = try next("a '[' has no ']'")
        return scalar == "\\" ? try escape() : Self.only(scalar)
    }
}
