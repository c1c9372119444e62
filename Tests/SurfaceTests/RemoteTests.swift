import Testing
import VxModel
import VxSystem
import VxTestSupport

import struct SystemPackage.FilePath

@Suite("Two clones and a remote")
struct RemoteTests {
    private func setUp(_ scratch: Scratch) throws -> CommandRunner {
        let runner = try CommandRunner(scratch)
        try SharedProject.make(runner, remote: "../store")
        return runner
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
