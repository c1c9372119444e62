/// A folder of an rclone remote: what rclone serves, and which of its folders is ours.
package struct RcloneAddress: Sendable, Equatable {
    /// What `rclone serve s3` is to serve: the folder above.
    package var served: String
    /// The folder of the remote, which rclone shows as a bucket.
    package var bucket: String

    /// A command that shows the user what is wrong with the place, in quotes.
    package var trial: String

    /// Reads `rclone:NAME:path`.
    ///
    /// - Throws: where it is none, or has a secret in it, which is not repeated.
    package init(rclone url: String) throws(RemoteError) {
        let rest = url.dropFirst("rclone:".count)
        guard let connection = RcloneConnection(rest), !rest.hasPrefix("-") else {
            throw RemoteError(
                .misconfigured, "'\(RemoteAddress.shown(url))' names no rclone remote",
                hint: "write it as rclone:NAME:path ('rclone listremotes' lists them)")
        }
        if let secret = connection.parameters.first(where: \.isSecret) {
            throw RemoteError(
                .misconfigured, "an rclone URL takes no secrets, and '\(secret.name)' is one or holds one",
                because: "credentials do not belong into a file that everybody reads",
                hint: "give the remote a name with 'rclone config', and write rclone:NAME:path")
        }
        try self.init(remote: String(connection.text), path: String(connection.path))
    }

    /// Reads `ssh://[user@]host[:port]/path`. The user's own `ssh` makes the connection, with its configuration and keys.
    package init(ssh url: String) throws(RemoteError) {
        let rest = url.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false).dropFirst(2).first ?? ""
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        var host = rest[..<slash]
        var port = ""
        if let colon = host.lastIndex(of: ":") {
            port = String(host[host.index(after: colon)...])
            host = host[..<colon]
        }
        // The words become part of a command line, so that only names get through.
        let isName =
            !host.isEmpty && !host.hasPrefix("-")
            && host.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "-._@".utf8.contains(byte)
            }
        guard isName, port.allSatisfy(\.isNumber), slash < rest.endIndex else {
            throw RemoteError(
                .misconfigured, "an ssh URL names no folder of a host",
                hint: "write it as ssh://USER@HOST/path, with keys instead of a password")
        }
        let command = "ssh" + (port.isEmpty ? "" : " -p \(port)") + " \(host)"
        try self.init(remote: ":sftp,ssh=\"\(command)\":", path: String(rest[slash...]), trial: "\(command) true")
    }

    private init(remote: String, path: String, trial: String? = nil) throws(RemoteError) {
        let parts = path.split(separator: "/", omittingEmptySubsequences: true).map(String.init)
        let characters = parts.last.map { Array($0.utf8) } ?? []
        // What rclone takes as the name of a bucket.
        func isPlain(_ byte: UInt8) -> Bool {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
        guard let bucket = parts.last, (3...63).contains(characters.count), isPlain(characters[0]),
            isPlain(characters[characters.count - 1]), characters.allSatisfy({ isPlain($0) || $0 == UInt8(ascii: "-") })
        else {
            throw RemoteError(
                .misconfigured, "the last folder in the URL cannot be served by rclone: '\(parts.last ?? "")'",
                hint: "choose a name of 3 to 63 small letters, digits and hyphens, such as '…/vx-remote'")
        }
        self.bucket = bucket
        served = remote + (path.hasPrefix("/") ? "/" : "") + parts.dropLast().joined(separator: "/")
        self.trial = "'\(trial ?? "rclone lsd \(served)")'"
    }
}
