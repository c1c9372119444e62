import Synchronization
import SystemPackage
import VxModel

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A program that serves this process for as long as it lives, however it ends.
///
/// A shell stands between the two and reads from a pipe whose other end only this process holds: when that end closes,
/// by ``stop()``, a crash or `kill -9`, the shell ends the program.
package final class HelperProcess: Sendable {
    private struct State: Sendable {
        var process: pid_t
        var pipe: CInt
        var status: CInt?
    }

    private let state: Mutex<State>

    /// - Parameters:
    ///   - environment: all variables of the program.
    ///   - output: a file that takes what it prints.
    /// - Throws: where it cannot be started.
    package init(
        _ program: FilePath, _ arguments: [String], environment: [String: String], output: FilePath
    ) throws(VxError) {
        var ends: [CInt] = [0, 0]
        // In one step: a program that another thread starts in between would keep our end of the pipe open.
        #if canImport(Glibc)
            let kind = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
            try retrying("cannot make a pipe") { socketpair(AF_UNIX, kind, 0, &ends) }
        #else
            try retrying("cannot make a pipe") { pipe(&ends) }
        #endif
        defer { close(ends[0]) }
        #if canImport(Glibc)
            var actions = posix_spawn_file_actions_t()
            var attributes = posix_spawnattr_t()
        #else
            var actions: posix_spawn_file_actions_t?
            var attributes: posix_spawnattr_t?
        #endif
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[0], STDIN_FILENO)
        posix_spawn_file_actions_addopen(
            &actions, STDOUT_FILENO, output.string, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // A group of its own: Ctrl-C is for us, who then stop it in order.
        // What this process ignores or blocks must not reach it: a shell that never hears of its child's end waits for ever.
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
        let script = "exec 3<&0; \"$@\" 3<&- </dev/null & child=$!; read -r _ <&3; kill $child; wait $child"
        var words = (["sh", "-c", script, "sh", program.string] + arguments).map { strdup($0) } + [nil]
        var variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for word in words + variables { free(word) } }
        var process = pid_t()
        let code = posix_spawn(&process, "/bin/sh", &actions, &attributes, &words, &variables)
        guard code == 0 else {
            close(ends[1])
            throw VxError.system("cannot start \(program)", errno: code)
        }
        state = Mutex(State(process: process, pipe: ends[1], status: nil))
    }

    deinit { stop() }

    /// Ends the program and waits until it has ended. Once is enough.
    package func stop() {
        state.withLock { state in
            if state.pipe >= 0 { close(state.pipe) }
            state.pipe = -1
            var status: CInt = 0
            if state.status == nil {
                while waitpid(state.process, &status, 0) < 0, errno == EINTR {}
                state.status = status
            }
        }
    }
}
