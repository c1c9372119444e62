import VxModel

/// What a job of a CI server has found, in the forms that servers show.
package struct CIReport: Sendable {
    /// What is to be looked at, in words: `main`, `the tag v1`.
    package var subject: String
    /// What breaks a rule; `nil` where the rules could not be judged.
    package var rules: PolicyReport?
    /// What there is to say of the data, in one line; `nil` where it was not looked at.
    package var data: String?
    /// Contents that nobody can get: their paths.
    package var missing: [RepoPath] = []
    /// The data review, as Markdown.
    package var review: String?
    package var drift: DriftReport?
    /// Steps that could not be done.
    package var failures: [VxError] = []
    /// What is worth knowing and no failure.
    package var notes: [String] = []

    package init(subject: String) { self.subject = subject }

    /// The kind of failure the job ends with; `nil` where all is well.
    package var failure: VxError.Code? {
        if rules?.refuses == true || !missing.isEmpty || drift?.hasDrifted == true { return .refused }
        return failures.first?.code
    }

    private static let missingText = "its content is on no remote: 'vx push' from a clone that has it sends it"

    private func text(_ failure: VxError) -> String {
        "\(failure)" + (failure.hint.map { "\nway out: \($0)" } ?? "")
    }

    // MARK: - Forms

    /// For people, and for a server whose words are not known.
    package var text: String {
        (rules?.text ?? "") + missing.map { "error: \($0): \(Self.missingText)\n" }.joined()
            + (drift?.rendered(.text) ?? "")
    }

    /// One line of counts for each step.
    package var summary: [String] { [rules?.summary, data, drift?.summary].compactMap { $0 } }

    /// Annotations for a GitHub workflow.
    package var github: String {
        var commands = rules?.workflowCommands ?? []
        commands += missing.map { WorkflowCommand(isError: true, file: $0, title: "data", message: Self.missingText) }
        commands += drift?.workflowCommands ?? []
        commands += failures.map {
            WorkflowCommand(isError: true, file: nil, title: "vx", message: text($0))
        }
        commands += notes.map { WorkflowCommand(isError: false, file: nil, title: "vx", message: $0) }
        return WorkflowCommand.lines(commands, rest: "the run's page lists them all")
    }

    /// JUnit's XML: a case for each rule, for the data and for drift, as far as those were looked at.
    package var junit: String {
        var cases = rules?.junitCases ?? []
        if data != nil {
            cases.append(JUnitCase(name: "data", failures: missing.map { ("\($0)", Self.missingText) }))
        }
        if let drift {
            let columns = drift.workflowCommands.filter(\.isError).map { ("drift", $0.message) }
            cases.append(JUnitCase(name: "drift", failures: columns))
        }
        if !failures.isEmpty {
            cases.append(JUnitCase(name: "run", failures: failures.map { ($0.message, text($0)) }))
        }
        return JUnitCase.document(cases, suite: "vx ci")
    }

    private enum Most {
        /// GitHub refuses a page of more than 1 MiB.
        static let bytes = 1_000_000
        static let findings = 100
    }

    /// A page for people.
    package var markdown: String {
        var lines = ["## vx: \(MarkdownText.code(subject))", ""]
        lines += summary.map { "- \($0)" }
        lines += failures.map { "- **failed**: \(MarkdownText.code("\($0)", limit: 500))" }
        lines += ((rules?.notes ?? []) + notes).map { "- \(MarkdownText.code($0, limit: 500))" }
        if let rules, !rules.findings.isEmpty {
            lines += ["", "| rule | where | what | way out |", "|---|---|---|---|"]
            lines += rules.findings.prefix(Most.findings).map { finding in
                let commit = finding.commit.map { " \($0.short)" } ?? ""
                let cells = ["\(finding.branch)\(commit)", finding.message, finding.wayOut]
                let level = finding.severity == .error ? "" : " (warning)"
                return "| \(finding.rule.rawValue)\(level) | "
                    + cells.map { MarkdownText.code($0, limit: 300) }.joined(separator: " | ") + " |"
            }
            if rules.findings.count > Most.findings {
                lines += ["", "and \(rules.findings.count - Most.findings) more: 'vx check --json' lists them"]
            }
            for (rule, text) in rules.remarks { lines += ["", "\(rule.rawValue): \(text)"] }
        }
        if !missing.isEmpty {
            lines += ["", "On no remote:", ""]
            lines += missing.prefix(Most.findings).map { "- \(MarkdownText.code($0.description))" }
            if missing.count > Most.findings { lines.append("- and \(missing.count - Most.findings) more") }
        }
        var page = lines.joined(separator: "\n") + "\n"
        for part in [review, drift.map { $0.rendered(.markdown) }].compactMap({ $0 })
        where page.utf8.count + part.utf8.count < Most.bytes {
            page += "\n\(part)"
        }
        return page
    }

    package var jsonValue: JSONValue {
        [
            "subject": .string(subject), "rules": rules?.jsonValue ?? .null,
            "data": data.map(JSONValue.string) ?? .null,
            "missing": .array(missing.map { .string($0.description) }),
            "review": review.map(JSONValue.string) ?? .null, "drift": drift?.jsonValue ?? .null,
            "failures": .array(failures.map { .string("\($0)") }), "notes": .array(notes.map(JSONValue.string)),
            "passed": .bool(failure == nil),
        ]
    }
}
