import VxModel
import VxSystem

/// The file that takes what an rclone prints.
final class RcloneOutput: Sendable {
    let file: OpenFile

    init(_ file: consuming OpenFile) { self.file = file }

    func log() throws(RemoteError) -> RcloneLog {
        try locally { () throws(VxError) in
            RcloneLog(String(decoding: try file.contents(limit: 1 << 20), as: UTF8.self))
        }
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
    var lastError: String? {
        // Of its server's answer vx knows already.
        text.split(separator: "\n").last { $0.contains("ERROR :") && !$0.contains("serve s3:") }.map {
            String(Self.withoutDate($0))
        }
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
        let isUnreachable = Self.unreachable.contains { said.lowercased().contains($0) }
        var error =
            isUnreachable
            ? RemoteError(
                .unavailable, "\(location) cannot be reached", because: "rclone says: \(said)",
                hint: "is it running, the network up, the URL right? \(address.trial) shows what is wrong")
            : RemoteError(
                .misconfigured, "rclone cannot serve \(location)",
                because: said.isEmpty ? "it ended and said nothing" : "it says: \(said)",
                hint: "\(address.trial) shows what is wrong")
        // It has made several attempts of its own before it said so.
        error.isFinal = true
        return error
    }

    /// Without the time at the start of a line.
    private static func withoutDate(_ line: Substring) -> Substring {
        let rest = line.drop { $0.isNumber || $0 == "/" || $0 == ":" || $0 == " " }
        return rest.isEmpty ? line : rest
    }
}
