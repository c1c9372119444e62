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
        var seen: Set<String> = []
        return remotes.entries.filter(needsTrust).map(TrustItem.remote)
            + configuration.commands.filter { seen.insert($0.text).inserted }.map { .command($0.text, $0.purpose) }
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

    /// Whether something may be used: by a word given before, by the variable, or since the user wrote it himself.
    package func isTrusted(_ item: TrustItem, _ grants: TrustGrants) async throws -> Bool {
        if try isRemembered(item, grants) { return true }
        guard item.kind == .command, let text = item.details.first?.value else { return false }
        let own = OwnCommands(self) { text in try self.isRemembered(.command(text, ""), grants) }
        guard try await own.contains(text) else { return false }
        // So that it stays his when somebody else has it, too.
        try trust([item])
        return true
    }

    private func isRemembered(_ item: TrustItem, _ grants: TrustGrants) throws(VxError) -> Bool {
        if grants.covers(item) { return true }
        return try repository.configString("\(Self.section).\(item.id).what") != nil
    }

    /// Remembers that the user trusts these in this clone.
    package func trust(_ items: [TrustItem]) throws(VxError) {
        for item in items where try !isRemembered(item, TrustGrants([:])) {
            // For whoever reads the file: plain signs only.
            let plain = item.title.utf8.map { (0x20..<0x7f).contains($0) ? $0 : UInt8(ascii: "?") }
            let what = String(decoding: plain.prefix(80), as: UTF8.self)
            try repository.setConfig("\(Self.section).\(item.id).what", what)
        }
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
            hint: "'vx trust' shows it in full and trusts it; then repeat the command")
    }

    /// - Parameters:
    ///   - environment: variables, one of which may grant it.
    ///   - hint: the command that trusts them.
    /// - Throws: `untrusted` where one of some commands is not to be run yet.
    package func requireTrust(
        inCommands items: [TrustItem], _ environment: [String: String], hint: String = "vx trust"
    ) async throws {
        let grants = try TrustGrants(environment)
        for item in items where try await !isTrusted(item, grants) {
            throw VxError(
                .untrusted, "a command of this repository is not trusted in this clone",
                because: "\(item.title): \(item.details.map(\.value).joined())",
                hint: "'\(hint)' shows it in full and trusts it; then repeat the command")
        }
    }
}
