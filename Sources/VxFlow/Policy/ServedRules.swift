import VxConfig
import VxGit
import VxModel
import VxWorkspace

/// The rules about `.gitattributes`: pointers and the lines that give their paths to vx go together. A pointer that no filter
/// serves stays text in every clone from its next checkout on; data that came in as bytes is in git for ever.
extension PolicyCheck {
    func checkServed(_ candidate: Candidate, _ branch: String) throws {
        let policy = configuration.policy
        if policy.severity(of: .dataServed) == .off, policy.severity(of: .dataPointers) == .off { return }
        let own = try reader.ownChanges(candidate)
        let attributes = reader.attributes(candidate.tree)
        func judge(_ path: RepoPath, _ item: TreeItem, _ answers: [String: AttributeStack.Answer]) throws {
            // A path at which nothing may be written is another rule's.
            guard path.fault(isSymlink: item.mode == .symlink) == nil,
                let fault = try repository.attributeFault(of: item, at: path, answers)
            else { return }
            report(fault, path, candidate, branch)
        }
        for change in own {
            guard let new = change.new else { continue }
            try judge(change.path, new, attributes.answers(for: change.path))
        }
        // Lines that came or went may be about files that stay as they are.
        try repository.eachFile(
            of: candidate.tree, attributes,
            differingFrom: candidate.parents.first.map { reader.attributes(try repository.tree(ofCommit: $0)) },
            below: own.filter { $0.path.name == Workspace.attributesPath }.map(\.path.parent),
            without: Set(own.map(\.path))
        ) { try judge($0.path, TreeItem(mode: $0.mode, id: $0.id), $1) }
    }

    private func report(_ fault: AttributeFault, _ path: RepoPath, _ candidate: Candidate, _ branch: String) {
        switch fault {
        case .unserved(let answer):
            let why = answer.map { "says '\($0.spelled("filter"))' of it" } ?? "does not give the path to vx"
            let line = answer.map { "take that out of line \($0.line) of \($0.file), or " } ?? ""
            add(
                .dataServed, on: branch, candidate.id, path,
                "\(path) is a pointer, and .gitattributes \(why): it stays text in every new checkout",
                wayOut: "\(line)give it to vx with 'vx add \(typed: path)'; the commit takes .gitattributes along")
        case .changed(let attribute, let answer):
            add(
                .dataServed, on: branch, candidate.id, path,
                "\(path) is a pointer, and git would change its text: .gitattributes says '\(answer.spelled(attribute))' of it",
                wayOut: "take that out of line \(answer.line) of \(answer.file)")
        case .inGit(let size):
            add(
                .dataPointers, on: branch, candidate.id, path,
                "\(path) is in git itself (\(ByteCount.text(size))), and .gitattributes gives the path to vx",
                wayOut:
                    "'vx install' where it was committed; then 'vx add \(typed: path)' and a commit make it a pointer")
        }
    }
}
