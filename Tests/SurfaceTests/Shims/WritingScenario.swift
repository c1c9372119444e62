import VxModel
import VxSystem
import VxTestSupport

/// A command that writes, and the project it is run in, `w`. Everything lies in one folder, which is copied for each try.
struct WritingScenario {
    let name: String
    /// Makes the project out of ``base``, in the folder that holds `w`.
    let preparation: String
    /// Run in `w`; must be such that repeating it after a failure ends where it would have ended at once.
    let command: String
    /// Prints what the command is to bring about.
    var state = workspaceState
    /// Must succeed in `w` when the command has succeeded.
    var whole = ":"
    /// Whether git itself reads the files, through its filter: it names what that has taken before the filter has brought it to
    /// the disk.
    var isRunByGit = false
    /// What git leaves broken by itself, and how the user mends that, in `w`, as vx says.
    var mending = ":"
    /// What the user may have to do first, in `w`, where files that were laid down were lost on the way to the disk.
    var anew = ":"

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

    /// A project with the branches of every role in `w`, a new source of data beside it, and what `clean` and `split` have
    /// made of the one before.
    private static let road = """
        rm -rf w o.git remote && git init -q --bare o.git && vx init -q --template w && cd w
        printf '%s\\n' 'version: 1' \\
            'roles: {main: main, raw: raw, clean: clean, split: split, dev: dev/*, stable: stable/*}' \\
            'split: {by: file}' 'policy: {rules: {stable-no-code: off}}' > vx.yaml
        vx remote add -q s ../remote && git commit -qam settings && git remote add origin ../o.git
        mkdir ../in && for n in 1 2 3; do seq $n 2000 > ../in/$n.csv; done
        vx ingest -q --source us ../in && vx clean -q && vx split -q
        mkdir ../in2 && for n in 4 5 6; do seq $n 3000 > ../in2/$n.csv; done
        head -c 1300000 /dev/urandom > ../in2/large.bin
        """
    private static let ingest = "vx ingest -q --source us ../in2"
    /// What the branches of the road hold, and what is told of it on main.
    private static let roadState = """
        for branch in raw clean split; do git rev-parse $branch^{tree}:data; done
        git ls-tree -r --name-only main; git status --porcelain
        """

    static let all: [WritingScenario] = [
        .init(name: "add", preparation: change, command: "vx add data"),
        .init(name: "git add", preparation: change, command: "git add data", isRunByGit: true),
        .init(
            name: "git commit", preparation: change,
            command: "git diff --quiet HEAD -- data || git commit -q -m three data",
            whole: "git diff --quiet HEAD -- data", isRunByGit: true,
            // Before its hooks git puts an index in place that it has not synced, whatever 'core.fsync' says.
            mending: "git ls-files > /dev/null 2>&1 || { rm .git/index && git reset -q; }",
            // The branch moves before that.
            anew: "git reset -q"),
        .init(
            name: "checkout", preparation: ":", command: "vx checkout one",
            anew: "vx checkout --force one; git clean -fdq data"),
        .init(
            name: "git checkout", preparation: ":", command: "git checkout -q one && vx hydrate", isRunByGit: true,
            anew: "git checkout -q -f one; git clean -fdq data"),
        .init(name: "push", preparation: "true", command: "vx push", whole: "vx check --remote"),
        .init(
            name: "hydrate",
            // Without the hook, which would fetch them at once.
            preparation: """
                \(pushed) && vx evict -q data && rm -r data
                git -c core.hooksPath=/dev/null checkout -q -- data 2> /dev/null
                """,
            command: "vx hydrate", anew: "git reset -q --hard"),
        .init(name: "fetch", preparation: "\(pushed) && vx evict -q data", command: "vx fetch"),
        .init(
            name: "pull",
            preparation: """
                cp -a w other && cd other && seq 8 900 > data/3.csv && head -c 1400000 /dev/urandom > data/large.bin
                vx add -q data && git commit -q -m three && vx push -q && git push -q origin main && cd ../w
                git branch -q -u origin/main 2> /dev/null || { git fetch -q && git branch -q -u origin/main; }
                """,
            // Where git had begun to lay files down, it takes them for the user's changes.
            command: "vx pull && git diff --quiet || { git reset -q --hard && vx pull; }", anew: "git reset -q --hard"),
        .init(name: "evict", preparation: pushed, command: "vx evict -q data"),
        .init(
            name: "gc",
            preparation:
                "cd w && git reset -q --soft one && git tag -d one > /dev/null && git reflog expire --expire=now --all",
            command: "vx gc --grace 0 --exact --empty-trash"),
        .init(name: "fsck --repair", preparation: ":", command: "vx fsck --repair"),
        .init(name: "ingest", preparation: road, command: ingest, state: roadState, whole: "vx check raw"),
        .init(
            name: "clean", preparation: "\(road) && \(ingest)", command: "vx clean -q", state: roadState,
            whole: "vx check clean"),
        .init(
            name: "split", preparation: "\(road) && \(ingest) && vx clean -q", command: "vx split -q",
            state: roadState, whole: "vx check split"),
        .init(
            name: "snapshot",
            preparation: """
                \(road) && git switch -q dev/explore && echo 'cat data/split/*/*/*.csv > model.bin' > train.sh
                git add train.sh && git commit -qm code && git switch -q stable/model
                git merge -q --no-ff -m code dev/explore && git merge -q --no-ff -m data split
                sh train.sh && echo '{}' > metrics.json && head -c 1200000 /dev/urandom >> model.bin
                """,
            // Once its record is there, it is done; its tag does not move.
            command: """
                vx runs | grep -q v1 || vx snapshot -q --tag v1 --model model.bin --metrics metrics.json \\
                    --command 'sh train.sh'
                """,
            // The manifest says when it was made.
            state: """
                git ls-tree -r v1 | grep -v snapshots/ && git ls-tree -r --name-only main tracking && git status --porcelain
                """,
            whole: "vx runs | grep -q v1", anew: "git reset -q --hard"),
    ]

    /// What stands in the workspace and in the index.
    private static let workspaceState = """
        git ls-files -s data | sha256sum; find data -type f | sort | xargs sha256sum; git status --porcelain
        git rev-parse HEAD^{tree}
        """

    /// The projects of scenarios, made once, and a folder for tries.
    struct Projects {
        let runner: CommandRunner
        /// Where `w` is in a try.
        var place: CommandRunner { runner.inside("try/w") }

        init(_ runner: CommandRunner) throws {
            self.runner = runner
            try runner.sh("mkdir base && cd base\n\(WritingScenario.base)")
        }

        /// Makes the project of a scenario, in the folder of the tries: what vx remembers of a remote goes by where that is.
        ///
        /// - Parameter settings: run in `w` at the end.
        func make(_ scenario: WritingScenario, settings: String = ":") throws {
            try runner.sh("rm -rf try && cp -a base try")
            try runner.inside("try").sh(scenario.preparation)
            try place.sh(settings)
            try runner.sh("mv try '\(scenario.name)'")
        }

        /// Puts a scenario's project where it is tried.
        func copy(_ scenario: WritingScenario) throws {
            try runner.sh("rm -rf try && cp -a '\(scenario.name)' try")
        }

        /// Runs a scenario's command in a copy of its project.
        ///
        /// - Parameter disturbed: ``place``, with what disturbs or watches the command.
        func run(_ scenario: WritingScenario, _ disturbed: CommandRunner) throws -> CommandResult {
            // Beside the shell `timeout` would run with the library too, which does not count it.
            try disturbed.run("timeout", ["-s", "KILL", "120", "sh", "-c", scenario.command])
        }

        /// What a scenario's command is to bring about, and what went wrong where that cannot be told.
        func state(_ scenario: WritingScenario) throws -> String {
            let result = try place.run("sh", ["-e", "-c", scenario.state])
            return result.output + (result.status == 0 ? "" : result.errors)
        }
    }
}
