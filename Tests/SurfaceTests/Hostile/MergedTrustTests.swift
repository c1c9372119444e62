import Testing
import VxModel
import VxSystem
import VxTestSupport

/// git merges `vx.yaml` line by line, so that a command can have lines of two people without being in any commit. Whoever pulls
/// while he edits does not see what he gets.
@Suite("A command that git puts together from an edit and a stranger's commit")
struct MergedTrustTests {
    /// A clone with an edit of a command of several lines, and a remote where somebody else changed another line of it.
    private static let world = """
        git init --quiet --bare origin.git && vx init --quiet mallory && cd mallory
        cat > vx.yaml <<'Y'
        version: 1
        clean:
          checks:
            - files: "*.csv"
              run: |
                test -s {path}
                # what a sound table is:
                # not empty,
                # and more than its head
                true
        Y
        git add --all && git commit --quiet -m one && git remote add origin ../origin.git && git push --quiet origin main
        cd .. && git clone --quiet origin.git w && cd w && vx install --quiet && echo a > ../in.csv
        vx ingest --quiet ../in.csv --source s && vx trust --quiet && cd ../mallory
        sed -i "s#^        true#        touch $PWD/../pwned#" vx.yaml && echo note > other && git add other
        git commit --quiet -am improve && git push --quiet origin main && cd ../w
        sed -i 's/test -s {path}/test -s {path} \\&\\& test -r {path}/' vx.yaml
        """

    @Test(
        "is asked about, in whichever way it came",
        arguments: [
            "git pull --quiet --rebase --autostash origin main", "git pull --quiet --no-rebase --autostash origin main",
            "git stash --quiet && git pull --quiet origin main && git stash pop --quiet",
            "git stash --quiet && git pull --quiet origin main && git stash pop --quiet && git commit --quiet -am both",
            "git stash --quiet && git pull --quiet origin main && git stash pop --quiet && git add vx.yaml",
            "git add vx.yaml && git commit --quiet -m mine && git pull --quiet --rebase origin main",
            "git add vx.yaml && git commit --quiet -m mine && git pull --quiet --no-rebase --no-edit origin main",
            """
            echo mine > other && git add --all && git commit --quiet -m mine && git fetch --quiet
            git merge --quiet origin/main > /dev/null 2>&1 || true
            echo both > other && git add other && git commit --quiet -m merged
            """,
            """
            git checkout --quiet vx.yaml && git fetch --quiet && git merge --quiet --squash origin/main > /dev/null
            git commit --quiet -m squashed
            """,
            """
            git checkout --quiet vx.yaml && git fetch --quiet origin main:theirs && git merge --quiet --squash theirs > /dev/null
            git commit --quiet -m squashed && git branch --quiet -D theirs && rm .git/FETCH_HEAD
            git update-ref -d refs/remotes/origin/main
            """,
            """
            git fetch --quiet origin main:theirs && git checkout --quiet theirs -- vx.yaml && git commit --quiet -m theirs
            git branch --quiet -D theirs && rm .git/FETCH_HEAD && git update-ref -d refs/remotes/origin/main
            """,
            """
            git checkout --quiet vx.yaml && git fetch --quiet origin main:theirs && git cherry-pick --no-commit theirs
            git commit --quiet -m picked && git branch --quiet -D theirs && git update-ref -d refs/remotes/origin/main
            git fetch --quiet origin main~0 2> /dev/null || rm .git/FETCH_HEAD
            """,
        ])
    func asked(way: String) throws {
        try Scratch.with { scratch in
            let outside = try CommandRunner(scratch)
            try outside.sh(Self.world)
            let runner = outside.inside("w")
            try runner.sh(way)
            #expect(try runner.sh("grep -c pwned vx.yaml").output == "1\n", "the stranger's line is there")
            let result = try runner.run("vx", ["clean"])
            #expect(result.status == 4, "\(result.errors)")
            #expect(try Files.status(scratch.work.appending("pwned")) == nil)
        }
    }

    @Test("an edit of one's own is not asked about, before and after it is committed, stashed and amended") func own()
        throws
    {
        try Scratch.with { scratch in
            let outside = try CommandRunner(scratch)
            try outside.sh(Self.world)
            let runner = outside.inside("w")
            for step in [
                "true", "git stash --quiet && git stash apply --quiet", "git commit --quiet -am mine",
                "sed -i 's/and more/or more/' vx.yaml", "git commit --quiet -a --amend --no-edit",
                "git switch --quiet -c other HEAD && git commit --quiet --allow-empty -m x && git rebase --quiet --force-rebase HEAD~2",
            ] {
                try runner.sh(step)
                try runner.check("vx", ["clean", "--dry-run"])
            }
        }
    }
}
