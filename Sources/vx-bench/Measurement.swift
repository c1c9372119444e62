import VxModel
import VxSystem

import struct SystemPackage.FilePath

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What one run of one command took.
struct Sample: Sendable {
    var seconds: Double
    /// Processor time of the command and all it waited for, user and system.
    var processorSeconds: Double
    /// The largest process among them, in bytes.
    var peakMemory: UInt64
}

/// Runs shell commands and measures them from outside.
struct Shell: Sendable {
    /// Given up after that many seconds.
    var timeout: Double
    /// Times 2 GiB of memory to touch and free before each command, see docs/benchmarks.md.
    var touchedMemory: Int
    private let log: FilePath
    /// Cleared of the user's own git configuration.
    private let environment: [String]

    init(timeout: Double, touchedMemory: Int, log: FilePath, home: FilePath) {
        self.timeout = timeout
        self.touchedMemory = touchedMemory
        self.log = log
        var variables = CurrentProcess.environment
        variables["HOME"] = home.string
        variables["GIT_CONFIG_NOSYSTEM"] = "1"
        for person in ["AUTHOR", "COMMITTER"] {
            variables["GIT_\(person)_NAME"] = "bench"
            variables["GIT_\(person)_EMAIL"] = "bench@example.com"
        }
        environment = variables.map { "\($0.key)=\($0.value)" }
    }

    /// Prepares the machine, then runs `command` in `folder`; `nil` where it took longer than the limit.
    ///
    /// - Throws: where it fails, with where its output is.
    func measure(_ command: String, in folder: FilePath, _ variables: [String: String] = [:]) throws -> Sample? {
        if touchedMemory > 0 { try run(touching, in: folder) }
        sync()
        return try run(command, in: folder, variables)
    }

    /// In processes of their own, because a child's peak memory is never below its parent's. `dd` reads 2 GiB at most at a time.
    private var touching: String {
        "for i in $(seq \(touchedMemory)); do dd if=/dev/zero of=/dev/null bs=2147479552 count=1 & done; wait"
    }

    /// Runs `command` in `folder` as it is; what ``measure(_:in:_:)`` does after preparing the machine.
    @discardableResult
    func run(_ command: String, in folder: FilePath, _ variables: [String: String] = [:]) throws -> Sample? {
        let script = "cd '\(folder)' && { \(command)\n} >> '\(log)' 2>&1"
        let start = Self.now()
        let process = try spawn(script, variables)
        var status: CInt = 0
        var usage = rusage()
        while wait4(process, &status, WNOHANG, &usage) == 0 {
            if Self.now() - start > timeout {
                kill(-process, SIGKILL)
                wait4(process, &status, 0, &usage)
                return nil
            }
            usleep(1000)
        }
        let seconds = Self.now() - start
        guard status == 0 else {
            throw VxError(
                "'\(command)' failed in \(folder)", because: "its status was \(status >> 8)", hint: "see \(log)")
        }
        #if canImport(Glibc)
            let peak = UInt64(usage.ru_maxrss) * 1024
        #else
            let peak = UInt64(usage.ru_maxrss)
        #endif
        return Sample(
            seconds: seconds, processorSeconds: Self.seconds(usage.ru_utime) + Self.seconds(usage.ru_stime),
            peakMemory: peak)
    }

    func succeeds(_ command: String, in folder: FilePath) throws -> Bool {
        do {
            return try run(command, in: folder) != nil
        } catch is VxError {
            return false
        }
    }

    /// Where a program is, by PATH; `nil` where there is none.
    func find(_ program: String) -> FilePath? { ProgramSearch.find(program, in: CurrentProcess.environment["PATH"]) }

    private func spawn(_ script: String, _ variables: [String: String]) throws -> pid_t {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // A group of its own, so that a time-out ends everything it started.
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        let words: [UnsafeMutablePointer<CChar>?] = Self.copies(["/bin/sh", "-c", script])
        let added = variables.map { "\($0.key)=\($0.value)" }
        let settings: [UnsafeMutablePointer<CChar>?] = Self.copies(environment + added)
        defer { for text in words + settings { free(text) } }
        var process = pid_t()
        let result = posix_spawn(&process, "/bin/sh", nil, &attributes, words, settings)
        guard result == 0 else { throw VxError.system("cannot start a shell", errno: result) }
        return process
    }

    /// A list of C strings as `execve` takes it; the caller frees them.
    private static func copies(_ texts: [String]) -> [UnsafeMutablePointer<CChar>?] {
        texts.map { strdup($0) } + [nil]
    }

    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private static func seconds(_ time: timeval) -> Double {
        Double(time.tv_sec) + Double(time.tv_usec) / 1e6
    }
}
