import Testing
import VxModel
import VxTestSupport

@Suite("vx checkout --force beside git checkout --force")
struct ForcedCheckoutTests {
    /// What somebody may have done before: each line a script.
    private static let changes = [
        "echo changed > data/a", "rm data/a", "rm -r data", "chmod +x data/a",
        "rm data/a && mkdir data/a && echo x > data/a/x",
        "rm data/a && ln -s /etc/passwd data/a", "rm -r data && ln -s .. data", "echo changed > code.txt",
        "rm code.txt",
        "chmod +x code.txt", "echo changed > data/a && vx add --quiet data", "git rm --quiet --cached data/a",
        "git rm --quiet data/a code.txt", "echo new > data/new && vx add --quiet data",
        "echo n > n.txt && git add n.txt",
        "mv data/a data/moved && vx add --quiet data", "echo x > untracked", "rm link && echo x > link",
        "touch -d '2001-01-01' data/a code.txt", "git cat-file blob HEAD:data/a > data/a", ": > data/a",
        "git update-index --force-remove data/b && rm data/b", settled + "echo '* -text' > .gitattributes",
        settled + "rm .gitattributes",
    ]
    /// Of a file as young as its index git compares the content, and where the filter has been taken away, it is another.
    private static let settled = "sleep 1.1 && git update-index -q --refresh --force-write-index && "

    @Test(
        "What git tracks is as in the commit, whatever was done to it",
        arguments: ["A", "B", "-- .", "A -- .", "-- data code.txt"])
    func asGit(target: String) throws {
        try Scratch.with { scratch in
            let project = try Project(scratch)
            let runner = project.runner
            try runner.sh(
                """
                seq 100000 > data/a && seq 2000 > data/b && echo code > code.txt && ln -s code.txt link && mkdir sub && echo s > sub/s
                vx add --quiet data && git add -A && git commit --quiet -m A && git tag A
                seq 9000 > data/b && seq 50 > data/c && echo more >> sub/s && vx add --quiet data && git add -A
                git commit --quiet -m B && git tag B
                """)
            func look() throws -> String {
                try runner.sh(
                    """
                    git rev-parse HEAD; git status --porcelain
                    find . -path ./.git -prune -o -type f -printf '%p %m ' -exec sha256sum {} + | sort; find . -type l -printf '%p %l\\n'
                    """
                ).output
            }
            for change in Self.changes {
                try runner.sh("git checkout --quiet --force --detach B && git clean -qfd\n\(change)")
                let detach = target.contains("--") ? "" : "--detach "
                let outcome = try runner.run("sh", ["-c", "git checkout --quiet --force \(detach)\(target)"])
                let expected = try look()
                try runner.sh("git checkout --quiet --force --detach B && git clean -qfd\n\(change)")
                let result = try runner.run("sh", ["-c", "vx checkout --force \(target)"])
                #expect((result.status == 0) == (outcome.status == 0), "\(change): \(result.errors)")
                let found = try look()
                #expect(found == expected, "\(change): \(found)\nbeside git's:\n\(expected)")
            }
        }
    }
}
