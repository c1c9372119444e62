import Testing
import VxModel
import VxTestSupport

/// Files that git has been told not to look at: `git update-index --skip-worktree`, `--assume-unchanged`.
@Suite("what git does not look at")
struct UnwatchedTests {
    private static let commands = [
        "checkout --force -- .", "checkout --force -- data/a", "checkout --force -- data code.txt",
        "checkout --force other", "checkout --force third", "checkout --force third -- .",
        "checkout --force HEAD -- data",
        "checkout --force other -- data", "add data", "add data/a",
    ]

    @Test(
        "stays as it is where it stays beside git, and keeps its mark",
        arguments: ["skip-worktree", "assume-unchanged"])
    func asGit(flag: String) throws {
        try Scratch.with { scratch in
            let project = try Project(scratch)
            let runner = project.runner
            try runner.sh(
                """
                seq 100 > data/a && seq 200 > data/b && echo code > code.txt && vx add -q data && git add -A && git commit -qm one
                git switch -q -c third && seq 300 > data/b && git commit -qam third
                git switch -q -c other main && seq 400 > data/a && echo other > code.txt && git commit -qam other && git switch -q main
                """)
            func look(_ command: String) throws -> String {
                try runner.sh(
                    """
                    git update-index --no-\(flag) data/a && git update-index --no-\(flag) code.txt
                    git checkout -q --force main && git update-index --\(flag) data/a code.txt
                    echo mine > data/a && echo mine > code.txt && echo more > data/more
                    """)
                let result = try runner.sh("\(command) > ../said 2>&1 && echo done || echo failed").output
                return result
                    + (try runner.sh(
                        """
                        git symbolic-ref HEAD; git ls-files -v | grep -v '[.]gitattributes'; git diff --cached --name-only
                        sha256sum data/a data/b code.txt; git reset -q
                        """
                    ).output)
            }
            for command in Self.commands {
                #expect(try look("vx \(command)") == look("git \(command)"), "\(command)")
            }
            try runner.sh("git update-index --no-\(flag) data/a && git checkout -q --force main && rm data/more")
            try runner.sh("git update-index --\(flag) data/a && echo mine > data/a")
            #expect(try runner.check("vx", ["status"]).output.contains("Data is clean"))
        }
    }
}
