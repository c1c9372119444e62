import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// Where rclone is, for whoever asks whether it is there.
package enum RcloneSearch {
    /// The program that `VX_RCLONE` names, else the first in PATH; `nil` where there is none.
    package static func find(_ environment: [String: String]) -> FilePath? {
        guard let named = named(environment) else { return ProgramSearch.find("rclone", in: environment["PATH"]) }
        return ProgramSearch.isProgram(named) ? named : nil
    }

    /// The version and the path of the one that remotes would be reached through.
    ///
    /// - Throws: where there is none, or it cannot do what it is wanted for.
    package static func version(
        _ environment: [String: String], _ cancellation: Cancellation
    ) throws(RemoteError) -> String {
        let context = RemoteContext(base: "/", environment: environment, cancellation: cancellation)
        let program = try RcloneProgram(for: "rclone:…", context)
        return "\(program.version), \(program.path)"
    }

    /// What `VX_RCLONE` names, whether it is there or not.
    static func named(_ environment: [String: String]) -> FilePath? {
        environment["VX_RCLONE"].flatMap { $0.isEmpty ? nil : FilePath($0) }
    }
}

/// The rclone that remotes are reached through.
struct RcloneProgram: Sendable {
    /// The oldest version that can serve S3.
    private static let minimumVersion = (major: 1, minor: 65)

    let path: FilePath
    private let context: RemoteContext
    /// As it says it itself: `1.70.0`.
    private(set) var version = ""

    /// Finds it and sees that it can serve S3.
    ///
    /// - Parameter location: the remote it is wanted for.
    init(for location: String, _ context: RemoteContext) throws(RemoteError) {
        self.context = context
        path = try Self.find(location, context)
        version = try askVersion()
    }

    /// A file that takes the program's output, and has no name to leave behind.
    func outputFile() throws(RemoteError) -> OpenFile {
        try locally { () throws(VxError) in try TemporaryFolder(context.environment).unnamedFile() }
    }

    private static func find(_ location: String, _ context: RemoteContext) throws(RemoteError) -> FilePath {
        if let found = RcloneSearch.find(context.environment) { return found }
        if let named = RcloneSearch.named(context.environment) {
            throw RemoteError(
                .misconfigured, "there is no program \(named)",
                because: "the variable VX_RCLONE names it, and the remote \(location) is reached through it",
                hint: "let VX_RCLONE name rclone, or unset it to use the one in PATH")
        }
        throw RemoteError(
            .misconfigured, "rclone is not installed", because: "the remote \(location) is reached through it",
            hint: "install rclone 1.65 or newer (https://rclone.org/install), or name it in the variable VX_RCLONE")
    }

    /// - Throws: where it is too old, or none.
    private func askVersion() throws(RemoteError) -> String {
        let output = try outputFile()
        let process = try locally { () throws(VxError) in
            try HelperProcess(path, ["version"], environment: context.environment, output: output)
        }
        var text = ""
        for _ in 0..<100 {
            // Looked at before the output is read: what the program has said is all there then.
            let hasEnded = process.hasEnded
            text = String(
                decoding: try locally { () throws(VxError) in try output.contents(limit: 4096) }, as: UTF8.self)
            if hasEnded || text.contains("\n") { break }
            context.timing.sleep(0.05)
        }
        process.stop()
        let words = text.split(whereSeparator: \.isWhitespace).prefix(2).map(String.init)
        let numbers = (words.last ?? "").drop { !$0.isNumber }.split(separator: ".").prefix(2).compactMap { Int($0) }
        guard words.first == "rclone", numbers.count == 2 else {
            throw RemoteError(
                .misconfigured, "\(path) is no rclone", hint: "name the right one in the variable VX_RCLONE")
        }
        guard (numbers[0], numbers[1]) >= Self.minimumVersion else {
            throw RemoteError(
                .misconfigured, "rclone \(numbers[0]).\(numbers[1]) is too old",
                because:
                    "it cannot serve S3, which came with \(Self.minimumVersion.major).\(Self.minimumVersion.minor)",
                hint: "install a newer one (https://rclone.org/install)")
        }
        return String((words.last ?? "").drop { !$0.isNumber })
    }
}
