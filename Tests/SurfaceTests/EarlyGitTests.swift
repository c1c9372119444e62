import SystemPackage
import Testing
import VxModel
import VxSystem
import VxTestSupport

/// A git that ends before it has done what it was asked, in place of the real one.
@Suite("A git that ends early")
struct EarlyGitTests {
    static let ways = [
        "echo 'fatal: no luck' >&2; exit 3", "kill -9 $$", "exec 0<&-; sleep 0.1; exit 1", "exec 0<&-; exit 0",
        "head -c 100 > /dev/null; echo 'fatal: no luck' >&2; exit 1",
    ]

    private static let commands = [
        "push --all", "check --all", "check --remote", "checkout main -- vx.yaml data",
        "ingest a.csv --source x",
        "clean", "split", "evict -n", "gc --remote -n", "fetch", "status", "fsck", "du",
    ]

    @Test("no vx command traps, or ends with a signal's status, or without a word", arguments: ways)
    func commands(way: String) throws {
        try Scratch.with { scratch in
            let project = try Project(scratch)
            try project.runner.sh(
                """
                git init --quiet --bare ../o.git && git remote add origin ../o.git && vx remote add s ../r > /dev/null
                for n in $(seq 60); do git branch b$n; seq $n > data/$n.csv; done
                vx add --quiet data && cp data/9.csv a.csv && git add vx.yaml && git commit --quiet -m data
                vx ingest --quiet a.csv --source x && mkdir ../bin
                """)
            let git = scratch.work.appending("bin/git")
            try Files.replace(git, with: Array("#!/bin/sh\n\(way)\n".utf8), permissions: 0o755)
            let path = try #require(project.runner.environment["PATH"])
            let runner = project.runner.setting("PATH", to: "\(git.removingLastComponent()):\(path)")
            for command in Self.commands {
                let result = try runner.run("vx", command.split(separator: " ").map(String.init))
                #expect(result.status < 32, "vx \(command): \(result.errors)")
                #expect(result.status == 0 || !result.errors.isEmpty, "vx \(command) says nothing")
            }
            try project.runner.sh("vx fsck --quiet > /dev/null && git fsck --no-dangling 2> /dev/null")
        }
    }
}
