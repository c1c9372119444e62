import VxModel

import struct SystemPackage.FilePath

extension GitProcess {
    /// Whose name is asked for.
    package enum IdentityKind: String, Sendable {
        case author = "GIT_AUTHOR_IDENT"
        case committer = "GIT_COMMITTER_IDENT"
    }

    /// Who git would say makes a commit now: environment, configuration and dates are git's to weigh.
    ///
    /// - Throws: where git knows no name or address, with how to set them.
    package func identity(_ kind: IdentityKind, in directory: FilePath) async throws(VxError) -> Identity {
        let hint = "git config --global user.name 'Your Name'; git config --global user.email you@example.com"
        let line = try await check("git does not know who you are", ["var", kind.rawValue], in: directory, hint: hint)
        guard let identity = Identity(line: Self.text(line)) else {
            throw VxError("cannot read who git says you are", because: "it said '\(Self.text(line))'")
        }
        return identity
    }
}

extension Identity {
    /// Reads git's form: `name <email> seconds ±hhmm`.
    init?(line: String) {
        guard let open = line.lastIndex(of: "<"), let close = line.lastIndex(of: ">"), open < close else { return nil }
        let rest = line[line.index(after: close)...].split(separator: " ")
        guard rest.count == 2, let time = Int64(rest[0]), let zone = Int(rest[1]) else { return nil }
        let minutes = abs(zone) / 100 * 60 + abs(zone) % 100
        let name = line[..<open]
        self.init(
            name: String(name.last == " " ? name.dropLast() : name),
            email: String(line[line.index(after: open)..<close]), time: time,
            offsetMinutes: zone < 0 ? -minutes : minutes)
    }
}
