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
        _ text: ShellText, in directory: FilePath, output: FilePath, timeout: Double, cancellation: Cancellation
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
        return Outcome(status: ChildProcess.exitStatus(status), timedOut: isOver)
    }

    private static func isCancelled(_ cancellation: Cancellation) -> Bool {
        do throws(VxError) {
            try cancellation.check()
            return false
        } catch {
            return true
        }
    }

    private static func start(_ text: ShellText, _ directory: FilePath, _ output: FilePath) throws(VxError) -> pid_t {
        try ChildProcess.start(
            "/bin/sh",
            words: [
                Array("sh".utf8), Array("-c".utf8),
                ShellText("cd {directory} || exit 126\n").replacing("{directory}", with: directory).bytes + text.bytes,
            ],
            [
                .open(STDIN_FILENO, "/dev/null", O_RDONLY), .open(STDOUT_FILENO, output, O_WRONLY | O_CREAT | O_TRUNC),
                .duplicate(STDERR_FILENO, of: STDOUT_FILENO),
            ], naming: "'\(text)'")
    }
}

/// A shell's command: bytes, for names of files need not be UTF-8.
package struct ShellText: Sendable, CustomStringConvertible {
    package private(set) var bytes: [UInt8]

    package init(_ text: String) {
        bytes = Array(text.utf8)
    }

    /// With a path, as one word, wherever `place` stands.
    package func replacing(_ place: String, with path: FilePath) -> ShellText {
        replacing(place, with: path.byteArray)
    }

    /// With a word that is no path, such as a URL, wherever `place` stands.
    package func replacing(_ place: String, with word: String) -> ShellText {
        replacing(place, with: Array(word.utf8))
    }

    private func replacing(_ place: String, with word: [UInt8]) -> ShellText {
        var text = self
        text.bytes = bytes.replacing(Array(place.utf8), with: ShellWord.quoted(word))
        return text
    }

    package var description: String { String(decoding: bytes, as: UTF8.self) }
}
