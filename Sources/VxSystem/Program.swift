import SystemPackage
import VxModel

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Another program, to be run to its end.
///
/// All of it happens on the thread that asks: no other is needed, so nothing waits for one that the system cannot give. A program without a
/// time limit is in the group of this process, so that it may ask at the terminal, and Ctrl-C is for both.
package struct Program: Sendable {
    /// What the program gets on its standard input.
    package enum Input: Sendable {
        /// That of this process.
        case inherited
        /// These bytes; without any, nothing.
        case bytes([UInt8])
    }

    /// Where what the program writes goes.
    package enum Output {
        /// Where this process's standard output goes.
        case standardOutput
        /// Where this process's standard error goes.
        case standardError
        /// Piece by piece, as it comes, to `take`. What that throws ends the program.
        case given(_ take: (UnsafeRawBufferPointer) throws -> Void)
    }

    /// How a program ended.
    package struct Ending: Sendable {
        /// The exit status; 128 and the signal's number where a signal ended it.
        package var status: Int32
        /// The signal that ended it.
        package var signal: Int32?
        /// Whether it has read all it was given.
        package var tookAll: Bool
        /// Whether it was ended because its time was over.
        package var timedOut = false
    }

    /// A path, or a name to look for on PATH.
    package let executable: String
    package let arguments: [[UInt8]]
    /// The folder it starts in; this process's own where it is `nil`.
    package let directory: FilePath?
    package let variables: ChildVariables

    package init(
        _ executable: String, _ arguments: [[UInt8]], in directory: FilePath? = nil,
        variables: ChildVariables = .changing([:])
    ) {
        self.executable = executable
        self.arguments = arguments
        self.directory = directory
        self.variables = variables
    }

    /// Starts it, gives it its input, takes what it says, and waits for its end.
    ///
    /// What it has started may go on, and keep its outputs open: nobody waits for that.
    ///
    /// - Parameters:
    ///   - timeout: it is killed after as long, with all it has started.
    ///   - cancellation: it is asked to end (SIGTERM) once that is cancelled.
    /// - Throws: where it cannot be started; what `output` and `error` throw.
    package func run(
        input: Input, output: Output, error: Output, timeout: Duration? = nil, cancellation: Cancellation? = nil
    ) throws -> Ending {
        var setUp: [ChildProcess.Redirection] = []
        var pipes = ChildPipes()
        // Its ends of the pipes are closed here once it has them.
        var theirs: [Descriptor] = []
        switch input {
        case .inherited: break
        case .bytes([]): setUp.append(.open(STDIN_FILENO, "/dev/null", O_RDONLY))
        case .bytes(let bytes):
            let (reading, writing) = try Descriptor.pipe()
            pipes.give(bytes, to: writing)
            theirs.append(reading)
            setUp.append(.duplicate(STDIN_FILENO, of: reading.number))
        }
        // What is inherited is set up first: the other may replace it.
        let outputs = [(STDOUT_FILENO, output), (STDERR_FILENO, error)]
        if case .standardError = output { setUp.append(.duplicate(STDOUT_FILENO, of: STDERR_FILENO)) }
        if case .standardOutput = error { setUp.append(.duplicate(STDERR_FILENO, of: STDOUT_FILENO)) }
        for case (let number, .given(let take)) in outputs {
            let (reading, writing) = try Descriptor.pipe()
            pipes.outputs.append((reading, take))
            theirs.append(writing)
            setUp.append(.duplicate(number, of: writing.number))
        }
        let process = try ChildProcess.start(
            executable, words: [Array(executable.utf8)] + arguments, variables: variables, in: directory,
            hasOwnGroup: timeout != nil, setUp, naming: "'\(executable)'")
        theirs = []
        let program = RunningProgram(process, name: executable, hasOwnGroup: timeout != nil)
        return try follow(program, &pipes, timeout, cancellation)
    }

    /// How often a program that says nothing is looked after.
    private static let pause = Duration.milliseconds(100)

    private func follow(
        _ started: RunningProgram, _ pipes: inout ChildPipes, _ timeout: Duration?, _ cancellation: Cancellation?
    ) throws -> Ending {
        var program = started
        let clock = ContinuousClock()
        let end = timeout.map { clock.now + $0 }
        var (isOver, isAsked) = (false, false)
        /// Ends it where somebody wants that.
        func endWhereAsked() {
            if let end, clock.now >= end, !isOver {
                isOver = true
                program.send(SIGKILL)
            }
            if cancellation?.isCancelled == true, !isAsked {
                isAsked = true
                program.send(SIGTERM)
            }
        }
        do {
            while !pipes.isDone, !isOver {
                if try !pipes.exchange(for: Self.pause), try program.hasEnded() {
                    // What it has said is there; what others say who have its outputs as well is not its own.
                    try pipes.drain()
                    break
                }
                endWhereAsked()
            }
        } catch {
            program.send(SIGKILL)
            try program.wait()
            throw error
        }
        // What it still writes, nobody reads.
        pipes.outputs = []
        var pause: UInt32 = 500
        while end != nil || cancellation != nil, try !program.hasEnded() {
            endWhereAsked()
            usleep(pause)
            pause = min(pause * 2, 20_000)
        }
        try program.wait()
        // What is left of its group, of which nobody knows any more.
        if isOver { program.send(SIGKILL) }
        let status = program.status ?? 0
        let signal = status & 0x7f
        return Ending(
            status: ChildProcess.exitStatus(status), signal: signal == 0 ? nil : signal, tookAll: pipes.tookAll,
            timedOut: isOver)
    }

    /// Runs it and collects what it writes to standard output and error.
    ///
    /// - Parameters:
    ///   - limits: the bytes each may have.
    /// - Throws: as ``run(input:output:error:timeout:cancellation:)``; where it writes more.
    package func collect(
        input: [UInt8] = [], limits: (output: Int, error: Int), timeout: Duration? = nil,
        cancellation: Cancellation? = nil
    ) throws -> (ending: Ending, output: [UInt8], error: [UInt8]) {
        var (output, error): ([UInt8], [UInt8]) = ([], [])
        let ending = try run(
            input: .bytes(input), output: .given { try Self.add($0, to: &output, limits.output) },
            error: .given { try Self.add($0, to: &error, limits.error) }, timeout: timeout,
            cancellation: cancellation)
        return (ending, output, error)
    }

    /// Adds a piece of what a program says.
    ///
    /// - Throws: where there would be more than `limit` bytes.
    package static func add(
        _ piece: UnsafeRawBufferPointer, to bytes: inout [UInt8], _ limit: Int
    ) throws(VxError) {
        guard bytes.count + piece.count <= limit else {
            throw VxError("it says more than \(ByteCount.text(UInt64(limit)))")
        }
        bytes.append(contentsOf: piece)
    }
}

/// The variables a program starts with.
package enum ChildVariables: Sendable {
    /// Those of this process, with some set or, with `nil`, unset.
    case changing([String: String?])
    case exactly([String: String])

    /// As `NAME=VALUE`. Those of this process need not be UTF-8.
    var entries: [[UInt8]] {
        switch self {
        case .exactly(let variables): return variables.map { Array("\($0.key)=\($0.value)".utf8) }
        case .changing(let changes):
            var found: [[UInt8]] = []
            var entry = environ
            while let text = entry.pointee {
                let bytes = Array(UnsafeRawBufferPointer(start: text, count: strlen(text)))
                let name = String(decoding: bytes.prefix { $0 != UInt8(ascii: "=") }, as: UTF8.self)
                if changes[name] == nil { found.append(bytes) }
                entry += 1
            }
            return found + changes.compactMap { name, value in value.map { Array("\(name)=\($0)".utf8) } }
        }
    }
}
