import VxConfig
import VxGit
import VxModel

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

    /// Where a file of one branch stands on the next: `data/raw/a/b.csv` becomes `data/clean/a/b.csv`.
    ///
    /// - Parameter origins: folders that are dropped from the front; the first that fits.
    package static func relocated(_ path: RepoPath, from origins: [RepoPath], into folder: RepoPath) -> RepoPath {
        for origin in origins where path.isInside(origin) && path != origin {
            return folder.appending(path.bytes.dropFirst(origin.bytes.count + 1))
        }
        return folder.appending(path.bytes)
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
