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
        let suspects = try suspects(candidate)
        if suspects?.isEmpty == true { return }
        let own = try reader.ownChanges(candidate)
        let attributes = reader.attributes(candidate.tree)
        func judge(_ path: RepoPath, _ item: TreeItem) throws {
            // A path at which nothing may be written is another rule's.
            guard suspects?.contains(path) != false, path.fault(isSymlink: item.mode == .symlink) == nil,
                let fault = try repository.attributeFault(of: item, at: path, attributes)
            else { return }
            report(fault, path, candidate, branch)
        }
        for change in own {
            guard let new = change.new else { continue }
            try judge(change.path, new)
        }
        // Lines that came or went may be about files that stay as they are.
        try repository.eachFile(
            of: candidate.tree, attributes,
            differingFrom: candidate.parents.first.map { reader.attributes(try repository.tree(ofCommit: $0)) },
            below: own.filter { $0.path.name == Workspace.attributesPath }.map(\.path.parent),
            without: own
        ) { try judge($0.path, TreeItem(mode: $0.mode, id: $0.id)) }
    }

    /// All paths of a commit that is being made about which something may be wrong; `nil` where all have to be looked at. What is
    /// found is kept for the next look at HEAD, of `vx status`: the pointers of a large commit are read once.
    private func suspects(_ candidate: Candidate) throws -> Set<RepoPath>? {
        let files = UnservedFiles(repository)
        // A first look at a large tree is not for the commit of a line to make.
        guard candidate.id == nil, try candidate.parents.isEmpty || files.isKept else { return nil }
        return Set(try files.paths(in: candidate.tree))
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
        case .damaged(let flaw):
            add(
                .dataPointers, on: branch, candidate.id, path,
                "\(path) starts as a pointer and is none: \(flaw.text)",
                wayOut:
                    "put a good one back with 'git checkout COMMIT -- \(typed: path)', or the data there with 'vx add \(typed: path)'"
            )
        case .inGit(let size):
            add(
                .dataPointers, on: branch, candidate.id, path,
                "\(path) is in git itself (\(ByteCount.text(size))), and .gitattributes gives the path to vx",
                wayOut:
                    "'vx install' where it was committed; then 'vx add \(typed: path)' and a commit make it a pointer")
        }
    }
}
