import VxModel

/// The index's `TREE` extension: for each folder, how many entries lie below it and which tree they make. Folders
/// whose entries changed are marked, and git works them out again.
struct TreeCache: Sendable {
    /// One folder.
    struct Node: Sendable {
        var name: [UInt8]
        /// Negative: not known any more.
        var entryCount: Int
        var id: [UInt8]
        var children: [Node]

        /// The tree that the folder's entries make, where that is known.
        var tree: GitObjectID? { entryCount >= 0 ? GitObjectID(bytes: id) : nil }
    }

    private(set) var root: Node

    init(root: Node) {
        self.root = root
    }

    /// Reads the extension; `nil` where it is damaged, since it is only a cache.
    init?(_ body: ArraySlice<UInt8>) {
        var rest = body
        guard let root = Self.read(&rest, depth: 0), rest.isEmpty else { return nil }
        self.root = root
    }

    /// Name, zero, count in decimal, space, number of subfolders in decimal, newline, and the id unless the count is
    /// negative; then the subfolders.
    private static func read(_ rest: inout ArraySlice<UInt8>, depth: Int) -> Node? {
        guard depth < 4096, let zero = rest.firstIndex(of: 0) else { return nil }
        let name = Array(rest[..<zero])
        rest = rest[(zero + 1)...]
        guard let newline = rest.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        let numbers = String(decoding: rest[..<newline], as: UTF8.self).split(separator: " ").map { Int($0) }
        rest = rest[(newline + 1)...]
        guard numbers.count == 2, let count = numbers[0], let subfolders = numbers[1], subfolders >= 0 else {
            return nil
        }
        var node = Node(name: name, entryCount: count, id: [], children: [])
        if count >= 0 {
            guard rest.count >= GitObjectID.byteCount else { return nil }
            node.id = Array(rest.prefix(GitObjectID.byteCount))
            rest = rest.dropFirst(GitObjectID.byteCount)
        }
        for _ in 0..<subfolders {
            guard let child = read(&rest, depth: depth + 1) else { return nil }
            node.children.append(child)
        }
        return node
    }

    /// Marks every folder above `path`. A folder of that very name is dropped: a file has taken its place, or it goes.
    mutating func invalidate(_ path: RepoPath) {
        Self.invalidate(&root, path.bytes[...])
    }

    private static func invalidate(_ node: inout Node, _ path: ArraySlice<UInt8>) {
        node.entryCount = -1
        node.id = []
        // Most paths of a large addition end here: in a folder without folders that are known.
        if node.children.isEmpty { return }
        let end = path.firstIndex(of: UInt8(ascii: "/")) ?? path.endIndex
        let name = path[..<end]
        guard let place = node.children.firstIndex(where: { name.elementsEqual($0.name) }) else { return }
        if end == path.endIndex {
            node.children.remove(at: place)
        } else {
            invalidate(&node.children[place], path[(end + 1)...])
        }
    }

    var encoded: [UInt8] {
        var bytes: [UInt8] = []
        Self.write(root, to: &bytes)
        return bytes
    }

    private static func write(_ node: Node, to bytes: inout [UInt8]) {
        bytes += node.name
        bytes.append(0)
        bytes += Array("\(node.entryCount) \(node.children.count)\n".utf8)
        bytes += node.id
        for child in node.children { write(child, to: &bytes) }
    }
}
