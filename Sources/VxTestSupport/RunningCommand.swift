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

    init(
        program: FilePath, arguments: [String], environment: [String: String], directory: FilePath, input: [UInt8],
        captures: FilePath
    ) throws {
        let capture = captures.appending(Files.temporaryName())
        let standardInput = FilePath("\(capture).in")
        standardOutput = FilePath("\(capture).out")
        standardError = FilePath("\(capture).err")
        self.arguments = arguments
        try Files.replace(standardInput, with: input)

        #if canImport(Glibc)
            var actions = posix_spawn_file_actions_t()
            var attributes = posix_spawnattr_t()
        #else
            var actions: posix_spawn_file_actions_t?
            var attributes: posix_spawnattr_t?
        #endif
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        let writing = O_WRONLY | O_CREAT | O_TRUNC
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, standardInput.description, O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, standardOutput.description, writing, 0o644)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, standardError.description, writing, 0o644)

        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // What the test process ignores or blocks must not reach the program: it is tested with Ctrl-C, too.
        var all = sigset_t()
        var none = sigset_t()
        sigemptyset(&all)
        sigemptyset(&none)
        for signal in [SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGPIPE, SIGCHLD] { sigaddset(&all, signal) }
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setsigmask(&attributes, &none)
        var flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP
        #if canImport(Darwin)
            flags |= POSIX_SPAWN_CLOEXEC_DEFAULT
        #endif
        posix_spawnattr_setflags(&attributes, Int16(flags))

        // glibc's module does not have posix_spawn's way to change the folder; the shell does it and becomes the program.
        let changing = ["sh", "-c", "cd -- \"$0\" && exec \"$@\"", directory.description, program.description]
        var argumentPointers = (changing + arguments.dropFirst()).map { strdup($0) } + [nil]
        var environmentPointers = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in argumentPointers + environmentPointers { free(pointer) } }
        var process = pid_t()
        let code = posix_spawn(
            &process, "/bin/sh", &actions, &attributes, &argumentPointers, &environmentPointers)
        if code != 0 { throw VxError.system("cannot start \(program) in \(directory)", errno: code) }
        self.process = process
    }

    /// Sends a signal to the program and all it started, as the terminal does on Ctrl-C.
    package func send(_ signal: CInt) {
        _ = kill(-process, signal)
    }

    /// Waits for the end. Call it once.
    package func wait() throws -> CommandResult {
        var status: CInt = 0
        var usage = rusage()
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
            if counted > ProcessMemory.peak(of: getpid()) { peak = max(peak, counted) }
        #else
            try retrying("cannot wait for \(arguments.joined(separator: " "))") { wait4(process, &status, 0, &usage) }
            let peak = UInt64(usage.ru_maxrss)
        #endif
        // The C macros WIFEXITED and its kin are not imported.
        let signal = status & 0x7f
        return CommandResult(
            stdout: try Files.read(standardOutput, limit: 1 << 30) ?? [],
            stderr: try Files.read(standardError, limit: 1 << 30) ?? [],
            status: signal == 0 ? (status >> 8) & 0xff : 128 + signal, peakMemory: peak)
    }
}
