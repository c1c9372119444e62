import VxConfig
import VxGit
import VxModel
import VxStore
import VxWorkspace

/// One declaration decides what is clean: main's, whichever branch is checked out.
extension Cleaner {
    /// The SHA-256 of what is declared, with the schemas it names.
    var declaration: ContentID { ContentHasher.id(of: Array("\(clean)".utf8) + schemas.text) }

    /// - Throws: where `clean: {files: …}` leaves out all there is: a slip in a pattern would empty clean.
    func requireMatch(_ sources: [Source], _ commit: GitObjectID, _ branch: String) throws {
        guard sources.isEmpty, let file = try workspace.dataFiles(commit).first else { return }
        throw VxError(
            "'clean: {files: …}' of vx.yaml matches no file of \(branch)", because: "one of them is \(file.path)",
            hint: "put the pattern right in vx.yaml; 'vx ls \(typed: branch)' lists the files")
    }

    /// - Throws: where a check or transform is no command to the shell, or calls a script that is not there: it would leave out
    ///   every file.
    func requireCommands() throws {
        let checks = clean.checks.enumerated().compactMap { number, check in
            check.run.map { (what: "check \(number + 1) of 'clean: {checks: …}'", command: $0) }
        }
        for (what, command) in checks + clean.transforms.map({ ("the transform '\($0.name)'", $0.run) }) {
            let complaint = try CheckCommand.complaint(about: command, in: workspace.root, workspace.cancellation)
            if let complaint {
                throw VxError(
                    "\(what) is no command that the shell can read: '\(command)'", because: complaint,
                    hint: "mend the command in vx.yaml: quotes, brackets and 'fi' or 'done' come in pairs; nothing was changed")
            }
            guard let missing = try CommandScripts.missing(in: command, at: workspace.root) else { continue }
            throw VxError(
                "\(what) calls '\(missing.word)' in '\(command)'", because: missing.reason,
                hint: "be on the branch that has it, or put it right in vx.yaml; nothing was changed")
        }
    }

    /// Checks and transforms whose `files:` match neither a file of the source nor, for checks, one that was made.
    func unmatched(_ sources: [RepoPath], _ made: [RepoPath]) -> [String] {
        if sources.isEmpty { return [] }
        func shown(_ patterns: [PathPattern]) -> String { patterns.map { "'\($0.text)'" }.joined(separator: ", ") }
        let checks = clean.checks.filter { check in !(sources + made).contains { check.files.matches($0) } }
        let transforms = clean.transforms.filter { transform in !sources.contains { transform.files.matches($0) } }
        return checks.map { "no file is what a check of vx.yaml is about: 'files' is \(shown($0.files))" }
            + transforms.map { "no file is what the transform '\($0.name)' is about: 'files' is \(shown($0.files))" }
    }
}
