import Testing
import VxGit
import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// A folder of its own with a git repository in it, gone when the test lets go of it.
final class Scratch {
    let folder: FilePath
    let top: FilePath
    let git: GitProcess

    init(_ options: [String] = [], commit: Bool = false) async throws {
        let base = FilePath("/tmp/vx-git-tests")
        folder = base.appending(Files.temporaryName())
        top = folder.appending("repo")
        try Files.createDirectories(top)
        git = GitProcess(environment: [
            "HOME": folder.string, "XDG_CONFIG_HOME": nil, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_AUTHOR_NAME": "Ada", "GIT_AUTHOR_EMAIL": "ada@example.com", "GIT_COMMITTER_NAME": "Ada",
            "GIT_COMMITTER_EMAIL": "ada@example.com", "GIT_DIR": nil, "GIT_WORK_TREE": nil, "GIT_INDEX_FILE": nil,
        ])
        try await run("init", "-q", "-b", "main", options)
        if commit {
            try write("a.txt", "a\n")
            try await run("add", "-A")
            try await run("commit", "-qm", "first")
        }
    }

    deinit { try? Files.removeTree(folder) }

    var repository: Repository { get throws { try Repository(discovering: top) } }

    /// Runs git here and gives its output without the last line end; a failure fails the test.
    @discardableResult
    func run(_ arguments: String..., environment: [String: String?] = [:]) async throws -> String {
        try await run(arguments, environment: environment)
    }

    @discardableResult
    func run(_ first: String, _ second: String, _ third: String, _ fourth: String, _ rest: [String]) async throws
        -> String
    {
        try await run([first, second, third, fourth] + rest)
    }

    @discardableResult
    func run(
        _ arguments: [String], input: [UInt8] = [], environment: [String: String?] = [:], in directory: FilePath? = nil
    ) async throws -> String {
        let bytes = try await git.check(
            "git \(arguments)", arguments, in: directory ?? top, input: input, environment: environment)
        return String(decoding: bytes.last == 10 ? bytes.dropLast() : bytes, as: UTF8.self)
    }

    func write(_ path: RepoPath, _ text: String, executable: Bool = false) throws {
        let file = top.appending(path)
        try Files.createDirectories(file.removingLastComponent())
        try Files.replace(file, with: Array(text.utf8), permissions: executable ? 0o777 : 0o666)
    }

    /// Makes every file and the index look a minute old, so that nothing is racy.
    func age() async throws {
        _ = try await Shell.run("find . -not -type d -exec touch -h -d '1 minute ago' {} +", in: top)
        try await run("update-index", "-q", "--refresh")
        _ = try await Shell.run("touch -d '30 seconds ago' .git/index", in: top)
    }

    func id(_ revision: String) async throws -> GitObjectID {
        try #require(GitObjectID(hex: try await run("rev-parse", revision)))
    }
}

/// Small shell scripts, started the way git is.
enum Shell {
    static func run(_ script: String, in directory: FilePath) async throws -> String {
        let shell = GitProcess(executable: "/bin/sh")
        let bytes = try await shell.check("sh", ["-c", script], in: directory)
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// The error `body` throws; none is a failed test.
func failure(_ body: () throws -> Void) throws -> VxError {
    do {
        try body()
    } catch {
        return try #require(error as? VxError)
    }
    Issue.record("nothing was thrown")
    return VxError("nothing was thrown")
}

extension RepoPath {
    /// Nothing in it is UTF-8.
    static let notUTF8 = RepoPath(bytes: [0x64, 0xff, 0x2f, 0xfe, 0x80])
}
