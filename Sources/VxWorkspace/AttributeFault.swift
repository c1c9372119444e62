import VxGit
import VxModel

/// How a file and the lines of `.gitattributes` about it do not go together.
package enum AttributeFault: Sendable {
    /// A pointer that git hands to no filter of vx's: it stays text in every new checkout. With the line that says so, where
    /// one does.
    case unserved(AttributeStack.Answer?)
    /// A pointer whose text git would change on its way.
    case changed(attribute: String, AttributeStack.Answer)
    /// Text that starts as a pointer and is none, where git hands the path to vx: nothing knows which data it stands for.
    case damaged(Pointer.Flaw)
    /// Bytes in git itself, where git hands the path to vx.
    case inGit(size: UInt64)
}

extension Repository {
    /// What is wrong with a file of a tree, by what is said of its path there; `nil` where nothing is.
    ///
    /// - Throws: where the blob, or what the tree says, cannot be read.
    package func attributeFault(
        of item: TreeItem, at path: RepoPath, _ attributes: TreeAttributes
    ) throws -> AttributeFault? {
        guard item.mode.isFile, item.id != .emptyBlob, !Workspace.isGitOwn(path) else { return nil }
        // Of most paths nothing else has to be known.
        let answers = try attributes.isServed(byFolderOf: path) ? nil : attributes.answers(for: path)
        let isServed = answers.map { $0.filter == "vx" } ?? true
        // Of what no filter of ours serves, only what may be a pointer is read.
        if !isServed, try !Pointer.couldBeText(ofLength: blobSize(item.id)) { return nil }
        guard let bytes = try blob(item.id, limit: Pointer.maximumLength) else {
            return isServed ? .inGit(size: try blobSize(item.id)) : nil
        }
        switch Pointer.read(bytes) {
        case .pointer: break
        case .malformed(let flaw): return isServed ? .damaged(flaw) : nil
        case .content: return isServed ? .inGit(size: UInt64(bytes.count)) : nil
        }
        if isServed { return answers?.harm.map { .changed(attribute: $0.attribute, $0.answer) } }
        return Pointer.isOfLFS(bytes) ? nil : .unserved(answers?["filter"])
    }

    /// Calls `body` with the files of a tree whose lines are others than in an earlier tree.
    ///
    /// - Parameters:
    ///   - edited: the folders whose `.gitattributes` is another.
    ///   - seen: changes, in the order of their paths; what they are about is left out.
    /// - Throws: where a tree or a file of attributes cannot be read; what `body` throws.
    package func eachFile(
        of tree: GitObjectID, _ attributes: TreeAttributes, differingFrom before: TreeAttributes?,
        below edited: [RepoPath], without seen: [TreeChange],
        _ body: (TreeEntry) throws -> Void
    ) throws {
        if edited.isEmpty { return }
        try walkTree(tree) { entry in
            guard entry.mode.isFile, edited.contains(where: { entry.path.isInside($0) }), !seen.concern(entry.path)
            else { return }
            let answers = try attributes.answers(for: entry.path)
            if let earlier = try before?.answers(for: entry.path), earlier.filter == answers.filter,
                earlier.harm?.answer.value == answers.harm?.answer.value
            {
                return
            }
            try body(entry)
        }
    }
}

extension [TreeChange] {
    /// Whether one of the changes, which are in the order of their paths, is about a path.
    func concern(_ path: RepoPath) -> Bool {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle].path < path { low = middle + 1 } else { high = middle }
        }
        return low < count && self[low].path == path
    }
}
