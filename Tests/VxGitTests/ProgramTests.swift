import SystemPackage
import Testing
import VxModel
import VxSystem
import VxTestSupport

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

@Suite("Programs that are started")
struct ProgramTests {
    private func shell(_ script: String, in folder: FilePath? = nil, _ variables: ChildVariables = .changing([:]))
        -> Program
    {
        Program("sh", ["-c", script].map { Array($0.utf8) }, in: folder, variables: variables)
    }

    private let limits = (output: 64 << 20, error: 64 << 20)

    @Test(
        "what goes in and what comes out of both ends may be longer than any pipe",
        arguments: [0, 1, 65_536, 5_000_000])
    func long(count: Int) throws {
        var generator = SeededGenerator(seed: UInt64(count))
        let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let said = try shell("tee /dev/stderr; exit 3").collect(input: bytes, limits: limits)
        #expect(said.output == bytes && said.error == bytes)
        #expect(said.ending.status == 3 && said.ending.signal == nil && said.ending.tookAll)
    }

    @Test("a program that reads nothing, or stops reading, is not waited for with the rest of its input")
    func early() throws {
        let bytes = [UInt8](repeating: 7, count: 1 << 20)
        for script in ["exit 0", "head -c 10 > /dev/null; echo done", "exec 0<&-; echo done; sleep 0.1"] {
            let said = try shell(script).collect(input: bytes, limits: limits)
            #expect(said.ending.status == 0 && !said.ending.tookAll, "\(script)")
        }
        // This process is still there to tell: the signal of a broken pipe is not for it.
    }

    @Test("arguments and variables of this process are bytes; a folder may have any name")
    func bytes() async throws {
        let scratch = try await Scratch()
        let folder = scratch.folder.appending("a folder's\u{1b}name")
        try Files.createDirectories(folder)
        let odd: [UInt8] = [0x61, 0xff, 0x0a, 0x62]
        let script = "printf %s \"$1\"; printf %s \"$A$HOME\" >&2; pwd"
        let program = Program(
            "sh", [Array("-c".utf8), Array(script.utf8), [0x78], odd], in: folder,
            variables: .changing(["A": "1", "HOME": nil]))
        let said = try program.collect(limits: limits)
        #expect(said.output == odd + Array("\(folder)\n".utf8))
        #expect(said.error == Array("1".utf8))
    }

    @Test("the variables are these alone")
    func exactly() throws {
        let said = try Program("/usr/bin/env", [], variables: .exactly(["ONLY": "this"])).collect(limits: limits)
        #expect(said.output == Array("ONLY=this\n".utf8))
    }

    @Test("a signal that ends it is told, and given as a shell does")
    func signals() throws {
        let said = try shell("kill -TERM $$").collect(limits: limits)
        #expect(said.ending.status == 128 + 15 && said.ending.signal == 15)
    }

    @Test("what cannot be started is an error that names it")
    func missing() throws {
        let error = #expect(throws: VxError.self) { try Program("no-such-program", []).collect(limits: limits) }
        #expect(error?.message == "cannot start 'no-such-program'" && error?.isNoSuchPath == true)
        let other = #expect(throws: VxError.self) { try shell("true", in: "/no/such/folder").collect(limits: limits) }
        #expect(other?.message == "cannot go to the folder /no/such/folder")
    }

    @Test(
        "time that is over ends it, whether it still has its outputs or has closed them",
        arguments: ["", "exec >&- 2>&-; "])
    func timeout(before: String) throws {
        let clock = ContinuousClock()
        let start = clock.now
        let said = try shell("\(before)exec sleep 600").collect(limits: limits, timeout: .milliseconds(200))
        #expect(said.ending.timedOut && said.ending.signal == 9)
        #expect(clock.now - start < .seconds(300))
    }

    @Test("what it has started and left running keeps nobody waiting, and what it said is all there")
    func left() throws {
        let clock = ContinuousClock()
        let start = clock.now
        let said = try shell("sleep 600 & echo $!; yes | head -c 300000 >&2").collect(limits: limits)
        #expect(clock.now - start < .seconds(300))
        #expect(said.ending.status == 0 && said.error.count == 300_000)
        let process = try #require(Int32(String(decoding: said.output.dropLast(), as: UTF8.self)))
        #expect(kill(process, SIGKILL) == 0)
    }

    @Test("time that is over ends what it has started as well")
    func timeoutOfAll() throws {
        let said = try shell("sleep 600 & echo $!; wait").collect(limits: limits, timeout: .milliseconds(300))
        let process = try #require(Int32(String(decoding: said.output.dropLast(), as: UTF8.self)))
        #expect(said.ending.timedOut)
        // Whoever takes over orphans may need a moment.
        for _ in 0..<500 where kill(process, 0) == 0 { usleep(10_000) }
        #expect(kill(process, 0) != 0)
    }

    @Test("one that was cancelled is asked to end", arguments: ["exec sleep 600", "exec >&- 2>&-; exec sleep 600"])
    func cancelled(script: String) throws {
        let cancellation = Cancellation()
        cancellation.cancel()
        let said = try shell(script).collect(limits: limits, cancellation: cancellation)
        #expect(said.ending.signal == SIGTERM && !said.ending.timedOut)
    }

    @Test("one that ends in time is not said to be late")
    func inTime() throws {
        let said = try shell("echo x").collect(limits: limits, timeout: .seconds(300))
        #expect(!said.ending.timedOut && said.output == Array("x\n".utf8))
    }

    @Test("one that says too much is ended")
    func tooMuch() throws {
        let error = #expect(throws: VxError.self) { try shell("yes").collect(limits: (1 << 20, 1 << 20)) }
        #expect(error?.message.contains("more than") == true)
    }

    #if os(Linux)
        @Test("no pipe stays open, however it ends")
        func descriptors() throws {
            func count() throws -> Int { try Files.unsortedNames(in: "/proc/self/fd")?.count ?? 0 }
            // Other tests open files meanwhile: so many runs that what they do does not matter.
            let before = try count()
            for _ in 0..<200 {
                _ = try shell("cat").collect(input: [1, 2, 3], limits: limits)
                _ = try? shell("yes").collect(limits: (10, 10))
                _ = try? Program("no-such-program", []).collect(input: [1], limits: limits)
            }
            #expect(try count() < before + 150)
        }
    #endif
}
