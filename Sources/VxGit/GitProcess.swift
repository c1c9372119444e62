import Subprocess
import VxModel
import VxSystem

import struct SystemPackage.FilePath

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The user's own `git`, for what needs its credentials, SSH, signing or hooks: fetch, push, clone, identities.
package struct GitProcess: Sendable {
    /// The oldest git whose behaviour vx relies on.
    package static let minimumVersion = (major: 2, minor: 36)
    /// No answer of git's that vx collects is longer; what may be, is streamed.
    private static let outputLimit = 32 << 20
    private static let errorLimit = 4 << 20

    /// What ran, and how it ended.
    package struct Result: Sendable {
        /// The exit status; 128 and the signal's number where a signal ended it, as a shell says it.
        package var status: Int32
        /// What it wrote to its standard output.
        package var output: [UInt8]
        /// What it wrote to its standard error.
        package var error: [UInt8]
    }

    /// `git`, found on PATH, or the path of one.
    package let executable: String
    /// Variables set (or, with `nil`, unset) for every call, besides those of the process.
    package let environment: [String: String?]

    /// A git to run; nothing is started yet.
    package init(executable: String = "git", environment: [String: String?] = [:]) {
        self.executable = executable
        self.environment = environment
    }

    /// Runs git in `directory` and waits for it. A status other than 0 is a result, not an error.
    ///
    /// - Parameters:
    ///   - input: bytes for its standard input; without any, it is empty.
    ///   - environment: variables to set or, with `nil`, unset for this call.
    ///   - inheritStreams: git talks to the user's terminal itself (progress, prompts), and nothing is collected.
    /// - Throws: where git cannot be started.
    package func run(
        _ arguments: [String], in directory: FilePath, input: [UInt8] = [], environment: [String: String?] = [:],
        inheritStreams: Bool = false
    ) async throws(VxError) -> Result {
        try await run(
            arguments.map { Array($0.utf8) }, in: directory, input: input, environment: environment,
            inheritStreams: inheritStreams)
    }

    /// The same for arguments that are not text, such as paths.
    ///
    /// git does not wait for its index: one that finds it locked has done nothing yet, and is run again for some seconds.
    ///
    /// - Throws: where git cannot be started.
    package func run(
        _ arguments: [[UInt8]], in directory: FilePath, input: [UInt8] = [], environment: [String: String?] = [:],
        inheritStreams: Bool = false
    ) async throws(VxError) -> Result {
        let end = FileTime.now().seconds + Self.patience
        while true {
            let result = try await runOnce(
                arguments, in: directory, input: input, environment: environment, inheritStreams: inheritStreams)
            guard result.status == 128, FileTime.now().seconds < end,
                Self.text(result.error).contains("index.lock': File exists")
            else { return result }
            usleep(UInt32.random(in: 20_000...100_000))
        }
    }

    /// Seconds.
    private static let patience: Int64 = 10

    private func runOnce(
        _ arguments: [[UInt8]], in directory: FilePath, input: [UInt8], environment: [String: String?],
        inheritStreams: Bool
    ) async throws(VxError) -> Result {
        let configuration = try configuration(arguments, directory, environment, inheritStreams)
        do {
            if inheritStreams {
                let done = try await Subprocess.run(
                    configuration, input: .currentStandardInput, output: .currentStandardOutput,
                    error: .currentStandardError)
                return Result(status: Self.status(done.terminationStatus), output: [], error: [])
            }
            let input = ChildInput(input)
            let done = try await Subprocess.run(
                configuration, input: input, output: .bytes(limit: Self.outputLimit),
                error: .bytes(limit: Self.errorLimit))
            let (status, error) = Self.ending(done.terminationStatus, done.standardError, input)
            return Result(status: status, output: done.standardOutput, error: error)
        } catch {
            throw Self.explain(error, executable)
        }
    }

    /// Runs git and gives its output record by record as it comes, however much there is.
    ///
    /// - Parameters:
    ///   - separator: the byte after each record.
    ///   - state: what `body` makes something of.
    ///   - body: takes each record without its separator.
    /// - Returns: what `body` has made of `state`.
    /// - Throws: `what` with git's own words as the cause where its status is not 0, and where it cannot be started.
    package func stream<State: Sendable>(
        _ what: String, _ arguments: [[UInt8]], in directory: FilePath, input: [UInt8] = [],
        separator: UInt8 = UInt8(ascii: "\n"), hint: String? = nil, into state: State,
        _ body: @escaping @Sendable (inout State, ArraySlice<UInt8>) -> Void
    ) async throws(VxError) -> State {
        let configuration = try configuration(arguments, directory, [:], false)
        let status: Int32
        let error: [UInt8]
        let made: State
        do {
            let input = ChildInput(input)
            let done = try await Subprocess.run(
                configuration, input: input, output: .sequence, error: .bytes(limit: Self.errorLimit)
            ) { execution in
                var made = state
                var rest: [UInt8] = []
                for try await piece in execution.standardOutput {
                    piece.withUnsafeBytes { rest.append(contentsOf: $0) }
                    var start = rest.startIndex
                    while let end = rest[start...].firstIndex(of: separator) {
                        body(&made, rest[start..<end])
                        start = end + 1
                    }
                    rest.removeFirst(start)
                }
                if !rest.isEmpty { body(&made, rest[...]) }
                return made
            }
            (status, error) = Self.ending(done.terminationStatus, done.standardError, input)
            made = done.closureResult
        } catch {
            throw Self.explain(error, executable)
        }
        if status != 0 { throw Self.failure(what, arguments, status, error, hint) }
        return made
    }

    /// Runs git with this process's standard input and output, and gives what it writes to standard error line by line, as it
    /// comes.
    ///
    /// - Parameter body: takes each line without its end, and whether the next is to stand in its place, as with progress.
    /// - Returns: its status.
    /// - Throws: where git cannot be started.
    package func relay(
        _ arguments: [String], in directory: FilePath, _ body: @escaping @Sendable (String, Bool) -> Void
    ) async throws(VxError) -> Int32 {
        let configuration = try configuration(arguments.map { Array($0.utf8) }, directory, [:], true)
        do {
            let done = try await Subprocess.run(
                configuration, input: .currentStandardInput, output: .currentStandardOutput, error: .sequence
            ) { execution in
                var rest: [UInt8] = []
                for try await piece in execution.standardError {
                    piece.withUnsafeBytes { rest.append(contentsOf: $0) }
                    var start = rest.startIndex
                    while let end = rest[start...].firstIndex(where: { $0 == 10 || $0 == 13 }) {
                        body(String(decoding: rest[start..<end], as: UTF8.self), rest[end] == 13)
                        start = end + 1
                    }
                    rest.removeFirst(start)
                }
                if !rest.isEmpty { body(String(decoding: rest, as: UTF8.self), false) }
            }
            return Self.status(done.terminationStatus)
        } catch {
            throw Self.explain(error, executable)
        }
    }

    /// - Throws: where the system has not got what it takes to start a program and to read what it says: the runner of
    ///   programs would trap, or wait for ever.
    private func configuration(
        _ arguments: [[UInt8]], _ directory: FilePath, _ environment: [String: String?], _ inheritStreams: Bool
    ) throws(VxError) -> Configuration {
        do throws(VxError) {
            try Machine.requireSpare(.program)
        } catch {
            throw error.wrapped("cannot run '\(executable)'")
        }
        let name: Executable = executable.contains("/") ? .path(FilePath(executable)) : .name(executable)
        var variables: [Environment.Key: String?] = [:]
        // What is parsed must be English; what the user reads is in the user's language.
        if !inheritStreams { variables = ["LC_ALL": "C", "LANGUAGE": nil] }
        for (key, value) in self.environment.merging(environment, uniquingKeysWith: { $1 }) {
            variables[Environment.Key(stringLiteral: key)] = value
        }
        // Subprocess 1.0 copies byte arguments as C strings, up to a zero that it does not put there itself.
        return Configuration(
            executable: name, arguments: Arguments(arguments.map { $0 + [0] }),
            environment: .inherit.updating(variables),
            workingDirectory: directory)
    }

    /// Runs git and gives its output.
    ///
    /// - Throws: `what` with git's own words as the cause where its status is not 0, and where it cannot be started.
    package func check(
        _ what: String, _ arguments: [String], in directory: FilePath, input: [UInt8] = [],
        environment: [String: String?] = [:], inheritStreams: Bool = false, hint: String? = nil
    ) async throws(VxError) -> [UInt8] {
        let result = try await run(
            arguments, in: directory, input: input, environment: environment, inheritStreams: inheritStreams)
        if result.status == 0 { return result.output }
        throw Self.failure(what, arguments.map { Array($0.utf8) }, result.status, result.error, hint)
    }

    private static func failure(
        _ what: String, _ arguments: [[UInt8]], _ status: Int32, _ error: [UInt8], _ hint: String?
    ) -> VxError {
        let words = text(error)
        let name = String(decoding: arguments.first ?? [], as: UTF8.self)
        return VxError(
            what, because: words.isEmpty ? "git \(name) ended with status \(status)" : words, hint: hint)
    }

    /// The version of this git.
    ///
    /// - Throws: where it is older than ``minimumVersion``, or no git.
    @discardableResult
    package func requireVersion(in directory: FilePath) async throws(VxError) -> String {
        let answer = Self.text(try await check("cannot ask git for its version", ["version"], in: directory))
        let version = answer.split(separator: " ").dropFirst(2).first.map(String.init) ?? ""
        let numbers = version.split(separator: ".").prefix(2).compactMap { Int($0) }
        guard numbers.count == 2 else { throw VxError("'\(executable)' is no git", because: "it answered '\(answer)'") }
        guard (numbers[0], numbers[1]) >= Self.minimumVersion else {
            let (major, minor) = Self.minimumVersion
            throw VxError(
                "git \(version) is too old", because: "vx needs \(major).\(minor) or newer",
                hint: "install a newer git (https://git-scm.com/downloads)")
        }
        return version
    }

    /// How git ended, and what it says. One that is content without having read all it was given has not done its work.
    private static func ending(
        _ termination: TerminationStatus, _ said: [UInt8], _ input: ChildInput
    ) -> (status: Int32, error: [UInt8]) {
        let status = status(termination)
        if status == 0, !input.progress.isWhole {
            return (128, Array("git ended before it had read what it was given".utf8))
        }
        return (status, said)
    }

    private static func status(_ status: TerminationStatus) -> Int32 {
        switch status {
        case .exited(let code): code
        case .signaled(let signal): 128 + signal
        }
    }

    private static func explain(_ error: any Error, _ executable: String) -> VxError {
        if let error = error as? VxError { return error }
        if error is CancellationError { return VxError(.interrupted, "git was stopped", because: "vx was interrupted") }
        guard let failure = error as? SubprocessError else {
            return VxError("cannot run '\(executable)'", because: "\(error)")
        }
        if let code = failure.underlyingError?.rawValue, failure.code != .executableNotFound {
            return VxError.system("cannot run '\(executable)'", errno: code)
        }
        if failure.code == .outputLimitExceeded {
            return VxError(
                "cannot use what '\(executable)' says",
                because: "it is more than \(ByteCount.text(UInt64(outputLimit)))")
        }
        let isMissing = failure.code == .executableNotFound
        return VxError(
            "cannot run '\(executable)'", because: failure.description,
            hint: isMissing ? "install git, and see that PATH leads to it" : nil)
    }

    static func text(_ bytes: [UInt8]) -> String {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let last = text.lastIndex(where: { !$0.isNewline }) else { return "" }
        return String(text[...last])
    }
}
