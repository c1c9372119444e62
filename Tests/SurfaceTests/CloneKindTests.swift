import Testing
import VxModel
import VxSystem
import VxTestSupport

/// A clone that does not have all of the repository it comes from.
enum CloneKind: String, CaseIterable, CustomTestStringConvertible {
    case whole = "git clone -q URL clone"
    case noBlobs = "git clone -q --filter=blob:none URL clone"
    case noTrees = "git clone -q --filter=tree:0 URL clone"
    case smallBlobs = "git clone -q --filter=blob:limit=80 URL clone"
    case sparse =
        "git clone -q --filter=blob:none --sparse URL clone && git -C clone sparse-checkout set --cone other"
    case empty =
        "git clone -q --filter=tree:0 --no-checkout URL clone && git -C clone show HEAD:vx.yaml > clone/vx.yaml"
    case shallow = "git clone -q --depth 1 --no-single-branch URL clone"
    case shallowSince = "git clone -q --depth 2 URL clone"
    case single = "git clone -q --single-branch --no-tags URL clone"
    case ofOtherName = "git clone -q --filter=blob:none --origin hub URL clone"

    var testDescription: String { rawValue }

    /// Whether commits are missing, so that nobody can tell from here what they name.
    var lacksCommits: Bool { [.shallow, .shallowSince, .single].contains(self) }
}

@Suite("clones that have only a part of the history")
struct CloneKindTests {
    /// A git server's repository with four versions of two files on main, and one more on another branch, all of it pushed
    /// to a remote, which holds each version in a pack of its own.
    private func project(_ scratch: Scratch, _ body: (CommandRunner) throws -> Void) throws {
        let runner = try CommandRunner(scratch)
        try runner.sh(
            """
            git init -q --bare hub.git && git -C hub.git config uploadpack.allowFilter true
            vx init -q origin && cd origin && git remote add origin ../hub.git && vx remote add -q store "$SCRATCH/remote"
            mkdir data other && echo code > other/code.py && git add -A && git commit -qm start
            for version in 1 2 3 4; do
                seq $version 9000 > data/large.csv && seq $version 300 > data/small.csv
                vx add -q data && git commit -qm $version && git push -q origin main 2> /dev/null
            done
            git switch -qc side && seq 5 9000 > data/large.csv && vx add -q data && git commit -qm side
            git tag v1 && git push -q origin side v1 2> /dev/null && git switch -q main
            """)
        try body(runner)
    }

    private func make(_ kind: CloneKind, _ runner: CommandRunner) throws -> CommandRunner {
        let url = "\"file://$PWD/hub.git\""
        try runner.sh(kind.rawValue.replacing("URL", with: url) + " && cd clone && vx install -q")
        return runner.inside("clone")
    }

    private func age(_ runner: CommandRunner) throws {
        try runner.sh("find \"$SCRATCH/remote\" -type f -exec touch -d '40 days ago' {} +")
    }

    @Test(
        "vx gc --remote takes nothing that the team lives on, or refuses with a hint that works",
        arguments: CloneKind.allCases)
    func collectRemote(_ kind: CloneKind) throws {
        try Scratch.with { scratch in
            try project(scratch) { runner in
                let clone = try make(kind, runner)
                var refused = false
                for _ in 0..<3 {
                    try age(runner)
                    let result = try clone.vx("gc", "--remote", "--exact", "--grace", "0")
                    #expect(result.status == 0 || result.status == 4, "\(result.errors)")
                    guard result.status == 4 else { continue }
                    refused = true
                    let hint = try #require(result.errors.split(separator: "\n").last { $0.hasPrefix("hint: ") })
                    let quote: Character = hint.contains("\"git") ? "\"" : "'"
                    try clone.sh(String(hint.split(separator: quote)[1]))
                }
                #expect(refused == kind.lacksCommits)
                #expect(try clone.vx("gc", "--remote").status == 0)
                let check = "vx check --remote main && vx check --remote side && vx fsck --remote --full"
                try runner.inside("origin").sh(check)
            }
        }
    }

    @Test("vx gc and vx evict take nothing that is only here", arguments: CloneKind.allCases)
    func collectHere(_ kind: CloneKind) throws {
        try Scratch.with { scratch in
            try project(scratch) { runner in
                let clone = try make(kind, runner)
                // Everything comes here, and something that was never pushed.
                try clone.sh(
                    """
                    proven() { vx fsck > /dev/null 2>&1 || test $? = 1; }
                    git checkout -q -f main && mkdir -p data && seq 77 9000 > data/mine.csv && vx add -q data/mine.csv && git commit -qm mine
                    vx gc --grace 0 --exact --empty-trash && vx gc --grace 0 --empty-trash && proven
                    vx evict && vx gc --grace 0 --empty-trash && proven
                    vx cat HEAD:data/mine.csv > mine && seq 77 9000 | cmp - mine
                    vx du && vx check --remote HEAD~1
                    vx cat HEAD~1:data/large.csv > large && seq 4 9000 | cmp - large
                    """)
            }
        }
    }

    @Test("where what a partial clone lacks cannot be had, nothing is collected and the status is 4")
    func unreachable() throws {
        try Scratch.with { scratch in
            try project(scratch) { runner in
                let clone = try make(.noBlobs, runner)
                try runner.sh("mv hub.git away.git")
                for command in [["gc"], ["gc", "--grace", "0", "--dry-run"]] {
                    let result = try clone.run("vx", command)
                    #expect(result.status == 4, "\(result.errors)")
                }
                let usage = try clone.vx("du")
                #expect(usage.status == 0 && usage.errors.contains("partial clone has left out"), "\(usage.errors)")
                let proof = try clone.vx("fsck")
                #expect(proof.errors.contains("partial clone has left out"), "\(proof.errors)")
                try runner.sh("mv away.git hub.git && cd clone && vx gc && vx fsck")
            }
        }
    }

    @Test("a commit, a folder, a reference, a HEAD or an index that is damaged stops collection")
    func damaged() throws {
        try Scratch.with { scratch in
            let project = try Project(scratch)
            let runner = project.runner
            try runner.sh(
                """
                for i in 1 2 3; do seq $i 5000 > data/a && vx add -q data && git commit -qm $i; done
                git branch old HEAD~2 && git worktree add -q ../tree old && git pack-refs --all && cp -R .git ../saved
                """)
            let damages = [
                "rm .git/objects/$(git rev-parse HEAD~1 | sed 's,..,&/,')",
                "rm .git/objects/$(git rev-parse HEAD~1^{tree} | sed 's,..,&/,')",
                "rm .git/objects/$(git rev-parse HEAD~1:data/a | sed 's,..,&/,')",
                "file=.git/objects/$(git rev-parse HEAD~1 | sed 's,..,&/,'); chmod u+w $file; : > $file",
                ": > .git/refs/heads/broken", "echo nonsense > .git/refs/tags/broken",
                ": > .git/worktrees/tree/HEAD", "echo ref > .git/worktrees/tree/HEAD", ": > .git/worktrees/tree/index",
                "echo damaged > .git/packed-refs",
            ]
            for damage in damages {
                try runner.sh(damage)
                let result = try runner.vx("gc", "--grace", "0", "--empty-trash")
                #expect(![0, 3].contains(result.status), "\(damage): \(result.output)\(result.errors)")
                try runner.sh("rm -rf .git/objects .git/refs .git/worktrees && cp -R ../saved/. .git/")
            }
            try runner.sh("vx gc --grace 0 && vx fsck")
        }
    }
}
