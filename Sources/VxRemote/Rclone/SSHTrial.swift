import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// The user's `ssh`, asked by vx itself why there is no connection: rclone starts it again and again, and keeps what it says to
/// itself.
final class SSHTrial {
    /// Seconds after which a connection should have come about.
    static let delay = 1.0

    private let process: HelperProcess
    private let output: RcloneOutput
    private let location: String
    private let host: String

    /// - Parameter words: what `ssh` is given to reach the host: a port and a host.
    init(
        _ words: [String], _ location: String, _ program: RcloneProgram, _ context: RemoteContext
    ) throws(RemoteError) {
        self.location = location
        host = words.joined(separator: " ")
        let output = RcloneOutput(try program.outputFile())
        self.output = output
        process = try locally { () throws(VxError) in
            // What rclone asks of it, with nobody to talk to: where that works, it ends at once.
            try HelperProcess(
                FilePath("ssh"), ["-o", "BatchMode=yes", "-o", "ConnectTimeout=10"] + words + ["-s", "sftp"],
                environment: context.environment, output: output.file)
        }
    }

    /// Why `ssh` cannot connect; `nil` while that is not known, and where it can.
    func failure() throws(RemoteError) -> RemoteError? {
        guard let status = process.exitStatus, status != 0 else { return nil }
        let lines = try output.text().split(whereSeparator: \.isNewline).map(String.init)
        func line(_ words: String...) -> String? {
            lines.last { line in words.contains(where: line.lowercased().contains) }
        }
        var error: RemoteError
        if let said = line("has changed and you have requested strict checking", "identification has changed") {
            error = RemoteError(
                .refused, "\(location) is not reached: the host has another key than before",
                because: "ssh says: \(said)",
                hint:
                    "ask whoever runs it; if it was set up anew, 'ssh-keygen -R' with its name forgets the old key, then 'ssh \(typed: host)' once"
            )
        } else if let said = line("host key verification failed") {
            error = RemoteError(
                .refused, "\(location) is not reached: this machine does not know the host's key yet",
                because: "ssh says: \(said)", hint: "'ssh \(typed: host)' once, and compare the key it shows")
        } else if let said = line("permission denied", "authentication failed", "too many authentication failures") {
            error = RemoteError(
                .notAuthorised, "\(location) does not let you in", because: "ssh says: \(said)",
                hint: "'ssh-add -l' lists the keys that are offered; 'ssh -v \(typed: host)' shows which are refused")
        } else if let said = line(
            "connection refused", "timed out", "could not resolve", "no route to host", "unreachable",
            "connection closed",
            "connection reset", "kex_exchange")
        {
            error = RemoteError(
                .unavailable, "\(location) cannot be reached", because: "ssh says: \(said)",
                hint: "are the host and the port right, and is the network up? 'ssh \(typed: host)' shows it")
        } else if status == 255 || status == 127 {
            error = RemoteError(
                .unavailable, "\(location) cannot be reached",
                because: lines.last.map { "ssh says: \($0)" } ?? "ssh ended with \(status)",
                hint: "'ssh \(typed: host)' shows why")
        } else {
            // It has connected. What the host lacks is for rclone to say.
            return nil
        }
        error.isFinal = true
        return error
    }
}
