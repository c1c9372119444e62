import VxConfig
import VxModel

/// The forms a report can take.
package enum PolicyFormat: String, Sendable, CaseIterable {
    /// For people.
    case text
    case json
    /// Annotations that GitHub shows beside the lines (workflow commands).
    case github
    /// SARIF 2.1.0, which code hosts take in.
    case sarif
    /// JUnit's XML, which every CI server shows.
    case junit
}

extension PolicyReport {
    /// The report in one form, with a line end unless it is empty.
    ///
    /// - Parameter version: of vx, where the form names the tool.
    package func rendered(_ format: PolicyFormat, version: String) -> String {
        switch format {
        case .text: text
        case .json: jsonValue.canonical
        case .github: github
        case .sarif: sarif(version).canonical
        case .junit: junit
        }
    }

    // MARK: - Text

    /// How many findings of one rule in one commit are spelled out.
    private static let shown = 5

    /// One paragraph for each finding: hooks and `vx check` print the same.
    package var text: String {
        var numbers: [String: Int] = [:]
        var text = ""
        for finding in findings {
            let key = "\(finding.rule.rawValue) \(finding.branch) \(finding.commit?.hex ?? "")"
            numbers[key, default: 0] += 1
            if numbers[key, default: 0] <= Self.shown { text += Self.paragraph(finding) }
        }
        for (key, number) in numbers.sorted(by: { $0.key < $1.key }) where number > Self.shown {
            let rule = key.prefix { $0 != " " }
            text += "… and \(number - Self.shown) more [\(rule)]; 'vx check --json' lists them\n"
        }
        return text + remarks.map { "… \($0.text) [\($0.rule.rawValue)]\n" }.joined()
    }

    /// What is to be said of findings that are not listed, by rule.
    var remarks: [(rule: PolicyRule, text: String)] {
        unlisted.sorted { $0.key.rawValue < $1.key.rawValue }.map {
            ($0, "and \($1) more, which are not listed: mend the first, then look again")
        }
    }

    /// How many findings there are of a severity, listed or not: all of one rule have the same.
    private func count(_ severity: Severity) -> Int {
        findings.count { $0.severity == severity }
            + unlisted.reduce(0) { sum, more in
                findings.contains { $0.rule == more.key && $0.severity == severity } ? sum + more.value : sum
            }
    }

    private static func paragraph(_ finding: Finding) -> String {
        let place =
            finding.rule == .tagKept
            ? "the tag \(finding.branch)"
            : "\(finding.branch), \(finding.commit.map { "commit \($0.short)" } ?? "not committed yet")"
        return """
            \(finding.severity == .error ? "error" : "warning"): \(finding.message) [\(finding.rule.rawValue)]
              \(finding.rule.statement)
              on \(place)
              way out: \(finding.wayOut)

            """
    }

    /// One line of counts.
    package var summary: String {
        func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
        let errors = self.count(.error)
        let warnings = self.count(.warn)
        let found = [errors == 0 ? nil : count(errors, "error"), warnings == 0 ? nil : count(warnings, "warning")]
            .compactMap { $0 }.joined(separator: ", ")
        var places: [String] = []
        if !branches.isEmpty { places.append("\(count(commits, "commit")) of \(branches.joined(separator: ", "))") }
        if tags > 0 || places.isEmpty { places.append(count(tags, "tag")) }
        return "\(found.isEmpty ? "no rule is broken" : found) in \(places.joined(separator: ", and "))"
    }

    // MARK: - JSON

    package var jsonValue: JSONValue {
        [
            "branches": .array(branches.map(JSONValue.string)), "commits": .integer(Int64(commits)),
            "tags": .integer(Int64(tags)),
            "unlisted": .object(unlisted.reduce(into: [:]) { $0[$1.key.rawValue] = .integer(Int64($1.value)) }), "notes": .array(notes.map(JSONValue.string)), "passed": .bool(!refuses),
            "findings": .array(
                findings.map { finding in
                    [
                        "rule": .string(finding.rule.rawValue), "severity": .string(finding.severity.rawValue),
                        "branch": .string(finding.branch), "commit": finding.commit.map { .string($0.hex) } ?? .null,
                        "path": finding.path.map { .string($0.description) } ?? .null,
                        "message": .string(finding.message), "statement": .string(finding.rule.statement),
                        "wayOut": .string(finding.wayOut),
                    ]
                }),
        ]
    }

    // MARK: - GitHub

    private var github: String {
        WorkflowCommand.lines(workflowCommands, rest: "'vx check' without '--format github' lists them all")
    }

    var workflowCommands: [WorkflowCommand] {
        let listed = findings.map { finding in
            let place = "\(finding.branch)\(finding.commit.map { ", commit \($0.short)" } ?? "")"
            return WorkflowCommand(
                isError: finding.severity == .error, file: finding.path, title: finding.rule.rawValue,
                message: "\(finding.message) (\(place))\nway out: \(finding.wayOut)")
        }
        return listed
            + remarks.map { WorkflowCommand(isError: false, file: nil, title: $0.rule.rawValue, message: $0.text) }
    }

    // MARK: - SARIF

    /// GitHub shows as many results, and refuses a file of five times as many.
    private static let mostResults = 5000

    /// - Parameter version: of vx.
    package func sarif(_ version: String) -> JSONValue {
        let rules: [JSONValue] = PolicyRule.allCases.map {
            ["id": .string($0.rawValue), "shortDescription": ["text": .string($0.statement)]]
        }
        let ordered = findings.filter { $0.severity == .error } + findings.filter { $0.severity != .error }
        let results: [JSONValue] = ordered.prefix(Self.mostResults).map { finding in
            // A host refuses the whole file where a result has no place. What is about no file is about the rules.
            let file = Self.uri(finding.path ?? Configuration.path)
            return [
                "ruleId": .string(finding.rule.rawValue),
                "level": .string(finding.severity == .error ? "error" : "warning"),
                "message": ["text": .string("\(finding.message). Way out: \(finding.wayOut)")],
                "properties": [
                    "branch": .string(finding.branch), "commit": finding.commit.map { .string($0.hex) } ?? .null,
                ],
                "locations": [
                    ["physicalLocation": ["artifactLocation": ["uri": .string(file)], "region": ["startLine": 1]]]
                ],
            ]
        }
        return [
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0",
            "runs": [
                [
                    "tool": ["driver": ["name": "vx", "version": .string(version), "rules": .array(rules)]],
                    "results": .array(results),
                    "properties": ["omitted": .integer(Int64(findings.count - results.count + unlisted.values.reduce(0, +)))],
                ]
            ],
        ]
    }

    /// A relative URI (RFC 3986): every byte that is not unreserved or a slash is escaped.
    private static func uri(_ path: RepoPath) -> String { ASCII.percentEncoded(path.bytes, keepingSlashes: true) }

    // MARK: - JUnit

    /// One test case for each rule: a rule that no finding is about has passed.
    private var junit: String { JUnitCase.document(junitCases, suite: "vx check") }

    var junitCases: [JUnitCase] {
        PolicyRule.allCases.map { rule in
            var one = JUnitCase(name: rule.rawValue)
            for finding in findings where finding.rule == rule {
                let place = finding.commit.map { "commit \($0.short) of \(finding.branch)" } ?? finding.branch
                let text = "\(finding.message) (\(place)); way out: \(finding.wayOut)"
                if finding.severity == .error {
                    one.failures.append((finding.message, text))
                } else {
                    one.output.append(text)
                }
            }
            one.output += remarks.filter { $0.rule == rule }.map(\.text)
            return one
        }
    }
}
