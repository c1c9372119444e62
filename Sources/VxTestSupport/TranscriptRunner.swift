import SystemPackage
import VxModel
import VxSystem

/// Replays a transcript in a scratch folder and says where the world and the text differ.
package struct TranscriptRunner {
    /// What a command really did.
    package struct Outcome: Sendable {
        package var stdout: String
        package var stderr: String
        /// `nil` where the shell ended inside the command.
        package var status: Int32?
    }

    private let scratch: Scratch

    package init(_ scratch: Scratch) {
        self.scratch = scratch
    }

    /// Checks one file, or rewrites its expected parts where `update` is set.
    ///
    /// - Returns: the differences, readable, each with the file and line it is about; empty where all is as written.
    package static func check(_ file: FilePath, update: Bool) throws -> String {
        let text = String(decoding: try Files.read(file) ?? [], as: UTF8.self)
        let transcript = try Transcript(text)
        return try Scratch.with { scratch in
            let outcomes = try TranscriptRunner(scratch).outcomes(of: transcript)
            if update {
                let fresh = updated(transcript, outcomes).text
                if fresh != text { try Files.replace(file, with: Array(fresh.utf8)) }
                return ""
            }
            return differences(transcript, outcomes, file: file.description)
        }
    }

    /// Runs every command in one shell, so that `cd` and variables last, and keeps each one's output apart.
    package func outcomes(of transcript: Transcript) throws -> [Outcome] {
        let folder = scratch.captures.appending("transcript")
        try Files.createDirectories(folder)
        var script = ""
        for number in transcript.steps.indices {
            let base = folder.appending("\(number)")
            try Files.replace(FilePath("\(base).sh"), with: Array((transcript.steps[number].command + "\n").utf8))
            script += ". '\(base).sh' >'\(base).out' 2>'\(base).err' </dev/null\necho $? >'\(base).status'\n"
        }
        _ = try CommandRunner(scratch).run("sh", ["-c", script])
        return try transcript.steps.indices.map { number in
            let base = folder.appending("\(number)")
            return Outcome(
                stdout: try text("\(base).out"), stderr: try text("\(base).err"),
                status: Int32(try text("\(base).status").filter { $0 != "\n" }))
        }
    }

    private func text(_ path: String) throws -> String {
        let text = String(decoding: try Files.read(FilePath(path)) ?? [], as: UTF8.self)
        return Self.replacing(scratch.root.description, with: "$SCRATCH", in: text)
    }

    /// What differs, as a patch from the written to the real, or nothing.
    package static func differences(_ transcript: Transcript, _ outcomes: [Outcome], file: String) -> String {
        var report = ""
        for (step, outcome) in zip(transcript.steps, outcomes) {
            var lines: [String] = []
            if !OutputPattern.matches(step.stdout, outcome.stdout) {
                lines += difference("", step.stdout, OutputPattern.updating(step.stdout, to: outcome.stdout))
            }
            if !OutputPattern.matches(step.stderr, outcome.stderr) {
                lines += difference("! ", step.stderr, OutputPattern.updating(step.stderr, to: outcome.stderr))
            }
            if outcome.status != step.status {
                lines += ["-? \(step.status)", "+? \(outcome.status.map(String.init) ?? "(the shell ended here)")"]
            }
            if lines.isEmpty { continue }
            report += "\(file):\(step.line): $ \(step.command)\n"
            report += lines.map { "    \($0)\n" }.joined()
            // What follows a shell that has ended says nothing.
            if outcome.status == nil { break }
        }
        return report
    }

    /// The lines both have with a space, the missing ones with `-`, the unexpected ones with `+`.
    private static func difference(_ mark: String, _ expected: [String], _ actual: [String]) -> [String] {
        // common[i][j]: how many lines expected[i...] and actual[j...] share in order.
        var common = [[Int]](repeating: [Int](repeating: 0, count: actual.count + 1), count: expected.count + 1)
        for i in expected.indices.reversed() {
            for j in actual.indices.reversed() {
                common[i][j] =
                    expected[i] == actual[j]
                    ? common[i + 1][j + 1] + 1 : max(common[i + 1][j], common[i][j + 1])
            }
        }
        var lines: [String] = []
        var (i, j) = (0, 0)
        while i < expected.count || j < actual.count {
            if i < expected.count, j < actual.count, expected[i] == actual[j] {
                lines.append(" " + mark + expected[i])
                (i, j) = (i + 1, j + 1)
            } else if i < expected.count, j == actual.count || common[i + 1][j] >= common[i][j + 1] {
                lines.append("-" + mark + expected[i])
                i += 1
            } else {
                lines.append("+" + mark + actual[j])
                j += 1
            }
        }
        return lines
    }

    /// The transcript with the expected parts as they really were, keeping every wildcard that still holds.
    package static func updated(_ transcript: Transcript, _ outcomes: [Outcome]) -> Transcript {
        var updated = transcript
        for (number, outcome) in outcomes.enumerated() {
            updated.steps[number].stdout = OutputPattern.updating(transcript.steps[number].stdout, to: outcome.stdout)
            updated.steps[number].stderr = OutputPattern.updating(transcript.steps[number].stderr, to: outcome.stderr)
            updated.steps[number].status = outcome.status ?? transcript.steps[number].status
        }
        return updated
    }

    private static func replacing(_ old: String, with new: String, in text: String) -> String {
        let bytes = Array(text.utf8)
        let (old, new) = (Array(old.utf8), Array(new.utf8))
        var result: [UInt8] = []
        var position = 0
        while position < bytes.count {
            if bytes[position...].starts(with: old) {
                result += new
                position += old.count
            } else {
                result.append(bytes[position])
                position += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
