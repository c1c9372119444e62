extension RemoteAddress {
    /// A URL, or an option of a remote, as it may be printed: `vx.yaml` can be written by hand, and then hold what does not
    /// belong there.
    package static func shown(_ text: String) -> String {
        if text.lowercased().hasPrefix("rclone:") { return shownRclone(text) }
        guard let mark = text.firstRange(of: "://") else {
            // Without a scheme: NAME:SECRET@HOST. In USER@HOST:/path the colon comes later, in a path a slash earlier.
            guard let at = text.lastIndex(of: "@"), let colon = text[..<at].firstIndex(of: ":"),
                !text[..<colon].contains("/")
            else { return text }
            return "***" + text[at...]
        }
        let scheme = text[..<mark.lowerBound].lowercased()
        var rest = text[mark.upperBound...]
        var front = String(text[..<mark.upperBound])
        // A secret key may have slashes in it: where the first part is no plain host, all before the last @ goes.
        let host = rest.prefix { $0 != "/" }
        let port = host.firstIndex(of: ":").map { host[$0...].dropFirst() } ?? ""
        let isPlain = !host.contains("@") && port.allSatisfy(\.isNumber)
        if !isPlain, let at = rest.lastIndex(of: "@") {
            let user = rest[..<at]
            let isPlainUser = scheme == "ssh" || scheme == "sftp"
            front += isPlainUser && !user.contains(":") ? String(user) : "***"
            rest = rest[at...]
        }
        if scheme != "file", let question = rest.firstIndex(of: "?") { return front + rest[..<question] + "?***" }
        return front + rest
    }

    private static func shownRclone(_ text: String) -> String {
        let rest = text.dropFirst("rclone:".count)
        let front = text.prefix("rclone:".count)
        guard let connection = RcloneConnection(rest) else {
            // No end of the parameters can be told.
            return front + rest.prefix { $0 != "," } + (rest.contains(",") ? ",***" : "")
        }
        var shown = String(front)
        var done = rest.startIndex
        for parameter in connection.parameters where parameter.isSecret {
            shown += rest[done..<parameter.value.startIndex] + "***"
            done = parameter.value.endIndex
        }
        return shown + rest[done...]
    }
}
