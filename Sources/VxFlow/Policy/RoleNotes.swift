import VxConfig
import VxGit
import VxModel

/// Where the roles of `vx.yaml` lead to nothing: a rule that holds nowhere is broken nowhere, and nobody would see it.
package enum RoleNotes {
    /// What to say of branches that were looked at and play no role, and of roles that `vx.yaml` gives to no branch there is.
    ///
    /// - Parameter branches: those that were looked at.
    /// - Throws: where references cannot be read.
    package static func notes(
        on branches: [String], _ repository: Repository, _ configuration: Configuration
    ) throws -> [String] {
        var notes = branches.filter { configuration.role(ofBranch: $0) == nil }.map {
            "'\($0)' plays no role, so no role's rules hold there: 'roles:' of vx.yaml says which branch plays which"
        }
        let known = try repository.references(withPrefix: "refs/").compactMap { PolicyCheck.branch(ofReference: $0) }
        let played = Set(known.compactMap { configuration.role(ofBranch: $0) })
        // dev has no rules of its own. The usual names are nobody's mistake: a branch may come later.
        for role in Role.allCases where role != .dev && !played.contains(role) {
            let patterns = configuration.roles.patterns[role] ?? []
            if patterns == RolePatterns.standard.patterns[role] { continue }
            let names = patterns.map { "'\($0)'" }.joined(separator: ", ")
            notes.append(
                "no branch here plays the role '\(role.rawValue)', so its rules hold nowhere: "
                    + (patterns.isEmpty ? "vx.yaml names none" : "vx.yaml gives it to \(names)"))
        }
        return notes
    }
}
