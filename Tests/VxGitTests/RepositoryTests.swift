import Testing
import VxGit
import VxModel
import VxSystem

import struct SystemPackage.FilePath

@Suite("Opening a repository")
struct OpeningTests {
    @Test("It is found from any folder inside, and its folders have no slash at the end")
    func discovers() async throws {
        let scratch = try await Scratch(commit: true)
        try scratch.write("deep/er/x", "x")
        let repository = try Repository(discovering: scratch.top.appending("deep/er"))
        #expect(repository.workTree == scratch.top)
        #expect(repository.gitDirectory == scratch.top.appending(".git"))
        #expect(repository.commonDirectory == repository.gitDirectory)
        #expect(!repository.isBare)
    }

    @Test("Where there is none, the hint says how to make one")
    func none() throws {
        let error = try failure { _ = try Repository(discovering: "/") }
        #expect(error.code == .notARepository)
        #expect(error.hint?.contains("git init") == true)
    }

    @Test("A bare one has no files")
    func bare() async throws {
        let scratch = try await Scratch(["--bare"])
        let repository = try scratch.repository
        #expect(repository.isBare)
        #expect(throws: VxError.self) { try repository.file("a") }
    }

    @Test("The environment of a hook is honoured")
    func environment() async throws {
        let scratch = try await Scratch(commit: true)
        let other = scratch.folder.appending("index.other")
        _ = try await Shell.run("cp .git/index ../index.other", in: scratch.top)
        try await scratch.run("rm", "-q", "--cached", "a.txt")
        let environment = GitEnvironment(gitDirectory: ".git", workTree: ".", indexFile: other)
        let repository = try Repository(discovering: scratch.top, environment: environment)
        #expect(repository.workTree == scratch.top)
        #expect(try repository.readIndex().count == 1)
        #expect(try scratch.repository.readIndex().count == 0)
    }

    /// Where git is typed, below the scratch folder: `repo` is the main work tree and `linked` another; `.git` is moved to
    /// `store.git` in half of the tests, and each folder is tried in each.
    private static let folders = ["repo", "repo/sub", "linked", "linked/sub", "elsewhere"]
    private static let directories = ["GIT", "GIT/worktrees/linked"]
    private static let settings = ["true", "git config core.worktree $PWD/../other", "git config core.bare true"]

    @Test("With GIT_DIR the files are where git says they are", arguments: [".git", "../store.git"], settings)
    func gitDirectory(name: String, setting: String) async throws {
        let scratch = try await Scratch(commit: true)
        _ = try await Shell.run(
            """
            mkdir ../elsewhere ../other sub && git worktree add -q -b linked ../linked && mkdir ../linked/sub
            \(setting) && if [ \(name) != .git ]; then mv .git \(name); fi
            """, in: scratch.top)
        let git = scratch.folder.appending(name == ".git" ? "repo/.git" : "store.git").string
        for folder in Self.folders {
            let start = scratch.folder.pushing(FilePath(folder))
            for directory in Self.directories.map({ $0.replacing("GIT", with: git) }) {
                for workTree in [nil, scratch.folder.appending("other").string] {
                    let told = try await scratch.git.run(
                        ["rev-parse", "--show-toplevel"], in: start,
                        environment: ["GIT_DIR": directory, "GIT_WORK_TREE": workTree])
                    let top = told.status == 0 ? String(decoding: told.output.dropLast(), as: UTF8.self) : nil
                    let environment = GitEnvironment(
                        gitDirectory: FilePath(directory), workTree: workTree.map { FilePath($0) })
                    let repository = try Repository(discovering: start, environment: environment)
                    #expect(repository.workTree?.string == top, "\(folder), \(directory), \(workTree ?? "-")")
                }
            }
        }
    }

    @Test("SHA-256 repositories are refused in so many words")
    func sha256() async throws {
        let scratch = try await Scratch(["--object-format=sha256"])
        let error = try failure { _ = try scratch.repository }
        #expect(error.message.contains("sha256"))
        #expect(error.hint?.contains("sha1") == true)
    }

    @Test(
        "Extensions that change nothing for vx are let pass",
        arguments: ["worktreeConfig", "partialClone", "preciousObjects"])
    func extensions(_ name: String) async throws {
        let scratch = try await Scratch(commit: true)
        try await scratch.run("config", "core.repositoryformatversion", "1")
        try await scratch.run("config", "extensions.\(name)", "true")
        #expect(try scratch.repository.head().branch == "main")
    }

    @Test("Settings of one work tree are read")
    func worktreeConfig() async throws {
        let scratch = try await Scratch(commit: true)
        try await scratch.run("config", "extensions.worktreeConfig", "true")
        try await scratch.run("config", "--worktree", "vx.here", "yes")
        #expect(try scratch.repository.configBool("vx.here") == true)
    }

    @Test("An unknown extension is refused with a hint")
    func unknownExtension() async throws {
        let scratch = try await Scratch(commit: true)
        try await scratch.run("config", "core.repositoryformatversion", "1")
        try await scratch.run("config", "extensions.fromTheFuture", "true")
        #expect(try failure { _ = try scratch.repository }.hint?.contains("newer vx") == true)
    }

    @Test("Another owner's repository is refused with the command that trusts it")
    func owner() async throws {
        let scratch = try await Scratch(commit: true)
        let isRoot = try await Shell.run("id -u", in: scratch.top) == "0\n"
        guard isRoot else { return }
        _ = try await Shell.run("chown -R 12345 .", in: scratch.top)
        let error = try failure { _ = try scratch.repository }
        #expect(error.code == .refused)
        #expect(error.hint?.contains("safe.directory '\(scratch.top)'") == true)
        _ = try await Shell.run("chown -R 0 .", in: scratch.top)
    }
}

@Suite("HEAD, revisions and commits")
struct CommitTests {
    @Test("HEAD is unborn, on a branch or detached")
    func head() async throws {
        let scratch = try await Scratch()
        #expect(try scratch.repository.head() == .unborn(branch: "main"))
        #expect(
            try failure { _ = try scratch.repository.resolveCommit("HEAD") }.causes == ["this branch has no commit yet"]
        )
        try await scratch.run("commit", "-q", "--allow-empty", "-m", "one")
        let commit = try await scratch.id("HEAD")
        #expect(try scratch.repository.head() == .branch(name: "main", commit: commit))
        try await scratch.run("switch", "-q", "-c", "dev/x")
        #expect(try scratch.repository.head() == .branch(name: "dev/x", commit: commit))
        try await scratch.run("checkout", "-q", "--detach")
        #expect(try scratch.repository.head() == .detached(commit: commit))
    }

    @Test("Revisions mean what they mean to git")
    func revisions() async throws {
        let scratch = try await Scratch(commit: true)
        try await scratch.run("commit", "-q", "--allow-empty", "-m", "second")
        try await scratch.run("tag", "-a", "v1", "-m", "tag")
        try await scratch.run("switch", "-q", "-c", "dev/x")
        let repository = try scratch.repository
        let short = try await String(scratch.id("HEAD").hex.prefix(7))
        for revision in [
            "HEAD", "@", "@~1", "main", "v1", "v1^{commit}", "HEAD~1", "@{-1}", "main@{0}", ":/first", short,
        ] {
            #expect(
                try await scratch.run("log", "-1", "--format=%H", revision) == repository.resolveCommit(revision).hex)
        }
        #expect(try failure { _ = try repository.resolveCommit("nowhere") }.message == "there is no revision 'nowhere'")
        #expect(throws: VxError.self) { try repository.resolveCommit("HEAD:a.txt") }
    }

    @Test("A commit's fields are read, and histories compared")
    func fields() async throws {
        let scratch = try await Scratch(commit: true)
        let first = try await scratch.id("HEAD")
        try await scratch.run("commit", "-q", "--allow-empty", "-m", "subject\n\nbody", "--date=1700000000 +0530")
        let second = try await scratch.id("HEAD")
        let repository = try scratch.repository
        let info = try repository.commitInfo(second)
        #expect(info.parents == [first])
        #expect(info.subject == "subject")
        #expect(info.message == "subject\n\nbody\n")
        #expect(info.author == Identity(name: "Ada", email: "ada@example.com", time: 1_700_000_000, offsetMinutes: 330))
        #expect(try await repository.tree(ofCommit: second) == scratch.id("HEAD^{tree}"))
        #expect(try repository.isAncestor(first, of: second))
        #expect(try repository.isAncestor(first, of: first))
        #expect(try !repository.isAncestor(second, of: first))
        #expect(try repository.mergeBase(first, second) == first)
        try await scratch.run("checkout", "-q", "--orphan", "other")
        try await scratch.run("commit", "-q", "--allow-empty", "-m", "apart")
        #expect(try await repository.mergeBase(first, scratch.id("HEAD")) == nil)
    }

    @Test("A branch that is not checked out gets a commit, and nothing else changes")
    func otherBranch() async throws {
        let scratch = try await Scratch(commit: true)
        try await scratch.run("branch", "raw")
        let repository = try scratch.repository
        let old = try #require(try repository.reference("refs/heads/raw"))
        let blob = try repository.writeBlobs([Array("data".utf8)])[0]
        let tree = try repository.updateTree(repository.tree(ofCommit: old), [.put("data/x", .regular, blob)])
        let who = Identity(name: "Bo <>", email: "bo@example.com", time: 1_700_000_000, offsetMinutes: -90)
        let commit = try repository.createCommit(
            tree: tree, parents: [old], message: "ingest", author: who, committer: who)
        try repository.moveReference("refs/heads/raw", to: commit, expecting: old, reason: "vx: ingest")
        #expect(
            try await scratch.run("log", "-1", "--format=%an|%ae|%ad|%s", "--date=raw", "raw")
                == "Bo|bo@example.com|1700000000 -0130|ingest")
        #expect(try await scratch.run("show", "raw:data/x") == "data")
        #expect(try await scratch.run("reflog", "-1", "--format=%gs", "raw") == "vx: ingest")
        #expect(try await scratch.run("status", "--porcelain") == "")
        try await scratch.run("fsck", "--strict")
        let missing = GitObjectID.zero
        #expect(throws: VxError.self) {
            try repository.createCommit(tree: missing, parents: [], message: "", author: who, committer: who)
        }
    }
}
