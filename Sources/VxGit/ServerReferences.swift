import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// The references of a git server, as it tells them itself; what a clone remembers of it may be long gone there.
package enum ServerReferences: Sendable {
    /// A reference, and the object it names. Where that is a tag's own, one with `^{}` after the name follows and names the
    /// commit.
    package typealias Line = (name: String, id: GitObjectID)

    /// It did not answer, and why.
    case unknown(reason: String)
    /// All it has of the kinds that were asked for.
    case known([Line])

    /// Asks a server: one connection.
    ///
    /// Nobody is asked for a password, and a server that is silent is not waited for any longer than `timeout` seconds.
    ///
    /// - Parameters:
    ///   - server: the name of one of git's remotes, or a URL or path that git takes.
    ///   - kinds: options of `git ls-remote`: `--tags`, say.
    /// - Throws: where the repository's folder cannot be written to; `interrupted`.
    package static func asked(
        _ server: String, _ kinds: String, for repository: Repository, timeout: Int, cancellation: Cancellation
    ) throws(VxError) -> ServerReferences {
        // An 'ssh' that has something to ask asks the program 'false'.
        let silence = "LC_ALL=C GIT_TERMINAL_PROMPT=0 GIT_ASKPASS= SSH_ASKPASS=false SSH_ASKPASS_REQUIRE=force"
        let command = ShellText("\(silence) git ls-remote \(kinds) -- {server}").replacing("{server}", with: server)
        let log = Files.temporarySibling(of: repository.gitDirectory.appending("vx-references"))
        defer { try? Files.remove(log) }  // a file of a few kilobytes that stays does no harm
        let outcome = try ShellCommand.run(
            command, in: repository.workTree ?? repository.gitDirectory, output: log, timeout: Double(timeout),
            cancellation: cancellation)
        let text = String(decoding: try Files.read(log, limit: 1 << 30) ?? [], as: UTF8.self)
        if outcome.timedOut { return .unknown(reason: "it did not answer within \(timeout) seconds") }
        if outcome.status != 0 {
            let lines = text.split(whereSeparator: \.isNewline)
            let reason = lines.first { $0.hasPrefix("fatal: ") }?.dropFirst(7) ?? lines.last
            return .unknown(reason: reason.map(String.init) ?? "git ls-remote ended with \(outcome.status)")
        }
        return .known(parsed(text))
    }

    /// Lines of `<id> TAB <name>`.
    package static func parsed(_ text: String) -> [Line] {
        text.split(whereSeparator: \.isNewline).compactMap { line in
            let fields = line.split(separator: "\t", maxSplits: 1)
            guard fields.count == 2, let id = GitObjectID(hex: String(fields[0])) else { return nil }
            return (String(fields[1]), id)
        }
    }
}
