import VxGit
import VxModel
import VxSystem

/// What a check of everything goes through.
extension Workspace {
    /// The paths of every reference's tree, remote ones too, that nothing may be written at: each with the first that has it.
    ///
    /// - Parameter absent: gets the trees that a partial clone has not got whole, and that are not looked at.
    func badPaths(_ absent: inout Set<GitObjectID>) throws -> [FsckResult.BadPath] {
        let paths = TreePaths(repository)
        let isPartial = try !repository.promisorRemotes().isEmpty
        var found: [FsckResult.BadPath] = []
        var seen: Set<GitObjectID> = []
        for name in try ["HEAD"] + repository.references(withPrefix: "refs/") {
            try cancellation.check()
            // A tag of a tree or a blob is nothing to check out.
            guard let commit = try? repository.findCommit(name) else { continue }
            let tree = try repository.tree(ofCommit: commit)
            guard seen.insert(tree).inserted else { continue }
            do throws(VxError) {
                found += try paths.findings(in: tree).map { .init(place: name, path: $0.path, fault: $0.fault) }
            } catch {
                guard isPartial else { throw error }
                absent.insert(tree)
            }
        }
        return found
    }

    /// The data files of all tips, under the name of each, then those that only history or a reflog still has, each content
    /// once.
    ///
    /// - Parameter absent: gets what a partial clone has left out.
    func namedFiles(
        _ absent: inout Set<GitObjectID>
    ) throws -> [(place: String, file: DataFile, isHistory: Bool)] {
        var files = try filesOfAllTips(&absent).map { ($0.place, $0.file, false) }
        var known = Set(files.map(\.1.pointer.id))
        let walk = try ObjectWalk(repository)
        let texts = AttributeTexts()
        // The walk goes commit by commit.
        var last: (commit: GitObjectID, owner: TreeAttributes)?
        func owner(in commit: GitObjectID) throws -> TreeAttributes {
            if let last, last.commit == commit { return last.owner }
            let made = TreeAttributes(repository, try repository.tree(ofCommit: commit), texts)
            last = (commit, made)
            return made
        }
        for root in try repository.rootObjects() {
            try walk.walk(from: root, cancellation: cancellation) { file in
                // What no commit leads to and has LFS's form is LFS's.
                let owner: any PathOwner = try file.commit.map(owner) ?? NoAttributes()
                let item = TreeItem(mode: .regular, id: file.id)
                guard let pointer = try repository.soundPointer(of: item, at: file.path, owner: owner),
                    known.insert(pointer.id).inserted
                else { return }
                let place = file.commit?.short ?? root.place
                files.append((place, DataFile(path: file.path, pointer: pointer, isExecutable: false), true))
            }
        }
        absent.formUnion(walk.absent)
        return files
    }

    /// The data files of all the tips, under the name of each.
    private func filesOfAllTips(_ absent: inout Set<GitObjectID>) throws -> [(place: String, file: DataFile)] {
        let isPartial = try !repository.promisorRemotes().isEmpty
        func isHere(_ id: GitObjectID) -> Bool {
            if !isPartial || repository.hasObject(id) { return true }
            absent.insert(id)
            return false
        }
        var tips: [(name: String, commit: GitObjectID)] = []
        for name in try repository.branches() {
            if let commit = try repository.reference("refs/heads/\(name)") { tips.append((name, commit)) }
        }
        for name in try repository.tags() {
            // A tag of a tree or a blob names no files of a commit.
            if let commit = try attempting({ try repository.findCommit("refs/tags/\(name)") }) ?? nil {
                tips.append((name, commit))
            }
        }
        if case .detached(let commit) = try repository.head() { tips.append(("HEAD", commit)) }
        var files: [(String, DataFile)] = []
        let texts = AttributeTexts()
        for tip in tips {
            try cancellation.check()
            let tree = try repository.tree(ofCommit: tip.commit)
            let owner = TreeAttributes(repository, tree, texts)
            try repository.walkTree(tree, where: isHere) { entry in
                let item = TreeItem(mode: entry.mode, id: entry.id)
                guard entry.mode.isFile, isHere(entry.id),
                    let pointer = try repository.soundPointer(of: item, at: entry.path, owner: owner)
                else { return }
                files.append((tip.name, DataFile(path: entry.path, pointer: pointer, isExecutable: false)))
            }
        }
        let index = try repository.readIndex()
        let owner = try FilterRules(self, index)
        for entry in index.entries where entry.stage == 0 && entry.mode.isFile {
            guard isHere(entry.id),
                let pointer = try repository.soundPointer(of: entry.item, at: entry.path, owner: owner)
            else { continue }
            files.append(("index", DataFile(path: entry.path, pointer: pointer, isExecutable: false)))
        }
        return files
    }
}
