import VxConfig
import VxGit
import VxModel
import VxSystem
import VxWorkspace

import struct SystemPackage.FilePath

/// Lays down a project: the problem statement on main, a branch for each role, and folders for code on dev.
package struct Template {
    /// What was made; what was there already is left alone.
    package struct Result: Sendable {
        /// Files written on main.
        package var files: [RepoPath] = []
        /// Branches made.
        package var branches: [String] = []
    }

    private let workspace: Workspace
    private let git: GitProcess

    package init(_ workspace: Workspace, git: GitProcess = GitProcess()) {
        self.workspace = workspace
        self.git = git
    }

    /// Writes what is missing, commits it on main, and makes the branches that are missing: from the remote's, or from
    /// main.
    ///
    /// - Throws: `refused` where HEAD is not on main, or where something is staged already: it would go into the template's
    ///   commit; where git does not know who commits.
    package func lay() async throws -> Result {
        let repository = workspace.repository
        let root = workspace.root
        try requireMain()
        // Before anything is written: git would ask when all is staged.
        _ = try await git.identity(.author, in: root)
        _ = try await git.identity(.committer, in: root)
        let start = try repository.head().commit
        let staged = try repository.diffIndex(
            repository.readIndex(), to: start.map { try repository.tree(ofCommit: $0) })
        guard staged.isEmpty else {
            throw VxError(
                .refused, "there are staged changes", because: "the template makes a commit of its own",
                hint: "commit them first, or put them aside with 'git stash'")
        }
        var result = Result()
        let branch = try repository.head().branch ?? "main"
        var wanted = Self.main
        // A project that exists has its own read-me; what vx needs is added all the same.
        if start != nil { wanted = wanted.filter { $0.path == "PROBLEM.md" } }
        var toAdd: [RepoPath] = []
        for file in wanted where try Files.status(root.appending(file.path)) == nil {
            try workspace.replaceFile(file.path, with: Array(file.text.utf8))
            result.files.append(file.path)
            toAdd.append(file.path)
        }
        let index = try repository.readIndex()
        if index.find(Configuration.path) == nil { toAdd.append(Configuration.path) }
        if !toAdd.isEmpty {
            _ = try await git.check(
                "git could not add the template", ["add", "--"] + toAdd.map(\.description), in: root)
            _ = try await git.check(
                "git could not commit the template", ["commit", "--quiet", "-m", "State the problem"], in: root)
        }
        guard let tip = try repository.head().commit else { throw VxError("'\(branch)' has no commit") }
        for name in names() where try repository.reference("refs/heads/\(name)") == nil {
            if let remote = try CheckTarget.remote(ofBranch: name, repository) {
                _ = try await git.check(
                    "git could not make '\(name)' from \(remote)'s",
                    ["branch", "--quiet", "--track", "--", name, "\(remote)/\(name)"], in: root)
            } else {
                let commit = try await commit(for: name, on: tip)
                try repository.moveReference("refs/heads/\(name)", to: commit, expecting: nil, reason: "vx: template")
            }
            result.branches.append(name)
        }
        return result
    }

    /// - Throws: `refused` where HEAD is on another branch than main.
    private func requireMain() throws {
        let configuration = workspace.configuration
        let branch = try workspace.repository.head().branch
        if let branch, configuration.role(ofBranch: branch) == .main { return }
        let names = (configuration.roles.patterns[.main] ?? []).filter { !$0.contains("*") }
        let existing = try names.first { try CheckTarget.tip(ofBranch: $0, workspace.repository) != nil }
        let wayOut: String
        if let existing {
            wayOut = "'git switch \(typed: existing)', then 'vx init --template' again"
        } else if let branch {
            wayOut =
                "'git branch -m \(typed: names.first ?? "main")' renames it; or write 'roles: {main: \(branch)}' to vx.yaml; then 'vx init --template' again"
        } else {
            wayOut = "'git switch -c \(typed: names.first ?? "main")', then 'vx init --template' again"
        }
        throw VxError(
            .refused, "the template begins on main, and HEAD is on \(branch.map { "'\($0)'" } ?? "no branch")",
            because: "main holds the problem, and every other branch begins there", hint: wayOut)
    }

    /// One branch for each role but main.
    private func names() -> [String] {
        let examples: [Role: String] = [.dev: "explore", .stable: "model", .monitoring: "production"]
        return Role.allCases.filter { $0 != .main }.compactMap { role in
            let patterns = workspace.configuration.roles.patterns[role] ?? []
            let chosen = role == .monitoring ? patterns.first { $0.contains("*") } ?? patterns.first : patterns.first
            return chosen?.replacing("*", with: examples[role] ?? role.rawValue)
        }
    }

    /// Dev branches begin with folders for code; the others hold only what they are for.
    private func commit(for branch: String, on tip: GitObjectID) async throws -> GitObjectID {
        guard workspace.configuration.role(ofBranch: branch) == .dev else { return tip }
        let repository = workspace.repository
        let base = try repository.tree(ofCommit: tip)
        let blobs = try repository.writeBlobs(Self.dev.map { Array($0.text.utf8) })
        let tree = try repository.updateTree(base, zip(Self.dev, blobs).map { .put($0.path, .regular, $1) })
        return try repository.createCommit(
            tree: tree, parents: [tip], message: "Folders for code\n",
            author: try await git.identity(.author, in: workspace.root),
            committer: try await git.identity(.committer, in: workspace.root))
    }
}

extension Template {
    /// A file of the template.
    struct File {
        var path: RepoPath
        var text: String
    }

    /// What main begins with.
    static let main: [File] = [
        File(
            path: "PROBLEM.md",
            text: """
                # The problem

                Whose problem is it, and what do they do today?

                ## What the model is to predict, and from what


                ## How we know that it is good enough

                The metric, the baseline, and the value below which the model is of no use.

                ## Where the data comes from

                Who made it, when, under which licence, and what it leaves out.

                ## What can go wrong

                Who is hit by a wrong prediction, and how would we notice?

                """),
        File(
            path: "README.md",
            text: """
                # Project

                [PROBLEM.md](PROBLEM.md) says what this is about. Data and models are versioned with vx, in git's branches:

                | branch | holds | comes from |
                |---|---|---|
                | `main` | the problem, documents, one record for each run | |
                | `raw` | data as it arrived; nothing is changed or deleted | `vx ingest FILE… --source WHERE` |
                | `clean` | only valid data | `vx clean` |
                | `split` | train, validation and test | `vx split` |
                | `dev/*` | code and exploration | you |
                | `stable/*` | training, models, snapshots | `git merge dev/…`, `git merge split`, `vx snapshot` |
                | `monitoring/*` | what production saw and said | `vx add`, with a `Model:` trailer |

                `vx flow` shows where each branch stands; `vx check` holds commits against the rules.

                """),
        File(
            path: ".gitignore",
            text: """
                __pycache__/
                *.py[cod]
                .ipynb_checkpoints/
                .venv/
                venv/
                .env
                .DS_Store

                """),
        File(path: "docs/README.md", text: "# Documents\n\nDecisions, data dictionaries, manuals.\n"),
    ]

    /// What dev branches begin with, after Cookiecutter Data Science's folders.
    static let dev: [File] = [
        File(
            path: "src/README.md", text: "# Source\n\nFeatures, training, prediction: code that other code imports.\n"),
        File(
            path: "notebooks/README.md",
            text:
                "# Notebooks\n\nNumber, initials, topic: `01-ab-first-look.ipynb`. Code that is used twice goes to `src/`.\n"
        ),
        File(path: "references/README.md", text: "# References\n\nPapers, data dictionaries, manuals.\n"),
        File(path: "reports/README.md", text: "# Reports\n\nWhat is shown to others; pictures in `figures/`.\n"),
        File(path: "params.json", text: "{\n  \"seed\": 1\n}\n"),
    ]
}
