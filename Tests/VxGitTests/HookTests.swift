import Testing
import VxGit
import VxModel
import VxSystem

import struct SystemPackage.FilePath

@Suite("Hooks and the git process")
struct HookTests {
    /// A `vx` that writes down how it was called.
    private static func installed(_ scratch: Scratch, vxName: String = "my vx's") async throws -> HookInstaller {
        let vx = scratch.folder.appending(vxName)
        try Files.replace(
            vx, with: Array("#!/bin/sh\necho \"vx $*\" >>'\(scratch.folder)/log'\n".utf8), permissions: 0o777)
        return HookInstaller(directory: try scratch.repository.hooksDirectory(), executable: vx)
    }

    private static func log(_ scratch: Scratch) throws -> [String] {
        let path = scratch.folder.appending("log")
        let text = String(decoding: try Files.read(path) ?? [], as: UTF8.self)
        try Files.remove(path)
        return text.split(separator: "\n").map(String.init)
    }

    /// Notes that a file waits to be laid down: without one no vx is started for it.
    private static func leaveFileWaiting(_ scratch: Scratch) throws {
        try Files.createDirectories(scratch.top.appending(".git/vx"))
        try write(scratch.top.appending(".git/vx/pending"), "a.txt\0")
    }

    private static func write(_ path: FilePath, _ text: String, _ permissions: UInt32 = 0o777) throws {
        try Files.replace(path, with: Array(text.utf8), permissions: permissions)
    }

    @Test("they start vx where files wait to be laid down, after all that writes git's index, and else not")
    func fire() async throws {
        let scratch = try await Scratch(commit: true)
        try await Self.installed(scratch).install()
        try await scratch.run("switch", "-q", "-c", "dev/x")
        try scratch.write("a.txt", "changed\n")
        try await scratch.run("reset", "-q", "--hard")
        try await scratch.run("status")
        try scratch.write("b.txt", "b\n")
        try await scratch.run("add", "b.txt")
        #expect(try Self.log(scratch) == [])
        try Self.leaveFileWaiting(scratch)
        let commit = try await scratch.id("HEAD")
        try await scratch.run("switch", "-q", "-c", "dev/y")
        try await scratch.run("switch", "-q", "dev/x")
        #expect(try Self.log(scratch).contains("vx hook post-checkout \(commit) \(commit) 1"))
        try scratch.write("c.txt", "c\n")
        try await scratch.run("add", "c.txt")
        try await scratch.run("reset", "-q", "--hard")
        try scratch.write("b.txt", "b\n")
        let calls = try Self.log(scratch)
        #expect(calls.contains("vx hook post-index-change 0 0") && calls.contains("vx hook post-index-change 1 0"))
        try await scratch.run("add", "b.txt")
        try await scratch.run("commit", "-qm", "b")
        #expect(try Self.log(scratch).contains("vx hook post-commit"))
        try await scratch.run("commit", "-q", "--amend", "-m", "c")
        #expect(try Self.log(scratch).contains("vx hook post-rewrite amend"))
        try await scratch.run("switch", "-q", "main")
        try await scratch.run("merge", "-q", "dev/x")
        #expect(try Self.log(scratch).contains("vx hook post-merge 0"))
    }

    @Test("An earlier hook runs first, with its arguments and status, and comes back as it was")
    func chain() async throws {
        let scratch = try await Scratch(commit: true)
        let installer = try await Self.installed(scratch)
        let hook = installer.directory.appending("post-checkout")
        let own = "#!/bin/sh\necho \"mine $*\" >>'\(scratch.folder)/log'\nexit 3\n"
        try Self.write(hook, own, 0o755)
        let mode = try Files.status(hook)?.permissions
        #expect(try installer.state(of: "post-checkout") == .foreign)
        try installer.install()
        try installer.install()
        #expect(try installer.state(of: "post-checkout") == .current)
        try Self.leaveFileWaiting(scratch)
        let result = try await scratch.git.run(["switch", "-q", "-c", "dev/x"], in: scratch.top)
        #expect(result.status != 0)
        let calls = try Self.log(scratch).filter { !$0.contains("post-index-change") }
        try #require(calls.count == 2)
        #expect(calls[0].hasPrefix("mine ") && calls[1].hasPrefix("vx hook post-checkout "))
        #expect(try await Shell.run(".git/hooks/post-checkout a b 0 || echo $?", in: scratch.top) == "3\n")
        try installer.uninstall()
        try installer.uninstall()
        #expect(try Files.read(hook) == Array(own.utf8))
        #expect(try Files.status(hook)?.permissions == mode)
        #expect(
            try Files.names(in: installer.directory).filter { !$0.string.hasSuffix(".sample") } == ["post-checkout"])
    }

    @Test("A hook of the user's on index changes hears of all of them")
    func chainIndexChange() async throws {
        let scratch = try await Scratch(commit: true)
        let installer = try await Self.installed(scratch)
        try Self.write(
            installer.directory.appending("post-index-change"),
            "#!/bin/sh\necho \"mine $*\" >>'\(scratch.folder)/log'\n")
        try installer.install()
        try scratch.write("b", "b")
        try await scratch.run("add", "b")
        #expect(try Self.log(scratch) == ["mine 0 0"])
    }

    @Test("An old hook of ours is renewed and never chained to; another vx is put in its place")
    func upgrade() async throws {
        let scratch = try await Scratch(commit: true)
        let installer = try await Self.installed(scratch)
        try Self.write(installer.directory.appending("post-merge"), "#!/bin/sh\n# vx-hook 0: older\nexit 0\n")
        #expect(try installer.state(of: "post-merge") == .outdated)
        try installer.install()
        #expect(try installer.state(of: "post-merge") == .current)
        #expect(try Files.status(installer.directory.appending("post-merge.before-vx")) == nil)
        let moved = HookInstaller(directory: installer.directory, executable: "/elsewhere/vx")
        #expect(try moved.state(of: "post-merge") == .outdated)
        try moved.install()
        #expect(try moved.state(of: "post-merge") == .current)
        try moved.uninstall()
        #expect(try moved.state(of: "post-merge") == .missing)
    }

    @Test("Two hooks of the user's are one too many, and neither is lost")
    func twice() async throws {
        let scratch = try await Scratch(commit: true)
        let installer = try await Self.installed(scratch)
        try Self.write(installer.directory.appending("post-merge"), "#!/bin/sh\n")
        try Self.write(installer.directory.appending("post-merge.before-vx"), "#!/bin/sh\nexit 0\n")
        #expect(try failure { try installer.install() }.code == .refused)
        // The same twice is one: a program has written its hook again.
        try Self.write(installer.directory.appending("post-merge"), "#!/bin/sh\nexit 0\n")
        #expect(try installer.install().isEmpty)
        #expect(try installer.state(of: "post-merge") == .current)
    }

    @Test("Where vx is gone it is looked up on PATH, and its lack is one line and no failure")
    func gone() async throws {
        let scratch = try await Scratch(commit: true)
        let installer = try await Self.installed(scratch, vxName: "vx")
        let missing = HookInstaller(directory: installer.directory, executable: "/nowhere/vx")
        try missing.install()
        let path = "/usr/bin:/bin"
        let alone = try await scratch.git.run(["checkout", "-q", "."], in: scratch.top, environment: ["PATH": path])
        #expect(alone.status == 0)
        let switched = try await scratch.git.run(
            ["checkout", "-q", "-b", "x"], in: scratch.top, environment: ["PATH": path])
        #expect(switched.status == 0)
        #expect(String(decoding: switched.error, as: UTF8.self).contains("vx is not installed"))
        try Self.leaveFileWaiting(scratch)
        try await scratch.run("checkout", "-q", "main", environment: ["PATH": "\(scratch.folder):\(path)"])
        #expect(try Self.log(scratch).contains { $0.hasPrefix("vx hook post-checkout") })
    }

    @Test("core.hooksPath and linked work trees lead to the right folder")
    func directories() async throws {
        let scratch = try await Scratch(commit: true)
        let other = scratch.folder.appending("other")
        try await scratch.run("worktree", "add", "-q", "-b", "x", other.string)
        #expect(try Repository(discovering: other).hooksDirectory() == scratch.top.appending(".git/hooks"))
        try await scratch.run("config", "core.hooksPath", "my/hooks")
        #expect(try scratch.repository.hooksDirectory() == scratch.top.appending("my/hooks"))
        #expect(try Repository(discovering: other).hooksDirectory() == other.appending("my/hooks"))
        try await scratch.run("config", "core.hooksPath", scratch.folder.appending("all").string)
        #expect(try scratch.repository.hooksDirectory() == scratch.folder.appending("all"))
        try await Self.installed(scratch).install()
        try Self.leaveFileWaiting(scratch)
        try await scratch.run("switch", "-q", "-c", "y")
        #expect(try Self.log(scratch).contains { $0.hasPrefix("vx hook post-checkout") })
    }
}

@Suite("The git process")
struct GitProcessTests {
    @Test("Identities are git's, from the environment and the configuration")
    func identity() async throws {
        let scratch = try await Scratch()
        let dated = GitProcess(
            environment: scratch.git.environment.merging(["GIT_AUTHOR_DATE": "1700000000 -0330"]) { $1 })
        #expect(
            try await dated.identity(.author, in: scratch.top)
                == Identity(name: "Ada", email: "ada@example.com", time: 1_700_000_000, offsetMinutes: -210))
        let unset: [String: String?] = ["GIT_COMMITTER_NAME": nil, "GIT_COMMITTER_EMAIL": nil, "EMAIL": nil]
        let nobody = GitProcess(environment: scratch.git.environment.merging(unset) { $1 })
        try await scratch.run("config", "user.useConfigOnly", "true")
        await #expect(throws: VxError.self) { try await nobody.identity(.committer, in: scratch.top) }
        try await scratch.run("config", "user.name", "Bo Li")
        try await scratch.run("config", "user.email", "bo@x")
        #expect(try await nobody.identity(.committer, in: scratch.top).name == "Bo Li")
    }

    @Test("Failures carry git's own words; bytes go in and out as they are")
    func results() async throws {
        let scratch = try await Scratch()
        let status = try await scratch.git.run(["rev-parse", "--verify", "-q", "nothing"], in: scratch.top).status
        #expect(status == 1)
        do {
            _ = try await scratch.git.check("cannot do it", ["no-such-command"], in: scratch.top)
            Issue.record("it did it")
        } catch {
            #expect(error.message == "cannot do it")
            #expect(error.causes.first?.contains("no-such-command") == true)
        }
        let bytes: [UInt8] = (0..<100_000).map { UInt8(truncatingIfNeeded: $0) }
        let id = try await scratch.run(["hash-object", "-w", "--stdin"], input: bytes)
        #expect(try await scratch.git.check("", ["cat-file", "blob", id], in: scratch.top) == bytes)
        let path = RepoPath.notUTF8.bytes
        let answer = try await scratch.git.run([Array("rev-parse".utf8), Array("--".utf8), path], in: scratch.top)
        #expect(answer.output == Array("--\n".utf8) + path + [10])
        try await scratch.git.requireVersion(in: scratch.top)
        await #expect(throws: VxError.self) {
            try await GitProcess(executable: "/nowhere/git").run(["version"], in: scratch.top)
        }
    }

    /// How a program may end without having read what it is given, and what is said of it: its own words where it has any.
    struct Early: CustomTestStringConvertible {
        var script: String
        var says: String
        var testDescription: String { script }

        static let all = [
            Early(script: "echo 'fatal: no luck' >&2; exit 3", says: "fatal: no luck"),
            Early(script: "exec 0<&-; sleep 0.1; echo 'fatal: no luck' >&2; exit 1", says: "fatal: no luck"),
            Early(script: "head -c 10 >/dev/null; echo 'fatal: no luck' >&2; exit 1", says: "fatal: no luck"),
            Early(script: "head -c 1000000 >/dev/null; kill -9 $$", says: "git eat ended with status 137"),
            Early(script: "kill -9 $$", says: "git eat ended with status 137"),
            Early(script: "exec 0<&-; sleep 0.1", says: "git ended before it had read what it was given"),
            Early(script: "exit 0", says: "git ended before it had read what it was given"),
        ]
    }

    @Test("A git that ends before it has read its input is an error in its own words", arguments: Early.all)
    func early(_ early: Early) async throws {
        let scratch = try await Scratch()
        let program = scratch.folder.appending("eater")
        try Files.replace(program, with: Array("#!/bin/sh\n\(early.script)\n".utf8), permissions: 0o755)
        let git = GitProcess(executable: program.string)
        // More than a pipe holds, so that nobody can have taken it all.
        let input = [UInt8](repeating: 10, count: 4 << 20)
        for _ in 0..<3 {
            let whole = await #expect(throws: VxError.self) {
                try await git.check("cannot eat", ["eat"], in: scratch.top, input: input)
            }
            #expect(whole?.message == "cannot eat")
            #expect(whole?.causes.first == early.says)
            let streamed = await #expect(throws: VxError.self) {
                try await git.stream("cannot eat", [Array("eat".utf8)], in: scratch.top, input: input, into: 0) {
                    count, _ in count += 1
                }
            }
            #expect(streamed?.causes.first == early.says)
        }
    }
}
