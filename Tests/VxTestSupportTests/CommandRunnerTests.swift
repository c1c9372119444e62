import Testing
import VxSystem
import VxTestSupport

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

@Suite("running programs")
struct CommandRunnerTests {
    @Test("captures output, errors and status apart and gives input")
    func capture() throws {
        try Scratch.with { scratch in
            let result = try CommandRunner(scratch).run(
                "sh", ["-c", "cat; echo bad >&2; exit 9"], input: Array("in".utf8))
            #expect(result.output == "in")
            #expect(result.errors == "bad\n")
            #expect(result.status == 9)
        }
    }

    @Test("the program sees the environment of the test alone")
    func environment() throws {
        try Scratch.with { scratch in
            let runner = try CommandRunner(scratch).setting("EXTRA", to: "yes").setting("NO_COLOR", to: nil)
            let names = Set(try runner.check("env", []).output.split(separator: "\n").map { $0.prefix { $0 != "=" } })
            let shell: Set<Substring> = ["PWD", "OLDPWD", "SHLVL", "_"]
            #expect(names.subtracting(shell) == Set(runner.environment.keys.map { $0[...] }))
            #expect(names.contains("EXTRA"))
            #expect(!names.contains("NO_COLOR"))
            #expect(try runner.sh("pwd").output == "\(scratch.work)\n")
        }
    }

    @Test("a program a signal ended counts as in a shell")
    func signal() throws {
        try Scratch.with { scratch in
            let running = try CommandRunner(scratch).start("sleep", ["60"])
            running.send(SIGINT)
            #expect(try running.wait().status == 130)
        }
    }

    @Test("a program that is not there is said so")
    func missing() throws {
        try Scratch.with { scratch in
            let runner = try CommandRunner(scratch)
            #expect(throws: (any Error).self) { try runner.run("no-such-program", []) }
        }
    }

    @Test("peak memory covers what the program took, and its children")
    func memory() throws {
        try Scratch.with { scratch in
            // dd holds one block of the given size, filled again and again, so that a sample meets it full; sh waits for it.
            let script = "dd if=/dev/zero of=/dev/null bs=300M count=10 2>/dev/null; true"
            let runner = try CommandRunner(scratch).measuringMemory()
            let peak = try #require(try runner.check("sh", ["-c", script]).peakMemory)
            #expect(peak >= 300 << 20)
            #expect(peak < 500 << 20)
        }
    }

    @Test("a scratch folder is gone after its test, also after one that throws")
    func cleanup() throws {
        struct Stop: Error {}
        let kept = try Scratch.with { $0.root }
        #expect(try Files.status(kept) == nil || TestEnvironment["VX_KEEP_SCRATCH"] == "1")
        #expect(throws: Stop.self) { try Scratch.with { _ in throw Stop() } }
    }
}
