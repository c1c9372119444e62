import SystemPackage
import Testing
import VxModel
import VxSystem
import VxTestSupport

@Suite("a call of the system that fails is named as such, and costs nothing", .serialized)
struct FaultTests {
    /// Tries in the suite. `VX_FAULT_SECONDS=3600` goes on for an hour, `VX_FAULT_SEED=7` takes others.
    private static let tries = 50

    @Test(
        "every command that writes, with any call failing: a clear error, nothing lost, and repeating it ends right",
        .tags(.slow), .enabled(if: ShimLibrary.canBeBuilt, "needs a C compiler, to build the library that disturbs"))
    func anyCall() throws {
        try Scratch.with { scratch in
            let runner = try CommandRunner(scratch)
            let laboratory = try FaultLaboratory(scratch, runner)
            var random = SeededGenerator(seed: TestEnvironment["VX_FAULT_SEED"].flatMap { UInt64($0) } ?? 20_261_129)
            let seconds = TestEnvironment["VX_FAULT_SECONDS"].flatMap { Int64($0) }
            let end = seconds.map { FileTime.now().seconds + $0 }
            var done = 0
            while end.map({ FileTime.now().seconds < $0 }) ?? (done < Self.tries) {
                // One scenario after the other, and in each a call at random.
                let scenario = WritingScenario.all[done % WritingScenario.all.count]
                try laboratory.attempt(scenario, &random)
                done += 1
            }
            print("faults: \(laboratory.injected) injected in \(done) tries, \(laboratory.failures) failures")
            #expect(laboratory.failures == 0)
            #expect(laboratory.injected > done / 2)
        }
    }

    @Test(
        "a fetch of which any write fails leaves no pack that is cut short",
        .tags(.slow), .enabled(if: ShimLibrary.canBeBuilt, "needs a C compiler, to build the library that disturbs"))
    func fetchedPacks() throws {
        try Scratch.with { scratch in
            let laboratory = try FaultLaboratory(scratch, try CommandRunner(scratch))
            let pull = try #require(WritingScenario.all.first { $0.name == "pull" })
            for number in 1...8 {
                try laboratory.attempt(
                    pull, with: Fault(kind: "write", number: number, code: number % 2 == 0 ? 122 : 28))
            }
            #expect(laboratory.failures == 0 && laboratory.injected > 4)
        }
    }
}

/// Runs scenarios with faults and judges what comes of it.
private final class FaultLaboratory {
    private let projects: WritingScenario.Projects
    private let shim: FaultShim
    private let log: FilePath
    /// For each scenario that was prepared: the calls of each kind, and where it ends without a fault.
    private var known: [String: (calls: [String: Int], state: String)] = [:]
    private(set) var injected = 0
    private(set) var failures = 0

    init(_ scratch: Scratch, _ runner: CommandRunner) throws {
        shim = try FaultShim(scratch, runner)
        log = scratch.root.appending("faults.log")
        projects = try WritingScenario.Projects(runner)
    }

    func attempt(_ scenario: WritingScenario, _ random: inout some RandomNumberGenerator) throws {
        let calls = try prepare(scenario).calls
        let kinds = Fault.kinds.filter { (calls[$0] ?? 0) > 0 }
        guard let kind = kinds.randomElement(using: &random),
            let code = Fault.codes[kind]?.randomElement(using: &random)
        else { return }
        let number = Int.random(in: 1...(calls[kind] ?? 1), using: &random)
        try attempt(scenario, with: Fault(kind: kind, number: number, code: code))
    }

    func attempt(_ scenario: WritingScenario, with fault: Fault) throws {
        let expected = try prepare(scenario).state
        try projects.copy(scenario)
        try Files.remove(log)
        let place = projects.place
        let result = try projects.run(scenario, shim.disturb(place, fault, log: log))
        if try FaultShim.read(log).came { injected += 1 }
        var problems = Self.problems(of: result)
        let fsck = try place.vx("fsck")
        if fsck.status != 0 {
            problems.append("afterwards 'vx fsck' says \(fsck.status): \(fsck.output)\(fsck.errors)")
        }
        if try Files.status(place.directory.appending(".git/vx/quarantine")) != nil {
            problems.append("something was put aside")
        }
        if fault.kind != "unlink", try Files.status(place.directory.appending(".git/index.lock")) != nil {
            problems.append("index.lock stays")
        }
        let again = try projects.run(scenario, place)
        if again.status != 0 { problems.append("repeated, it ends with \(again.status): \(again.errors)") }
        let state = try projects.state(scenario)
        if again.status == 0, state != expected { problems.append("it ends with\n\(state)\ninstead of\n\(expected)") }
        let whole = try place.run("sh", ["-c", scenario.whole])
        if again.status == 0, whole.status != 0 { problems.append("it is not whole: \(whole.output)\(whole.errors)") }
        if problems.isEmpty { return }
        failures += 1
        Issue.record(
            "\(scenario.name), \(fault): \(problems.joined(separator: "\n"))\nit ended with \(result.status): \(result.errors)"
        )
    }

    /// What no failing call may lead to.
    private static func problems(of result: CommandResult) -> [String] {
        var problems: [String] = []
        if result.status == 137 { problems.append("it hung") }
        if result.status > 128 { problems.append("it ended by a signal") }
        if result.status == VxError.Code.corrupt.exitStatus { problems.append("it calls the store corrupt") }
        for word in ["Fatal error", "damaged", "corrupt", "is not in the store"] where result.errors.contains(word) {
            problems.append("it says '\(word)'")
        }
        return problems
    }

    private func prepare(_ scenario: WritingScenario) throws -> (calls: [String: Int], state: String) {
        if let found = known[scenario.name] { return found }
        try projects.make(scenario)
        try projects.copy(scenario)
        try Files.remove(log)
        let result = try projects.run(scenario, shim.disturb(projects.place, nil, log: log))
        if result.status != 0 { throw CommandFailure(command: [scenario.name], result: result) }
        let calls = try FaultShim.read(log).calls
        let state = try projects.state(scenario)
        known[scenario.name] = (calls, state)
        return (calls, state)
    }
}
