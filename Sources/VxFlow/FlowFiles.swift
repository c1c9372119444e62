import VxConfig
import VxGit
import VxModel
import VxWorkspace

/// Where the road's own files stand.
package enum FlowFiles {
    /// Reports and manifests that are committed beside the data.
    package static let folder: RepoPath = "manifests"
    /// What `vx clean` left out, and why; what its transforms made.
    package static let clean: RepoPath = "manifests/clean.json"
    /// How the data was divided, and the proof.
    package static let split: RepoPath = "manifests/split.json"
    /// The trailer that names the commit data was made from.
    package static let derivedFrom = "Derived-From"
    /// The command that makes a commit of data of a branch, and names where it comes from.
    static func committing(from source: String) -> String {
        "'git commit --trailer \"\(derivedFrom): \(typed: source)@$(git rev-parse \(typed: source))\"'"
    }

    /// The trailer that names the tag of the model a batch came from.
    package static let model = "Model"

    /// Where a file of one branch stands on the next: `data/raw/a/b.csv` becomes `data/clean/a/b.csv`.
    ///
    /// - Parameter origins: folders that are dropped from the front; the first that fits.
    package static func relocated(_ path: RepoPath, from origins: [RepoPath], into folder: RepoPath) -> RepoPath {
        for origin in origins where path.isInside(origin) && path != origin {
            return folder.appending(path.bytes.dropFirst(origin.bytes.count + 1))
        }
        return folder.appending(path.bytes)
    }

    /// - Throws: `refused` where a data file would get the name of one that git itself reads.
    package static func requireData(_ path: RepoPath, from source: RepoPath) throws(VxError) {
        guard path.isForGit else { return }
        throw VxError(
            .refused, "\(source) would become \(path), a file that git itself reads",
            because: "its pointer would stand there, and git would go by that",
            hint: "give it another name, or leave it out with 'files:' in vx.yaml; nothing was changed")
    }

    /// The branch a role's data is written to: the first of its patterns that is a name.
    package static func target(_ role: Role, in configuration: Configuration) throws(VxError) -> String {
        if let name = configuration.roles.patterns[role]?.first(where: { !$0.contains("*") }) { return name }
        throw VxError(
            .usage, "vx.yaml does not say which branch plays the role '\(role.rawValue)'",
            hint: "write its name: 'roles: {\(role.rawValue): \(role.rawValue)}'")
    }

    /// Where a branch begins that does not exist yet: with main, so that git can merge it with every other branch.
    ///
    /// - Throws: `refused` where there is no commit at all.
    package static func beginning(_ repository: Repository, _ configuration: Configuration) throws -> GitObjectID {
        for name in configuration.roles.patterns[.main] ?? [] {
            if let tip = try repository.reference("refs/heads/\(name)") { return tip }
        }
        if let head = try repository.head().commit { return head }
        throw VxError(
            .refused, "there is no commit yet that a branch could begin with",
            hint: "make one: 'git add vx.yaml && git commit -m start'")
    }

    /// The branch the data of a role comes from: the one that is named, or the first of the role before.
    package static func source(_ named: String?, _ role: Role, in configuration: Configuration) throws(VxError)
        -> String
    {
        if let named { return named }
        if let name = configuration.roles.patterns[role]?.first(where: { !$0.contains("*") }) { return name }
        throw VxError(
            .usage, "vx.yaml does not say which branch plays the role '\(role.rawValue)'",
            hint: "write its name: 'from: BRANCH' in '\(role == .raw ? "clean" : "split")'")
    }
}
