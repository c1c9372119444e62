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
    /// The oldest git that vx is tried with (.ci/package/try.sh).
    package static let minimumVersion = (major: 2, minor: 30)
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
            let result = try runOnce(
                arguments, in: directory, input: input, environment: environment, inheritStreams: inheritStreams)
            guard result.status == 128, FileTime.now().seconds < end,
                Self.text(result.error).contains("index.lock': File exists")
            else { return result }
            usleep(UInt32.random(in: 20_000...100_000))
        }
    }

    /// Seconds.
    private static let patience: Int64 = 10

    /// The same, on this thread, and once.
    ///
    /// - Throws: where git cannot be started.
    func runOnce(
        _ arguments: [[UInt8]], in directory: FilePath, input: [UInt8] = [], environment: [String: String?] = [:],
        inheritStreams: Bool = false
    ) throws(VxError) -> Result {
        let program = program(arguments, directory, environment, inheritStreams)
        if inheritStreams {
            let ending = try explaining(directory) {
                try program.run(input: .inherited, output: .standardOutput, error: .standardError)
            }
            return Result(status: ending.status, output: [], error: [])
        }
        let said = try explaining(directory) {
            try program.collect(input: input, limits: (Self.outputLimit, Self.errorLimit))
        }
        let (status, error) = Self.ending(said.ending, said.error)
        return Result(status: status, output: said.output, error: error)
    }

    /// What `body`, which runs git, gives.
    ///
    /// - Throws: that git cannot be run, and why.
    private func explaining<Value>(_ directory: FilePath, _ body: () throws -> Value) throws(VxError) -> Value {
        do {
            try Machine.requireSpare(.few)
            return try body()
        } catch let problem as VxError {
            var problem = problem.wrapped("cannot run '\(executable)'")
            if problem.isNoSuchPath, try Files.isDirectory(directory) {
                problem.hint = "install git, and see that PATH leads to it"
            }
            throw problem
        } catch {
            throw VxError("cannot run '\(executable)'", because: "\(error)")
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
        _ body: @escaping (inout State, ArraySlice<UInt8>) -> Void
    ) async throws(VxError) -> State {
        var made = state
        var records = Records { $0 == separator }
        var error: [UInt8] = []
        let program = program(arguments, directory, [:], false)
        let ending = try explaining(directory) {
            try program.run(
                input: .bytes(input),
                output: .given { piece in records.take(piece) { record, _ in body(&made, record) } },
                error: .given { try Program.add($0, to: &error, Self.errorLimit) })
        }
        records.finish { body(&made, $0) }
        let (status, words) = Self.ending(ending, error)
        if status != 0 { throw Self.failure(what, arguments, status, words, hint) }
        return made
    }

    /// Runs git with this process's standard input and output, and gives what it writes to standard error line by line, as it
    /// comes.
    ///
    /// - Parameter body: takes each line without its end, and whether the next is to stand in its place, as with progress.
    /// - Returns: its status.
    /// - Throws: where git cannot be started.
    package func relay(
        _ arguments: [String], in directory: FilePath, _ body: @escaping (String, Bool) -> Void
    ) async throws(VxError) -> Int32 {
        var lines = Records { $0 == 10 || $0 == 13 }
        let program = program(arguments.map { Array($0.utf8) }, directory, [:], true)
        let ending = try explaining(directory) {
            try program.run(
                input: .inherited, output: .standardOutput,
                error: .given { piece in
                    lines.take(piece) { line, end in body(String(decoding: line, as: UTF8.self), end == 13) }
                })
        }
        lines.finish { body(String(decoding: $0, as: UTF8.self), false) }
        return ending.status
    }

    private static let listing = ["rev-list", "for-each-ref", "cat-file"]

    private func program(
        _ arguments: [[UInt8]], _ directory: FilePath, _ environment: [String: String?], _ inheritStreams: Bool
    ) -> Program {
        // Paths are named as they are.
        var variables: [String: String?] = [
            "GIT_LITERAL_PATHSPECS": nil, "GIT_GLOB_PATHSPECS": nil, "GIT_NOGLOB_PATHSPECS": nil,
            "GIT_ICASE_PATHSPECS": nil,
        ]
        // What is parsed must be English; what the user reads is in the user's language.
        if !inheritStreams { variables.merge(["LC_ALL": "C", "LANGUAGE": nil]) { $1 } }
        // What git lists goes together with what libgit2 reads, which knows no replacements (refs/replace), and with what git
        // pushes: it sends objects as they are.
        if let name = arguments.first, Self.listing.contains(where: { $0.utf8.elementsEqual(name) }) {
            variables["GIT_NO_REPLACE_OBJECTS"] = "1"
        }
        variables.merge(self.environment.merging(environment) { $1 }) { $1 }
        return Program(executable, arguments, in: directory, variables: .changing(variables))
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
    private static func ending(_ ending: Program.Ending, _ said: [UInt8]) -> (status: Int32, error: [UInt8]) {
        if ending.status == 0, !ending.tookAll {
            return (128, Array("git ended before it had read what it was given".utf8))
        }
        return (ending.status, said)
    }

    static func text(_ bytes: [UInt8]) -> String {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let last = text.lastIndex(where: { !$0.isNewline }) else { return "" }
        return String(text[...last])
    }
}

/// Bytes that come piece by piece, taken apart at separators.
private struct Records {
    let isSeparator: (UInt8) -> Bool
    private var rest: [UInt8] = []

    init(_ isSeparator: @escaping (UInt8) -> Bool) { self.isSeparator = isSeparator }

    /// - Parameter body: takes each record, and the separator after it.
    mutating func take(_ piece: UnsafeRawBufferPointer, _ body: (ArraySlice<UInt8>, UInt8) -> Void) {
        // What was there before has no separator.
        var search = rest.count
        rest.append(contentsOf: piece)
        var start = rest.startIndex
        while let end = rest[search...].firstIndex(where: isSeparator) {
            body(rest[start..<end], rest[end])
            start = end + 1
            search = start
        }
        rest.removeFirst(start)
    }

    /// The last record, where no separator ends it.
    func finish(_ body: (ArraySlice<UInt8>) -> Void) {
        if !rest.isEmpty { body(rest[...]) }
    }
}
