import SystemPackage
import Testing
import VxModel
import VxSystem
import VxTestSupport

/// Commands whose power is lost (docs/reliability.md). `VX_POWER_SECONDS` says how long, `VX_POWER_SEED` which moments,
/// `VX_POWER_ONLY` which command.
@Suite("A power loss costs nothing that was promised", .serialized)
struct PowerTests {
    /// Moments in the suite.
    private static let moments = 48
    private static let seconds = TestEnvironment["VX_POWER_SECONDS"].flatMap { Int64($0) }
    private static let seed = TestEnvironment["VX_POWER_SEED"].flatMap { UInt64($0) } ?? 20_261_129
    private static let scenarios = WritingScenario.all.filter {
        TestEnvironment["VX_POWER_ONLY"].map($0.name.contains) ?? true
    }

    @Test(
        "after any call of a command that writes, whatever of the unsynced is lost: every content that git names is there",
        .tags(.slow), .enabled(if: ShimLibrary.canBeBuilt, "needs a C compiler, to build the library that records"))
    func anyMoment() throws {
        try Scratch.with { scratch in
            let laboratory = try PowerLaboratory(scratch)
            var random = SeededGenerator(seed: Self.seed)
            let end = Self.seconds.map { FileTime.now().seconds + $0 }
            var done = 0
            while end.map({ FileTime.now().seconds < $0 }) ?? (done < Self.moments), laboratory.failures < 20 {
                let scenario = Self.scenarios[done % Self.scenarios.count]
                try laboratory.attempt(scenario, &random)
                done += 1
            }
            print("power: \(laboratory.states) states after \(done) moments, \(laboratory.failures) failures")
            #expect(laboratory.failures == 0)
            #expect(laboratory.states > 0)
        }
    }
}

/// Loses power, and judges what comes of it.
private final class PowerLaboratory {
    private let projects: WritingScenario.Projects
    private let recorder: PowerRecorder
    /// For each scenario that was recorded: its calls, and what they bring about.
    private var known: [String: (recording: PowerRecorder.Recording, state: String)] = [:]
    private(set) var states = 0
    private(set) var failures = 0

    init(_ scratch: Scratch) throws {
        projects = try WritingScenario.Projects(CommandRunner(scratch))
        recorder = try PowerRecorder(scratch, projects)
    }

    /// Loses the power of a scenario's command after one of its calls, in one of the ways in which that may end.
    func attempt(_ scenario: WritingScenario, _ random: inout SeededGenerator) throws {
        let (recording, expected) = try prepare(scenario)
        // The end, when the command has returned, more often than another moment: most is promised there.
        let isEnd = Int.random(in: 0..<4, using: &random) == 0
        let count = isEnd ? recording.records.count : Int.random(in: 1...recording.records.count, using: &random)
        let loss = PowerLoss.allCases.randomElement(using: &random) ?? .some
        var disk = recording.before
        for record in recording.records.prefix(count) { try disk.take(record) }
        try recorder.restore(scenario, recording, try disk.entries(after: loss, &random))
        states += 1
        let problems = try problems(scenario, expected, hasReturned: count == recording.records.count, loss)
        if problems.isEmpty { return }
        failures += 1
        let last = recording.records.prefix(count).suffix(3).map { "\($0.operation) \($0.path) \($0.otherPath)" }
        Issue.record(
            """
            \(scenario.name), after call \(count) of \(recording.records.count) (\(last.joined(separator: "; "))), with the \
            loss of \(loss): \(problems.joined(separator: "\n"))
            """)
    }

    private func problems(
        _ scenario: WritingScenario, _ expected: String, hasReturned: Bool, _ loss: PowerLoss
    ) throws -> [String] {
        var problems: [String] = []
        let place = projects.place
        _ = try place.run("sh", ["-c", scenario.mending])
        var fsck = try place.vx("fsck")
        // git names what its filter has taken as soon as that has answered; until git has returned, it may be gone, and the
        // file is still there to take it from.
        if fsck.status != 0, scenario.isRunByGit, !hasReturned { fsck = try place.vx("fsck", "--repair") }
        if fsck.status != 0 { problems.append("'vx fsck' says \(fsck.status): \(fsck.output)\(fsck.errors)") }
        if hasReturned, loss == .stores {
            let state = try projects.state(scenario)
            if state != expected { problems.append("what had returned is\n\(state)\ninstead of\n\(expected)") }
        }
        // git's own locks are the user's to remove, as git says; ours are not.
        try place.sh("find .git ../o.git -name '*.lock' -links 1 -delete")
        var again = try projects.run(scenario, place)
        let isDone = try again.status == 0 && projects.state(scenario) == expected
        if !isDone {
            // What was laid down and lost looks like the user's changes; so do files that git had not yet put into its index.
            _ = try place.run("sh", ["-c", scenario.anew])
            again = try projects.run(scenario, place)
        }
        if again.status != 0 { problems.append("repeated, it ends with \(again.status): \(again.errors)") }
        let state = try projects.state(scenario)
        if again.status == 0, state != expected { problems.append("it ends with\n\(state)\ninstead of\n\(expected)") }
        let whole = try place.run("sh", ["-c", "vx fsck && { \(scenario.whole); }"])
        if again.status == 0, whole.status != 0 { problems.append("it is not whole: \(whole.output)\(whole.errors)") }
        return problems
    }

    private func prepare(_ scenario: WritingScenario) throws -> (recording: PowerRecorder.Recording, state: String) {
        if let found = known[scenario.name] { return found }
        // git leaves most of what it writes to the system unless it is told otherwise; and no file's number or second time
        // may save what its size and time do not tell.
        let settings = """
            git config core.fsync all; git -C ../o.git config core.fsync all
            git config core.trustctime false; git config core.checkStat minimal
            """
        try projects.make(scenario, settings: settings)
        let recording = try recorder.record(scenario)
        let state = try projects.state(scenario)
        known[scenario.name] = (recording, state)
        return (recording, state)
    }
}
