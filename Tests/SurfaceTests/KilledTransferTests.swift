import Testing
import VxModel
import VxRemote
import VxSystem
import VxTestSupport

/// Two clones and a remote: whichever is killed at any moment, repeating the command goes on where it was and ends the same.
///
/// `VX_TEST_SEED=N` draws other moments than the usual ones.
@Suite("Transfers that are killed", .serialized)
struct KilledTransferTests {
    private static let seed = TestEnvironment["VX_TEST_SEED"].flatMap { UInt64($0) } ?? 4

    @Test func `50 times, with a folder as the remote`() throws {
        try Scratch.with { scratch in
            let folder = FolderBackend(scratch.work.appending("store"), cancellation: Cancellation())
            try killEverything(try CommandRunner(scratch), remote: "../store", as: folder)
        }
    }

    @Test(.enabled(if: TestServer.moto != nil, "moto_server is not installed: set VX_TEST_MOTO"))
    func `50 times, with moto's S3 as the remote`() throws {
        try Scratch.with { scratch in try killEverything(scratch, TestServer.startMoto(scratch)) }
    }

    @Test(.enabled(if: TestServer.rclone != nil, "rclone is not installed: set VX_TEST_RCLONE"))
    func `50 times, with rclone's S3 as the remote`() throws {
        try Scratch.with { scratch in try killEverything(scratch, TestServer.startRclone(scratch)) }
    }

    private func killEverything(_ scratch: Scratch, _ server: TestServer) throws {
        let backend = server.backend(prefix: "team/data")
        // It makes the bucket; 'vx remote add' would ask for one that is there.
        try backend.put("made", [1])
        try backend.delete("made")
        // A clone trusts no bucket by itself.
        var runner = try CommandRunner(scratch).setting("VX_TRUST", to: "remotes")
        for (name, value) in TestServer.variables { runner = runner.setting(name, to: value) }
        try killEverything(
            runner, remote: "-o endpoint=\(server.endpoint) -o region=us-east-1 s3://bucket/team/data", as: backend)
    }

    private func killEverything(_ runner: CommandRunner, remote: String, as backend: any RemoteBackend) throws {
        try SharedProject.make(runner, remote: remote)
        var killer = Killer(seed: Self.seed)
        let a = runner.inside("a")
        try killer.kill(
            a, ["vx", "push"], times: 16,
            whole: {
                try a.check("vx", ["check", "--remote"])
                #expect(try backend.list(RemoteLayout.indexPrefix).count == 1, "each repetition makes the same index")
            },
            reset: {
                for prefix in [RemoteLayout.indexPrefix, RemoteLayout.packPrefix] {
                    for object in try backend.list(prefix) { try backend.delete(object.key) }
                }
            })
        try a.git("push", "-q", "origin", "main")
        // Nothing may come from the store of the first clone.
        try runner.sh("mv a/.git/vx away")
        // A temporary file of a vx that was killed may stay a day; git does not see it.
        func isWhole(_ clone: String) throws {
            try runner.sh("diff -r --exclude=.git --exclude='.vx-[0-9]*-*' a \(clone)")
            #expect(try runner.inside(clone).git("status", "--short").output == "")
            try runner.inside(clone).check("vx", ["fsck"])
        }
        try killer.kill(
            runner, ["vx", "clone", "hub.git", "b"], times: 17, whole: { try isWhole("b") },
            reset: { try runner.sh("rm -rf b") })
        try runner.git("clone", "-q", "hub.git", "c")
        try killer.kill(
            runner.inside("c"), ["vx", "install"], times: 17, whole: { try isWhole("c") },
            reset: { try runner.sh("rm -rf c && git clone -q hub.git c") })
    }
}

/// Kills commands at moments that a seed decides, as parts of the time they take when they are left alone.
private struct Killer {
    private let seed: UInt64
    private var generator: SeededGenerator

    init(seed: UInt64) {
        self.seed = seed
        generator = SeededGenerator(seed: seed)
    }

    /// Runs a command again and again and kills it. Where it got to its end, all is as it should be, and it begins from
    /// nothing.
    mutating func kill(
        _ runner: CommandRunner, _ command: [String], times: Int, whole: () throws -> Void, reset: () throws -> Void
    ) throws {
        var killed = 0
        var attempts = 0
        var longest = 0.06
        var moments: [Double] = []
        do {
            while killed < times {
                attempts += 1
                guard attempts < times * 10 else { throw VxError("it is never killed in time") }
                let running = try runner.start(command[0], Array(command.dropFirst()))
                let moment = Double.random(in: 0.001..<longest, using: &generator)
                Timing.system(Cancellation()).sleep(moment)
                running.send(9)
                let result = try running.wait()
                if result.status == 128 + 9 {
                    moments.append(moment)
                    killed += 1
                    longest = min(1, longest * 1.1)
                    continue
                }
                longest *= 0.8
                guard result.status == 0 else { throw CommandFailure(command: command, result: result) }
                try whole()
                try reset()
                moments = []
            }
            try runner.check(command[0], Array(command.dropFirst()))
            try whole()
        } catch {
            let seconds = moments.map { "\(Int($0 * 1000)) ms" }.joined(separator: ", ")
            Issue.record(
                "'\(command.joined(separator: " "))', killed after \(seconds), with VX_TEST_SEED=\(seed): \(error)")
            throw error
        }
    }
}
