import SystemPackage
import VxModel

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Runs a command of the user's by a shell, for a limited time.
package enum ShellCommand {
    /// How a command ended.
    package struct Outcome: Sendable {
        /// The exit status; 128 and the signal's number where a signal ended it.
        package var status: Int32
        /// Whether it was ended because its time was over.
        package var timedOut: Bool
    }

    /// Runs `sh -c text` in `directory`, with nothing on standard input and all it prints going to the file `output`.
    ///
    /// The command is a process group of its own, so that what it has started ends with it.
    ///
    /// - Parameter timeout: seconds; it is killed after them.
    /// - Throws: where it cannot be started; `interrupted`.
    package static func run(
        _ text: String, in directory: FilePath, output: FilePath, timeout: Double, cancellation: Cancellation
    ) throws(VxError) -> Outcome {
        let process = try start(text, directory, output)
        var status: Int32 = 0
        var waited = 0.0
        var pause: UInt32 = 500
        var isOver = false
        while true {
            let ended = waitpid(process, &status, WNOHANG)
            if ended == process { break }
            if ended < 0, errno != EINTR { throw VxError.system("cannot wait for '\(text)'") }
            if isOver || waited >= timeout || isCancelled(cancellation) {
                isOver = true
                kill(-process, SIGKILL)
            }
            usleep(pause)
            waited += Double(pause) / 1e6
            pause = min(pause * 2, 10_000)
        }
        // What it left behind in its group goes, too.
        kill(-process, SIGKILL)
        try cancellation.check()
        let signal = status & 0x7f
        return Outcome(status: signal == 0 ? (status >> 8) & 0xff : 128 + signal, timedOut: isOver)
    }

    private static func isCancelled(_ cancellation: Cancellation) -> Bool {
        do throws(VxError) {
            try cancellation.check()
            return false
        } catch {
            return true
        }
    }

    private static func start(_ text: String, _ directory: FilePath, _ output: FilePath) throws(VxError) -> pid_t {
        #if canImport(Glibc)
            var actions = posix_spawn_file_actions_t()
            var attributes = posix_spawnattr_t()
        #else
            var actions: posix_spawn_file_actions_t?
            var attributes: posix_spawnattr_t?
        #endif
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        _ = output.withPlatformString {
            posix_spawn_file_actions_addopen(&actions, 1, $0, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        }
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        posix_spawnattr_setpgroup(&attributes, 0)
        var process: pid_t = 0
        let script = "cd \(quoted(directory)) || exit 126\n\(text)"
        let arguments: [UnsafeMutablePointer<CChar>?] = ["sh", "-c", script].map { (word: String) in strdup(word) }
        defer { for argument in arguments { free(argument) } }
        let code = posix_spawn(&process, "/bin/sh", &actions, &attributes, arguments + [nil], environ)
        guard code == 0 else { throw VxError.system("cannot start '\(text)'", errno: code) }
        return process
    }

    /// A path as one word of a shell's command.
    package static func quoted(_ path: FilePath) -> String {
        "'" + String(decoding: path.byteArray, as: UTF8.self).replacing("'", with: "'\\''") + "'"
    }
}
