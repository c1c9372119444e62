import SystemPackage
import Testing
import VxModel
import VxSystem
import VxTestSupport

@Suite("with few file descriptors or little memory", .serialized)
struct LimitTests {
    private static let commands = [
        "vx add data", "vx status", "vx checkout one", "vx checkout main", "vx push", "vx fsck --repair", "vx gc",
        "git add data",
    ]

    #if os(Linux)
        @Test(
            "every command works or says what is short: no trap, no abort, no hang, and nothing is called damaged",
            .tags(.slow))
        func commands() throws {
            try Scratch.with { scratch in
                let outside = try CommandRunner(scratch)
                try outside.sh(WritingScenario.base)
                let runner = outside.inside("w")
                let few = [4, 10, 20, 31, 32, 40].map { "-n \($0)" }
                let little = [60_000, 150_000, 250_000, 300_000, 400_000, 600_000].map { "-v \($0)" }
                for limit in few + little {
                    try runner.sh("seq \(limit.utf8.count) 9\(limit.dropFirst(3)) | head -500 > data/1.csv")
                    for command in Self.commands {
                        let result = try runner.run(
                            "sh", ["-c", "ulimit \(limit) && exec timeout -s KILL 120 \(command)"])
                        let said = "ulimit \(limit), \(command): \(result.status): \(result.errors)"
                        // The loader ends with 127 where it has no memory for the libraries, git with 128 where its filter fails.
                        #expect(result.status <= 128, "\(said)")
                        #expect(result.status != VxError.Code.corrupt.exitStatus, "\(said)")
                        #expect(!result.errors.contains("damaged"), "\(said)")
                        #expect(try Files.status(runner.directory.appending(".git/index.lock")) == nil, "\(said)")
                    }
                    try runner.check("git", ["checkout", "--quiet", "--force", "main"])
                    #expect(try Files.status(runner.directory.appending(".git/vx/quarantine")) == nil)
                    try runner.check("vx", ["fsck"])
                }
            }
        }

        @Test("a store may be larger than the addresses a process may use: gc, fsck and evict work all the same", .tags(.slow))
        func largeStore() throws {
            try Scratch.with { scratch in
                let outside = try CommandRunner(scratch)
                try outside.sh(
                    """
                    vx init --quiet w && cd w && vx remote add s ../remote && mkdir data
                    for i in 1 2 3 4 5 6; do head -c 70000000 /dev/urandom > data/$i.bin; done
                    vx add --quiet data && git add -A && git commit --quiet -m all && vx push --quiet
                    git rm --quiet --cached data/5.bin && rm data/5.bin && git commit --quiet --amend -m most
                    git reflog expire --expire=now --all && git prune --expire=now
                    """)
                let runner = outside.inside("w")
                for command in ["fsck", "gc --exact --grace 0", "fsck --repair", "evict --dry-run", "fsck"] {
                    let result = try runner.run("sh", ["-c", "ulimit -v 350000 && exec vx \(command)"])
                    #expect(result.status == 0, "vx \(command): \(result.errors)")
                }
                #expect(try runner.check("vx", ["fsck"]).output.contains(", 0 damaged"))
            }
        }

        @Test("a command that waits has no thread but its own: those of the language's pool need a descriptor once a second")
        func threads() throws {
            try Scratch.with { scratch in
                let outside = try CommandRunner(scratch)
                try outside.sh("vx init --quiet w")
                let names = try outside.inside("w").sh(
                    """
                    touch .git/index.lock && seq 9 > a.csv
                    vx add --quiet a.csv 2> said & vx=$!
                    sleep 0.5; cat /proc/$vx/task/*/comm; rm .git/index.lock; wait $vx
                    """)
                #expect(Set(names.output.split(separator: "\n")) == ["vx"])
            }
        }

        @Test("too few descriptors are named with their number, and status 1")
        func descriptors() throws {
            try Scratch.with { scratch in
                let result = try CommandRunner(scratch).run("sh", ["-c", "ulimit -n 12 && exec vx status"])
                #expect(result.status == 1)
                #expect(result.errors.contains("vx needs at least 32 file descriptors\ncause: 'ulimit -n' is 12\n"))
            }
        }
    #endif
}
