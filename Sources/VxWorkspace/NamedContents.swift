import VxGit
import VxModel
import VxSystem

/// A content, and a place in the history that names it.
package struct NamedContent: Sendable {
    package var pointer: Pointer
    package var commit: GitObjectID
    package var path: RepoPath
}

extension Workspace {
    /// Every content that some commits name, with the first place found that does: not only those of the newest tree.
    ///
    /// - Parameters:
    ///   - tips: commits to begin at, each followed through all its history.
    ///   - known: commits whose history is left out: what a remote has already.
    ///   - paths: only what commits have below these; everything where it is empty.
    /// - Throws: where a commit or tree is missing.
    package func contents(
        namedBy tips: [GitObjectID], without known: [GitObjectID], inside paths: [RepoPath] = []
    ) async throws -> [NamedContent] {
        if tips.isEmpty { return [] }
        try await PromisedObjects(repository, in: root).fetch(
            reachableFrom: tips, without: known.filter { repository.hasObject($0) })
        return try contents(namedBy: try await commits(tips, without: known), inside: paths)
    }

    /// Every content that some commits name themselves, without their history; oldest first.
    func contents(namedBy commits: [GitObjectID], inside paths: [RepoPath] = []) throws -> [NamedContent] {
        var found: [ContentID: Int] = [:]
        var contents: [NamedContent] = []
        var blobs: Set<GitObjectID> = []
        let texts = AttributeTexts()
        for commit in commits {
            try cancellation.check()
            let info = try repository.commitInfo(commit)
            // What the first parent has too is named by it, or by a commit that was left out.
            let parent = try info.parents.first.flatMap { parent in
                repository.hasObject(parent) ? try repository.tree(ofCommit: parent) : nil
            }
            let owner = TreeAttributes(repository, info.tree, texts)
            for change in try repository.diffTrees(parent, info.tree) {
                guard let new = change.new, new.mode.isFile,
                    paths.isEmpty || paths.contains(where: { change.path.isInside($0) }), blobs.insert(new.id).inserted,
                    let pointer = try repository.soundPointer(of: new, at: change.path, owner: owner),
                    pointer.size > 0, found[pointer.id] == nil
                else { continue }
                found[pointer.id] = contents.count
                contents.append(NamedContent(pointer: pointer, commit: commit, path: change.path))
            }
        }
        return contents
    }

    /// The commits that some lead to and others do not. Oldest first, so that a content is named by the commit that brought
    /// it.
    func commits(_ tips: [GitObjectID], without known: [GitObjectID]) async throws -> [GitObjectID] {
        if tips.isEmpty { return [] }
        let present = known.filter { repository.hasObject($0) }
        let input = (tips.map(\.hex) + present.map { "^\($0.hex)" }).map { "\($0)\n" }.joined()
        return try await GitProcess().stream(
            "git could not list the commits to look at",
            ["rev-list", "--reverse", "--topo-order", "--stdin"].map { Array($0.utf8) }, in: root,
            input: Array(input.utf8), into: []
        ) { (commits: inout [GitObjectID], line) in
            if let id = GitObjectID(hex: String(decoding: line, as: UTF8.self)) { commits.append(id) }
        }
    }

    /// Contents that are on no remote within reach, as one error that names commit, path and author of each.
    package func missingContents(_ missing: [NamedContent], on place: String) throws -> VxError {
        var causes: [String] = []
        for content in missing.prefix(10) {
            let info = try repository.commitInfo(content.commit)
            causes.append(
                "\(content.path) of commit \(content.commit.short) by \(info.author.name) <\(info.author.email)>")
        }
        if missing.count > 10 { causes.append("and \(missing.count - 10) more") }
        var error = VxError(
            .missing,
            "\(missing.count == 1 ? "a file's content is" : "the contents of \(missing.count) files are") neither here nor on \(place)",
            hint:
                "'vx push' from a clone that has them, or 'vx add' where good copies of the files are; 'vx fsck' lists what is missing here"
        )
        error.causes = causes
        return error
    }
}
