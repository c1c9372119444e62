import VxConfig
import VxModel
import VxRemote
import VxStore

/// Something a repository names that is not used before its user says so: a command, or a place that gets requests under his
/// name (docs/security.md).
package struct TrustItem: Sendable, Equatable {
    package enum Kind: String, Sendable { case remote, command }

    package var kind: Kind
    /// What it is: "remote 'store'", "check of 'vx clean'".
    package var title: String
    /// All that decides what it does, in full.
    package var details: [Detail]
    /// What is remembered: other content is another id.
    package var id: ContentID

    package struct Detail: Sendable, Equatable {
        package var name: String
        package var value: String
    }

    /// A remote: with its name, since git's configuration may hold credentials under it, and all but what makes it slower or
    /// faster.
    package static func remote(_ entry: RemoteList.Entry) -> TrustItem {
        let options = entry.options.filter { !["connections", "bandwidth"].contains($0.key) }
        let content: JSONValue = [
            "remote": .string(entry.name), "url": .string(entry.url),
            "options": .object(options.mapValues(JSONValue.string)),
        ]
        return TrustItem(
            kind: .remote, title: "remote '\(entry.name)'",
            details: [Detail(name: "url", value: RemoteAddress.shown(entry.url))]
                + options.sorted { $0.key < $1.key }.map { .init(name: $0.key, value: RemoteAddress.shown($0.value)) },
            id: ContentHasher.id(of: Array(content.canonical.utf8)))
    }

    /// A command, by its text.
    package static func command(_ text: String, _ purpose: String) -> TrustItem {
        let content: JSONValue = ["command": .string(text)]
        return TrustItem(
            kind: .command, title: purpose, details: [Detail(name: "run", value: text)],
            id: ContentHasher.id(of: Array(content.canonical.utf8)))
    }
}

/// What the variable `VX_TRUST` says may be used without asking: for machines.
package struct TrustGrants: Sendable, Equatable {
    package static let variable = "VX_TRUST"

    private var kinds: Set<String> = []
    private var ids: Set<ContentID> = []

    /// What to do where nobody is there to look at anything: in a job of a CI server. `nil` where somebody may be.
    ///
    /// - Parameter environment: every server sets the variable `CI`.
    package static func hintInCI(_ environment: [String: String]) -> String? {
        if ["", "0", "false"].contains(environment["CI"] ?? "") { return nil }
        return
            "let the CI server set the variable \(variable) of this job to the id that 'vx trust list --json' prints in your own clone; 'vx help security' says more"
    }

    /// Reads `remotes`, `commands`, `all`, and ids that `vx trust list --json` prints, with commas between them.
    ///
    /// - Throws: `usage` for any other word: it would be taken for more, or less, than it is.
    package init(_ environment: [String: String]) throws(VxError) {
        let words = environment[Self.variable] ?? ""
        for word in words.split(whereSeparator: { $0 == "," || $0.isWhitespace }) {
            switch word {
            case "all": kinds.formUnion([TrustItem.Kind.remote.rawValue, TrustItem.Kind.command.rawValue])
            case "remotes": kinds.insert(TrustItem.Kind.remote.rawValue)
            case "commands": kinds.insert(TrustItem.Kind.command.rawValue)
            default:
                guard let id = ContentID(hex: Array(word.utf8)) else {
                    throw VxError(
                        .usage, "the variable \(Self.variable) has a word that means nothing: '\(word)'",
                        hint: "write all, remotes, commands, or ids from 'vx trust list --json', with commas between")
                }
                ids.insert(id)
            }
        }
    }

    func covers(_ item: TrustItem) -> Bool { kinds.contains(item.kind.rawValue) || ids.contains(item.id) }
}
