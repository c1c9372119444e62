import VxModel

/// The trees of folders that an index did not know, on their way into the object database.
final class NewTrees {
    /// Whether git has a tree.
    let isStored: (GitObjectID) -> Bool
    fileprivate(set) var trees: [NewObject] = []
    /// The tree of the whole index; `nil` where that has none.
    fileprivate(set) var root: GitObjectID?

    init(isStored: @escaping (GitObjectID) -> Bool) {
        self.isStored = isStored
    }
}

extension TreeCache {
    /// Works out the trees of all folders that are not known, from the entries of an index.
    ///
    /// Folders with conflicts or with files that were only announced (`git add -N`) have no tree, and so have those above
    /// them: git says what it thinks of that when it commits.
    ///
    /// - Parameters:
    ///   - known: what was known before; its unknown folders are looked at, and the known ones passed over.
    ///   - new: where the trees that are new are put, the inner ones first.
    static func completed(_ known: TreeCache?, _ entries: IndexEntries, _ new: NewTrees) -> TreeCache {
        var completion = Completion(entries: entries, new: new)
        let root = completion.folder(known?.root, name: [], prefix: [])
        new.root = root.tree
        return TreeCache(root: root)
    }

    private struct Completion {
        let entries: IndexEntries
        let new: NewTrees
        var position = 0

        init(entries: IndexEntries, new: NewTrees) {
            self.entries = entries
            self.new = new
        }

        /// - Parameter prefix: the folder's path and a slash; nothing for the root.
        mutating func folder(_ known: Node?, name: [UInt8], prefix: [UInt8]) -> Node {
            if let known, passes(over: known, prefix) { return known }
            var children: [Node] = []
            var knownChildren: [[UInt8]: Node] = [:]
            for child in known?.children ?? [] { knownChildren[child.name] = child }
            var bytes: [UInt8] = []
            var isComplete = true
            let first = position
            while position < entries.count, let rest = rest(of: position, below: prefix) {
                if let slash = rest.firstIndex(of: UInt8(ascii: "/")) {
                    let inner = Array(rest[..<slash])
                    let child = folder(knownChildren[inner], name: inner, prefix: prefix + inner + [UInt8(ascii: "/")])
                    children.append(child)
                    if let tree = child.tree {
                        TreeFormat.append(FileMode.tree.rawValue, inner, tree, to: &bytes)
                    } else {
                        isComplete = false
                    }
                } else {
                    if entries.stage(position) != 0 || entries.isIntentToAdd(position) { isComplete = false }
                    TreeFormat.append(entries.rawMode(position), rest, entries.id(position), to: &bytes)
                    position += 1
                }
            }
            guard isComplete else { return Node(name: name, entryCount: -1, id: [], children: children) }
            let tree = NewObject(.tree, bytes)
            new.trees.append(tree)
            return Node(name: name, entryCount: position - first, id: tree.id.bytes, children: children)
        }

        /// What is left of a path below the prefix; nil where it does not lie there.
        private func rest(of position: Int, below prefix: [UInt8]) -> UnsafeRawBufferPointer? {
            let path = entries.pathBytes(position)
            guard prefix.withUnsafeBytes({ PathBytes.hasPrefix(path, $0) }), path.count > prefix.count else {
                return nil
            }
            return UnsafeRawBufferPointer(rebasing: path[prefix.count...])
        }

        /// Whether a folder's tree is known; then its entries are passed over. It is not believed where it names other
        /// entries than lie there, or a tree that git does not have: it is only a cache, and a mistake in it would become a
        /// commit.
        private mutating func passes(over known: Node, _ prefix: [UInt8]) -> Bool {
            let end = position + known.entryCount
            guard known.entryCount > 0, end <= entries.count, rest(of: position, below: prefix) != nil,
                rest(of: end - 1, below: prefix) != nil, end == entries.count || rest(of: end, below: prefix) == nil,
                let tree = known.tree, new.isStored(tree)
            else { return false }
            position = end
            return true
        }
    }
}
