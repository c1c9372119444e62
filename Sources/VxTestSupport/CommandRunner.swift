import SystemPackage
import VxModel
import VxSystem

/// What a program that has ended left behind.
package struct CommandResult: Sendable {
    package var stdout: [UInt8]
    package var stderr: [UInt8]
    /// The exit status; 128 and the signal's number for a program that a signal ended, as a shell counts.
    package var status: Int32
    /// The most memory the program, or any process it started, ever held at once, in bytes; `nil` where
    /// ``CommandRunner/measuresMemory`` is not set.
    ///
    /// On Linux it is sampled from `/proc` every few milliseconds, because `ru_maxrss` survives `exec` and would count
    /// the test process that the child starts as a copy of. A peak is kept by the kernel until the process ends, so
    /// only what is allocated in its very last milliseconds can be missed, and only where the test process itself has
    /// held more than the program.
    package var peakMemory: UInt64?

    package var output: String { String(decoding: stdout, as: UTF8.self) }
    package var errors: String { String(decoding: stderr, as: UTF8.self) }
}

/// A program that did not end the way the test needs.
package struct CommandFailure: Error, CustomStringConvertible {
    package var command: [String]
    package var result: CommandResult

    package init(command: [String], result: CommandResult) {
        self.command = command
        self.result = result
    }

    package var description: String {
        """
        '\(command.joined(separator: " "))' ended with \(result.status)
        stdout: \(result.output)
        stderr: \(result.errors)
        """
    }
}

/// Runs programs in a scratch folder, in an environment where nothing of the machine's user can be seen.
///
/// Calls block the thread they are made on: Swift Testing then runs as many tests at once as there are cores, which
/// is as many programs as the machine can run well.
package struct CommandRunner: Sendable {
    package var environment: [String: String]
    package var directory: FilePath
    /// Whether programs are watched for how much memory they hold, which costs as much time as a short program takes.
    package var measuresMemory = false
    private let captures: FilePath

    package init(_ scratch: Scratch) throws {
        directory = scratch.work
        captures = scratch.captures
        environment = [
            "PATH": "\(try BuiltBinary.folder()):\(Self.systemPath)",
            "HOME": scratch.home.description,
            "SCRATCH": scratch.root.description,
            "TMPDIR": scratch.root.description,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_NAME": "Ada Author",
            "GIT_AUTHOR_EMAIL": "ada@example.com",
            "GIT_AUTHOR_DATE": "1767323045 +0000",
            "GIT_COMMITTER_NAME": "Cora Committer",
            "GIT_COMMITTER_EMAIL": "cora@example.com",
            "GIT_COMMITTER_DATE": "1767323045 +0000",
            "TZ": "UTC",
            "LC_ALL": "C.UTF-8",
            "COLUMNS": "100",
            "NO_COLOR": "1",
        ]
    }

    #if os(macOS)
        private static let systemPath = "/opt/homebrew/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
    #else
        private static let systemPath = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
    #endif

    /// The same runner for commands that start in another folder below the working folder.
    package func inside(_ folder: String) -> CommandRunner {
        var runner = self
        runner.directory = directory.appending(RepoPath(folder))
        return runner
    }

    /// The same runner with one variable set, or unset where `value` is `nil`.
    package func setting(_ name: String, to value: String?) -> CommandRunner {
        var runner = self
        runner.environment[name] = value
        return runner
    }

    /// The same runner, measuring memory.
    package func measuringMemory() -> CommandRunner {
        var runner = self
        runner.measuresMemory = true
        return runner
    }

    /// Starts a program without waiting, for tests that interrupt it.
    package func start(_ program: String, _ arguments: [String], input: [UInt8] = []) throws -> RunningCommand {
        try RunningCommand(
            program: try find(program), arguments: [program] + arguments, environment: environment,
            directory: directory, input: input, captures: captures, measuresMemory: measuresMemory)
    }

    /// Runs a program to its end, whatever its exit status.
    package func run(_ program: String, _ arguments: [String], input: [UInt8] = []) throws -> CommandResult {
        try start(program, arguments, input: input).wait()
    }

    /// Runs a program that must end with 0.
    @discardableResult
    package func check(_ program: String, _ arguments: [String], input: [UInt8] = []) throws -> CommandResult {
        let result = try run(program, arguments, input: input)
        if result.status != 0 { throw CommandFailure(command: [program] + arguments, result: result) }
        return result
    }

    /// Runs the built `vx`, whatever its exit status.
    package func vx(_ arguments: String...) throws -> CommandResult { try run("vx", arguments) }

    /// Runs `git`, which must end with 0.
    @discardableResult
    package func git(_ arguments: String...) throws -> CommandResult { try check("git", arguments) }

    /// Runs a shell script, which must end with 0.
    @discardableResult
    package func sh(_ script: String) throws -> CommandResult { try check("sh", ["-c", "set -e\n" + script]) }

    private func find(_ program: String) throws -> FilePath {
        if program.contains("/") { return FilePath(program) }
        if let path = ProgramSearch.find(program, in: environment["PATH"]) { return path }
        throw VxError("there is no program '\(program)' in \(environment["PATH"] ?? "an empty PATH")")
    }
}
