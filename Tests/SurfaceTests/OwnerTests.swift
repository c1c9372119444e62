import Testing
import VxTestSupport

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

@Suite("Repositories of another user")
struct OwnerTests {
    /// Ways to say that a repository is trusted, each a shell script before `vx`, and whether git takes it.
    static let ways: [(says: String, trusts: Bool)] = [
        ("true", false),
        ("git config --global --add safe.directory '*'", true),
        ("git config --global --add safe.directory \"$PWD\"", true),
        ("git config --global --add safe.directory /elsewhere", false),
        ("git config --global --add safe.directory '*' && git config --global --add safe.directory ''", false),
        ("export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0=\"$PWD\"", true),
        ("export GIT_CONFIG_PARAMETERS=\"'safe.directory'='*'\"", true),
        (
            "printf '[safe]\\n\\tdirectory = *\\n' > \"$HOME/system\" && export GIT_CONFIG_SYSTEM=\"$HOME/system\"; unset GIT_CONFIG_NOSYSTEM",
            true
        ),
        ("printf '[safe]\\n\\tdirectory = *\\n' > \"$HOME/other\" && export GIT_CONFIG_GLOBAL=\"$HOME/other\"", true),
        ("git config --add safe.directory '*'", false),
    ]

    @Test(
        "vx works where git does, and is refused where git is",
        .enabled(if: getuid() == 0, "needs root, to be two users"),
        arguments: ways)
    func trust(_ way: (says: String, trusts: Bool)) throws {
        try Scratch.with { scratch in
            let runner = try CommandRunner(scratch)
            try runner.sh(
                """
                vx init -q r && cd r && mkdir data && seq 9 > data/a.csv && seq 300000 > data/big.csv && vx add -q data && git add -A
                git commit -qm first && git worktree add -q ../tree && chown -R 65534 "$SCRATCH/work/r" "$SCRATCH/work/tree"
                """)
            for folder in ["r", "tree"] {
                let inside = runner.inside(folder)
                let setUp =
                    "rm -f \"$HOME/.gitconfig\"; cd \"$SCRATCH/work/r\"; \(way.says); cd \"$SCRATCH/work/\(folder)\"; "
                let git = try inside.run("sh", ["-c", setUp + "git log -1 > /dev/null"])
                // One folder is named, and the other is not it.
                if folder == "r" { #expect((git.status == 0) == way.trusts, "\(git.errors)") }
                for command in ["vx status", "vx ls", "vx check HEAD", "vx add data", "vx checkout HEAD", "vx fsck"] {
                    let result = try inside.run("sh", ["-c", setUp + command])
                    #expect(result.status == (git.status == 0 ? 0 : 4), "\(command) in \(folder): \(result.errors)")
                }
                if git.status == 0 {
                    try inside.check(
                        "sh",
                        ["-c", setUp + "rm data/* && git checkout -q -- data && test $(wc -l < data/big.csv) = 300000"])
                }
            }
        }
    }
}
