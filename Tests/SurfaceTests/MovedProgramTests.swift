import SystemPackage
import Testing
import VxModel
import VxSystem
import VxTestSupport

/// A clone that one vx has set up, and what becomes of the program afterwards.
@Suite("git works in a clone after its vx has moved, was replaced, or is gone")
struct MovedProgramTests {
    /// A clone with two branches that differ in data, set up by a vx outside PATH, which is the file `old/vx`.
    private func withClone(_ body: (CommandRunner) throws -> Void) throws {
        try Scratch.with { scratch in
            let outside = try CommandRunner(scratch)
            // What else the tests put on PATH stays; the folder of the built program goes.
            let path = (outside.environment["PATH"] ?? "").split(separator: ":").dropFirst().joined(separator: ":")
            let vx = try #require(outside.environment["PATH"]?.split(separator: ":").first)
            try outside.sh("mkdir old && cp --reflink=auto '\(vx)/vx' old/vx 2>/dev/null || cp '\(vx)/vx' old/vx")
            let runner = outside.setting("PATH", to: path)
            try runner.sh(
                """
                vx=$PWD/old/vx && $vx init -q project && cd project && mkdir data && seq 3 > data/a.csv
                $vx add -q data && git add -A && git commit -qm three
                git switch -qc other && seq 4 > data/a.csv && $vx add -q data && git commit -qm four
                """)
            try body(runner.inside("project"))
        }
    }

    /// There and back again, and then there: each time with the data of the branch.
    private func expectWorks(_ runner: CommandRunner) throws {
        let result = try runner.sh(
            "git switch -q main && seq 3 | cmp - data/a.csv && git switch -q other && seq 4 | cmp - data/a.csv && git status --short"
        )
        #expect(result.output.isEmpty && result.errors.isEmpty, "\(result.output)\(result.errors)")
    }

    @Test("moved to PATH")
    func moved() throws {
        try withClone { runner in
            try runner.sh("mkdir ../bin && mv ../old/vx ../bin/vx")
            try expectWorks(runner.setting("PATH", to: "\(runner.directory.removingLastComponent())/bin:/usr/bin:/bin"))
        }
    }

    @Test("not on PATH, and where it was")
    func stayed() throws {
        try withClone { try expectWorks($0) }
    }

    @Test("the one on PATH comes before the one that was recorded")
    func replaced() throws {
        try withClone { runner in
            try runner.sh(
                "mkdir ../bin && cp ../old/vx ../bin/vx && printf '#!/bin/sh\\necho old >&2; exit 1\\n' > ../old/vx")
            let path = "\(runner.directory.removingLastComponent())/bin:/usr/bin:/bin"
            try expectWorks(runner.setting("PATH", to: path))
        }
    }

    @Test("a file 'vx' of the repository is never run, whatever relative folders PATH has")
    func ofTheRepository() throws {
        try withClone { runner in
            try runner.sh(
                """
                for name in vx bin/vx; do mkdir -p bin && printf '#!/bin/sh\\ntouch ../ran\\n' > $name; chmod 755 $name; done
                rm ../old/vx
                """)
            let hostile = runner.setting("PATH", to: ".:bin::/usr/bin:/bin:")
            try hostile.sh(
                "git switch -q main && git switch -q other && git commit -q --allow-empty -m x && test ! -e ../ran")
        }
    }

    @Test("gone: pointers stay in place of data, and one line says so")
    func gone() throws {
        try withClone { runner in
            try runner.sh("mv ../old/vx ../old/kept")
            let switched = try runner.sh("git switch -q main && head -1 data/a.csv && git status --short")
            #expect(switched.output == "version vx/1\n")
            #expect(switched.errors == "vx is not installed: files may show as pointers until it is\n")
            // git looks at the text once more where its time has changed.
            #expect(try runner.sh("touch data/a.csv && git status --short && git diff").output.isEmpty)
            try runner.sh(
                "git switch -q other && git switch -qc more && touch code.py && git add code.py && git commit -qm more")
            let added = try runner.run("sh", ["-c", "seq 9 > data/b.csv; git add data/b.csv"])
            #expect(added.status != 0 && added.errors.contains("vx is not installed: data cannot be added"))
            #expect(try runner.sh("git ls-files data/b.csv").output.isEmpty)
            // An empty file is no data.
            try runner.sh("rm data/b.csv && : > data/empty.csv && git add data/empty.csv && git rm -qf data/empty.csv")
            // Back again.
            try runner.sh("mv ../old/kept ../old/vx && ../old/vx hydrate -q && seq 4 | cmp - data/a.csv")
        }
    }

    @Test("gone, and no temporary folder: what needs one says so")
    func temporaryFolder() throws {
        try withClone { runner in
            try runner.sh("rm ../old/vx")
            let result = try runner.setting("TMPDIR", to: "/nowhere/tmp").run("git", ["switch", "-q", "main"])
            #expect(result.status != 0 && result.errors.contains("/nowhere/tmp"), "\(result.errors)")
            #expect(result.errors.contains("needs a temporary folder: export TMPDIR=/tmp\n"), "\(result.errors)")
        }
    }

    @Test("gone: submodules are switched with the rest")
    func submodule() throws {
        try withClone { runner in
            try runner.inside("..").sh(
                """
                git init -q top && cd top && git -c protocol.file.allow=always submodule --quiet add ../project sub
                (cd sub && ../../old/vx install -q) && git commit -qm one && git switch -qc two
                (cd sub && git checkout -q origin/main) && git commit -qam two && rm ../old/vx
                git switch -q --recurse-submodules - && git switch -q --recurse-submodules two && head -1 sub/data/a.csv
                """)
        }
    }

    @Test("gone: a folder that has its name is no vx")
    func folder() throws {
        try withClone { runner in
            try runner.sh("rm ../old/vx && mkdir ../old/vx && touch data/a.csv && git status --short")
            try runner.sh("git switch -q main && git switch -q other && git commit -q --allow-empty -m x")
        }
    }

    @Test(
        "gone: what stands in git as bytes comes out as it is, of whatever size",
        arguments: [0, 1, 65_515, 65_517, 300_000])
    func bytes(size: Int) throws {
        try withClone { runner in
            try runner.sh(
                """
                head -c \(size) /dev/zero > ../bytes && blob=$(git hash-object -w --no-filters ../bytes)
                git update-index --cacheinfo 100644,$blob,data/a.csv && git commit -qm bytes --no-verify
                rm data/a.csv && git checkout -q . && touch -d @1700000000 data/a.csv && git status --short && rm ../old/vx
                git switch -q main && git switch -q other && cmp ../bytes data/a.csv
                """)
        }
    }

    @Test(
        "gone: data that git looks at again, for its time or for that of the index, is what it was to every command",
        arguments: [1, 3_000, 300_000])
    func lookedAtAgain(size: Int) throws {
        try withClone { runner in
            try runner.sh(
                """
                for name in b '0:c' 'd  e' '%f'; do head -c \(size) /dev/urandom > "data/$name.bin"; done
                ../old/vx add -q data && git commit -qm more && git branch same && rm ../old/vx
                sha256sum data/*.bin > ../sums
                """)
            for command in [
                "status", "commit -q --allow-empty -m x", "switch -q same", "switch -q -", "stash -q", "reset -q --hard",
                "diff --exit-code", "add -A", "merge -q --no-edit same", "rebase -q HEAD~1",
            ] {
                // What has another time, 'reset --hard' writes anew, whatever is in it.
                let settle = command.hasPrefix("reset") ? "git update-index -q --refresh && " : ""
                let result = try runner.run("sh", ["-c", "touch data/*.bin && \(settle)git \(command)"])
                #expect(result.status == 0, "git \(command): \(result.errors)")
                #expect(try runner.sh("sha256sum --quiet -c ../sums && git status --short").output.isEmpty, "\(command)")
            }
            // What has changed is not what the index has.
            let changed = try runner.run("sh", ["-c", "printf x >> data/0:c.bin; git add data"])
            #expect(changed.status != 0, "\(changed.errors)")
            #expect(changed.errors.contains("vx is not installed: data cannot be added (data/0:c.bin)"), "\(changed.errors)")
        }
    }

    @Test("gone: a data file that both sides changed is a conflict, and ours stays")
    func merge() throws {
        try withClone { runner in
            try runner.sh(
                "git switch -q main && seq 5 > data/a.csv && ../old/vx add -q data && git commit -qm five && rm ../old/vx"
            )
            let merged = try runner.run("git", ["merge", "-q", "other"])
            #expect(merged.status == 1 && merged.errors.contains("vx is not installed"), "\(merged.errors)")
            try runner.sh("test $(git ls-files -u | wc -l) = 3 && seq 5 | cmp - data/a.csv")
        }
    }
}
