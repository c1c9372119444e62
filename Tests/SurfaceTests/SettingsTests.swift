import Testing
import VxTestSupport

@Suite("vx's settings in git's configuration")
struct SettingsTests {
    @Test(
        "paths are paths, whatever the user's variables make of them",
        arguments: ["LITERAL", "GLOB", "NOGLOB", "ICASE"])
    func pathspecs(name: String) throws {
        try Scratch.with { scratch in
            let project = try Project(scratch)
            try project.runner.sh(
                """
                seq 3 > data/a && vx add -q data && echo code > 'c*' && git add -A && git commit -qm data && export GIT_\(name)_PATHSPECS=1
                rm 'c*' data/a && vx checkout -q -- 'c*' data && echo x >> 'c*' && vx checkout -q --force HEAD && test "$(cat 'c*')" = code
                vx add -q data && git switch -q -c stable/m && vx snapshot --tag one > ../said
                """)
        }
    }

    /// What people do all day; each starts vx.
    private static let commands = [
        "vx status", "vx ls", "vx hydrate", "vx checkout main",
        "seq 4 > data/a && vx add -q data && git reset -q --hard",
        "rm data/a && git checkout -q -- data", "git commit -q --allow-empty -m more",
    ]

    @Test(
        "a clone that was set up before gets those that came later by any command, and no other clone does",
        arguments: commands)
    func completed(command: String) throws {
        try Scratch.with { scratch in
            let project = try Project(scratch)
            try project.runner.sh("seq 3 > data/a && vx add -q data && git commit -qm data")
            let settings = "git config --list --local | grep -F .vx. | sort"
            let all = try project.runner.sh(settings).output
            for setting in ["merge.vx.recursive", "merge.vx.name", "filter.vx.required"] {
                try project.runner.sh("git config --unset \(setting); \(command)")
                #expect(try project.runner.sh(settings).output == all, "\(setting)")
            }
            try project.runner.sh("vx install -q --uninstall; \(command) > ../said 2>&1 || true")
            #expect(try project.runner.sh("\(settings) || true").output.isEmpty)
        }
    }
}
