import Testing
import VxModel
import VxTestSupport

/// What `vx self-check` finds, and what it says of what it does not.
@Suite("vx self-check")
struct SelfCheckTests {
    @Test("in a clone that is set up, all that is needed is here")
    func whole() throws {
        try Scratch.with { scratch in
            let project = try Project(scratch)
            let result = try project.runner.run("vx", ["self-check"])
            #expect(result.status == 0, "\(result.output)\(result.errors)")
            for name in ["vx", "git", "libgit2", "filter", "hooks", "terminal"] {
                let line = result.output.split(separator: "\n").first { $0.hasPrefix("ok  \(name) ") }
                #expect(line != nil, "\(name): \(result.output)")
            }
            #expect(try project.runner.run("vx", ["self-check", "--json"]).output.hasPrefix("["))
        }
    }

    @Test("what is missing is said with its cost and the way to it; what is needed is status 4")
    func missing() throws {
        try Scratch.with { scratch in
            let project = try Project(scratch)
            try project.runner.sh("rm .git/hooks/pre-push && git config --unset filter.vx.process")
            let result = try project.runner.run("vx", ["self-check"])
            #expect(result.status == 4)
            #expect(result.output.contains("!!  filter"), "\(result.output)")
            try project.runner.sh("git config filter.vx.process '/nowhere/vx filter-process'")
            let old = try project.runner.run("vx", ["self-check"])
            #expect(old.output.contains("--  filter") && old.output.contains("an older vx's"), "\(old.output)")
            #expect(old.output.contains("'git push' sends no data"), "\(old.output)")
            try project.runner.sh("vx install -q && vx self-check -q > /dev/null")
            let bare = project.runner.setting("VX_RCLONE", to: "/nowhere/rclone")
            #expect(try bare.run("vx", ["self-check"]).output.contains("--  rclone"))
        }
    }

    @Test("outside a repository, and in a bare one, it says what it can")
    func outside() throws {
        try Scratch.with { scratch in
            let runner = try CommandRunner(scratch)
            #expect(try runner.run("vx", ["self-check"]).status == 0)
            #expect(try runner.sh("git init -q --bare b && cd b && vx self-check").output.contains("ok  git "))
        }
    }
}
