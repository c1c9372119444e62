import CVxSystem
import SystemPackage
import VxModel

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Starts programs by `posix_spawn`, in the one way that fits all this process starts: with no signal ignored or blocked because
/// this process does so by itself.
package enum ChildProcess {
    /// Where one of the program's file descriptors leads, in the order they are set up.
    package enum Redirection: Sendable {
        /// To a file, opened with these flags; made readable by the user where it is made.
        case open(CInt, FilePath, CInt)
        /// To what another descriptor leads to: one of this process's, or one set up before.
        case duplicate(CInt, of: CInt)
    }

    /// The lowest number a file of this process may have when a program is started: those below it are the program's
    /// standard input, output and error.
    static let firstOwnDescriptor: CInt = 3

    /// The same open file under a number of at least ``firstOwnDescriptor``.
    ///
    /// Where one of the descriptors 0 to 2 was closed, a file of ours may stand there, and setting up a program's
    /// standard input would replace the file that its output is to lead to.
    ///
    /// - Throws: where too many files are open.
    static func lifted(_ descriptor: CInt, path: FilePath) throws(VxError) -> OpenFile {
        let copy = try retrying("cannot use \(path)") { fcntl(descriptor, F_DUPFD_CLOEXEC, firstOwnDescriptor) }
        return OpenFile(adopting: copy, path: path)
    }

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - program: a path, or a name to look for on PATH.
    ///   - words: its name and arguments, as it sees them; names of files need not be UTF-8.
    ///   - directory: the folder it starts in; this process's own where it is `nil`.
    ///   - hasOwnGroup: whether it is in a process group of its own, so that what it starts can be ended with it.
    ///   - keepsIgnored: whether it ignores signals that this process was told to ignore by whoever started it.
    /// - Throws: where it cannot be started, naming `what`.
    package static func start(
        _ program: String, words: [[UInt8]], variables: ChildVariables = .changing([:]),
        in directory: FilePath? = nil,
        hasOwnGroup: Bool = true, keepsIgnored: Bool = true, _ redirections: [Redirection], naming what: String
    ) throws(VxError) -> pid_t {
        #if canImport(Glibc)
            var actions = posix_spawn_file_actions_t()
            var attributes = posix_spawnattr_t()
        #else
            var actions: posix_spawn_file_actions_t?
            var attributes: posix_spawnattr_t?
        #endif
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for redirection in redirections {
            switch redirection {
            case .open(let descriptor, let path, let flags):
                _ = path.withPlatformString {
                    posix_spawn_file_actions_addopen(&actions, descriptor, $0, flags, 0o600)
                }
            case .duplicate(let descriptor, let other): posix_spawn_file_actions_adddup2(&actions, other, descriptor)
            }
        }
        if let directory {
            _ = directory.withPlatformString { vx_spawn_in_folder(&actions, $0) }
        }
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var all = sigset_t()
        var none = sigset_t()
        sigemptyset(&all)
        sigemptyset(&none)
        // What was ignored when vx was started, 'nohup' and '&' do so, is for the program to ignore as well.
        let asking = [SIGINT, SIGTERM, SIGQUIT, SIGHUP].filter { !keepsIgnored || !Interrupts.isIgnored($0) }
        for signal in asking + [SIGPIPE, SIGCHLD] { sigaddset(&all, signal) }
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setpgroup(&attributes, 0)
        var flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK
        if hasOwnGroup { flags |= POSIX_SPAWN_SETPGROUP }
        #if canImport(Darwin)
            flags |= POSIX_SPAWN_CLOEXEC_DEFAULT
        #endif
        posix_spawnattr_setflags(&attributes, Int16(flags))
        var arguments = words.map(Self.text) + [nil]
        var environment = variables.entries.map(Self.text) + [nil]
        defer { for word in arguments + environment { free(word) } }
        var process = pid_t()
        let code = posix_spawnp(&process, program, &actions, &attributes, &arguments, &environment)
        if code == ENOENT, let directory, try !Files.isDirectory(directory) {
            throw VxError.system("cannot go to the folder \(directory)", errno: code)
        }
        guard code == 0 else { throw VxError.system("cannot start \(what)", errno: code) }
        return process
    }

    private static func text(_ bytes: [UInt8]) -> UnsafeMutablePointer<CChar>? {
        strdup(bytes.map { CChar(bitPattern: $0) } + [0])
    }

    /// The exit status a shell would give for what `waitpid` said: 128 and the signal where one ended it.
    package static func exitStatus(_ status: CInt) -> CInt {
        // The C macros WIFEXITED and its kin are not imported.
        let signal = status & 0x7f
        return signal == 0 ? (status >> 8) & 0xff : 128 + signal
    }
}
