import Testing
import VxModel
import VxTestSupport

/// Branches whose trees name paths outside the work tree or in git's folder, and every command of vx that writes files.
@Suite("hostile paths")
struct HostilePathTests {
    /// A clone by vx, and beside it what must not change.
    private struct Victim {
        let runner: CommandRunner
        let evil: HostileRepository

        init(_ scratch: Scratch, _ attacks: [HostileRepository.Attack] = HostileRepository.attacks) throws {
            evil = try HostileRepository(scratch, attacks)
            let outside = try CommandRunner(scratch)
            try outside.sh(
                "vx clone --quiet evil victim && echo 'my only copy' > precious.txt && echo mine > .gitattributes")
            runner = outside.inside("victim")
        }

        /// Everything outside the work tree, and git's own files that decide what git runs; what is checked out, too.
        func state() throws -> String {
            try runner.sh(
                """
                cat ../precious.txt ../.gitattributes .git/config; ls .git/hooks; cat .git/hooks/*
                ls -d ../PWNED /tmp/vx-hostile-test 2> /dev/null || true
                git rev-parse HEAD; git for-each-ref refs/heads; git status --porcelain; find . -path ./.git -prune -o -print | sort; find .. -name '.vx-*'
                """
            ).output
        }
    }

    @Test("No command writes or removes anything where a path leads elsewhere", arguments: HostileRepository.attacks)
    func refused(attack: HostileRepository.Attack) throws {
        try Scratch.with { scratch in
            let victim = try Victim(scratch, [attack])
            let runner = victim.runner
            let before = try victim.state()
            let commands: [[String]] = [
                ["checkout", "origin/\(attack.name)"], ["checkout", "--force", "origin/\(attack.name)"],
                ["checkout", attack.name],  // makes the branch
                ["checkout", "origin/\(attack.name)", "--", "."],
                ["checkout", "--force", "origin/\(attack.name)", "--", "."],
                ["checkout", "--dry-run", "origin/\(attack.name)"], ["ls", "origin/\(attack.name)"],
                ["check", "main..origin/\(attack.name)"],
            ]
            for command in commands {
                let result = try runner.run("vx", command)
                let said = result.output + result.errors
                #expect(result.status == (command[0] == "check" ? 4 : 13), "vx \(command): \(said)")
                let path = command[0] == "ls" ? attack.wrong : attack.path
                #expect(said.contains(path.printable), "vx \(command): \(said)")
                #expect(!said.unicodeScalars.contains { [0x200c, 0xfeff].contains($0.value) }, "vx \(command)")
                #expect(try victim.state() == before, "vx \(command)")
            }
            let elsewhere: [[String]] = [
                ["get", "--rev", attack.name, "../evil", ".", "-o", "../got"],
                ["clone", "--branch", attack.name, "../evil", "../cloned"],
                ["clone", "--branch", attack.name, "--only", "data", "../evil", "../cloned"],
            ]
            for command in elsewhere {
                let result = try runner.run("vx", command)
                #expect(result.status != 0, "vx \(command)")
                #expect(try runner.run("ls", ["-d", "../got", "../cloned"]).output == "", "vx \(command)")
                #expect(try victim.state() == before, "vx \(command)")
            }
        }
    }

    @Test("fsck names every such path of every reference, and what is sound goes on as ever")
    func named() throws {
        try Scratch.with { scratch in
            let victim = try Victim(scratch)
            let fsck = try victim.runner.vx("fsck")
            #expect(fsck.status == 13)
            for attack in HostileRepository.attacks {
                let place = "refs/remotes/origin/\(attack.name)"
                #expect(
                    fsck.output.contains("unsafe  \(place):\(attack.wrong.printable)"), "\(attack.name)\n\(fsck.output)"
                )
            }
            #expect(!fsck.output.unicodeScalars.contains { [0x200c, 0xfeff].contains($0.value) })
            #expect(try victim.runner.vx("fsck", "--json").output.contains("\"unsafePaths\""))
            #expect(try victim.runner.vx("ls").status == 0)
            #expect(try victim.runner.vx("gc").status == 0)
            #expect(try victim.runner.vx("status").status == 0)
        }
    }

    @Test("From a commit with such a path there is a way back, and it removes nothing elsewhere")
    func wayBack() throws {
        try Scratch.with { scratch in
            let victim = try Victim(scratch)
            for attack in HostileRepository.attacks {
                for force in [[], ["--force"]] {
                    // As 'git clone' leaves it, which moves HEAD and refuses the files.
                    try victim.runner.sh("git update-ref --no-deref HEAD refs/remotes/origin/\(attack.name)")
                    let back = try victim.runner.run("vx", ["checkout"] + force + ["main"])
                    #expect(back.status == 0, "\(attack.name): \(back.errors)")
                    #expect(try victim.runner.sh("cat ../precious.txt").output == "my only copy\n")
                    #expect(try victim.runner.sh("git status --porcelain").output == "", "\(attack.name)")
                    try victim.runner.sh("test -f .git/config && test -f data/big")
                }
            }
        }
    }

    @Test("vx commits nothing beside such a path")
    func branches() throws {
        try Scratch.with { scratch in
            let attack = try #require(HostileRepository.attacks.first { $0.name == "precious" })
            let victim = try Victim(scratch, [attack])
            try victim.runner.sh("git branch raw origin/precious && echo new > ../new.csv")
            let before = try victim.state()
            let result = try victim.runner.vx("ingest", "../new.csv", "--source", "the lab")
            #expect(result.status == 13 && result.errors.contains("names the path .."), "\(result.errors)")
            #expect(try victim.runner.sh("git rev-parse raw origin/precious | uniq | wc -l").output == "1\n")
            #expect(try victim.state() == before)
        }
    }

    @Test("A snapshot's manifest names no path elsewhere", arguments: ["../precious.txt", ".git/config", "/tmp/vx-x"])
    func manifest(path: String) throws {
        try Scratch.with { scratch in
            let project = try Project(scratch)
            let runner = project.runner
            try runner.sh(
                """
                git switch --quiet -c stable/m && mkdir models && seq 3000 > models/m.bin && vx add --quiet models
                echo '{"a": 1}' > metrics.json && git add metrics.json && git commit --quiet -m model && echo precious > ../precious.txt
                vx snapshot --quiet --tag m-v1 --model models --metrics metrics.json --command 'true'
                """)
            for (field, old) in [("model", "models/m.bin"), ("metrics", "metrics.json")] {
                try runner.sh(
                    """
                    git checkout --quiet m-v1 && sed 's#"\(old)"#"\(path)"#' snapshots/m-v1.json > ../changed
                    ! cmp -s ../changed snapshots/m-v1.json && cp ../changed snapshots/m-v1.json
                    git commit --quiet --no-verify -am changed && git tag -f m-v1-\(field) > /dev/null
                    git tag -f m-v1 > /dev/null
                    """)
                let result = try runner.vx("reproduce", "m-v1")
                #expect(
                    result.status == 13 && result.errors.contains("is not a path of a repository"), "\(result.errors)")
                #expect(try runner.sh("cat ../precious.txt && test -f .git/config").output == "precious\n")
                try runner.sh("git tag -f m-v1 HEAD~1 > /dev/null")
            }
        }
    }

    @Test("An index and lists of vx's written by hand lead nowhere")
    func lists() throws {
        try Scratch.with { scratch in
            let victim = try Victim(scratch, [])
            let runner = victim.runner
            // Pointer text where the list says that a file is to be laid down.
            try runner.sh(
                """
                git cat-file blob HEAD:data/big > ../precious.txt && mkdir -p .git/vx
                printf '../precious.txt\\0.git/config\\0/tmp/vx-x\\0' > .git/vx/pending
                """)
            let text = try runner.sh("cat ../precious.txt").output
            try runner.sh("git checkout --quiet -b other && git checkout --quiet main")
            #expect(try runner.sh("cat ../precious.txt").output == text)
            let index = victim.runner
            try index.sh(
                """
                git read-tree --empty && printf '100644 %s\\tPP/precious.txt\\n' $(git rev-parse HEAD:data/big) | git update-index --index-info
                LC_ALL=C sed -i 's#PP/precious.txt#../precious.txt#' .git/index && head -c -20 .git/index > ../index
                { cat ../index; head -c 20 /dev/zero; } > .git/index
                """)
            for command in [
                ["hydrate"], ["checkout", "."], ["checkout", "main"], ["checkout", "--force", "main"], ["status"],
            ] {
                let result = try runner.run("vx", command)
                #expect(
                    result.status == 13 && result.errors.contains("../precious.txt"), "vx \(command): \(result.errors)")
                #expect(try runner.sh("cat ../precious.txt").output == text, "vx \(command)")
            }
        }
    }

    @Test("A symlink in place of a folder or of .gitattributes is not written through")
    func symlinks() throws {
        try Scratch.with { scratch in
            let project = try Project(scratch)
            let runner = project.runner
            try runner.sh(
                """
                mkdir ../outside && seq 2000 > data/a && vx add --quiet data && git add -A && git commit --quiet -m data
                cp .gitattributes ../outside/attributes && ln -sf ../outside/attributes .gitattributes && mkdir more && echo x > more/x
                """)
            let result = try runner.vx("add", "more")
            #expect(result.status == 1 && result.errors.contains("it is a symlink"), "\(result.errors)")
            #expect(
                try runner.sh("cmp ../outside/attributes .gitattributes; readlink .gitattributes; ls ../outside").output
                    == "../outside/attributes\nattributes\n")
            try runner.sh("git checkout --quiet -- .gitattributes && rm -r data && ln -s ../outside data")
            #expect(try runner.vx("checkout", "data").status != 0)
            #expect(try runner.sh("ls ../outside").output == "attributes\n")
            #expect(try runner.vx("checkout", "--force", "main").status == 0)
            #expect(try runner.sh("ls ../outside; ls data; git status --porcelain data").output == "attributes\na\n")
        }
    }
}
