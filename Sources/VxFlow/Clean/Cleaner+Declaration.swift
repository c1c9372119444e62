import VxConfig
import VxModel
import VxStore
import VxWorkspace

/// One declaration decides what is clean: main's, whichever branch is checked out.
extension Cleaner {
    /// The SHA-256 of what is declared.
    var declaration: ContentID { ContentHasher.id(of: Array("\(clean)".utf8)) }

    /// - Throws: `refused` where another branch than main is checked out, and its `vx.yaml` declares something else.
    func checkDeclaration() throws {
        let own = workspace.configuration
        let governing = try GoverningConfiguration.ofWorkTree(workspace.repository, own: own, isCommitting: false)
        if governing.clean == clean { return }
        let main = try FlowFiles.target(.main, in: governing)
        throw VxError(
            .refused, "vx.yaml of the branch that is checked out declares another 'clean:' than that of \(main)",
            because: "what is clean is decided in one place, not by where somebody stands",
            hint: "'git switch \(main)' first, or 'git merge \(main)'; 'vx clean --dry-run' tries a declaration out")
    }
}
