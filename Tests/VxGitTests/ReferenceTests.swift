import Testing
import VxGit
import VxModel
import VxSystem

import struct SystemPackage.FilePath

@Suite("References and work trees")
struct ReferenceTests {
    @Test("A reference moves only from where it was expected; losing is told apart from failing")
    func compareAndSwap() async throws {
        let scratch = try await Scratch(commit: true)
        let first = try await scratch.id("HEAD")
        try await scratch.run("commit", "-q", "--allow-empty", "-m", "2")
        let second = try await scratch.id("HEAD")
        let repository = try scratch.repository
        let name = "refs/heads/raw"
        try repository.moveReference(name, to: first, expecting: nil, reason: "vx: made")
        #expect(try failure { try repository.moveReference(name, to: first, expecting: nil, reason: "") }.isLostRace)
        #expect(try failure { try repository.moveReference(name, to: first, expecting: second, reason: "") }.isLostRace)
        try await scratch.run("pack-refs", "--all")
        #expect(try failure { try repository.moveReference(name, to: first, expecting: second, reason: "") }.isLostRace)
        try repository.moveReference(name, to: second, expecting: first, reason: "vx: moved")
        #expect(try repository.reference(name) == second)
        let gone = "refs/heads/gone"
        #expect(try failure { try repository.moveReference(gone, to: first, expecting: second, reason: "") }.isLostRace)
        #expect(
            try !failure { try repository.moveReference("bad..name", to: first, expecting: nil, reason: "") }.isLostRace
        )
    }

    @Test("A branch's reflog says how it came to each commit, the newest way, and nothing of another name")
    func movements() async throws {
        let scratch = try await Scratch(commit: true)
        let start = try await scratch.id("HEAD")
        try await scratch.run("switch", "-q", "-c", "stable/a")
        try await scratch.run("commit", "-q", "--allow-empty", "-m", "made\there")
        let made = try await scratch.id("HEAD")
        let repository = try scratch.repository
        var movements = try repository.movements(ofBranch: "stable/a")
        #expect(movements[made] == "commit: made here" || movements[made] == "commit: made\there")
        #expect(movements[start]?.hasPrefix("branch: Created from") == true)
        try await scratch.run("reset", "-q", "--hard", start.hex)
        try await scratch.run("reset", "-q", "--hard", made.hex)
        movements = try repository.movements(ofBranch: "stable/a")
        #expect(movements[made] == "reset: moving to \(made.hex)")
        try await scratch.run("branch", "-m", "stable/a", "stable/b")
        #expect(try repository.movements(ofBranch: "stable/b")[made] == nil)
        #expect(try repository.movements(ofBranch: "never") == [:])
    }

    @Test("Of two that race for one reference, one wins and the other can repeat")
    func race() async throws {
        let scratch = try await Scratch(commit: true)
        let top = scratch.top
        let start = try await scratch.id("HEAD")
        try WorkerPool(width: 2).run { worker in
            let repository = try Repository(discovering: top)
            let who = Identity(name: "W\(worker)", email: "w@x", time: 1_700_000_000, offsetMinutes: 0)
            for number in 0..<10 {
                while true {
                    guard let old = try repository.reference("refs/heads/main") else { return }
                    let commit = try repository.createCommit(
                        tree: repository.tree(ofCommit: old), parents: [old], message: "\(worker) \(number)",
                        author: who, committer: who)
                    do {
                        try repository.moveReference("refs/heads/main", to: commit, expecting: old, reason: "race")
                        break
                    } catch let error as VxError where error.isLostRace {
                        continue
                    }
                }
            }
        }
        #expect(try await scratch.run("rev-list", "--count", "\(start)..main") == "20")
    }

    @Test("A lock that stays is named")
    func locked() async throws {
        let scratch = try await Scratch(commit: true)
        let first = try await scratch.id("HEAD")
        _ = try await Shell.run("touch .git/refs/heads/raw.lock", in: scratch.top)
        let error = try failure {
            try scratch.repository.moveReference("refs/heads/raw", to: first, expecting: nil, reason: "")
        }
        #expect(error.code == .locked)
        #expect(error.description.contains("raw.lock"))
    }

    @Test("Branches and tags are listed by pattern, loose and packed")
    func lists() async throws {
        let scratch = try await Scratch(commit: true)
        for name in ["dev/x", "dev/y/z", "raw"] { try await scratch.run("branch", name) }
        try await scratch.run("pack-refs", "--all")
        try await scratch.run("branch", "dev/new")
        try await scratch.run("tag", "v1")
        let repository = try scratch.repository
        #expect(try repository.branches(matching: "dev/*") == ["dev/new", "dev/x", "dev/y/z"])
        #expect(try repository.branches() == ["dev/new", "dev/x", "dev/y/z", "main", "raw"])
        #expect(try repository.tags() == ["v1"])
        #expect(try repository.reference("refs/heads/none") == nil)
    }

    @Test("HEAD moves with the reflog that 'git switch -' reads")
    func setHead() async throws {
        let scratch = try await Scratch(commit: true)
        try await scratch.run("branch", "dev/x")
        let repository = try scratch.repository
        try repository.setHead(branch: "dev/x", reason: "checkout: moving from main to dev/x")
        #expect(try await scratch.run("rev-parse", "--abbrev-ref", "HEAD") == "dev/x")
        #expect(try await scratch.run("rev-parse", "--abbrev-ref", "@{-1}") == "main")
        let commit = try await scratch.id("HEAD")
        try repository.setHead(detached: commit, reason: "checkout: moving from dev/x to \(commit)")
        #expect(try repository.head() == .detached(commit: commit))
        #expect(try await scratch.run("rev-parse", "--abbrev-ref", "@{-1}") == "dev/x")
        #expect(try await scratch.id("dev/x") == commit)
    }

    @Test("Work trees are listed from each of them, with their branches")
    func worktrees() async throws {
        let scratch = try await Scratch(commit: true)
        let other = scratch.folder.appending("other")
        try await scratch.run("worktree", "add", "-q", "-b", "dev/x", other.string)
        try await scratch.run("worktree", "add", "-q", "--detach", scratch.folder.appending("loose").string)
        let commit = try await scratch.id("HEAD")
        let linked = try Repository(discovering: other)
        #expect(linked.commonDirectory == scratch.top.appending(".git"))
        #expect(linked.gitDirectory == scratch.top.appending(".git/worktrees/other"))
        #expect(try linked.head() == .branch(name: "dev/x", commit: commit))
        for repository in [try scratch.repository, linked] {
            let list = try repository.worktrees()
            #expect(list.map(\.path) == [scratch.top, scratch.folder.appending("loose"), other])
            #expect(list.map(\.branch) == ["main", nil, "dev/x"])
            #expect(list.map(\.isMain) == [true, false, false])
            #expect(list.allSatisfy { $0.commit == commit && $0.isPresent })
            #expect(try repository.worktree(havingBranch: "dev/x")?.path == other)
            #expect(try repository.worktree(havingBranch: "raw") == nil)
        }
        let index = try linked.readIndex()
        #expect(index.find("a.txt") != nil)
        try Files.removeTree(other)
        #expect(try scratch.repository.worktree(havingBranch: "dev/x")?.isPresent == false)
    }

    @Test(
        "Whatever stands in the place of a linked work tree that is away is not it",
        arguments: [
            "nothing", "folder", "file", "repository", "clone", "gitdir: /nowhere", "gitdir: ../top/.git", "gitdir:",
        ])
    func impostors(_ kind: String) async throws {
        let scratch = try await Scratch(commit: true)
        let (other, moved) = (scratch.folder.appending("other"), scratch.folder.appending("moved"))
        try await scratch.run("worktree", "add", "-q", "-b", "dev/x", other.string)
        try Files.rename(other, to: moved)
        switch kind {
        case "nothing": break
        case "folder": try Files.createDirectories(other)
        case "file": try Files.replace(other, with: [])
        case "repository": try await scratch.run("init", "-q", other.string)
        case "clone": try await scratch.run("clone", "-q", "-s", scratch.top.string, other.string)
        default:
            try Files.createDirectories(other)
            try Files.replace(other.appending(".git"), with: Array("\(kind)\n".utf8))
        }
        let found = try #require(try scratch.repository.worktree(havingBranch: "dev/x"))
        #expect(found.path == other && !found.isPresent)
        try Files.removeTree(other)
        try Files.rename(moved, to: other)
        #expect(try scratch.repository.worktree(havingBranch: "dev/x")?.isPresent == true)
    }

    @Test("A linked work tree of which git has lost the place is listed, and is nowhere", arguments: [true, false])
    func lostPlace(isEmpty: Bool) async throws {
        let scratch = try await Scratch(commit: true)
        try await scratch.run("worktree", "add", "-q", "-b", "dev/x", scratch.folder.appending("other").string)
        let note = scratch.top.appending(".git/worktrees/other/gitdir")
        if isEmpty { try Files.replace(note, with: []) } else { try Files.remove(note) }
        let found = try #require(try scratch.repository.worktree(havingBranch: "dev/x"))
        #expect(found.path == nil && !found.isPresent && !found.isMain)
    }

    @Test("A branch in the middle of a rebase still belongs to its work tree")
    func rebase() async throws {
        let scratch = try await Scratch(commit: true)
        #expect(try scratch.repository.operationInProgress() == nil)
        try await scratch.run("switch", "-qc", "dev/x")
        try scratch.write("a.txt", "x\n")
        try await scratch.run("commit", "-qam", "x")
        try await scratch.run("switch", "-q", "main")
        try scratch.write("a.txt", "m\n")
        try await scratch.run("commit", "-qam", "m")
        _ = try await scratch.git.run(["rebase", "main", "dev/x"], in: scratch.top)
        let repository = try scratch.repository
        #expect(repository.operationInProgress() == "rebase")
        #expect(try repository.worktree(havingBranch: "dev/x")?.isMain == true)
        #expect(try repository.readIndex().hasConflicts)
        try await scratch.run("rebase", "--abort")
        _ = try await scratch.git.run(["merge", "main"], in: scratch.top)
        #expect(repository.operationInProgress() == "merge")
    }
}
