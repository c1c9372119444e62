import Testing
import VxModel
import VxTestSupport

@Suite("reading transcripts")
struct TranscriptParsingTests {
    private let text = """
        # a comment

        $ cat <<END
        > one
        >
        > END
        one
        \\
        ! careful
        !
        ? 4

        $ true
        # the end

        """

    @Test("takes commands, output, errors and status apart")
    func parse() throws {
        let transcript = try Transcript(text)
        #expect(transcript.steps.count == 2)
        #expect(transcript.steps[0].preamble == ["# a comment", ""])
        #expect(transcript.steps[0].command == "cat <<END\none\n\nEND")
        #expect(transcript.steps[0].line == 3)
        #expect(transcript.steps[0].stdout == ["one", "\\"])
        #expect(transcript.steps[0].stderr == ["careful", ""])
        #expect(transcript.steps[0].status == 4)
        #expect(transcript.steps[1].status == 0)
        #expect(transcript.ending == ["# the end"])
    }

    @Test("writes back what it read")
    func roundTrip() throws {
        #expect(try Transcript(text).text == text)
    }

    @Test("refuses output that belongs to no command")
    func stray() {
        #expect(throws: VxError.self) { try Transcript("one\n$ true\n") }
        #expect(throws: VxError.self) { try Transcript("$ true\n# comment\none\n") }
        #expect(throws: VxError.self) { try Transcript("$ true\n? many\n") }
    }

    @Test(
        "output that looks like a mark is written so that it is read as output",
        arguments: ["", "$ x", "! x", "!", "? 1", "> x", ">", "# x", "\\x", "...", "plain", "[..]"])
    func escaping(_ line: String) throws {
        let patterns = Transcript.patterns(for: line + "\n")
        let read = try Transcript("$ true\n" + patterns[0] + "\n")
        #expect(read.steps[0].stdout == patterns)
        #expect(OutputPattern.matches(patterns, line + "\n"))
    }
}
