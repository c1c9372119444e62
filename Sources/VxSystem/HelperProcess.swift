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
/// A shell stands between the two, and beside it one that reads from a pipe whose other end only this process holds: when
/// that end closes, by ``stop()``, a crash or `kill -9`, it ends the program. The first one ends with the program.
package final class HelperProcess: Sendable {
    private struct State: Sendable {
        var process: pid_t
        var pipe: CInt
        var status: CInt?
    }

    private let state: Mutex<State>

    /// - Parameters:
    ///   - environment: all variables of the program.
    ///   - output: a file that takes what it prints, at the place where the file stands.
    /// - Throws: where it cannot be started.
    package init(
        _ program: FilePath, _ arguments: [String], environment: [String: String], output: borrowing OpenFile
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
        // Its input is closed for the program itself; the shells keep it as descriptor 3.
        let script = """
            exec 3<&0
            "$@" 3<&- </dev/null & child=$!
            { read -r _ <&3; kill $child; } 2>/dev/null & reader=$!
            wait $child; status=$?
            kill $reader 2>/dev/null
            exit $status
            """
        let process: pid_t
        do {
            let theirs = try ChildProcess.lifted(ends[0], path: "a pipe")
            let target = try ChildProcess.lifted(output.descriptor, path: output.path)
            process = try ChildProcess.start(
                "/bin/sh", words: (["sh", "-c", script, "sh", program.string] + arguments).map { Array($0.utf8) },
                variables: .exactly(environment),
                [
                    .duplicate(STDIN_FILENO, of: theirs.descriptor),
                    .duplicate(STDOUT_FILENO, of: target.descriptor),
                    .duplicate(STDERR_FILENO, of: STDOUT_FILENO),
                ], naming: program.string)
        } catch {
            close(ends[1])
            throw error
        }
        state = Mutex(State(process: process, pipe: ends[1], status: nil))
    }

    /// The same with a file to add to, made where it is missing.
    package convenience init(
        _ program: FilePath, _ arguments: [String], environment: [String: String], output: FilePath
    ) throws(VxError) {
        try self.init(program, arguments, environment: environment, output: try OpenFile.appending(output))
    }

    deinit { stop() }

    /// Whether the program has ended by itself, or was stopped.
    package var hasEnded: Bool {
        state.withLock { state in
            var status: CInt = 0
            if state.status == nil, waitpid(state.process, &status, WNOHANG) == state.process { state.status = status }
            return state.status != nil
        }
    }

    /// With what it ended by itself, as a shell says it; `nil` while it runs, and after a signal to it.
    package var exitStatus: Int32? {
        guard hasEnded, let status = state.withLock({ $0.status }), status & 0x7f == 0 else { return nil }
        return (status >> 8) & 0xff
    }

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
