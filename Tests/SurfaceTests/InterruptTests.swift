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

@Suite("Ctrl-C and kill leave nothing half-written", .serialized)
struct InterruptTests {
    @Test("Ctrl-C during vx add of a large file", .tags(.slow))
    func addLarge() throws {
        try Scratch.with { scratch in
            let project = try Project(scratch)
            try project.runner.sh("head -c 300000000 /dev/urandom > data/large.bin")
            let before = try project.index()
            let result = try project.interrupt("vx", ["add", "data"], onceThereIs: "./.git/vx/tmp/.vx-*")
            #expect(result.status == 130, "\(result.errors)")
            #expect(result.errors.contains("interrupted") && result.errors.contains("repeat the command"))
            #expect(try project.index() == before)
            #expect(try project.leftovers() == [])
            try project.runner.check("vx", ["add", "data"])
            try project.runner.check("vx", ["fsck"])
            #expect(try project.runner.vx("status").output.contains("added           data/large.bin"))
        }
    }

    @Test(
        "One Ctrl-C that comes twice, from the terminal and from the program that started vx, is one", .tags(.slow),
        arguments: [0, 200, 5_000, 100_000] as [UInt32])
    func twice(_ pause: UInt32) throws {
        try Scratch.with { scratch in
            let project = try Project(scratch)
            try project.runner.sh("head -c 300000000 /dev/urandom > data/large.bin")
            let before = try project.index()
            let result = try project.interrupt(
                "vx", ["add", "data"], onceThereIs: "./.git/vx/tmp/.vx-*", again: pause)
            #expect(result.status == 130, "\(result.errors)")
            #expect(try project.index() == before)
            #expect(try project.leftovers() == [])
        }
    }

    @Test("Ctrl-C during vx add of many files", .tags(.slow))
    func addMany() throws {
        try Scratch.with { scratch in
            let project = try Project(scratch)
            try project.runner.sh("head -c 120000000 /dev/urandom | split -b 30000 -a 4 - data/part-")
            let before = try project.index()
            let result = try project.interrupt("vx", ["add", "data"], onceThereIs: "./.git/vx/tmp/.vx-*")
            #expect(result.status == 130, "\(result.errors)")
            #expect(try project.index() == before)
            #expect(try project.leftovers() == [])
            try project.runner.check("vx", ["add", "data"])
            try project.runner.check("vx", ["fsck"])
        }
    }

    @Test("Ctrl-C during git add, whose filter vx is", .tags(.slow))
    func gitAdd() throws {
        try Scratch.with { scratch in
            let project = try Project(scratch)
            try project.runner.sh("echo one > data/one && vx add --quiet data && git commit --quiet -m one")
            try project.runner.sh("head -c 300000000 /dev/urandom > data/large.bin")
            let before = try project.index()
            let result = try project.interrupt("git", ["add", "data"], onceThereIs: "./.git/vx/tmp/.vx-*")
            #expect(result.status != 0)
            #expect(try project.index() == before)
            #expect(try project.leftovers() == [])
            try project.runner.git("add", "data")
            try project.runner.check("vx", ["fsck"])
        }
    }

    @Test("Ctrl-C during vx checkout and vx hydrate", .tags(.slow))
    func layDown() throws {
        try Scratch.with { scratch in
            let project = try Project(scratch)
            try project.runner.sh(
                """
                head -c 300000000 /dev/urandom > data/large.bin; sha256sum data/large.bin > ../sum
                vx add --quiet data && git commit --quiet -m large && git checkout --quiet empty
                """)
            let before = try project.index()
            let result = try project.interrupt("vx", ["checkout", "main"], onceThereIs: "./.vx-*")
            #expect(result.status == 130, "\(result.errors)")
            #expect(try project.index() == before)
            #expect(try project.leftovers() == [])
            #expect(try project.runner.git("rev-parse", "--abbrev-ref", "HEAD").output == "empty\n")
            try project.runner.sh("vx checkout main && sha256sum --quiet -c ../sum")

            try project.runner.sh("git show :data/large.bin > data/large.bin")
            let hydrate = try project.interrupt("vx", ["hydrate"], onceThereIs: "./data/.vx-*")
            #expect(hydrate.status == 130, "\(hydrate.errors)")
            #expect(try project.leftovers() == [])
            try project.runner.sh(
                "vx hydrate && sha256sum --quiet -c ../sum && git add data && git diff --cached --exit-code")
        }
    }

    @Test("Ctrl-C during vx reproduce takes the worktree away again", .tags(.slow))
    func reproduce() throws {
        try Scratch.with { scratch in
            let project = try Project(scratch)
            try project.runner.sh(
                """
                git checkout --quiet -b stable/model
                printf 'touch started; echo 1 > model.bin; sleep "${SLEEP:-0}"; rm started\\n' > train.sh && git add train.sh && sh train.sh
                vx add --quiet model.bin && git commit --quiet -m model
                vx snapshot --quiet --tag v1 --model model.bin --command 'SLEEP=${VX_SLEEP:-0} sh train.sh'
                """)
            let slow = project.runner.setting("VX_SLEEP", to: "20")
            let command = try slow.start("vx", ["reproduce", "v1"])
            for _ in 0..<500 {
                if try !project.runner.sh("find .git/vx/reproduce -name started 2>/dev/null || true").stdout.isEmpty {
                    break
                }
                usleep(10_000)
            }
            command.send(SIGINT)
            let result = try command.wait()
            #expect(result.status == 130, "\(result.errors)")
            #expect(try project.runner.git("worktree", "list").output.split(separator: "\n").count == 1)
            #expect(try project.runner.vx("reproduce", "v1").status == 0)
        }
    }

    @Test("kill -9 at any moment of vx add and vx checkout: repeating them ends right", .tags(.slow))
    func killed() throws {
        try Scratch.with { scratch in
            let project = try Project(scratch)
            try project.runner.sh(
                """
                head -c 12000000 /dev/urandom > data/large.bin; head -c 6000000 /dev/urandom | split -b 20000 - data/part-
                (cd data && sha256sum *) > ../sums
                """)
            var seed: UInt64 = 20_261_121
            for round in 0..<30 {
                seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                let isAdd = round < 15
                if round == 15 {
                    try project.runner.sh(
                        "vx add --quiet data && git commit --quiet -m data && git checkout --quiet empty")
                }
                let command = try project.runner.start(
                    "vx", isAdd ? ["add", "data"] : ["checkout", round % 2 == 1 ? "main" : "empty"])
                usleep(UInt32(truncatingIfNeeded: seed >> 33) % 250_000)
                command.send(SIGKILL)
                _ = try command.wait()
                // A lock is git's own way to say that somebody died; its message names the file to remove.
                try project.runner.sh(
                    "rm -f .git/index.lock .git/HEAD.lock; git status --short > ../status; vx status > ../status; vx fsck"
                )
                if !isAdd { _ = try project.runner.vx("checkout", round % 2 == 1 ? "main" : "empty") }
            }
            try project.runner.sh(
                "vx checkout main && vx add data && (cd data && sha256sum --quiet -c ../../sums) && vx fsck")
            let status = try project.runner.git("status", "--short", "--untracked-files=all").output
            #expect(status == "", "\(status)")
        }
    }
}
