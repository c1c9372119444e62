import VxConfig
import VxGit
import VxModel
import VxStore
import VxWorkspace

/// One declaration decides what is clean: main's, whichever branch is checked out.
extension Cleaner {
    /// The SHA-256 of what is declared.
    var declaration: ContentID { ContentHasher.id(of: Array("\(clean)".utf8)) }

    /// - Throws: `refused` where another branch than main is checked out, and its `vx.yaml` declares something else.
    func checkDeclaration() throws {
        let repository = workspace.repository
        let names = (workspace.configuration.roles.patterns[.main] ?? []).filter { !$0.contains("*") }
        if case .branch(let current, _) = try repository.head(), names.contains(current) { return }
        for name in names {
            guard
                let tip = try repository.reference("refs/heads/\(name)")
                    ?? repository.reference("refs/remotes/origin/\(name)")
            else { continue }
            let file: RepoPath = "vx.yaml"
            let entry = try repository.entry(at: file, inTree: try repository.tree(ofCommit: tip))
            let bytes = try entry.flatMap { try repository.blob($0.id, limit: 16 << 20) }
            guard try Configuration.parse(bytes, name: "\(name):\(file)").clean != clean else { return }
            throw VxError(
                .refused, "\(file) of the branch that is checked out declares another 'clean:' than that of \(name)",
                because: "what is clean is decided in one place, not by where somebody stands",
                hint: "'git switch \(name)' first, or 'git merge \(name)'; 'vx clean --dry-run' tries a declaration out"
            )
        }
    }
}
