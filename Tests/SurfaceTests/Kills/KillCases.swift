/// A command that is killed, and what must hold when it was repeated.
struct KillCase {
    var name: String
    /// Where the command runs.
    var folder = "w"
    /// What comes before it, in `w`.
    var prepare = "true"
    var command: [String]
    /// What the user types after the kill; the command itself where it is `nil`.
    var repeated: String?
    /// Must succeed afterwards, in the command's folder.
    var whole: String
    /// Whether git goes with the vx that it started: a git that is killed leaves files that it takes for the user's.
    var takesGroup = false
    /// Whether all content is here all the time.
    var isWhole = true

    /// Data stands as it was at a commit, and git says so.
    private static func stands(_ commit: String) -> String {
        "find data -type f | sort | xargs sha256sum | cmp - ../sums.\(commit) && test -z \"$(git status --short)\""
    }

    /// A file of everything that differs between a clone and `w`.
    private static let same = "diff -r --exclude=.git ../w . && test -z \"$(git status --short)\" && vx fsck"
    private static let newData =
        "mkdir new && for n in $(seq 70); do seq $n 300 > new/$n.csv; done && yes new | head -c 1300000 > new/big.bin"
    private static let change = "yes changed | head -c 1400000 > data/big.bin && seq 3 77 > data/4.csv"
    private static let newSource = "mkdir ../in2 && for n in 4 5 6; do seq $n 3000 > ../in2/$n.csv; done"

    static let all: [KillCase] = [
        KillCase(
            name: "init", folder: ".", command: ["vx", "init", "--quiet", "n"],
            whole: "cd n && vx status && git config filter.vx.process && test -f vx.yaml && vx init --quiet"),
        KillCase(
            name: "install", folder: "c", prepare: "git clone -q -b dev/explore ../hub.git ../c",
            command: ["vx", "install", "--quiet"], whole: same),
        KillCase(
            name: "clone", folder: ".", command: ["vx", "clone", "--quiet", "-b", "dev/explore", "hub.git", "c"],
            // One that was killed as it ended is a whole clone already, which is refused.
            repeated: "vx clone --quiet -b dev/explore hub.git c || { test $? = 4 && vx -C c hydrate --quiet; }",
            whole: "cd c && \(same)"),
        KillCase(
            name: "clone into the folder one is in", folder: "c", prepare: "mkdir ../c",
            command: ["vx", "clone", "--quiet", "-b", "dev/explore", "../hub.git", "."],
            repeated: "vx clone --quiet -b dev/explore ../hub.git . || { test $? = 4 && vx hydrate --quiet; }",
            whole: same),
        KillCase(
            name: "add", prepare: newData, command: ["vx", "add", "--quiet", "new"],
            whole: """
                git check-attr filter new/1.csv | grep -q 'filter: vx' && test "$(git ls-files new | wc -l)" -eq 71
                git commit -qm new && test -z "$(git status --short)"
                """),
        KillCase(
            name: "git add", prepare: change, command: ["git", "add", "data"],
            whole: "git commit -qm changed && test -z \"$(git status --short)\"", takesGroup: true),
        KillCase(
            name: "git commit", prepare: change, command: ["git", "commit", "-qam", "changed"],
            repeated: "git diff --quiet HEAD || git commit -qam changed", whole: "test -z \"$(git status --short)\"",
            takesGroup: true),
        KillCase(
            name: "checkout", prepare: "vx checkout --quiet A", command: ["vx", "checkout", "--quiet", "B"],
            whole: stands("B")),
        KillCase(
            name: "checkout of paths", prepare: "rm -r data",
            command: ["vx", "checkout", "--quiet", "B", "--", "data"],
            whole: stands("B")),
        KillCase(
            name: "git checkout", prepare: "vx checkout --quiet A", command: ["git", "checkout", "-q", "B"],
            // Where git was killed before its index, it takes what it wrote itself for the user's changes.
            repeated: "git checkout -q B || git checkout -q -f B", whole: stands("B"), takesGroup: true),
        KillCase(
            name: "git checkout back", prepare: "true", command: ["git", "checkout", "-q", "A"],
            repeated: "git checkout -q A || git checkout -q -f A", whole: stands("A"), takesGroup: true),
        KillCase(
            name: "hydrate",
            prepare: "for file in $(git ls-files data); do git show :$file > file && mv file $file; done",
            command: ["vx", "hydrate", "--quiet"], whole: stands("B")),
        KillCase(
            name: "push", prepare: "\(newData) && vx add --quiet new && git commit -qm new",
            command: ["vx", "push", "--quiet"], whole: "vx check --remote"),
        KillCase(
            name: "git push", prepare: "\(newData) && vx add --quiet new && git commit -qm new",
            command: ["git", "push", "-q"],
            whole: "vx check --remote && test \"$(git rev-parse @{u})\" = \"$(git rev-parse @)\""),
        KillCase(
            name: "fetch", prepare: "rm -rf .git/vx/packs .git/vx/catalog",
            command: ["vx", "fetch", "--quiet", "A", "B"],
            whole: "vx checkout --quiet A && vx checkout --quiet B && \(stands("B"))", isWhole: false),
        KillCase(
            name: "pull",
            prepare: """
                (cd .. && vx clone --quiet -b dev/explore hub.git c && cd c && seq 8 900 > data/3.csv && \(change)
                vx add --quiet data && git commit -qm pulled && vx push --quiet && git push -q)
                """, command: ["vx", "pull", "--quiet"],
            // As for 'git checkout -f' above: git's filter is killed, too.
            repeated: "vx pull --quiet || { git reset -q --hard && vx pull --quiet; }",
            whole:
                "cmp data/3.csv ../c/data/3.csv && cmp data/big.bin ../c/data/big.bin && test -z \"$(git status --short)\""
        ),
        KillCase(
            name: "gc",
            prepare: """
                git switch -qc tmp && \(newData) && vx add --quiet new && git commit -qm g && git switch -q dev/explore
                git branch -qD tmp && git reflog expire --expire=now --all && git config gc.auto 0
                """, command: ["vx", "gc", "--quiet", "--grace", "0", "--exact"],
            whole: "vx checkout --quiet A && vx checkout --quiet B && \(stands("B"))"),
        KillCase(
            name: "gc --remote", prepare: "git fetch -q", command: ["vx", "gc", "--quiet", "--remote"],
            whole: "vx check --remote"),
        KillCase(
            name: "evict", command: ["vx", "evict", "--quiet", "--full"],
            whole: "vx checkout --quiet A && vx checkout --quiet B && \(stands("B"))"),
        KillCase(
            name: "ingest", prepare: newSource, command: ["vx", "ingest", "--quiet", "--source", "us", "../in2"],
            whole: "test \"$(git ls-tree -r --name-only raw data | wc -l)\" -eq 6 && vx check raw"),
        KillCase(
            name: "ingest where raw is checked out", prepare: "git switch -q raw && \(newSource)",
            command: ["vx", "ingest", "--quiet", "--source", "us", "../in2"],
            whole: "test \"$(find data -name '*.csv' -size +4k | wc -l)\" -eq 6 && test -z \"$(git status --short)\""),
        KillCase(
            name: "clean", prepare: "\(newSource) && vx ingest --quiet --source us ../in2",
            command: ["vx", "clean", "--quiet"],
            whole: "test \"$(git ls-tree -r --name-only clean data | wc -l)\" -eq 6 && vx check clean"),
        KillCase(
            name: "split", prepare: "\(newSource) && vx ingest --quiet --source us ../in2 && vx clean --quiet",
            command: ["vx", "split", "--quiet"],
            whole: "test \"$(git ls-tree -r --name-only split data | wc -l)\" -eq 6 && vx check split"),
        KillCase(
            name: "snapshot", prepare: "git switch -q stable/model && echo more >> model.bin",
            command: [
                "vx", "snapshot", "--quiet", "--tag", "v2", "--model", "model.bin", "--metrics", "metrics.json",
                "--command", "sh train.sh",
            ],
            // Killed after the record, it was done; its tag does not move.
            repeated: """
                vx runs | grep -q v2 || vx snapshot --quiet --tag v2 --model model.bin --metrics metrics.json \\
                --command 'sh train.sh'
                """,
            whole: "git rev-parse -q --verify v2 && vx runs | grep -q v2 && test -z \"$(git status --short)\""),
        KillCase(
            name: "reproduce", prepare: "git switch -q stable/model", command: ["vx", "reproduce", "--quiet", "v1"],
            whole: "test \"$(git worktree list | wc -l)\" -eq 1 && test -z \"$(ls .git/vx/reproduce)\""),
        KillCase(
            name: "fsck --repair",
            prepare: """
                for pack in .git/vx/packs/*; do chmod u+w $pack; printf damage | dd of=$pack bs=1 seek=90 conv=notrunc 2>/dev/null; done
                """, command: ["vx", "fsck", "--quiet", "--repair"],
            whole: "vx fsck && vx checkout --quiet A && vx checkout --quiet B && \(stands("B"))", isWhole: false),
        KillCase(
            name: "remote add", command: ["vx", "remote", "add", "--quiet", "other", "../other"],
            whole: "vx remote check other"),
    ]
}
