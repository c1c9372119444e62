/// A regular expression that is matched in time that grows with the text and the pattern, whatever they are: all ways
/// through the pattern are followed at once (Thompson's construction), and none is gone back to.
///
/// What cannot be matched so, references and look-around, is refused. Scalar by scalar, as Python's `re`.
package struct TextPattern: Sendable {
    /// Why a text is no pattern.
    package struct Malformed: Error, Sendable, Equatable {
        package var reason: String
    }

    /// What a place in the program does.
    enum Step: Sendable {
        /// Takes one scalar and goes on with the next step.
        case scalar(ScalarSet)
        case assertion(Assertion)
        case split(Int, Int)
        case jump(Int)
        case end
    }

    /// What holds at a place between scalars.
    enum Assertion: Sendable {
        case start, end, boundary, noBoundary
    }

    /// More steps than anybody writes by hand; `(a{1000}){1000}` would take all memory.
    private static let mostSteps = 10_000

    private var steps: [Step] = []

    /// - Throws: where the text is no regular expression, or one that cannot be matched in linear time.
    package init(_ text: String) throws(Malformed) {
        var parser = TextPatternParser(text)
        try compile(try parser.parse())
        try add(.end)
    }

    private mutating func add(_ step: Step) throws(Malformed) {
        guard steps.count < Self.mostSteps else {
            throw Malformed(reason: "it is too large: repetitions of repetitions")
        }
        steps.append(step)
    }

    private mutating func compile(_ node: TextPatternParser.Node) throws(Malformed) {
        switch node {
        case .scalar(let set): try add(.scalar(set))
        case .assertion(let assertion): try add(.assertion(assertion))
        case .sequence(let nodes): for node in nodes { try compile(node) }
        case .choice(let nodes):
            var ends: [Int] = []
            for node in nodes.dropLast() {
                let split = steps.count
                try add(.split(split + 1, 0))
                try compile(node)
                ends.append(steps.count)
                try add(.jump(0))
                steps[split] = .split(split + 1, steps.count)
            }
            if let last = nodes.last { try compile(last) }
            for end in ends { steps[end] = .jump(steps.count) }
        case .repeated(let node, let least, let most):
            for _ in 0..<least { try compile(node) }
            guard let most else {
                let split = steps.count
                try add(.split(split + 1, 0))
                try compile(node)
                try add(.jump(split))
                steps[split] = .split(split + 1, steps.count)
                return
            }
            var splits: [Int] = []
            for _ in least..<most {
                splits.append(steps.count)
                try add(.split(steps.count + 1, 0))
                try compile(node)
            }
            for split in splits { steps[split] = .split(split + 1, steps.count) }
        }
    }

    /// Whether the whole text fits.
    ///
    /// - Parameter check: called now and then; what it throws ends the matching.
    package func fits(_ text: String, check: () throws -> Void) rethrows -> Bool {
        let scalars = Array(text.unicodeScalars)
        var marks = [Int](repeating: -1, count: steps.count)
        var current: [Int] = []
        follow(0, at: 0, scalars, &marks, &current)
        for (position, scalar) in scalars.enumerated() {
            if position % 1024 == 0 { try check() }
            var next: [Int] = []
            for place in current {
                if case .scalar(let set) = steps[place], set.contains(scalar) {
                    follow(place + 1, at: position + 1, scalars, &marks, &next)
                }
            }
            if next.isEmpty { return false }
            current = next
        }
        return current.contains { if case .end = steps[$0] { true } else { false } }
    }

    /// Adds the places that are reached from `place` without a further scalar, each once for a position.
    private func follow(
        _ place: Int, at position: Int, _ scalars: [Unicode.Scalar], _ marks: inout [Int], _ places: inout [Int]
    ) {
        var open = [place]
        while let place = open.popLast() {
            if marks[place] == position { continue }
            marks[place] = position
            switch steps[place] {
            case .scalar, .end: places.append(place)
            case .jump(let target): open.append(target)
            case .split(let first, let second): open += [second, first]
            case .assertion(let assertion):
                if Self.holds(assertion, at: position, scalars) { open.append(place + 1) }
            }
        }
    }

    private static func holds(_ assertion: Assertion, at position: Int, _ scalars: [Unicode.Scalar]) -> Bool {
        switch assertion {
        case .start: return position == 0
        case .end: return position == scalars.count
        case .boundary, .noBoundary:
            let before = position > 0 && ScalarSet.isWord(scalars[position - 1])
            let after = position < scalars.count && ScalarSet.isWord(scalars[position])
            return (before != after) == (assertion == .boundary)
        }
    }
}
