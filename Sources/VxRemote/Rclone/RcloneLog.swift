import VxModel
import VxSystem

/// The file that takes what an rclone prints.
final class RcloneOutput: Sendable {
    let file: OpenFile

    init(_ file: consuming OpenFile) { self.file = file }

    func log() throws(RemoteError) -> RcloneLog { RcloneLog(try text()) }

    func text() throws(RemoteError) -> String {
        try locally { () throws(VxError) in String(decoding: try file.contents(limit: 1 << 20), as: UTF8.self) }
    }
}

/// What rclone prints: where it listens, why it does not, what fails while it does.
struct RcloneLog {
    private let text: String

    init(_ text: String) { self.text = text }

    /// `http://127.0.0.1:PORT`, once it is there.
    var endpoint: String? {
        guard let found = text.firstRange(of: "[http://127.0.0.1:") else { return nil }
        let rest = text[found.upperBound...]
        return rest.firstIndex { !$0.isNumber }.map { "http://127.0.0.1:\(rest[..<$0])" }
    }

    /// Whether rclone has given up, although it has not ended yet.
    var hasFailed: Bool { failure != nil }

    private var failure: Substring? {
        text.split(separator: "\n").first { $0.contains("CRITICAL") || $0.contains("Failed to") }
    }

    /// What it said last of something that failed while it served.
    ///
    /// - Parameter start: bytes of the log that are of no interest.
    func lastError(after start: Int = 0) -> String? {
        // Of its server's answer vx knows already.
        String(decoding: text.utf8.dropFirst(start), as: UTF8.self).split(separator: "\n").last {
            $0.contains("ERROR :") && !$0.contains("serve s3:")
        }.map { String(Self.withoutDate($0)) }
    }

    /// Bytes so far.
    var length: Int { text.utf8.count }

    /// Words of storages for credentials they do not take.
    private static let refusals = [
        "unable to authenticate", "permission denied (", "unauthorized", "unauthorised", "status 401", "error 401",
        "http 401",
        "statuscode: 401", "statuscode: 403", "403 forbidden", "accessdenied", "access denied", "invalidaccesskeyid",
        "signaturedoesnotmatch", "expiredtoken", "invalidtoken", "invalid_grant", "invalid_client",
        "couldn't fetch token",
        "authentication failed", "authenticationfailed", "authorization failed", "login incorrect", "530 login",
        "bad credentials",
    ]

    /// Which kind of error rclone's words tell of, where they tell it.
    static func kind(of words: String) -> RemoteError.Kind? {
        let words = words.lowercased()
        if refusals.contains(where: words.contains) { return .notAuthorised }
        return unreachable.contains(where: words.contains) ? .unavailable : nil
    }

    /// Words of rclone, of Go and of ssh for a place that cannot be reached.
    private static let unreachable = [
        "connection refused", "connection reset", "connection timed out", "operation timed out", "i/o timeout",
        "handshake timeout", "deadline exceeded", "no such host", "server misbehaving", "name resolution",
        "no route to host", "host is down", "network is unreachable", "unexpectedly closed connection",
        "couldn't connect ssh",
    ]

    /// The error of an rclone that does not serve `address`, in its own words as far as it had any.
    func error(_ location: String, _ address: RcloneAddress) -> RemoteError {
        let last = text.split(separator: "\n").suffix(3).map { String(Self.withoutDate($0)) }.joined(separator: "; ")
        let said = failure.map { String(Self.withoutDate($0)) } ?? last
        var error =
            switch Self.kind(of: said) {
            case .notAuthorised: Self.refused(location, said, address)
            case .some:
                RemoteError(
                    .unavailable, "\(location) cannot be reached", because: "rclone says: \(said)",
                    hint: "is it running, the network up, the URL right? \(address.trial) shows what is wrong")
            case nil:
                RemoteError(
                    .misconfigured, "rclone cannot serve \(location)",
                    because: said.isEmpty ? "it ended and said nothing" : "it says: \(said)",
                    hint: "\(address.trial) shows what is wrong")
            }
        // It has made several attempts of its own before it said so.
        error.isFinal = true
        return error
    }

    /// The error of a place that does not take the credentials rclone has for it.
    static func refused(_ location: String, _ said: String, _ address: RcloneAddress) -> RemoteError {
        RemoteError(
            .notAuthorised, "\(location) does not let rclone in", because: "rclone says: \(said)",
            hint: "'rclone config' sets its user and password; \(address.trial) shows whether they are taken")
    }

    /// Without the time at the start of a line.
    private static func withoutDate(_ line: Substring) -> Substring {
        let rest = line.drop { $0.isNumber || $0 == "/" || $0 == ":" || $0 == " " }
        return rest.isEmpty ? line : rest
    }
}
