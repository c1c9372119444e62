import SystemPackage
import Testing
import VxSystem
import VxTestSupport

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Programs that are not the real git, or work beside it. Each test needs one of them and says which; `VX_TEST_PYTHON` names a
/// Python that has the packages.
@Suite("Other clients of git")
struct ClientTests {
    private static let python = TestEnvironment["VX_TEST_PYTHON"] ?? "/usr/bin/python3"

    /// Whether a module can be imported.
    private static func has(_ module: String) -> Bool {
        let result = try? Scratch.with { try CommandRunner($0).run(python, ["-c", "import \(module)"]) }
        return result?.status == 0
    }

    private static let hasGitPython = has("git")
    private static let hasPygit2 = has("pygit2")
    private static let hasDulwich = has("dulwich.porcelain")
    private static let hasPreCommit = has("pre_commit")
    private static let hasLFS = ["/usr/bin", "/usr/local/bin"].contains { (folder: String) in
        access("\(folder)/git-lfs", X_OK) == 0
    }

    /// A repository with data, of which one file is large, and two commits.
    private func project(_ body: (CommandRunner) throws -> Void) throws {
        try Scratch.with { scratch in
            let runner = try CommandRunner(scratch)
            try runner.sh(
                """
                vx init -q r && cd r && mkdir data && seq 300000 > data/big.csv && seq 9 > data/a.csv && echo code > code.py
                vx add -q data && git add -A && git commit -qm first && seq 8 > data/a.csv && seq 200000 > data/big.csv && git commit -qam second
                """)
            try body(runner.inside("r"))
        }
    }

    private func run(_ runner: CommandRunner, _ script: String) throws {
        try runner.check(Self.python, ["-c", script])
    }

    /// Neither vx nor git has anything to say.
    private func expectClean(_ runner: CommandRunner) throws {
        #expect(try runner.git("status", "--short").output == "")
        let status = try runner.vx("status")
        #expect(status.output.contains("Data is clean"), "\(status.output)\(status.errors)")
    }

    @Test(
        "GitPython",
        .enabled(if: hasGitPython, "GitPython is not installed: 'pip install GitPython', and VX_TEST_PYTHON"))
    func gitPython() throws {
        try project { runner in
            try run(
                runner,
                """
                import git
                r = git.Repo('.')
                r.git.checkout('HEAD~1'); assert len(open('data/big.csv').readlines()) == 300000
                r.git.checkout('main')
                r.create_head('topic').checkout()
                open('data/b.csv', 'w').write('b\\n' * 500000); r.git.add('data/b.csv'); r.index.commit('third')
                r.heads.main.checkout(); r.heads.topic.checkout(); assert open('data/b.csv').read(2) == 'b\\n'
                assert not r.is_dirty()
                """)
            #expect(try runner.git("cat-file", "-p", "HEAD:data/b.csv").output.hasPrefix("version vx/1"))
            try expectClean(runner)
        }
    }

    @Test("pygit2", .enabled(if: hasPygit2, "pygit2 is not installed: 'pip install pygit2', and VX_TEST_PYTHON"))
    func pygit2() throws {
        try project { runner in
            // libgit2 runs no filter of git's: what it writes is pointer text, and what it adds is bytes. Both are seen.
            try run(
                runner,
                """
                import pygit2
                r = pygit2.Repository('.')
                assert r.revparse_single('HEAD:data/a.csv').data.startswith(b'version vx/1')
                r.checkout_tree(r.revparse_single('HEAD~1'), strategy=pygit2.GIT_CHECKOUT_FORCE); r.set_head(r.revparse_single('HEAD~1').id)
                """)
            #expect(try runner.vx("status").output.contains("not-hydrated"))
            try runner.sh("vx hydrate -q && test $(wc -l < data/big.csv) = 300000")
            try expectClean(runner)
            try run(
                runner,
                """
                import pygit2
                r = pygit2.Repository('.')
                open('data/c.csv', 'w').write('name,disease\\n'); r.index.add('data/c.csv'); r.index.write()
                me = pygit2.Signature('T', 't@example.org')
                r.create_commit('HEAD', me, me, 'bytes', r.index.write_tree(), [r.head.target])
                """)
            #expect(try runner.vx("status").output.contains("in-git          data/c.csv"))
            let check = try runner.vx("check", "HEAD", "--branch", "main")
            #expect(check.status == 4 && check.output.contains("data-pointers"), "\(check.output)\(check.errors)")
            try runner.sh("vx add -q data/c.csv && git commit -qm mended")
            try expectClean(runner)
        }
    }

    @Test("dulwich", .enabled(if: hasDulwich, "dulwich is not installed: 'pip install dulwich', and VX_TEST_PYTHON"))
    func dulwich() throws {
        try project { runner in
            try run(
                runner,
                """
                from dulwich import porcelain
                porcelain.clone(__import__('os').path.abspath('.'), '../c').close()
                """)
            let clone = try Self.beside(runner, "c")
            try clone.sh("vx install -q && test $(wc -l < data/big.csv) = 200000 && seq 8 | cmp - data/a.csv")
            try expectClean(clone)
            try run(
                clone,
                """
                from dulwich import porcelain
                from dulwich.repo import Repo
                open('more.py', 'w').write('x = 1\\n'); porcelain.add('.', ['more.py'])
                porcelain.commit('.', message=b'code', author=b'T <t@example.org>', committer=b'T <t@example.org>')
                """)
            try clone.sh("test $(git log --oneline | wc -l) = 3 && vx check HEAD")
            try expectClean(clone)
        }
    }

    private static func beside(_ runner: CommandRunner, _ name: String) throws -> CommandRunner {
        var other = runner
        other.directory = runner.directory.removingLastComponent().appending(name)
        return other
    }

    @Test(
        "pre-commit, with large data that is not staged: it puts it aside and brings it back",
        .enabled(if: hasPreCommit, "pre-commit is not installed: 'pip install pre-commit', and VX_TEST_PYTHON"))
    func preCommit() throws {
        try project { runner in
            let bin = FilePath(Self.python).removingLastComponent().string
            let runner = runner.setting("PATH", to: "\(runner.environment["PATH"] ?? ""):\(bin)")
            try runner.sh(
                """
                printf 'repos:\\n- repo: local\\n  hooks:\\n  - {id: look, name: look, language: system, entry: "true", pass_filenames: false}\\n' > .pre-commit-config.yaml
                git add -A && git commit -qm config && \(Self.python) -m pre_commit install > /dev/null 2>&1
                """)
            // pre-commit runs the hook that was there.
            #expect(try runner.vx("status").errors == "")
            for lines in [150_000, 7] {
                try runner.sh(
                    """
                    seq 250000 > data/big.csv && seq \(lines) > data/new.csv && vx add -q data/new.csv
                    seq \(lines + 1) > data/new.csv && echo "x = \(lines)" > code.py && git add code.py
                    git commit -qm 'with \(lines)'
                    seq 250000 | cmp - data/big.csv && seq \(lines + 1) | cmp - data/new.csv
                    """)
                #expect(try runner.git("status", "--short").output == " M data/big.csv\n M data/new.csv\n")
                try runner.sh(
                    "git cat-file -p HEAD:data/new.csv | grep -q 'version vx/1' && git checkout -q . && seq \(lines) | cmp - data/new.csv"
                )
            }
            try expectClean(runner)
        }
    }

    @Test("Git LFS at work in the same repository", .enabled(if: hasLFS, "git-lfs is not installed"))
    func lfs() throws {
        try project { runner in
            try runner.sh(
                """
                git lfs install --local --force && git lfs track '*.psd' > /dev/null && head -c 2000000 /dev/urandom > a.psd
                vx install -q && git add -A && git commit -qm 'with LFS'
                git lfs ls-files | grep -q a.psd && ! vx ls | grep -q a.psd
                git init -q --bare ../o.git && mkdir ../store && vx remote add -q store "$SCRATCH/work/store" && git commit -qam remote
                git remote add origin "file://$SCRATCH/work/o.git" && git push -q origin main && vx check --remote
                git clone -q "file://$SCRATCH/work/o.git" ../c && cd ../c && git lfs install --local --force > /dev/null && vx install -q
                git lfs pull
                cmp data/big.csv ../r/data/big.csv && cmp a.psd ../r/a.psd
                """)
            try expectClean(runner)
        }
    }
}
