/// A program under test, as the shell commands that do each thing in a repository of its own.
///
/// Commands run in the repository; `DATA` is its data folder. What a tool cannot do is `nil`.
struct Tool: Sendable {
    var name: String
    /// Succeeds where the tool is installed.
    var probe: String
    var setUp: String
    /// Stores and commits everything below `data`.
    var add: String
    var status: String?
    /// Goes to the commit that `$REV` names.
    var switchTo: String?
    /// Brings `data` back after it was moved away.
    var restore: String?
    /// What its store takes: folders below the repository.
    var store: [String]
    /// Does only one of the tree operations: its figures for the others are another tool's.
    var isVariant = false

    private static let git = "git init -q -b main . && git commit -q --allow-empty -m start"

    static let all: [Tool] = [
        Tool(
            name: "vx", probe: "vx --version", setUp: "\(git) && vx init -q && git add vx.yaml && git commit -q -m vx",
            add: "vx add -q data && git commit -q -m data", status: "vx status",
            switchTo: "vx checkout -q $REV", restore: "vx checkout -q -- data", store: [".git"]),
        Tool(
            name: "vx, plain git", probe: "vx --version",
            setUp: "\(git) && vx init -q && git add vx.yaml && git commit -q -m vx",
            add: "vx add -q data && git commit -q -m data", status: "git status --short",
            switchTo: "git checkout -q $REV", restore: "git checkout -q -- data", store: [".git"], isVariant: true),
        Tool(
            name: "cp", probe: "cp --version", setUp: "true", add: "rm -rf copy && cp -r data copy", status: nil,
            switchTo: nil, restore: "cp -r copy data", store: ["copy"]),
        Tool(
            name: "openssl sha256", probe: "openssl version", setUp: "true",
            add:
                "find data -type f -print0 | xargs -0 -n 256 -P $(getconf _NPROCESSORS_ONLN) openssl dgst -sha256 > /dev/null",
            status: nil, switchTo: nil, restore: nil, store: []),
        Tool(
            name: "zstd -3", probe: "zstd --version", setUp: "true",
            add: "tar -cf - data | zstd -q -3 -f -o store.tar.zst",
            status: nil, switchTo: nil, restore: nil, store: ["store.tar.zst"]),
        Tool(
            name: "git", probe: "git --version", setUp: git, add: "git add data && git commit -q -m data",
            status: "git status --short", switchTo: "git checkout -q $REV", restore: "git checkout -q -- data",
            store: [".git"]),
        Tool(
            name: "DVC", probe: "dvc --version",
            setUp:
                "\(git) && dvc init -q && dvc config core.analytics false && git add .dvc .dvcignore && git commit -q -m dvc",
            add: "dvc add -q data && git add data.dvc .gitignore && git commit -q -m data", status: "dvc status -q",
            switchTo: "git checkout -q $REV && dvc checkout -q", restore: "dvc checkout -q", store: [".dvc/cache"]),
        Tool(
            name: "DVC, hard links", probe: "dvc --version",
            setUp: """
                \(git) && dvc init -q && dvc config core.analytics false && dvc config cache.type hardlink && git add .dvc .dvcignore \
                && git commit -q -m dvc
                """,
            add: "dvc add -q data && git add data.dvc .gitignore && git commit -q -m data", status: "dvc status -q",
            switchTo: "git checkout -q $REV && dvc checkout -q", restore: "dvc checkout -q", store: [".dvc/cache"]),
        Tool(
            name: "Git LFS", probe: "git lfs version",
            setUp: """
                \(git) && git lfs install --local > /dev/null && git lfs track 'data/**' > /dev/null && git add .gitattributes \
                && git commit -q -m lfs
                """,
            add: "git add data && git commit -q -m data", status: "git lfs status > /dev/null",
            switchTo: "git checkout -q $REV", restore: "git checkout -q -- data", store: [".git"]),
        Tool(
            name: "git-annex", probe: "git annex version", setUp: "\(git) && git annex init -q bench",
            add: "git annex add -q data && git commit -q -m data", status: "git annex status > /dev/null",
            switchTo: "git checkout -q $REV", restore: nil, store: [".git"]),
        Tool(
            name: "restic", probe: "restic version",
            setUp: "export RESTIC_PASSWORD=x && restic init -q -r store",
            add: "export RESTIC_PASSWORD=x && restic backup -q -r store data",
            status: nil, switchTo: nil,
            restore: "export RESTIC_PASSWORD=x && restic restore -q -r store latest --target .", store: ["store"]),
        Tool(
            name: "Oxen", probe: "python3 -c 'import oxen'",
            setUp: "python3 -c \"import oxen; oxen.user.config_user('b', 'b@example.com'); oxen.Repo('.').init()\"",
            add: "python3 -c \"import oxen; r = oxen.Repo('.'); r.add('data'); r.commit('data')\"",
            status: "python3 -c \"import oxen; oxen.Repo('.').status()\"", switchTo: nil, restore: nil, store: [".oxen"]
        ),
    ]
}
