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

/// Every command that writes is killed at random times and at named points, up to four times, and repeated.
///
/// `VX_KILL_SECONDS` says how long (docs/reliability.md), `VX_KILL_SEED` which moments, `VX_KILL_ONLY` which command.
@Suite("Commands that are killed", .serialized)
struct KillTests {
    private static let seconds = TestEnvironment["VX_KILL_SECONDS"].flatMap { Double($0) } ?? 45
    private static let seed = TestEnvironment["VX_KILL_SEED"].flatMap { UInt64($0) } ?? 1
    private static let cases = KillCase.all.filter { TestEnvironment["VX_KILL_ONLY"].map($0.name.contains) ?? true }

    @Test(
        "After a kill nothing is lost, nothing is half written, and the command, repeated, ends as if nothing had been")
    func kills() throws {
        try Scratch.with { scratch in
            let world = try KillWorld(scratch)
            let run = KillRun(world, shim: try KillShim(scratch, world.outside.inside("..")), seed: Self.seed)
            let timing = Timing.system(Cancellation())
            let end = timing.now() + Self.seconds
            var failures: [String] = []
            repeat {
                for item in Self.cases.shuffled(using: &run.generator) where timing.now() < end {
                    do {
                        try run.kill(item)
                    } catch {
                        let moments = run.moments.joined(separator: ", ")
                        failures.append("\(item.name), killed \(moments), with VX_KILL_SEED=\(Self.seed): \(error)")
                        Issue.record("\(failures[failures.count - 1])")
                    }
                }
            } while timing.now() < end && failures.count < 10
            #expect(run.killed > 0)
            print(
                "\(run.killed) kills of \(run.commands) commands (\(run.named) at named points); \(failures.count) failures"
            )
        }
    }
}

/// Kills commands, and counts.
final class KillRun {
    private(set) var killed = 0
    private(set) var named = 0
    private(set) var commands = 0
    /// Where the command at hand was killed.
    private(set) var moments: [String] = []
    var generator: SeededGenerator
    private let world: KillWorld
    private let shim: KillShim?
    /// How long each command takes when it is left alone, and how many calls its vx makes, as far as is known.
    private var durations: [String: Double] = [:]
    private var calls: [String: Int] = [:]

    init(_ world: KillWorld, shim: KillShim?, seed: UInt64) {
        self.world = world
        self.shim = shim
        generator = SeededGenerator(seed: seed)
    }

    func kill(_ item: KillCase) throws {
        moments = []
        try world.prepare(item)
        for _ in 1...Int.random(in: 1...4, using: &generator) {
            // Where it got to its end, that counts as the repetition.
            guard try killOnce(item) else { break }
            try world.check(isWhole: item.isWhole)
        }
        let runner = world.folder(item.folder)
        commands += 1
        if let repeated = item.repeated {
            try runner.sh(repeated)
        } else {
            try runner.check(item.command[0], Array(item.command.dropFirst()))
        }
        try runner.sh(item.whole)
        try world.check(isWhole: true)
        try world.checkNothingStays()
    }

    /// Starts the command and kills it; says whether that was in time.
    private func killOnce(_ item: KillCase) throws -> Bool {
        let counts = world.outside.directory.removingLastComponent().appending("counts")
        try Files.remove(counts)
        let runner = world.folder(item.folder)
        let takesGroup = item.takesGroup && Bool.random(using: &generator)
        let isNamed = shim != nil && Int.random(in: 0..<4, using: &generator) > 0
        let call = isNamed ? Int.random(in: 1...calls[item.name, default: 25], using: &generator) : nil
        let moment = Double.random(in: 0...durations[item.name, default: 0.4], using: &generator)
        let observed = shim?.runner(runner, counts: counts, at: call, takesGroup: takesGroup) ?? runner
        let timing = Timing.system(Cancellation())
        let start = timing.now()
        let running = try observed.start(item.command[0], Array(item.command.dropFirst()))
        if call == nil {
            timing.sleep(moment)
            running.send(SIGKILL)
        }
        let result = try running.wait()
        running.waitForGroup()
        commands += 1
        let ended = String(decoding: try Files.read(counts) ?? [], as: UTF8.self).split(separator: "\n")
        // Of the processes of one command the one that came furthest: the others have fewer calls to be killed at.
        if let most = ended.compactMap({ Int($0) }).max() { calls[item.name] = max(2, most) }
        if call == nil, result.status == 0 { durations[item.name] = timing.now() - start }
        let isKilled = result.status != 0
        if isKilled {
            killed += 1
            if call != nil { named += 1 }
            moments.append(
                call.map { "before call \($0)\(takesGroup ? " with git" : "")" } ?? "after \(Int(moment * 1000)) ms")
        }
        return isKilled
    }
}
