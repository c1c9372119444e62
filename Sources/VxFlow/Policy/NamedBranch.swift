import VxConfig
import VxGit
import VxModel

/// A branch as people name it: by its name, by its reference, or as a remote has it.
extension CheckTarget {
    /// The branch that `--branch` means: whose rules hold.
    ///
    /// On a CI server a branch may have no reference: its name is taken where it plays a role by `vx.yaml`.
    ///
    /// - Throws: `usage` where there is no such branch and no role for one of that name, with what is near.
    package static func branch(
        asTyped typed: String, _ repository: Repository, _ configuration: Configuration
    ) throws -> String {
        if let name = try branch(spelled: typed, repository) { return name }
        let name = typed.hasPrefix("refs/heads/") ? String(typed.dropFirst(11)) : typed
        if !name.hasPrefix("refs/"), isName(name), configuration.role(ofBranch: name) != nil { return name }
        let patterns = configuration.roles.patterns.values.flatMap(\.self).filter { !$0.contains("*") }
        let here = try repository.references(withPrefix: "refs/").compactMap(PolicyCheck.branch(ofReference:))
        let known = Set(here + patterns).sorted()
        let last = name.split(separator: "/").last.map(String.init) ?? name
        let near = Suggestion.nearest(to: name, among: known) ?? known.first { $0 == last }
        throw VxError(
            .usage, "there is no branch '\(typed)', and no role for one of that name",
            hint: near.map { "did you mean '\($0)'?" }
                ?? (known.isEmpty ? "there is none yet" : "there are: \(known.prefix(20).joined(separator: ", "))"))
    }

    /// The branch a text names: itself, its reference, or a remote's; `nil` where there is none.
    static func branch(spelled text: String, _ repository: Repository) throws -> String? {
        if text.isEmpty { return nil }
        if text == "HEAD" || text == "@" { return try currentBranch(repository) }
        if try tip(ofBranch: text, repository) != nil { return text }
        for prefix in ["refs/heads/", "heads/"] where text.hasPrefix(prefix) {
            let name = String(text.dropFirst(prefix.count))
            if try repository.reference("refs/heads/\(name)") != nil { return name }
        }
        for prefix in ["refs/remotes/", "remotes/", ""] where text.hasPrefix(prefix) {
            let rest = String(text.dropFirst(prefix.count))
            for remote in try repository.remotes() where rest.hasPrefix(remote.name + "/") {
                let name = String(rest.dropFirst(remote.name.count + 1))
                if name != "HEAD", try repository.reference("refs/remotes/\(rest)") != nil { return name }
            }
        }
        return nil
    }

    /// What git takes as the name of a branch, as far as it matters here.
    private static func isName(_ text: String) -> Bool {
        !text.isEmpty
            && text.unicodeScalars.allSatisfy { !VisibleText.isHidden($0) && !" ~^:?*[\\".unicodeScalars.contains($0) }
    }
}
