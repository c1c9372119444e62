import VxModel

/// A terminal session with the output it must have, as `Tests/Transcripts/README.md` describes it.
package struct Transcript: Sendable {
    /// One command with what it must print.
    package struct Step: Sendable, Equatable {
        /// The comments and blank lines above the command, as written.
        package var preamble: [String] = []
        /// The shell text; several lines where the command goes on with `> `.
        package var command: String
        /// The number of the line the command starts on.
        package var line: Int
        package var stdout: [String] = []
        package var stderr: [String] = []
        package var status: Int32 = 0
    }

    package var steps: [Step] = []
    /// What follows the last command's output.
    package var ending: [String] = []

    /// Reads a transcript; what belongs to no command is an error.
    package init(_ text: String) throws(VxError) {
        var pending: [String] = []
        var mayContinue = false
        for (index, piece) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = String(piece)
            if line.hasPrefix("$ ") {
                steps.append(Step(preamble: pending, command: String(line.dropFirst(2)), line: index + 1))
                pending = []
                mayContinue = true
                continue
            }
            if line.isEmpty || line.hasPrefix("#") {
                pending.append(line)
                continue
            }
            guard !steps.isEmpty, pending.allSatisfy(\.isEmpty) else {
                throw VxError(
                    "line \(index + 1) belongs to no command", because: line,
                    hint: "start commands with '$ '; output follows its command without a comment between")
            }
            let last = steps.count - 1
            if mayContinue, line == ">" || line.hasPrefix("> ") {
                steps[last].command += "\n" + line.dropFirst(2)
                continue
            }
            mayContinue = false
            if line == "!" || line.hasPrefix("! ") {
                steps[last].stderr.append(String(line.dropFirst(2)))
            } else if line.hasPrefix("? ") {
                guard let status = Int32(line.dropFirst(2)) else {
                    throw VxError("line \(index + 1) names no exit status", because: line)
                }
                steps[last].status = status
            } else {
                steps[last].stdout.append(line)
            }
        }
        // The text's last newline gives one empty piece, which is no line of its own.
        if pending.last == "" { pending.removeLast() }
        ending = pending
    }

    /// The transcript as text, ready to be written back.
    package var text: String {
        var lines: [String] = []
        for step in steps {
            lines += step.preamble
            let command = step.command.split(separator: "\n", omittingEmptySubsequences: false)
            lines.append("$ \(command[0])")
            lines += command.dropFirst().map { $0.isEmpty ? ">" : "> \($0)" }
            lines += step.stdout
            lines += step.stderr.map { $0.isEmpty ? "!" : "! \($0)" }
            if step.status != 0 { lines.append("? \(step.status)") }
        }
        return (lines + ending).map { $0 + "\n" }.joined()
    }

    /// Output as a transcript writes it: one pattern per line that matches that line and no other.
    package static func patterns(for output: String) -> [String] {
        guard !output.isEmpty else { return [] }
        var lines = output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.last == "" { lines.removeLast() }
        return lines.map { line in
            let isMark =
                ["$ ", "! ", "? ", "> ", "#", "\\"].contains { line.hasPrefix($0) } || ["!", ">", "..."].contains(line)
            return line.isEmpty || isMark ? "\\" + line : line
        }
    }
}
