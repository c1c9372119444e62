import VxModel

/// A folder of an rclone remote: what rclone serves, and which of its folders is ours.
package struct RcloneAddress: Sendable, Equatable {
    /// What `rclone serve s3` is to serve: the folder above.
    package var served: String
    /// The folder of the remote, which rclone shows as a bucket.
    package var bucket: String

    /// What `ssh` is given to reach the host, where rclone reaches it by the user's own `ssh`: a port and a host.
    package private(set) var ssh: [String]?

    /// A command that shows the user what is wrong with the place, in quotes.
    package var trial: String

    /// Reads `rclone:NAME:path`, where NAME is one that `rclone config` gave. A repository may name no other: rclone's
    /// connection strings (`:sftp,ssh="…":`) and parameters (`NAME,ssh="…":`) run programs.
    ///
    /// - Throws: where it is none. A secret in it is not repeated.
    package init(rclone url: String) throws(RemoteError) {
        let rest = url.dropFirst("rclone:".count)
        let name = rest.prefix { $0 != ":" }
        guard Self.isName(name), name.endIndex < rest.endIndex else {
            let connects = rest.hasPrefix(":") || name.contains(",")
            throw RemoteError(
                .misconfigured, "'\(RemoteAddress.shown(url))' names no remote of rclone's configuration",
                because: connects ? "a connection string can run programs, and hold secrets" : nil,
                hint: connects
                    ? "give the remote a name with 'rclone config', and write rclone:NAME:path"
                    : "write it as rclone:NAME:path ('rclone listremotes' lists them)")
        }
        try self.init(remote: "\(name):", path: String(rest[name.endIndex...].dropFirst()))
    }

    /// Whether rclone's configuration takes it as a name: letters, digits, `_-.+@`, and spaces inside.
    private static func isName(_ text: Substring) -> Bool {
        guard let first = text.first, let last = text.last, first != "-", first != " ", last != " " else {
            return false
        }
        return text.unicodeScalars.allSatisfy {
            $0.properties.isAlphabetic || $0.properties.numericType != nil || "_-.+@ ".unicodeScalars.contains($0)
        }
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
        // The words become part of a command line, so that only names get through, and none that looks like an option.
        let names = host.split(separator: "@", omittingEmptySubsequences: false)
        let areNames = names.allSatisfy { name in
            !name.isEmpty && !name.hasPrefix("-")
                && name.utf8.allSatisfy { ASCII.isAlphanumeric($0) || "-._".utf8.contains($0) }
        }
        guard names.count <= 2, areNames, port.utf8.count <= 5, port.utf8.allSatisfy(ASCII.isDigit),
            slash < rest.endIndex, !rest[slash...].hasPrefix("/-")
        else {
            throw RemoteError(
                .misconfigured, "an ssh URL names no folder of a host",
                hint: "write it as ssh://USER@HOST/path, with keys instead of a password")
        }
        let command = "ssh" + (port.isEmpty ? "" : " -p \(port)") + " \(host)"
        try self.init(remote: ":sftp,ssh=\"\(command)\":", path: String(rest[slash...]), trial: "\(command) true")
        ssh = (port.isEmpty ? [] : ["-p", port]) + [String(host)]
    }

    private init(remote: String, path: String, trial: String? = nil) throws(RemoteError) {
        let parts = path.split(separator: "/", omittingEmptySubsequences: true).map(String.init)
        guard parts.allSatisfy({ $0 != "." && $0 != ".." }) else {
            throw RemoteError(
                .misconfigured, "the URL of a remote has '.' or '..' in its path",
                because: "what that leads to depends on the host", hint: "write the whole path")
        }
        let characters = parts.last.map { Array($0.utf8) } ?? []
        // What rclone takes as the name of a bucket.
        func isPlain(_ byte: UInt8) -> Bool { ASCII.isLowercase(byte) || ASCII.isDigit(byte) }
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
