import VxTestSupport

/// A command that writes, and the project it is run in. Everything lies in one folder, which is copied for each try.
struct FaultScenario {
    let name: String
    /// Makes the project out of ``base``, in the folder that holds `w`.
    let preparation: String
    /// Run in `w`; must be such that repeating it after a failure ends where it would have ended at once.
    let command: String

    /// A repository `w` with two commits of data, a bare one it was pushed to, and a remote for the data.
    static let base = """
        git init -q --bare o.git && vx init -q w && cd w
        git remote add origin ../o.git && vx remote add -q s ../remote
        mkdir data
        for i in 1 2 3 4 5 6; do seq $i 400 > data/$i.csv; done
        head -c 1500000 /dev/urandom > data/large.bin
        vx add -q data && git add -A && git commit -q -m one && git tag one
        for i in 1 2 3; do seq $i 500 > data/$i.csv; done
        head -c 1500000 /dev/urandom > data/large.bin
        git rm -q data/6.csv && seq 7 900 > data/new.csv
        vx add -q data && git commit -q -m two
        """

    private static let change = """
        cd w && for i in 2 3 4; do seq $i 700 > data/$i.csv; done
        head -c 1400000 /dev/urandom > data/large.bin && seq 5 800 > data/more.csv
        """
    private static let pushed = "cd w && vx push -q && git push -q origin main one"

    static let all: [FaultScenario] = [
        .init(name: "add", preparation: change, command: "vx add data"),
        .init(name: "git add", preparation: change, command: "git add data"),
        .init(name: "checkout", preparation: ":", command: "vx checkout one"),
        .init(name: "git checkout", preparation: ":", command: "git checkout -q one && vx hydrate"),
        .init(name: "push", preparation: "true", command: "vx push"),
        .init(
            name: "hydrate",
            // Without the hook, which would fetch them at once.
            preparation: """
                \(pushed) && vx evict -q data && rm -r data
                git -c core.hooksPath=/dev/null checkout -q -- data 2> /dev/null
                """,
            command: "vx hydrate"),
        .init(name: "fetch", preparation: "\(pushed) && vx evict -q data", command: "vx fetch"),
        .init(name: "evict", preparation: pushed, command: "vx evict -q data"),
        .init(
            name: "gc",
            preparation: "cd w && git reset -q --soft one && git tag -d one > /dev/null && git reflog expire --expire=now --all",
            command: "vx gc --grace 0 --exact --empty-trash"),
        .init(name: "fsck --repair", preparation: ":", command: "vx fsck --repair"),
    ]

    /// What stands in the workspace and in the index.
    static let state = """
        git ls-files -s data | sha256sum; find data -type f | sort | xargs sha256sum; git status --porcelain
        git rev-parse HEAD
        """
}
