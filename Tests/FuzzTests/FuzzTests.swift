import Testing
import VxModel
import VxSystem

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Every parser, fed with what others may send: a repository, a remote, a file, git itself.
///
/// `VX_FUZZ_SECONDS=3600 VX_FUZZ_SEED=7 swift test --filter FuzzTests` goes on for an hour with another seed,
/// `VX_FUZZ_TARGET=png` feeds one parser. A parser that traps or hangs ends the process it runs in; the input is kept, and
/// belongs into `Regressions` as `NAME-WHAT.bin`.
@Suite("Parsers") struct FuzzTests {
    @Test("take or refuse every input, and never trap or hang")
    func parsers() async throws {
        let folder = Fuzzer.folder(of: getpid())
        try Files.createDirectories(folder)
        let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
            try Fuzzer.run(
                FuzzTargets.all, Fuzzer.Plan(CurrentProcess.environment), in: Fuzzer.folder(of: getppid()))
        }
        let figures = try Files.read(folder.appending("figures")) ?? []
        print(String(decoding: figures, as: UTF8.self))
        guard result != nil else {
            let target = String(decoding: try Files.read(folder.appending("target")) ?? [], as: UTF8.self)
            let input = try Files.read(folder.appending("input")) ?? []
            Issue.record(
                "the parser '\(target)' does harm with the \(input.count) bytes of \(folder)/input: \(Hex.encode(input.prefix(400)))"
            )
            return
        }
        try Files.removeTree(folder)
    }

    @Test("the seed decides the inputs")
    func seeds() {
        let target = FuzzTargets.all[0]
        func inputs(_ seed: UInt64) -> [[UInt8]] {
            var mutator = Mutator(seed: seed)
            return (0..<50).map { _ in mutator.input(for: target) }
        }
        #expect(inputs(1) == inputs(1))
        #expect(inputs(1) != inputs(2))
        #expect(Set(inputs(3)).count > 40)
    }
}
