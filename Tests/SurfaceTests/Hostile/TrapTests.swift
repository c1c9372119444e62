import SystemPackage
import Testing
import VxModel
import VxSystem
import VxTestSupport

/// Nothing that a stranger's repository says is run, or asked for, before the user has said that it may be (docs/security.md).
@Suite("A repository full of traps")
struct TrapTests {
    /// Every command of vx, in the forms that read what a repository says. A test holds the first words to `vx --help`.
    private static let commands: [[String]] = [
        ["init"], ["init", "--template"], ["install"], ["add", "."], ["add", "--", "-rf"], ["status"],
        ["status", "--json"],
        ["diff"], ["diff", "same", "HEAD"], ["diff", "same", "HEAD", "--format", "markdown"], ["diff", "--", "-rf"],
        ["checkout", "same"], ["checkout", "raw"], ["checkout", "origin/-x"], ["checkout", "--", "data"],
        ["checkout", "--", "-C"], ["hydrate"], ["ls"], ["ls", "origin/-x"], ["cat", "HEAD:data/-rf"],
        ["cat", "same:data/a.csv"], ["get", "../evil.git", "data"],
        ["get", "--rev", "--output=pwned-rev", "../evil.git", "data"],
        ["get", "--", "--upload-pack=touch pwned-get", "data"], ["clone", "../evil.git", "again"],
        ["clone", "--", "--upload-pack=touch pwned-clone", "again"], ["clone", "ext::touch pwned-ext", "again"],
        ["clone", "ssh://-oProxyCommand=touch%20pwned-clone-ssh/x", "again"], ["clone", "file://-x", "again"],
        ["remote"], ["remote", "check"], ["remote", "check", "store"], ["remote", "remove", "store"], ["push"],
        ["push", "--all"], ["fetch"], ["fetch", "origin/-x"], ["pull"], ["ingest", ".", "--source", "x"],
        ["clean"], ["clean", "--recheck"], ["clean", "--dry-run"], ["split"], ["split", "--dry-run"], ["flow"],
        ["check"],
        ["check", "--tags"], ["check", "--remote"], ["check", "origin/raw"],
        ["check", "--branch", "raw", "origin/raw"],
        ["drift"], ["drift", "origin/monitoring/evil"], ["snapshot", "--tag", "v2"], ["snapshot", "--tag", "-x"],
        ["reproduce", "same"], ["reproduce", "--keep", "same"], ["runs"], ["du"], ["du", "--remote"], ["gc"],
        ["gc", "--remote"], ["evict"], ["evict", "data"], ["fsck"], ["fsck", "--remote"],
        ["fsck", "--remote", "--repair"], ["fsck", "--repair"], ["fsck", "--repair", "--from", "-x"],
        ["trust", "list"], ["ci"], ["ci", "--branch", "raw", "origin/raw"],
        ["completions", "bash"], ["self-check"], ["manual", "../manual"], ["complete", "--", "checkout", ""],
        ["trust", "--dry-run"], ["filter-process"], ["hook", "pre-push", "origin", "../evil.git"],
        ["hook", "post-checkout"], ["hook", "pre-commit"], ["merge-driver", "vx.yaml", "vx.yaml", "vx.yaml", "-C"],
    ]
    /// What git does, with vx's filter, hooks and merge driver in it.
    private static let git: [String] = [
        "git status", "git checkout -q same", "git switch -q raw", "git switch -q --detach origin/-x",
        "git checkout -q HEAD -- .", "git restore --source same -- data/a.csv", "git merge -q --no-edit origin/raw",
        "git merge -q --no-edit same", "git rebase -q origin/raw", "git cherry-pick origin/stable/evil", "git stash -u",
        "git commit -q --allow-empty -m x", "git pull -q", "git fetch -q --all --tags",
        "git push -q origin HEAD:refs/heads/y",
        "git push -q origin --delete dev/;touch", "git worktree add -q ../tree origin/raw", "git diff same HEAD",
        "git log -p -3", "git add -A", "git clone -q . ../again && cd ../again && vx install",
    ]
    /// Those that can come to what they would run only where the data is here.
    private static let needingData: Set<String> = [
        "clean", "split", "drift", "snapshot", "reproduce", "diff", "flow", "check",
    ]
    /// What is asked of every other remote: one command of each way to it.
    private static let reachingRemotes: [[String]] = [
        ["install"], ["hydrate"], ["checkout", "same"], ["clone", "../evil.git", "again"],
        ["get", "../evil.git", "data"],
        ["remote", "check"], ["push", "--all"], ["fetch"], ["check", "--remote"], ["gc", "--remote"], ["evict"],
        ["fsck", "--remote", "--repair"], ["trust", "--dry-run"],
    ]

    private func withRepository(_ remote: (Int) -> String, _ body: (TrapRepository) throws -> Void) throws {
        try Scratch.with { scratch in
            let listener = try LoopbackServer(.refusing)
            let repository = try TrapRepository(scratch, listener, remote: remote(Int(listener.port)))
            #expect(try repository.traces() == [], "the repository itself leaves no trace when it is made")
            // It may say that data is still to come.
            _ = try repository.runner.inside("victim").run("vx", ["install", "--quiet"])
            try body(repository)
        }
    }

    @Test func `the list has every command`() throws {
        try Scratch.with { scratch in
            let help = try CommandRunner(scratch).check("vx", ["--help"]).output
            let named = help.split(separator: "\n").filter { $0.hasPrefix("  ") && !$0.hasPrefix("   ") }
                .compactMap { $0.split(separator: " ").first.map(String.init) }.filter { $0.first?.isLowercase == true }
            let hidden = ["complete", "filter-process", "hook", "merge-driver"]
            #expect(named.count > 20)
            #expect(Set(named + hidden).subtracting(["help"]).subtracting(Self.commands.map { $0[0] }) == [])
        }
    }

    @Test func `no command runs or asks anything of it`() throws {
        try withRepository({ TrapRepository.remotes($0)[0] }) { repository in
            for words in Self.commands {
                let result = try repository.run(["vx"] + words)
                #expect(try repository.traces() == [], "vx \(words) (\(result.status)): \(result.errors)")
                #expect(result.status < 128, "vx \(words): \(result.errors)")
            }
        }
    }

    @Test func `no command of git does, with vx in it`() throws {
        try withRepository({ TrapRepository.remotes($0)[0] }) { repository in
            for script in Self.git {
                let result = try repository.run(["sh", "-c", script])
                #expect(try repository.traces() == [], "\(script) (\(result.status)): \(result.errors)")
                try repository.runner.sh("git -C victim worktree prune && rm -rf tree again")
            }
        }
    }

    @Test("nor does any with another remote", arguments: 1..<TrapRepository.remotes(0).count)
    func otherRemotes(_ position: Int) throws {
        try withRepository({ TrapRepository.remotes($0)[position] }) { repository in
            let before = try repository.runner.sh(
                "find victim/.git/hooks victim/.git/vx copy/.git/hooks/packs copy/.git/hooks/index 2>/dev/null | sort"
            ).output
            for words in Self.reachingRemotes {
                let result = try repository.run(["vx"] + words)
                #expect(try repository.traces() == [], "vx \(words) (\(result.status)): \(result.errors)")
                #expect(result.status < 128, "vx \(words): \(result.errors)")
            }
            _ = try repository.run(["git", "push", "-q", "origin", "HEAD:refs/heads/y"])
            #expect(try repository.traces() == [])
            #expect(
                try repository.runner.sh(
                    "find victim/.git/hooks victim/.git/vx copy/.git/hooks/packs copy/.git/hooks/index 2>/dev/null | sort"
                ).output == before)
        }
    }

    /// Where data is missing, many commands end before they come to what they would run.
    @Test func `nor does any where the data is here`() throws {
        try withRepository({ TrapRepository.remotes($0)[0] }) { repository in
            try repository.takeData()
            for words in Self.commands where Self.needingData.contains(words[0]) {
                let result = try repository.run(["vx"] + words)
                #expect(try repository.traces() == [], "vx \(words) (\(result.status)): \(result.errors)")
            }
        }
    }

    @Test func `what is trusted runs, so that the traces can be told`() throws {
        try withRepository({ TrapRepository.remotes($0)[0] }) { repository in
            let victim = repository.runner.inside("victim")
            try victim.check("vx", ["trust"])
            _ = try victim.vx("hydrate")
            #expect(try repository.traces().contains { $0.contains("AKIAVICTIM") })
            try repository.takeData()
            let clean = try victim.vx("clean", "--recheck", "--dry-run")
            let reproduced = try victim.vx("reproduce", "--trust", "same")
            let traces = try repository.traces()
            for part in ["/pwned-check", "/pwned-transform", "/pwned-reproduce"] {
                #expect(traces.contains { $0.contains(part) }, "\(part): \(clean.errors) \(reproduced.errors)")
            }
        }
    }
}
