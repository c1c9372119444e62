import Testing
import VxModel
import VxTestSupport

/// Each rule, broken by plain git in each way that can break it: hook, push and `vx check` refuse with the same words.
@Suite("Rules by ways of git") struct RuleMatrixTests {
    struct Cell: Sendable, CustomTestStringConvertible {
        var rule: RuleCase
        var way: Way
        var recipe: Recipe
        var testDescription: String { "\(rule.rule.rawValue) by \(way.rawValue)" }
    }

    static let cells = RuleCase.all.flatMap { rule in
        Way.allCases.compactMap { way in rule.recipe(way).map { Cell(rule: rule, way: way, recipe: $0) } }
    }

    @Test("every rule is in the table, and every way it is not broken in has a reason")
    func table() {
        #expect(RuleCase.all.map(\.rule) == PolicyRule.allCases)
        for rule in RuleCase.all {
            #expect(Set(rule.impossible.keys).isDisjoint(with: rule.recipes.keys), "\(rule.rule)")
            #expect(rule.impossible.count < Way.allCases.count, "\(rule.rule)")
        }
    }

    @Test("refused with the same words", arguments: cells)
    func refused(cell: Cell) throws {
        try Scratch.with { scratch in
            let runner = try RuleTemplate.copy(to: scratch)
            let (rule, recipe) = (cell.rule, cell.recipe)
            func run(_ script: String) throws -> CommandResult { try runner.run("sh", ["-ec", rule.prelude + script]) }
            let setup = try run("plain switch --quiet $branch\n\(recipe.setup)")
            try #require(setup.status == 0, "\(setup.output)\(setup.errors)")
            let first = try run("v=\n\(recipe.act)")
            #expect((first.status != 0) == recipe.isRefusedAtOnce, "\(first.output)\(first.errors)")
            if first.status != 0 {
                // What a refused command had prepared stays staged; a merge is begun anew.
                if cell.way == .merge, recipe.act.contains("git merge") { try runner.git("merge", "--abort") }
                let second = try run("v=--no-verify\n\(recipe.act)")
                try #require(second.status == 0, "\(second.output)\(second.errors)")
            }
            let push = try run(recipe.push)
            let check = try runner.vx("check", "--quiet")
            #expect(push.status == 1)
            #expect(check.status == 4)
            #expect(check.output.contains("[\(rule.rule.rawValue)]"), "\(check.output)")
            #expect(Self.findings(push.errors) == Self.findings(check.output))
            if first.status != 0 {
                let words = Self.findings(first.errors, of: rule.rule)
                #expect(!words.isEmpty, "\(first.errors)")
                #expect(
                    words.isSubset(of: Self.findings(check.output, of: rule.rule)), "\(first.errors)\(check.output)")
            }
        }
    }

    @Test("the legal way passes", arguments: RuleCase.all.map(\.rule))
    func legal(rule: PolicyRule) throws {
        let rule = try #require(RuleCase.all.first { $0.rule == rule })
        try Scratch.with { scratch in
            let runner = try RuleTemplate.copy(to: scratch)
            try runner.sh("git switch --quiet \(rule.branch)\n\(rule.legal)")
            try runner.check("vx", ["check"])
        }
    }

    /// The paragraphs of a report, without what tells a commit that is being made from one that is there.
    private static func findings(_ report: String, of rule: PolicyRule? = nil) -> Set<[Substring]> {
        var paragraphs: [[Substring]] = []
        for line in report.split(separator: "\n") {
            if line.hasPrefix("error: failed to push") { continue }
            if line.hasPrefix("error: ") || line.hasPrefix("warning: ") {
                paragraphs.append([line])
            } else if line.hasPrefix("  "), !line.hasPrefix("  on "), !paragraphs.isEmpty {
                paragraphs[paragraphs.count - 1].append(line)
            }
        }
        return Set(paragraphs.filter { paragraph in rule.map { paragraph[0].hasSuffix("[\($0.rawValue)]") } ?? true })
    }
}
