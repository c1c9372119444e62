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
        .tags(.slow), .enabled(if: FaultShim.compiler != nil, "needs a C compiler, to build the library that disturbs"))
    func anyCall() throws {
        #if os(Linux)
            try Scratch.with { scratch in
                let runner = try CommandRunner(scratch)
                let laboratory = try FaultLaboratory(scratch, runner)
                var random = SeededGenerator(seed: TestEnvironment["VX_FAULT_SEED"].flatMap { UInt64($0) } ?? 20_261_129)
                let seconds = TestEnvironment["VX_FAULT_SECONDS"].flatMap { Int64($0) }
                let end = seconds.map { FileTime.now().seconds + $0 }
                var done = 0
                while end.map({ FileTime.now().seconds < $0 }) ?? (done < Self.tries) {
                    // One scenario after the other, and in each a call at random.
                    let scenario = FaultScenario.all[done % FaultScenario.all.count]
                    try laboratory.attempt(scenario, &random)
                    done += 1
                }
                print("faults: \(laboratory.injected) injected in \(done) tries, \(laboratory.failures) failures")
                #expect(laboratory.failures == 0)
                #expect(laboratory.injected > done / 2)
            }
        #endif
    }
}

/// Runs scenarios with faults and judges what comes of it.
private final class FaultLaboratory {
    private let scratch: Scratch
    private let runner: CommandRunner
    private let shim: FaultShim
    private let log: FilePath
    /// For each scenario that was prepared: the calls of each kind, and where it ends without a fault.
    private var known: [String: (calls: [String: Int], state: String)] = [:]
    private(set) var injected = 0
    private(set) var failures = 0

    init(_ scratch: Scratch, _ runner: CommandRunner) throws {
        self.scratch = scratch
        self.runner = runner
        shim = try FaultShim(scratch, runner)
        log = scratch.root.appending("faults.log")
        try runner.sh("mkdir base && cd base\n\(FaultScenario.base)")
    }

    func attempt(_ scenario: FaultScenario, _ random: inout some RandomNumberGenerator) throws {
        let (calls, expected) = try prepare(scenario)
        let kinds = Fault.kinds.filter { (calls[$0] ?? 0) > 0 }
        guard let kind = kinds.randomElement(using: &random), let code = Fault.codes[kind]?.randomElement(using: &random)
        else { return }
        let fault = Fault(kind: kind, number: Int.random(in: 1...(calls[kind] ?? 1), using: &random), code: code)
        try copy(scenario)
        let place = runner.inside("try/w")
        let result = try run(scenario, shim.disturb(place, fault, log: log))
        if try FaultShim.read(log).came { injected += 1 }
        var problems = Self.problems(of: result)
        let fsck = try place.vx("fsck")
        if fsck.status != 0 { problems.append("afterwards 'vx fsck' says \(fsck.status): \(fsck.output)\(fsck.errors)") }
        if try Files.status(place.directory.appending(".git/vx/quarantine")) != nil {
            problems.append("something was put aside")
        }
        if kind != "unlink", try Files.status(place.directory.appending(".git/index.lock")) != nil {
            problems.append("index.lock stays")
        }
        let again = try run(scenario, place)
        if again.status != 0 { problems.append("repeated, it ends with \(again.status): \(again.errors)") }
        let state = try place.sh(FaultScenario.state).output
        if again.status == 0, state != expected { problems.append("it ends with\n\(state)\ninstead of\n\(expected)") }
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

    private func prepare(_ scenario: FaultScenario) throws -> (calls: [String: Int], state: String) {
        if let found = known[scenario.name] { return found }
        // In the folder of the tries: what vx remembers of a remote goes by where that is.
        try runner.sh("rm -rf try && cp -a base try")
        try runner.inside("try").sh(scenario.preparation)
        try runner.sh("mv try '\(scenario.name)'")
        try copy(scenario)
        let place = runner.inside("try/w")
        let result = try run(scenario, shim.disturb(place, nil, log: log))
        if result.status != 0 { throw CommandFailure(command: [scenario.name], result: result) }
        let calls = try FaultShim.read(log).calls
        let state = try place.sh(FaultScenario.state).output
        known[scenario.name] = (calls, state)
        return (calls, state)
    }

    private func copy(_ scenario: FaultScenario) throws {
        try runner.sh("rm -rf try && cp -a '\(scenario.name)' try && rm -f '\(log)'")
    }

    private func run(_ scenario: FaultScenario, _ runner: CommandRunner) throws -> CommandResult {
        // Beside the shell `timeout` would run with the library too, which does not count it.
        try runner.run("timeout", ["-s", "KILL", "120", "sh", "-c", scenario.command])
    }
}
