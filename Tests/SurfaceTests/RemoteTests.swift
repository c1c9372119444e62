import Testing
import VxModel
import VxSystem
import VxTestSupport

import struct SystemPackage.FilePath

@Suite("Two clones and a remote")
struct RemoteTests {
    /// A repository with data in several commits, a bare one to push to, and a folder as the remote.
    private func setUp(_ scratch: Scratch) throws -> CommandRunner {
        let runner = try CommandRunner(scratch)
        _ = try runner.sh(
            """
            git init -q --bare hub.git
            git init -q a && cd a
            git config user.name Ada && git config user.email ada@example.org
            git remote add origin ../hub.git
            vx init -q
            mkdir data
            for i in $(seq 40); do head -c $((i * 700)) /dev/urandom > data/$i.bin; done
            head -c 6000000 /dev/urandom > data/large.bin
            vx add -q data && git add -A && git commit -qm one
            head -c 2500000 /dev/urandom > data/gone-later.bin
            vx add -q data && git commit -qm two
            git rm -q data/gone-later.bin && git commit -qm three
            vx remote add -q store ../store && git add -A && git commit -qm remote
            """)
        return runner
    }

    /// Runs a command again and again and kills it at random moments. Where it got to its end, all is as it should be, and
    /// it begins from nothing.
    private func kill(
        _ runner: CommandRunner, _ arguments: [String], times: Int, whole: () throws -> Void, reset: () throws -> Void
    ) throws {
        var killed = 0
        var attempts = 0
        var longest = 0.06
        while killed < times {
            attempts += 1
            guard attempts < times * 10 else { throw VxError("\(arguments) is never killed in time") }
            let running = try runner.start(arguments[0], Array(arguments.dropFirst()))
            Timing.system(Cancellation()).sleep(Double.random(in: 0.001..<longest))
            running.send(9)
            let result = try running.wait()
            if result.status == 128 + 9 {
                killed += 1
                longest = min(1, longest * 1.1)
                continue
            }
            longest *= 0.8
            try #require(result.status == 0, "\(result.errors)")
            try whole()
            try reset()
        }
        _ = try runner.check(arguments[0], Array(arguments.dropFirst()))
        try whole()
    }

    @Test func `killed 50 times at any moment, the commands that follow end the same`() throws {
        try Scratch.with { scratch in
            let runner = try setUp(scratch)
            try kill(
                runner.inside("a"), ["vx", "push"], times: 16,
                whole: {
                    _ = try runner.inside("a").check("vx", ["check", "--remote"])
                    let indexes = try Files.names(in: scratch.work.appending("store/index"))
                    #expect(indexes.count == 1, "each repetition makes the same index")
                }, reset: { _ = try runner.sh("rm -rf store/index store/packs") })
            _ = try runner.inside("a").git("push", "-q", "origin", "main")
            _ = try runner.sh("mv a/.git/vx away")
            // A temporary file of a vx that was killed may stay a day; git does not see it.
            func isWhole(_ clone: String) throws {
                _ = try runner.sh("diff -r --exclude=.git --exclude='.vx-[0-9]*-*' a \(clone)")
                let status = try runner.inside(clone).git("status", "--short")
                #expect(status.output == "")
                _ = try runner.inside(clone).check("vx", ["fsck"])
            }
            try kill(
                runner, ["vx", "clone", "hub.git", "b"], times: 17, whole: { try isWhole("b") },
                reset: { _ = try runner.sh("rm -rf b") })
            _ = try runner.git("clone", "-q", "hub.git", "c")
            try kill(
                runner.inside("c"), ["vx", "install"], times: 17, whole: { try isWhole("c") },
                reset: { _ = try runner.sh("rm -rf c && git clone -q hub.git c") })
        }
    }

    @Test func `git push sends what every pushed commit names, and an older one is checked out elsewhere`() throws {
        try Scratch.with { scratch in
            let runner = try setUp(scratch)
            _ = try runner.inside("a").git("push", "-q", "origin", "main")
            // Nothing may come from the store of the first clone.
            _ = try runner.sh(
                "cp a/.git/vx -r saved && rm -rf a/.git/vx && vx clone hub.git b && cd b && git checkout -q HEAD~2 && vx status"
            )
            let size = try Files.status(scratch.work.appending("b/data/gone-later.bin"))?.size
            #expect(size == 2_500_000)
            _ = try runner.sh("cd b && vx fsck")
        }
    }

    @Test func `a push whose data is nowhere stops, and says whose it is`() throws {
        try Scratch.with { scratch in
            let runner = try setUp(scratch)
            _ = try runner.sh("rm -rf a/.git/vx")
            let result = try runner.inside("a").run("git", ["push", "-q", "origin", "main"])
            #expect(result.status == 1)
            let text = String(decoding: result.stderr, as: UTF8.self)
            #expect(text.contains("data/1.bin of commit "))
            #expect(text.contains(" by Ada Author <ada@example.com>"))
            let refs = try runner.inside("hub.git").git("for-each-ref")
            #expect(refs.stdout.isEmpty, "git has pushed nothing")
            let check = try runner.inside("a").run("vx", ["check", "--remote"])
            #expect(check.status == 4)
        }
    }

    @Test func `credentials stay out of the tree and out of what is said`() throws {
        try Scratch.with { scratch in
            let runner = try setUp(scratch).inside("a")
                .setting("AWS_ACCESS_KEY_ID", to: "AKIDSECRETSECRET").setting(
                    "AWS_SECRET_ACCESS_KEY", to: "KEYSECRETSECRET")
            let bad = try runner.run("vx", ["remote", "add", "u", "s3://KEYSECRETSECRET:x@bucket/p"])
            let closed = try runner.run(
                "vx",
                [
                    "remote", "add", "-v", "-o", "endpoint=http://127.0.0.1:9", "-o", "connections=1", "s",
                    "s3://bucket/p",
                ])
            #expect(bad.status == 2 && closed.status == 1)
            for result in [bad, closed] {
                #expect(!String(decoding: result.stdout + result.stderr, as: UTF8.self).contains("SECRET"))
            }
            let found = try runner.run("sh", ["-c", "grep -r SECRETSECRET . "])
            #expect(found.status == 1 && found.stdout.isEmpty)
        }
    }
}
