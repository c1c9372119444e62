import SystemPackage
import VxModel
import VxSystem
import VxTestSupport

/// A project with everything in it that commands write: a repository `w` with the branches of every role, its git remote
/// `hub.git`, its remote `store`, and sources of data. Made once; each case gets a copy.
struct KillWorld {
    let outside: CommandRunner
    private let original: CommandRunner

    init(_ scratch: Scratch) throws {
        let runner = try CommandRunner(scratch)
        try runner.sh("mkdir original top")
        original = runner.inside("original")
        outside = runner.inside("top")
        try original.sh(Self.script)
    }

    /// A folder of it.
    func folder(_ name: String) -> CommandRunner { name == "." ? outside : outside.inside(name) }

    /// Begins anew, does what a case needs, which is kept for its next time, and remembers what there is then.
    func prepare(_ item: KillCase) throws {
        let kept = "kept-" + item.name.split(separator: " ").joined(separator: "-")
        try original.sh(
            "cd .. && rm -rf top && if test -d \(kept); then cp -a \(kept) top; else cp -a original top; fi")
        if try Files.status(outside.directory.removingLastComponent().appending(kept)) != nil { return }
        try folder("w").sh(item.prepare)
        try outside.sh(
            """
            cat sums.* > known
            find . -name .git -prune -o -path ./store -prune -o -path ./hub.git -prune -o -type f -print0 \
                | xargs -0 sha256sum >> known
            git -C w for-each-ref --format='%(objectname)' > tips
            cp -a . ../\(kept)
            """)
    }

    /// What holds at any time, also right after a kill. git's own locks are the user's to remove, as git says; ours are not.
    ///
    /// - Parameter isWhole: whether all content is here.
    func check(isWhole: Bool) throws {
        try outside.sh(
            """
            find . -name '*.lock' -path '*/.git/*' -links 1 -delete
            find . -name .git -prune -o -path ./store -prune -o -path ./hub.git -prune -o -name '.vx-*' -prune \
                -o -type f \\( -name '*.csv' -o -name '*.bin' \\) -print0 | xargs -0 sha256sum > now
            cut -c1-64 known | sort -u > known.ids
            grep -vFf known.ids now | cut -c67- | while read -r file; do
                head -1 "$file" | grep -qx 'version vx/1' || { echo "$file is half written: $(wc -c < "$file") bytes, $(head -c 20 "$file" | head -1)" >&2; exit 1; }
            done
            # A worktree that git was killed making keeps every git from running, until vx has taken it away.
            [ ! -d w/.git/worktrees ] || vx -C w status > ../status.log
            lost=$(git -C w rev-list --no-walk $(cat tips) --not --all)
            test -z "$lost" || { echo "commits are lost: $lost" >&2; exit 1; }
            \(isWhole ? "vx -C w fsck > ../fsck.log 2>&1 || { cat ../fsck.log >&2; exit 1; }" : "")
            """)
    }

    /// What holds when a command was repeated and another one came after it.
    func checkNothingStays() throws {
        try outside.sh(
            """
            vx -C w status > ../status.log
            left=$(find . -path ./store -prune -o \\( -name '.vx-*' -o -name 'tmp_*.vx-*' -o -path '*/.git/*.lock' \\) -print)
            test -z "$left" || { echo "these stay: $left" >&2; exit 1; }
            """)
    }

    private static let script = """
        git init -q --bare hub.git
        vx init --quiet --template w && cd w && git config vx.filterLimit 1m
        printf '%s\\n' 'version: 1' \\
            'roles: {main: main, raw: raw, clean: clean, split: split, dev: dev/*, stable: stable/*}' \\
            'split: {by: file}' 'policy: {rules: {stable-no-code: off}}' > vx.yaml
        vx remote add --quiet store ../store && git commit -qam settings && git remote add origin ../hub.git
        mkdir ../in && for n in 1 2 3; do seq $n 2000 > ../in/$n.csv; done
        vx ingest --quiet --source us ../in && vx clean --quiet && vx split --quiet
        git switch -q dev/explore && git merge -q main
        echo 'cat data/split/*/*/*.csv > model.bin; echo "{}" > metrics.json' > train.sh
        git add train.sh && git commit -qm code && git tag code
        mkdir data && for n in 1 2 3 4 5; do seq $n 3000 > data/$n.csv; done
        big() { yes "$1 some bytes" | head -c 1300000; }
        sums() { find data -type f | sort | xargs sha256sum > ../sums.$1; }
        big 1 > data/big.bin && big 2 > data/same.bin && vx add --quiet data && git commit -qm A && git tag A && sums A
        big 3 > data/big.bin && seq 1 900 > data/1.csv && git rm -q data/2.csv && mkdir data/more && seq 5 90 > data/more/9.csv
        vx add --quiet data && git commit -qm B && git tag B && sums B
        git switch -q stable/model && git merge -q --no-ff -m code code && git merge -q --no-ff -m data split && sh train.sh
        vx snapshot --quiet --tag v1 --model model.bin --metrics metrics.json --command 'sh train.sh'
        git switch -q dev/explore && git push -q origin --all && git push -q origin --tags && git branch -q -u origin/dev/explore
        """
}
