import VxModel
import VxSystem

/// What git and its long-running filter say to each other before, between and after files' bytes.
struct FilterTalk {
    let input: PacketReader
    let output: PacketWriter

    /// Finds out that git is at the other end, and says what vx can do.
    ///
    /// - Parameter canWait: whether git may be answered "later".
    /// - Throws: `usage` where it is not git.
    func shakeHands(canWait: Bool) throws {
        guard let hello = try input.list(), hello.first == Array("git-filter-client".utf8),
            hello.contains(Array("version=2".utf8))
        else {
            throw VxError(
                .usage, "vx filter-process speaks with git, not with people",
                hint: "git starts it by itself once 'vx install' has been run")
        }
        try output.line("git-filter-server")
        try output.line("version=2")
        output.flush()
        try output.send()
        let offered = try input.list() ?? []
        for capability in ["capability=clean", "capability=smudge"] + (canWait ? ["capability=delay"] : [])
        where offered.contains(Array(capability.utf8)) {
            try output.line(capability)
        }
        output.flush()
        try output.send()
    }

    /// The lines `NAME=VALUE` of a request.
    static func fields(_ header: [[UInt8]]) -> [String: [UInt8]] {
        var fields: [String: [UInt8]] = [:]
        for line in header {
            guard let equals = line.firstIndex(of: UInt8(ascii: "=")) else { continue }
            fields[String(decoding: line[..<equals], as: UTF8.self)] = Array(line[(equals + 1)...])
        }
        return fields
    }

    /// Answers with bytes.
    func succeed(with answer: [UInt8], _ content: PacketContent) throws {
        try content.skipRest()
        try output.line("status=success")
        output.flush()
        try output.data(answer)
        output.flush()
        output.flush()
    }

    /// Refuses one file.
    func refuse(_ content: PacketContent) throws {
        try content.skipRest()
        try output.line("status=error")
        output.flush()
    }
}
