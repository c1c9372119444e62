import SystemPackage
import Testing
import VxModel
import VxSystem
import VxTestSupport

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension Tag {
    /// Tests that take seconds, or hundreds of megabytes of disk.
    @Tag static var slow: Self
}

/// A repository with vx, in a scratch folder, and what tests of interrupted commands ask of it.
struct Project {
    let folder: FilePath
    let runner: CommandRunner

    /// The same repository with another runner.
    init(_ other: Project, runner: CommandRunner) {
        folder = other.folder
        self.runner = runner
    }

    init(_ scratch: Scratch, in name: String = "repository") throws {
        let outside = try CommandRunner(scratch)
        try outside.check("vx", ["init", "--quiet", name])
        folder = scratch.work.appending(RepoPath(name))
        runner = outside.inside(name)
        try runner.sh("mkdir data && git add vx.yaml && git commit --quiet -m start && git branch empty")
    }

    /// Bytes of the index; what a command that failed must have left alone.
    func index() throws -> [UInt8]? { try Files.read(folder.appending(".git/index")) }

    /// What no command may leave behind: temporary files, and locks.
    func leftovers() throws -> [String] {
        let found = try runner.sh("find . -name '.vx-*' -o -name '*.lock'").output
        return OutputPattern.lines(of: found)
    }

    /// Starts a command, waits until there is a file whose path fits `pattern`, and presses Ctrl-C. What the command started
    /// has ended too when this returns.
    ///
    /// - Parameter again: microseconds after which the signal comes once more.
    func interrupt(
        _ program: String, _ arguments: [String], onceThereIs pattern: String, again: UInt32? = nil
    ) throws -> CommandResult {
        let command = try runner.start(program, arguments)
        for _ in 0..<2000 {
            if try !runner.sh("find . -path '\(pattern)' 2>/dev/null || true").stdout.isEmpty { break }
            usleep(1_000)
        }
        command.send(SIGINT)
        if let again {
            usleep(again)
            command.send(SIGINT)
        }
        let result = try command.wait()
        // git ends at once and does not wait for its filter.
        command.waitForGroup()
        return result
    }
}
