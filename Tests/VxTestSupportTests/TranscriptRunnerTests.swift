import Testing
import VxTestSupport

@Suite("running transcripts")
struct TranscriptRunnerTests {
    private func differences(_ text: String) throws -> String {
        let transcript = try Transcript(text)
        return try Scratch.with { scratch in
            let outcomes = try TranscriptRunner(scratch).outcomes(of: transcript)
            return TranscriptRunner.differences(transcript, outcomes, file: "x.vxt")
        }
    }

    @Test("says nothing where all is as written")
    func agreement() throws {
        #expect(try differences("$ echo one\none\n$ echo two >&2; (exit 7)\n! two\n? 7\n") == "")
    }

    @Test("fails on other output, with file, line and the difference")
    func wrongOutput() throws {
        let report = try differences("# x\n$ printf 'one\\nthree\\n'\none\ntwo\n")
        #expect(report == "x.vxt:2: $ printf 'one\\nthree\\n'\n     one\n    -two\n    +three\n")
    }

    @Test(
        "fails on each part alone",
        arguments: [
            "$ echo one\n", "$ true\none\n", "$ echo one >&2\n", "$ true\n! one\n", "$ false\n", "$ true\n? 1\n",
        ])
    func everyPart(_ text: String) throws {
        #expect(try !differences(text).isEmpty)
    }

    @Test("says so when a command ends the shell, and nothing of what follows")
    func endedShell() throws {
        let report = try differences("$ exit 0\n$ echo one\ntwo\n")
        #expect(report == "x.vxt:1: $ exit 0\n    -? 0\n    +? (the shell ended here)\n")
    }

    @Test("an update makes the transcript pass")
    func update() throws {
        let transcript = try Transcript("$ echo '$ one'; echo two >&2; pwd; (exit 2)\nwrong\n")
        let updated = try Scratch.with { scratch in
            TranscriptRunner.updated(transcript, try TranscriptRunner(scratch).outcomes(of: transcript))
        }
        #expect(
            updated.text
                == "$ echo '$ one'; echo two >&2; pwd; (exit 2)\n\\$ one\n$SCRATCH/work\n! two\n? 2\n")
        #expect(try differences(updated.text) == "")
    }
}
