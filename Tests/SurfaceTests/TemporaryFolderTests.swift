import Testing
import VxModel
import VxTestSupport

/// A TMPDIR that is not there, is no folder, or cannot be written to.
@Suite("what needs a temporary folder and has none says which, why, and what to type")
struct TemporaryFolderTests {
    private func withProject(_ body: (CommandRunner) throws -> Void) throws {
        try Scratch.with { scratch in
            let project = try Project(scratch)
            // What libgit2 cannot read as it is stands in a file for a moment; CI servers set such variables.
            let runner = project.runner.setting("GIT_CONFIG_COUNT", to: "1")
                .setting("GIT_CONFIG_KEY_0", to: "safe.directory").setting("GIT_CONFIG_VALUE_0", to: "*")
            try body(runner)
        }
    }

    @Test("every command, in one form", arguments: ["/nowhere/tmp", "/etc/passwd", "/proc", "not-here"])
    func commands(folder: String) throws {
        try withProject { runner in
            let bad = runner.setting("TMPDIR", to: folder)
            for command in ["status", "fsck", "ls", "du"] {
                let result = try bad.run("vx", [command])
                #expect(result.status == 1, "\(command): \(result.output)\(result.errors)")
                #expect(result.errors.hasPrefix("error: cannot write to the temporary folder \(folder)\ncause: "))
                #expect(result.errors.contains("cause: the variable TMPDIR names it\nhint: 'export TMPDIR=/tmp' names"))
                let typed = try #require(result.errors.split(separator: "hint: '").last?.split(separator: "'").first)
                #expect(try bad.run("sh", ["-c", "\(typed) && vx \(command)"]).status == 0)
            }
            #expect(try bad.run("vx", ["ci"]).errors.contains("cannot write to the temporary folder \(folder)"))
            let commit = try bad.run("git", ["-c", "a.b=c", "commit", "-q", "--allow-empty", "-m", "x"])
            #expect(commit.status != 0 && commit.errors.contains("the variable TMPDIR names it"), "\(commit.errors)")
        }
    }

    @Test("self-check names it, and what cannot be looked at for it")
    func selfCheck() throws {
        try withProject { runner in
            let result = try runner.setting("TMPDIR", to: "/nowhere/tmp").run("vx", ["self-check"])
            #expect(result.status == 4, "\(result.output)\(result.errors)")
            for name in ["TMPDIR", "repository"] {
                let line = result.output.split(separator: "\n").first { $0.hasPrefix("!!  \(name) ") }
                #expect(line?.contains("cannot write to the temporary folder /nowhere/tmp") == true, "\(result.output)")
            }
            #expect(result.output.contains("  'export TMPDIR=/tmp' names"), "\(result.output)")
            #expect(try runner.run("vx", ["self-check"]).output.contains("ok  TMPDIR "))
        }
    }
}
