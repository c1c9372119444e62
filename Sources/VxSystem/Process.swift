import Synchronization
import SystemPackage
import VxModel

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What this process was started with. Only the command line looks here; the engine gets values.
package enum CurrentProcess {
    /// The command line as bytes, without the program: Swift's strings have lost what is not UTF-8.
    package static var rawArguments: [[UInt8]] {
        (1..<max(1, Int(CommandLine.argc))).compactMap { position in
            CommandLine.unsafeArgv[position].map { text in
                Array(UnsafeRawBufferPointer(start: text, count: strlen(text)))
            }
        }
    }

    /// The command line as bytes, the program first.
    static var commandLine: [[UInt8]] {
        (CommandLine.unsafeArgv[0].map { [Array(UnsafeRawBufferPointer(start: $0, count: strlen($0)))] } ?? [[]])
            + rawArguments
    }

    /// The environment, for a child or to look a variable up. Entries that are not UTF-8 are left out.
    package static var environment: [String: String] {
        var variables: [String: String] = [:]
        var entry = environ
        while let text = entry.pointee {
            if let pair = String(validatingCString: text), let equals = pair.firstIndex(of: "=") {
                variables[String(pair[..<equals])] = String(pair[pair.index(after: equals)...])
            }
            entry += 1
        }
        return variables
    }

    /// The process's number.
    package static var id: Int32 { getpid() }

    /// The folder relative paths start at, without symlinks in it.
    package static func currentDirectory() throws(VxError) -> FilePath {
        guard let text = getcwd(nil, 0) else { throw VxError.system("cannot tell the current folder") }
        defer { free(text) }
        return FilePath(platformString: text)
    }

    package static func changeDirectory(to path: FilePath) throws(VxError) {
        try retrying("cannot go to the folder \(path)") { path.withPlatformString { chdir($0) } }
    }

    /// The program that is running.
    package static func executable() throws(VxError) -> FilePath {
        #if canImport(Glibc)
            guard let path = Files.realPath("/proc/self/exe") else {
                throw VxError("cannot tell where the vx program is", because: "/proc is not mounted")
            }
            return path
        #else
            var length = UInt32(PATH_MAX)
            var buffer = [CChar](repeating: 0, count: Int(length))
            guard _NSGetExecutablePath(&buffer, &length) == 0,
                let path = Files.realPath(FilePath(platformString: buffer))
            else { throw VxError("cannot tell where the vx program is") }
            return path
        #endif
    }

    /// The columns of the terminal on standard output, where there is one.
    package static func terminalWidth() -> Int? {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }

    /// Whether a person may be watching standard error and can answer.
    package static var isAtTerminal: Bool { standardErrorIsTerminal && isatty(STDIN_FILENO) == 1 }

    /// Whether a person may be watching standard error.
    package static var standardErrorIsTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    /// Standard input as an owned file; it may be taken once. `/dev/null` stands in its place from then on.
    ///
    /// - Throws: where too many files are open.
    package static func standardInput() throws(VxError) -> OpenFile {
        try take(STDIN_FILENO, naming: "standard input")
    }

    /// Standard output as an owned file; it may be taken once. `/dev/null` stands in its place from then on.
    ///
    /// - Throws: where too many files are open.
    package static func standardOutput() throws(VxError) -> OpenFile {
        try take(STDOUT_FILENO, naming: "standard output")
    }

    /// Opens `/dev/null` wherever one of the descriptors 0 to 2 is closed. Called before anything else is opened.
    ///
    /// The next file that is opened would else get that number, and what is written to the terminal would go into it;
    /// and a program that is started would get another file there than the one meant for it.
    ///
    /// - Throws: where `/dev/null` cannot be opened.
    package static func openStandardDescriptors() throws(VxError) {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
            // The lowest free number is this one, for those below it are open by now. A result that nobody can get is an
            // error: writing to standard output fails then.
            try retrying("cannot open /dev/null") {
                open("/dev/null", descriptor == STDOUT_FILENO ? O_RDONLY : O_RDWR)
            }
        }
    }

    /// Moves a standard descriptor to a number above 2, and puts `/dev/null` in its place.
    private static func take(_ descriptor: CInt, naming name: String) throws(VxError) -> OpenFile {
        let moved = try retrying("cannot use \(name)") {
            fcntl(descriptor, F_DUPFD_CLOEXEC, ChildProcess.firstOwnDescriptor)
        }
        let file = OpenFile(adopting: moved, path: FilePath(name))
        let null = OpenFile(
            adopting: try retrying("cannot open /dev/null") { open("/dev/null", O_RDWR | O_CLOEXEC) },
            path: "/dev/null")
        try retrying("cannot use \(name)") { dup2(null.descriptor, descriptor) }
        return file
    }

    /// A stream this process was started with.
    package enum Stream: CInt, Sendable {
        case output = 1
        case error = 2
    }

    /// Writes text as it is to a stream.
    ///
    /// - Returns: the system's number for what went wrong; `nil` where all was written.
    package static func write(_ text: String, to stream: Stream) -> CInt? {
        var text = text
        return text.withUTF8 { write(UnsafeRawBufferPointer($0), to: stream) }
    }

    /// The same for bytes.
    package static func write(_ bytes: UnsafeRawBufferPointer, to stream: Stream) -> CInt? {
        var rest = bytes
        while let start = rest.baseAddress, rest.count > 0 {
            #if canImport(Glibc)
                let count = Glibc.write(stream.rawValue, start, rest.count)
            #else
                let count = Darwin.write(stream.rawValue, start, rest.count)
            #endif
            if count < 0 {
                if errno == EINTR { continue }
                return errno
            }
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
        }
        return nil
    }

    /// Closes standard output: on network file systems a failed write may show only here.
    ///
    /// - Returns: the system's number for what went wrong.
    package static func closeOutput() -> CInt? {
        close(STDOUT_FILENO) == 0 || errno == EINTR || errno == EBADF ? nil : errno
    }

    /// What a write says whose reader has gone away, and with which status a program ends that its signal ends.
    package static let brokenPipe = EPIPE
    package static let statusOfBrokenPipe = 128 + SIGPIPE

    package static func exit(_ status: Int32) -> Never {
        #if canImport(Glibc)
            Glibc.exit(status)
        #else
            Darwin.exit(status)
        #endif
    }
}

/// Ctrl-C and `kill`: the first asks the work to end in order, one that comes later ends it at once.
package enum Interrupts {
    /// When the first signal came, on a clock that only goes forward; 0 where none has come.
    private static let first = Atomic<UInt64>(0)
    /// How long after the first a signal belongs to the same Ctrl-C, in nanoseconds.
    ///
    /// A terminal sends Ctrl-C to every program it shows, and programs send it on to those they have started: git to its
    /// filter, and `timeout` to its command. vx then gets two signals for one keystroke.
    private static let sameKeystroke: UInt64 = 1_000_000_000
    /// The address of what the signal handler cancels. Set before the handler is installed; what is there is never freed.
    private static let target = Atomic<UInt>(0)

    /// The signals by which a user or a terminal asks work to end.
    private static let asking = [SIGINT, SIGTERM, SIGHUP]

    /// Whether a process that was ended by `signal` was asked to by its user.
    package static func asks(_ signal: CInt) -> Bool { asking.contains(signal) }

    /// Whether a signal is ignored. vx ignores none of those that ask it to end: whoever started it did.
    static func isIgnored(_ number: CInt) -> Bool {
        var now = sigaction()
        guard sigaction(number, nil, &now) == 0 else { return false }
        #if canImport(Glibc)
            let handler = now.__sigaction_handler.sa_handler
        #else
            let handler = now.__sigaction_u.__sa_handler
        #endif
        return unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
    }

    package static func cancel(_ cancellation: Cancellation) {
        target.store(UInt(bitPattern: Unmanaged.passRetained(cancellation).toOpaque()), ordering: .releasing)
        // 'nohup' and a shell's '&' have set some to be ignored, and mean that.
        for number in asking where !isIgnored(number) {
            signal(number) { number in
                // Only what a signal handler may do: atomics, clock_gettime, unlink and _exit.
                let now = Timing.nanoseconds()
                let before = Interrupts.first.compareExchange(expected: 0, desired: now, ordering: .relaxed)
                if !before.exchanged && now > before.original + Interrupts.sameKeystroke {
                    LastWords.carryOut()
                    _exit(128 + number)
                }
                if let target = UnsafeRawPointer(bitPattern: Interrupts.target.load(ordering: .acquiring)) {
                    Unmanaged<Cancellation>.fromOpaque(target).takeUnretainedValue().cancel()
                }
            }
        }
    }
}
