import SystemPackage
import VxModel

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Another program, to be run to its end.
///
/// All of it happens on the thread that asks: no other is needed, so nothing waits for one that the system cannot give. The program is in
/// the group of this process, so that it may ask at the terminal, and Ctrl-C is for both.
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

    /// Starts it, gives it its input, takes what it says until it closes both outputs, and waits for its end.
    ///
    /// - Parameter timeout: it is killed after as long.
    /// - Throws: where it cannot be started; what `output` and `error` throw.
    package func run(
        input: Input, output: Output, error: Output, timeout: Duration? = nil
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
            hasOwnGroup: false,
            setUp,
            naming: "'\(executable)'")
        theirs = []
        let clock = ContinuousClock()
        let end = timeout.map { clock.now + $0 }
        do {
            while !pipes.isDone {
                let left = end.map { $0 - clock.now }
                if let left, left <= .zero { break }
                try pipes.exchange(for: left)
            }
        } catch {
            kill(process, SIGKILL)
            _ = try Self.wait(for: process, executable)
            throw error
        }
        // What it still writes, nobody reads.
        pipes.outputs = []
        return try ending(of: process, tookAll: pipes.tookAll, until: end)
    }

    /// Runs it and collects what it writes to standard output and error.
    ///
    /// - Parameters:
    ///   - limits: the bytes each may have.
    /// - Throws: as ``run(input:output:error:timeout:)``; where it writes more.
    package func collect(
        input: [UInt8] = [], limits: (output: Int, error: Int), timeout: Duration? = nil
    ) throws -> (ending: Ending, output: [UInt8], error: [UInt8]) {
        var (output, error): ([UInt8], [UInt8]) = ([], [])
        let ending = try run(
            input: .bytes(input), output: .given { try Self.add($0, to: &output, limits.output) },
            error: .given { try Self.add($0, to: &error, limits.error) }, timeout: timeout)
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

    private func ending(of process: pid_t, tookAll: Bool, until end: ContinuousClock.Instant?) throws -> Ending {
        var (status, isOver): (Int32?, Bool) = (nil, false)
        if let end {
            while status == nil, !isOver {
                status = try Self.wait(for: process, executable, WNOHANG)
                isOver = status == nil && ContinuousClock().now >= end
                if status == nil { usleep(2_000) }
            }
            if isOver { kill(process, SIGKILL) }
        }
        let found = try status ?? Self.wait(for: process, executable) ?? 0
        let signal = found & 0x7f
        return Ending(
            status: ChildProcess.exitStatus(found), signal: signal == 0 ? nil : signal, tookAll: tookAll,
            timedOut: isOver)
    }

    /// What `waitpid` says; `nil` where it runs still.
    private static func wait(for process: pid_t, _ name: String, _ flags: Int32 = 0) throws(VxError) -> Int32? {
        var status: Int32 = 0
        return try retrying("cannot wait for '\(name)'") { waitpid(process, &status, flags) } == 0 ? nil : status
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
