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
            for spoil in ["filter.vx.required false", "--unset filter.vx.absent"] {
                let half = try project.runner.run("sh", ["-c", "vx install -q && git config \(spoil) && vx self-check"])
                #expect(half.status == 4 && half.output.contains("!!  filter"), "\(spoil): \(half.output)")
            }
            try project.runner.sh("rm .git/hooks/pre-push && git config filter.vx.process '/nowhere/vx filter-process'")
            let old = try project.runner.run("vx", ["self-check"])
            #expect(old.output.contains("--  filter") && old.output.contains("an older vx's"), "\(old.output)")
            #expect(old.output.contains("'git push' sends no data"), "\(old.output)")
            try project.runner.sh("vx install -q && vx self-check -q > /dev/null")
            let bare = project.runner.setting("VX_RCLONE", to: "/nowhere/rclone")
            #expect(try bare.run("vx", ["self-check"]).output.contains("--  rclone"))
        }
    }

    @Test("where git does not know who commits, that and what to type is said; it is no fault of a machine that only checks")
    func noIdentity() throws {
        try Scratch.with { scratch in
            let project = try Project(scratch)
            var nobody = project.runner.setting("GIT_CONFIG_COUNT", to: "1")
                .setting("GIT_CONFIG_KEY_0", to: "user.useConfigOnly").setting("GIT_CONFIG_VALUE_0", to: "true")
            for role in ["AUTHOR", "COMMITTER"] {
                for part in ["NAME", "EMAIL"] { nobody = nobody.setting("GIT_\(role)_\(part)", to: nil) }
            }
            let result = try nobody.run("vx", ["self-check"])
            #expect(result.status == 0 && result.output.contains("--  identity "), "\(result.output)\(result.errors)")
            #expect(try nobody.run("git", ["commit", "--allow-empty", "-m", "x"]).status != 0)
            let line = try #require(result.output.split(separator: "\n").first { $0.contains("user.email") })
            try nobody.sh(String(line))
            let told = try nobody.run("vx", ["self-check"]).output
            #expect(told.contains("ok  identity") && told.contains("Your Name <you@example.com>"), "\(told)")
        }
    }

    #if os(Linux)
        @Test("where libgit2 does not load, that is in the table with all the rest")
        func withoutLibgit2() throws {
            try Scratch.with { scratch in
                let project = try Project(scratch)
                try project.runner.sh(
                    "mkdir ../bad && for v in 0.28 1.0 1.1 1.2 1.3 1.4 1.5 1.6 1.7 1.8 1.9; do : > ../bad/libgit2.so.$v; done"
                )
                let broken = project.runner.setting("LD_LIBRARY_PATH", to: "\(scratch.work)/bad")
                let result = try broken.run("vx", ["self-check"])
                #expect(result.status == 4, "\(result.output)\(result.errors)")
                #expect(
                    result.output.contains("!!  libgit2 ") && result.output.contains("ok  git "), "\(result.output)")
                #expect(result.errors.isEmpty)
            }
        }
    #endif

    @Test("another program that is called vx, and comes before it on PATH, is told of with the way out")
    func otherOfThatName() throws {
        try Scratch.with { scratch in
            let project = try Project(scratch)
            try project.runner.sh(
                "mkdir ../other && printf '#!/bin/sh\\necho vx 2.3.4\\n' > ../other/vx && chmod +x ../other/vx && command -v vx > ../ours")
            let path = project.runner.environment["PATH"] ?? ""
            let behind = project.runner.setting("PATH", to: "\(scratch.work)/other:\(path)")
            let checked = try behind.run("sh", ["-c", "$(cat ../ours) self-check"])
            #expect(checked.status == 4 && checked.output.contains("!!  vx "), "\(checked.output)\(checked.errors)")
            #expect(checked.output.contains("\(scratch.work)/other/vx, which is another program"), "\(checked.output)")
            #expect(try behind.run("sh", ["-c", "$(cat ../ours) install"]).errors.contains("another program"))
            let remedy = try #require(checked.output.split(separator: "\n").first { $0.contains("export PATH=") })
            let typed = remedy.drop { $0 == " " }.prefix { $0 != "," }.split(separator: " in your").first ?? ""
            #expect(try behind.run("sh", ["-c", "\(typed) && vx self-check && git switch -q -c other"]).status == 0)
        }
    }

    @Test("the filter's line says which vx git runs, and what becomes of it without that")
    func filterPath() throws {
        try Scratch.with { scratch in
            let project = try Project(scratch)
            let vx = try project.runner.sh("command -v vx").output.dropLast()
            try project.runner.sh("mkdir \"../old 'un\" && cp \(vx) \"../old 'un/vx\" && \"../old 'un/vx\" install -q")
            func line(path: String?, spoil: String = "true") throws -> (status: Int32, text: String) {
                let run = path.map { project.runner.setting("PATH", to: $0) } ?? project.runner
                let result = try run.run("sh", ["-c", "\(spoil); '\(vx)' self-check"])
                let lines = result.output.split(separator: "\n")
                return (result.status, String(lines.first { $0.dropFirst(4).hasPrefix("filter ") } ?? ""))
            }
            let old = "\(scratch.work)/old 'un/vx"
            #expect(try line(path: nil).text.hasSuffix("  \(vx), the first on PATH, else \(old)"))
            #expect(try line(path: "/usr/bin:/bin").text.hasSuffix("  \(old), where it was set up; a vx on PATH would come first"))
            let gone = try line(path: "/usr/bin:/bin", spoil: "rm \"../old 'un/vx\"")
            #expect(gone.status == 4 && gone.text.hasPrefix("!!  filter"), "\(gone)")
            #expect(gone.text.contains("there is no vx on PATH, nor at \(old): "), "\(gone)")
            #expect(try line(path: nil).text.hasSuffix(", else \(old), which is gone"))
            // What it says to type works where 'vx' alone would not.
            let all = try project.runner.setting("PATH", to: "/usr/bin:/bin").run(
                "sh", ["-c", "'\(vx)' self-check"]
            ).output
            let remedy = try #require(all.split(separator: "\n").map { $0.drop { $0 == " " } }.first { $0.hasSuffix("/vx install") })
            let mended = try project.runner.setting("PATH", to: "/usr/bin:/bin").run(
                "sh", ["-c", "\(remedy) && '\(vx)' self-check"])
            #expect(mended.status == 0 && mended.output.contains("ok  filter "), "\(mended)")
        }
    }

    @Test("an rclone that is too old, or none, is told of as the remote would tell it")
    func oldRclone() throws {
        try Scratch.with { scratch in
            let runner = try CommandRunner(scratch)
            try runner.sh(
                """
                for version in v1.60.1-DEV v1.70.0 nonsense; do
                    printf '#!/bin/sh\\necho rclone %s\\n' $version > $version && chmod +x $version
                done
                """)
            func line(_ name: String) throws -> String {
                let result = try runner.setting("VX_RCLONE", to: "\(scratch.work)/\(name)").run("vx", ["self-check"])
                return String(result.output.split(separator: "\n").first { $0.contains("  rclone ") } ?? "")
            }
            #expect(try line("v1.70.0") == "ok  rclone        1.70.0, \(scratch.work)/v1.70.0")
            let old = try line("v1.60.1-DEV")
            #expect(old.hasPrefix("--  rclone ") && old.contains("rclone 1.60 is too old"), "\(old)")
            #expect(try line("nonsense").contains("is no rclone"))
        }
    }

    @Test("what is missing is named as the machine's own packages have it", arguments: ["apt-get", "dnf", "brew", "none"])
    func packages(manager: String) throws {
        try Scratch.with { scratch in
            let runner = try CommandRunner(scratch)
            try runner.sh(
                """
                mkdir tools && for name in git vx; do ln -s "$(command -v $name)" tools/$name; done
                printf '#!/bin/sh\\n' > tools/\(manager) && chmod +x tools/\(manager)
                """)
            let result = try runner.setting("PATH", to: "\(scratch.work)/tools").setting("VIRTUAL_ENV", to: nil)
                .run("vx", ["self-check"])
            #expect(result.status == 0, "\(result)")
            let remedy = ["apt-get": "apt-get install openssh-client", "dnf": "dnf install openssh-clients", "brew": "brew install openssh"][
                manager] ?? "install openssh-clients from your system's packages"
            #expect(result.output.split(separator: "\n").contains { $0.drop { $0 == " " } == remedy }, "\(result.output)")
        }
    }

    @Test("programs are looked for where a command would take them from, and nowhere else")
    func places() throws {
        try Scratch.with { scratch in
            let project = try Project(scratch)
            try project.runner.sh(
                """
                mkdir ../own && printf '#!/bin/sh\n: > "$SCRATCH/ran"\n' > rclone && cp rclone python3 && cp rclone ../own/duckdb
                chmod +x rclone python3 ../own/duckdb && ln -s loop ../loop && mkdir -p ../env/bin && cp ../own/duckdb ../env/bin/python
                mkdir ../tools && ln -s "$(command -v git)" ../tools/git && ln -s "$(command -v vx)" ../tools/vx
                """)
            // The first of them are the work tree, the last but one cannot be looked at.
            let folders = ["tools", "loop", "own"].map { "\(scratch.work)/\($0)" }.joined(separator: ":")
            let run = project.runner.setting("PATH", to: ".::../own:\(folders)")
            let found = try run.setting("VIRTUAL_ENV", to: "\(scratch.work)/env").run("vx", ["self-check"])
            #expect(found.status == 0, "\(found.output)\(found.errors)")
            #expect(found.output.contains("  \(scratch.work)/own/duckdb\n"), "\(found.output)")
            #expect(found.output.contains("  \(scratch.work)/env/bin/python\n"), "\(found.output)")
            #expect(!found.output.contains("  ./") && !found.output.contains("../own"), "\(found.output)")
            _ = try run.run("vx", ["remote", "add", "far", "rclone:far:there"])
            #expect(try project.runner.sh("test ! -e \"$SCRATCH/ran\" && echo no").output == "no\n")
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
