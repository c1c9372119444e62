import VxTable

/// What is wrong with one row.
struct RowProblem: Sendable, Equatable {
    /// The key in `vx.yaml`.
    var check: String
    /// What was asked, the same for every row that fails it.
    var rule: String
    /// What is wrong with this one, where that says more.
    var detail: String?

    func reason(line: Int) -> String { "line \(line): \(detail ?? rule)" }
}

/// The rows of a table that fail, counted by what they fail.
struct RowTally: Sendable {
    /// The rows that failed one rule.
    typealias Rule = CleanReport.Rows.Dropped

    /// As many lines are named of each rule.
    static let namedLines = 10

    private(set) var rows = RecordSet()
    private(set) var rules: [Rule] = []

    mutating func add(_ problem: RowProblem, line: Int) {
        rows.insert(line)
        guard let position = rules.firstIndex(where: { $0.check == problem.check && $0.rule == problem.rule }) else {
            rules.append(
                Rule(
                    check: problem.check, rule: problem.rule, count: 1, lines: [line],
                    first: problem.reason(line: line)))
            return
        }
        rules[position].count += 1
        if rules[position].lines.count < Self.namedLines { rules[position].lines.append(line) }
    }

    /// Adds what a later check found among the rows that were left.
    mutating func add(_ other: RowTally) {
        rows.formUnion(other.rows)
        for rule in other.rules {
            guard let position = rules.firstIndex(where: { $0.check == rule.check && $0.rule == rule.rule }) else {
                rules.append(rule)
                continue
            }
            rules[position].count += rule.count
            rules[position].lines = Array((rules[position].lines + rule.lines).sorted().prefix(Self.namedLines))
        }
    }
}
