import VxModel

/// One rule of the branches: how it is broken, and the legal way.
struct RuleCase: Sendable {
    var rule: PolicyRule
    var branch: String
    /// Changes and stages what breaks the rule.
    var stage = ":"
    /// Options of `git commit` for a message that breaks no other rule.
    var trailers = ""
    /// Whether a merge that brings such a commit is refused while it is made. Where the rule is about what a commit itself
    /// says or adds, it is the commit that is refused when both are pushed.
    var isSeenWhenMerged = true
    /// Whether a commit that another branch has may be merged: then the merge has to write something itself.
    var isAboutWriting = false
    /// What to do instead, with every hook, up to the push.
    var legal: String
    /// Ways that need other scripts than ``Way/recipe(writes:seenByMergeHook:)``.
    var recipes: [Way: Recipe] = [:]
    /// Ways in which git cannot break this rule, and why.
    var impossible: [Way: String] = [:]

    func recipe(_ way: Way) -> Recipe? {
        if impossible[way] != nil { return nil }
        return recipes[way] ?? way.recipe(writes: isAboutWriting, seenByMergeHook: isSeenWhenMerged)
    }

    var prelude: String { Way.prelude(branch: branch, stage: stage, trailers: trailers) }
}

extension RuleCase {
    private static let fromRaw = "--trailer \"Derived-From: raw@$(git rev-parse raw)\""
    private static let fromClean = "--trailer \"Derived-From: clean@$(git rev-parse clean)\""
    private static let ofModel = "--trailer 'Model: m-v1'"
    /// A file of the test side.
    private static let test = "t=$(git ls-files data/split/test | head -1)"

    static let all: [RuleCase] = [
        RuleCase(
            rule: .mainNoData, branch: "main",
            stage: "mkdir -p data && seq 7 > data/x.csv && vx add --quiet data",
            legal: "seq 7 > ../x.csv && vx ingest --quiet ../x.csv --source 'the lab' && git push --quiet origin raw"),
        RuleCase(
            rule: .recordsKept, branch: "main", stage: "echo >> tracking/runs/m-v1.json && git add tracking",
            legal: """
                sed 's/m-v1/m-v0/' tracking/runs/m-v1.json > tracking/runs/m-v0.json && git tag m-v0 m-v1^{}
                git add tracking && git commit --quiet -m 'Another record' && git push --quiet origin main m-v0
                """),
        RuleCase(
            rule: .rawAppendOnly, branch: "raw", stage: "seq 99 > data/raw/in/1.csv && vx add --quiet data",
            legal: """
                seq 99 > data/raw/in/1-mended.csv && vx add --quiet data
                git commit --quiet -m Add --trailer 'Source: the lab' && git push --quiet origin raw
                """),
        RuleCase(
            rule: .rawSource, branch: "raw", stage: "seq 7 > data/raw/x.csv && vx add --quiet data",
            isSeenWhenMerged: false,
            legal: """
                seq 7 > data/raw/x.csv && vx add --quiet data
                git commit --quiet -m Add --trailer 'Source: the lab' && git push --quiet origin raw
                """),
        RuleCase(
            rule: .cleanOrigin, branch: "clean", stage: "seq 98 > data/clean/x.csv && vx add --quiet data",
            trailers: fromRaw,
            legal: """
                seq 98 > ../x.csv && vx ingest --quiet ../x.csv --source 'the lab' && vx clean --quiet
                git reset --quiet --hard && git push --quiet origin clean
                """),
        RuleCase(
            rule: .cleanChecked, branch: "clean",
            stage: "mkdir -p data/clean/in && printf 'id\\n1,2\\n' > data/clean/in/bad.csv && vx add --quiet data",
            trailers: fromRaw,
            legal: """
                printf 'id\\n1\\n' > ../mended.csv && vx ingest --quiet ../mended.csv --source 'the lab' && vx clean --quiet
                git reset --quiet --hard && git push --quiet origin clean
                """),
        RuleCase(
            rule: .cleanDerived, branch: "clean", stage: "git rm --quiet data/clean/in/1.csv", isSeenWhenMerged: false,
            legal:
                "git rm --quiet data/clean/in/1.csv && git commit --quiet -m Less \(fromRaw) && git push --quiet origin clean"
        ),
        RuleCase(
            rule: .splitDisjoint, branch: "split",
            stage: "\(test) && cp $t data/split/train/copy.csv && vx add --quiet data", trailers: fromClean,
            legal: newData),
        RuleCase(
            rule: .splitStable, branch: "split", stage: "\(test) && git mv $t data/split/train/moved.csv",
            trailers: fromClean, legal: newData),
        RuleCase(
            rule: .splitTestGrows, branch: "split", stage: "\(test) && git rm --quiet $t", trailers: fromClean,
            legal: newData),
        RuleCase(
            rule: .splitDerived, branch: "split",
            stage: "git rm --quiet $(git ls-files data/split/train | head -1)", isSeenWhenMerged: false,
            legal: """
                git rm --quiet $(git ls-files data/split/train | head -1)
                git commit --quiet -m Less \(fromClean) && git push --quiet origin split
                """),
        RuleCase(
            rule: .stableNoCode, branch: "stable/model", stage: "echo 'print(9)' > train.py && git add train.py",
            isAboutWriting: true,
            legal: """
                git switch --quiet dev/explore && echo 'print(9)' > train.py && git commit --quiet -a -m Better
                git switch --quiet stable/model && git merge --quiet --no-ff -m 'Take the code' dev/explore
                git push --quiet origin dev/explore stable/model
                """),
        RuleCase(
            rule: .stableNoData, branch: "stable/model",
            stage: "mkdir -p data && seq 97 > data/x.csv && vx add --quiet data", isAboutWriting: true,
            legal: """
                seq 97 > ../x.csv && vx ingest --quiet ../x.csv --source 'the lab' && vx clean --quiet && vx split --quiet
                git merge --quiet --no-ff -m 'Take the data' split && git push --quiet origin split stable/model
                """),
        RuleCase(
            rule: .stableSource, branch: "stable/model",
            legal: "git merge --quiet --no-ff -m 'Take what main says' main && git push --quiet origin stable/model",
            recipes: [
                .commit: Recipe(
                    setup: "plain merge --quiet --no-commit --no-ff raw >/dev/null 2>&1", act: "record $v",
                    push: "git push --quiet origin $branch", isRefusedAtOnce: true),
                .merge: Recipe(
                    setup: "", act: "git merge --quiet --no-ff -m 'Take raw' $v raw >/dev/null",
                    push: "git push --quiet origin $branch", isRefusedAtOnce: true),
                .rebase: Recipe(
                    setup: """
                        plain switch --quiet -c topic && plain merge --quiet --no-ff -m 'Take raw' raw >/dev/null
                        plain switch --quiet $branch && legal
                        """, act: "git rebase --quiet topic", push: "git push --quiet origin $branch",
                    isRefusedAtOnce: false),
                .forcePush: Recipe(
                    setup: """
                        legal && plain push --quiet origin $branch && plain reset --quiet --hard HEAD~1
                        plain merge --quiet --no-ff -m 'Take raw' raw >/dev/null
                        """, act: "true", push: "git push --quiet --force origin $branch", isRefusedAtOnce: false),
            ],
            impossible: [
                .amend: "an amended commit keeps its parents",
                .revert: "a revert has one parent",
                .cherryPick: "a picked commit has one parent",
            ]),
        RuleCase(
            rule: .monitoringAppendOnly, branch: "monitoring/production",
            stage: "seq 99 > batches/1.csv && vx add --quiet batches", trailers: ofModel, legal: newBatch),
        RuleCase(
            rule: .monitoringModel, branch: "monitoring/production",
            stage: "seq 96 > batches/2.csv && vx add --quiet batches", isSeenWhenMerged: false, legal: newBatch),
        RuleCase(
            rule: .historyKept, branch: "raw",
            legal: "git commit --quiet --allow-empty -m 'On top of it' && git push --quiet origin raw",
            recipes: [
                .amend: Recipe(
                    setup: "", act: "git commit --quiet --amend -m 'In other words' --trailer 'Source: the lab' $v",
                    push: "git push --quiet --force origin raw", isRefusedAtOnce: true),
                .rebase: Recipe(
                    setup: "",
                    act: "GIT_COMMITTER_DATE='1767323046 +0000' git rebase --quiet --force-rebase HEAD~1",
                    push: "git push --quiet --force origin raw", isRefusedAtOnce: false),
                .forcePush: Recipe(
                    setup: "plain reset --quiet --hard HEAD~1", act: "true",
                    push: "git push --quiet --force origin raw", isRefusedAtOnce: false),
            ],
            impossible: [
                .commit: "it adds to the history", .merge: "it adds to the history", .revert: "it adds to the history",
                .cherryPick: "it adds to the history",
            ]),
        RuleCase(
            rule: .tagKept, branch: "main", legal: "git tag -m new m-v2 m-v1^{} && git push --quiet origin m-v2",
            recipes: [
                .forcePush: Recipe(
                    setup: "git tag -f -m other m-v1 main >/dev/null", act: "true",
                    push: "git push --quiet --force origin m-v1", isRefusedAtOnce: false)
            ],
            impossible: Dictionary(
                uniqueKeysWithValues: Way.allCases.filter { $0 != .forcePush }.map { ($0, "it moves no tag") })),
        RuleCase(
            rule: .blobSize, branch: "dev/explore",
            stage: "head -c 1100000 /dev/zero > big.bin && git add big.bin", isSeenWhenMerged: false,
            legal: """
                head -c 1100000 /dev/zero > big.bin && vx add --quiet big.bin
                git commit --quiet -m Weights && git push --quiet origin dev/explore
                """),
        RuleCase(
            rule: .pathsSafe, branch: "dev/explore",
            legal:
                "echo x > git.txt && git add git.txt && git commit --quiet -m Text && git push --quiet origin dev/explore",
            recipes: [
                .forcePush: Recipe(
                    setup: """
                        hooks=$(printf '100644 blob %s\\tpost-checkout\\n' $(git rev-parse HEAD:vx.yaml) | git mktree)
                        tree=$( (git ls-tree HEAD; printf '040000 tree %s\\t.GIT\\n' $hooks) | git mktree)
                        git update-ref refs/heads/dev/explore $(git commit-tree $tree -p HEAD -m Break)
                        """, act: "true", push: "git push --quiet origin $branch", isRefusedAtOnce: false)
            ],
            impossible: Dictionary(
                uniqueKeysWithValues: Way.allCases.filter { $0 != .forcePush }.map {
                    ($0, "git's index holds no such path")
                })),
        RuleCase(
            rule: .dataServed, branch: "dev/explore",
            stage:
                "\(folderOfData) && grep -v '^/d/' .gitattributes > rest; mv rest .gitattributes && git add .gitattributes",
            isSeenWhenMerged: false,
            legal: "\(folderOfData) && git commit --quiet -m Data && git push --quiet origin dev/explore"),
        RuleCase(
            rule: .dataPointers, branch: "dev/explore",
            stage: """
                \(folderOfData)
                git update-index --cacheinfo 100644,$(git hash-object -w --no-filters d/x.csv),d/x.csv
                """,
            isSeenWhenMerged: false,
            legal: "\(folderOfData) && git commit --quiet -m Data && git push --quiet origin dev/explore"),
    ]

    private static let folderOfData = "mkdir -p d && seq 7 > d/x.csv && vx add --quiet d"
    private static let newData = """
        seq 95 > ../x.csv && vx ingest --quiet ../x.csv --source 'the lab' && vx clean --quiet && vx split --quiet
        git reset --quiet --hard && git push --quiet origin split
        """
    private static let newBatch = """
        seq 96 > batches/2.csv && vx add --quiet batches
        git commit --quiet -m 'Batch 2' \(ofModel) && git push --quiet origin monitoring/production
        """
}
