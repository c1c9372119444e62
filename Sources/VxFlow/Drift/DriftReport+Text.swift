import VxDrift
import VxModel
import VxTable

/// The forms a report of drift can take.
package enum DriftFormat: String, Sendable, CaseIterable {
    /// For people.
    case text
    /// For a pull request or a run's page.
    case markdown
    case json
    /// Annotations that GitHub shows (workflow commands).
    case github
}

extension DriftReport {
    /// The report in one form, with a line end unless it is empty.
    package func rendered(_ format: DriftFormat) -> String {
        switch format {
        case .text: text
        case .markdown: markdown
        case .json: jsonValue.canonical
        case .github: github
        }
    }

    // MARK: - Text

    private var text: String {
        var text = ""
        for dataset in datasets {
            text += "\(dataset.heading): \(dataset.verdictText)\n"
            for column in dataset.drift.columns where column.drifts {
                text += "  \(VisibleText.line(column.name)): \(column.reason { "'\(VisibleText.line($0))'" })\n"
            }
        }
        for path in unmatched { text += "\(path): not compared, as no table of the reference has such columns\n" }
        return text
    }

    // MARK: - GitHub

    private var github: String {
        WorkflowCommand.lines(workflowCommands, rest: "'vx drift' without '--format github' lists them all")
    }

    var workflowCommands: [WorkflowCommand] {
        var commands: [WorkflowCommand] = []
        for dataset in datasets {
            func add(isError: Bool, _ message: String) {
                commands.append(
                    WorkflowCommand(
                        isError: isError, file: dataset.batchFiles.first, title: "drift", message: message))
            }
            if dataset.drift.verdict == .tooFew { add(isError: false, "\(dataset.heading): \(dataset.verdictText)") }
            for column in dataset.drift.columns where column.drifts {
                let reason = column.reason { "'\(VisibleText.line($0))'" }
                add(isError: true, "\(VisibleText.line(column.name)): \(reason)\n\(dataset.heading)")
            }
        }
        return commands
            + unmatched.map {
                WorkflowCommand(
                    isError: false, file: $0, title: "drift",
                    message: "not compared, as no table of the reference has such columns")
            }
    }
}

extension DriftReport.Dataset {
    private static func files(_ paths: [RepoPath]) -> String {
        guard let first = paths.first else { return "nothing" }
        return paths.count == 1 ? "\(first)" : "\(first) and \(paths.count - 1) more"
    }

    /// What is compared with what.
    var heading: String {
        """
        \(Self.files(batchFiles)) (\(ShortNumber.rows(drift.batchRows))) beside \(Self.files(referenceFiles)) of \
        \(VisibleText.line(reference)) (\(ShortNumber.rows(drift.referenceRows)))
        """
    }

    var verdictText: String {
        switch drift.verdict {
        case .none: "no drift"
        case .drift: "drift in \(drift.columns.count(where: \.drifts)) of \(drift.columns.count) columns"
        case .tooFew: "too few rows to say; each side needs \(DatasetDrift.leastRows)"
        }
    }
}

extension ColumnDrift {
    /// What has drifted, in a line.
    ///
    /// - Parameter quoted: a value of the data as the form writes it.
    func reason(quoted: (String) -> String) -> String {
        var parts: [String] = []
        switch change {
        case .missing: return "the batch has no such column"
        case .extra: return "the reference has no such column"
        case .retyped: parts.append("\(referenceType?.rawValue ?? "") → \(batchType?.rawValue ?? "")")
        case nil: break
        }
        let counting = effects.filter(\.counts)
        if counting.contains(where: { [.psi, .ks, .wasserstein].contains($0.measure) }), let referenceMean,
            let batchMean
        {
            parts.append("mean \(ShortNumber.text(referenceMean)) → \(ShortNumber.text(batchMean))")
        }
        for effect in counting {
            switch effect.measure {
            case .missing:
                let shares = [referenceMissing, batchMissing].map { ShortNumber.percent($0) }
                parts.append("missing \(shares.joined(separator: " → "))")
            case .new:
                parts.append(
                    "\(ShortNumber.percent(effect.size)) of values are new: \(newValues.map(quoted).joined(separator: ", "))"
                )
            case .psi, .ks, .wasserstein:
                parts.append("\(effect.measure.rawValue) \(ShortNumber.rounded(effect.size, digits: 3))")
            }
        }
        return parts.joined(separator: ", ")
    }
}
