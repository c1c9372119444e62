import VxConfig
import VxGit
import VxModel
import VxRemote
import VxSystem

/// What a repository says may be read by anybody who clones it; what it runs, and who gets requests in the user's name, needs
/// the user's word: once in a clone, remembered by content in git's configuration of it.
extension Workspace {
    private static let section = "vx-trust"

    /// Everything `vx.yaml` names that needs trust.
    package var trustItems: [TrustItem] {
        // By its bytes: what Unicode holds for equal is another program to a shell.
        var seen: Set<[UInt8]> = []
        return remotes.entries.filter(needsTrust).map(TrustItem.remote)
            + configuration.commands.filter { seen.insert(Array($0.text.utf8)).inserted }.map {
                .command($0.text, $0.purpose)
            }
    }

    /// Whether a remote is one that gets requests or credentials. A folder gets none: what is read from it is proven by its
    /// hashes, like all data.
    package func needsTrust(_ entry: RemoteList.Entry) -> Bool {
        do throws(RemoteError) {
            if case .folder = try RemoteAddress(entry.url, relativeTo: root) { return false }
            return true
        } catch {
            return true  // what makes no sense is refused when it is used, and shown until then
        }
    }

    /// Which of some items may be used: by a word given before, by the variable, or since the user wrote them himself.
    package func standing(
        of items: [TrustItem], _ grants: TrustGrants
    ) async throws -> [(item: TrustItem, isTrusted: Bool)] {
        var standing = try items.map { (item: $0, isTrusted: try isRemembered($0, grants)) }
        let asked = standing.filter { !$0.isTrusted && $0.item.kind == .command }.compactMap {
            $0.item.details.first.map { Array($0.value.utf8) }
        }
        if asked.isEmpty { return standing }
        let own = try await OwnCommands(self) { text in try self.isRemembered(.command(text, ""), grants) }.own(
            of: asked)
        var written: [TrustItem] = []
        for (index, item) in items.enumerated() where !standing[index].isTrusted && item.kind == .command {
            guard let text = item.details.first?.value, own.contains(Array(text.utf8)) else { continue }
            standing[index].isTrusted = true
            written.append(item)
        }
        // So that they stay his when somebody else has them, too.
        try trust(written)
        return standing
    }

    private func isRemembered(_ item: TrustItem, _ grants: TrustGrants) throws(VxError) -> Bool {
        if grants.covers(item) { return true }
        return try repository.configString("\(Self.section).\(item.id).what") != nil
    }

    /// Remembers that the user trusts these in this clone.
    package func trust(_ items: [TrustItem]) throws(VxError) {
        var seen: Set<ContentID> = []
        var sections: [(String, String)] = []
        for item in items where seen.insert(item.id).inserted {
            if try isRemembered(item, TrustGrants([:])) { continue }
            // For whoever reads the file: plain signs only.
            let plain = item.title.utf8.map { (0x20..<0x7f).contains($0) ? $0 : UInt8(ascii: "?") }
            sections.append((item.id.hex, String(decoding: plain.prefix(80), as: UTF8.self)))
        }
        try repository.addConfigSections(Self.section, setting: "what", sections)
    }

    /// Forgets all that was trusted in this clone.
    package func forgetTrust() throws(VxError) {
        try repository.removeConfigSections(beginningWith: "\(Self.section).")
    }

    /// - Throws: `untrusted` where a remote is not to be talked to yet.
    func requireTrust(in entry: RemoteList.Entry, _ access: RemoteAccess) throws {
        guard needsTrust(entry) else { return }
        let item = TrustItem.remote(entry)
        let settings = RemoteSettings(name: entry.name, url: entry.url, options: entry.options)
        if try access.trusted.contains(item) || isRemembered(item, TrustGrants(access.environment)) {
            if let server = settings.openServer {
                access.warn?(
                    "all that goes to the remote '\(entry.name)' can be read on the way: \(server) is plain http")
            }
            return
        }
        let place = ([RemoteAddress.shown(entry.url)] + item.details.dropFirst().map { "\($0.name) \($0.value)" })
            .joined(separator: ", ")
        throw VxError(
            .untrusted, "the remote '\(entry.name)' is not trusted in this clone",
            because: "the repository names it, and it would get requests under your name: \(place)",
            hint: TrustGrants.hintInCI(access.environment)
                ?? "'vx trust' shows it in full and trusts it; then repeat the command")
    }

    /// - Parameters:
    ///   - environment: variables, one of which may grant it.
    ///   - hint: the command that trusts them.
    /// - Throws: `untrusted` where one of some commands is not to be run yet.
    package func requireTrust(
        inCommands items: [TrustItem], _ environment: [String: String], hint: String = "vx trust"
    ) async throws {
        let grants = try TrustGrants(environment)
        for (item, isTrusted) in try await standing(of: items, grants) where !isTrusted {
            throw VxError(
                .untrusted, "a command of this repository is not trusted in this clone",
                because: "\(item.title): \(item.details.map(\.value).joined())",
                hint: TrustGrants.hintInCI(environment)
                    ?? "'\(hint)' shows it in full and trusts it; then repeat the command")
        }
    }
}
