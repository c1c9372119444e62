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

extension GitProcess {
    /// Writes a commit object that is signed as the user's git signs: `gpg.format`, `user.signingKey`. No reference moves.
    ///
    /// - Throws: where git cannot sign it.
    package func signCommit(
        tree: GitObjectID, parents: [GitObjectID], message: String, author: Identity, committer: Identity,
        in directory: FilePath
    ) async throws(VxError) -> GitObjectID {
        var variables: [String: String?] = [:]
        for (role, identity) in [("AUTHOR", author), ("COMMITTER", committer)] {
            let line = try identity.line()
            variables["GIT_\(role)_NAME"] = identity.name
            variables["GIT_\(role)_EMAIL"] = identity.email
            // Seconds and zone, as they end the line.
            let date = line.split(separator: " ").suffix(2).joined(separator: " ")
            variables["GIT_\(role)_DATE"] = "@\(date)"
        }
        let output = try await check(
            "git could not sign the commit", ["commit-tree", "-S"] + parents.flatMap { ["-p", $0.hex] } + [tree.hex],
            in: directory, input: Array(message.utf8), environment: variables,
            hint: "'git config user.signingKey' and 'git config gpg.format' say with what; 'git commit -S' tries it")
        guard let commit = GitObjectID(hex: Self.text(output)) else {
            throw VxError("git gave no commit for what it signed")
        }
        return commit
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
