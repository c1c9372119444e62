import SystemPackage
import VxModel
import VxSystem

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A program that has been started.
///
/// Output goes to files, not pipes: a program that writes much cannot stall a test that is not reading, and one that
/// leaves a child behind cannot keep the test waiting for the end of a pipe. `wait4` then gives the exit status and
/// the peak memory of this one child together, which is why no process library stands between.
package struct RunningCommand: Sendable {
    package let process: pid_t
    private let arguments: [String]
    private let standardOutput: FilePath
    private let standardError: FilePath
    private let measuresMemory: Bool

    init(
        program: FilePath, arguments: [String], environment: [String: String], directory: FilePath, input: [UInt8],
        captures: FilePath, measuresMemory: Bool
    ) throws {
        self.measuresMemory = measuresMemory
        let capture = captures.appending(Files.temporaryName())
        let standardInput = FilePath("\(capture).in")
        standardOutput = FilePath("\(capture).out")
        standardError = FilePath("\(capture).err")
        self.arguments = arguments
        try Files.replace(standardInput, with: input)

        let writing = O_WRONLY | O_CREAT | O_TRUNC
        process = try ChildProcess.start(
            program.string, words: ([program.string] + arguments.dropFirst()).map { Array($0.utf8) },
            variables: .exactly(environment), in: directory, keepsIgnored: false,
            [
                .open(STDIN_FILENO, standardInput, O_RDONLY), .open(STDOUT_FILENO, standardOutput, writing),
                .open(STDERR_FILENO, standardError, writing),
            ], naming: "\(program) in \(directory)")
    }

    /// Sends a signal to the program and all it started, as the terminal does on Ctrl-C.
    package func send(_ signal: CInt) {
        _ = kill(-process, signal)
    }

    /// Waits until nothing of what the program started runs any more: what is killed leaves its children at work.
    package func waitForGroup() {
        while kill(-process, 0) == 0 { usleep(2_000) }
    }

    /// Waits for the end. Call it once.
    package func wait() throws -> CommandResult {
        var status: CInt = 0
        var usage = rusage()
        var peak: UInt64?
        if measuresMemory {
            peak = try waitMeasuring(&status, &usage)
        } else {
            try retrying("cannot wait for \(arguments.joined(separator: " "))") { wait4(process, &status, 0, &usage) }
        }
        return CommandResult(
            stdout: try Files.read(standardOutput, limit: 1 << 30) ?? [],
            stderr: try Files.read(standardError, limit: 1 << 30) ?? [],
            status: ChildProcess.exitStatus(status), peakMemory: peak)
    }

    private func waitMeasuring(_ status: inout CInt, _ usage: inout rusage) throws -> UInt64 {
        #if os(Linux)
            var peak: UInt64 = 0
            while try retrying(
                "cannot wait for \(arguments.joined(separator: " "))", { wait4(process, &status, WNOHANG, &usage) })
                == 0
            {
                peak = max(peak, ProcessMemory.peak(ofTree: process))
                usleep(2_000)
            }
            // What is more than this process ever held cannot have come from it, and the kernel's own figure is exact.
            let counted = UInt64(usage.ru_maxrss) * 1024
            return counted > ProcessMemory.peak(of: getpid()) ? max(peak, counted) : peak
        #else
            try retrying("cannot wait for \(arguments.joined(separator: " "))") { wait4(process, &status, 0, &usage) }
            return UInt64(usage.ru_maxrss)
        #endif
    }
}
