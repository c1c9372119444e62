import VxModel

extension Repository {
    /// Builds a tree from another one (`nil`: from nothing) and some edits, and gives its id. Only folders that the
    /// edits touch are read and written; folders that become empty go. A file takes the place of a folder, or a folder
    /// that of a file, only where the edits remove all that was there: nothing is lost that nobody named. Of two edits of
    /// one path, the later counts.
    ///
    /// - Throws: where a path is not one git would take (`.git`, `..`, an empty name), or a tree cannot be read or
    ///   written; `refused` where a file and a folder would have the same name.
    package func updateTree(_ base: GitObjectID?, _ edits: [TreeEdit]) throws(VxError) -> GitObjectID {
        for edit in edits { try Self.validate(edit.path, edit.item?.mode) }
        var latest: [RepoPath: TreeItem?] = [:]
        latest.reserveCapacity(edits.count)
        for edit in edits { latest.updateValue(edit.item, forKey: edit.path) }
        let sorted = latest.map { TreeEdit(path: $0.key, item: $0.value) }.sorted { Self.precedes($0.path, $1.path) }
        var building = TreeBuilding(repository: self)
        let root = try building.build(base, sorted[...], depth: 0) ?? building.add([])
        try building.writeAll()
        return root
    }

    /// Folder by folder: `a`, `a/c`, `a.b`, so that the edits of one name stand together. No path has a zero byte.
    private static func precedes(_ left: RepoPath, _ right: RepoPath) -> Bool {
        let slash = UInt8(ascii: "/")
        return left.bytes.lexicographicallyPrecedes(right.bytes) { ($0 == slash ? 0 : $0) < ($1 == slash ? 0 : $1) }
    }

    /// - Throws: `refused` for a path that git holds in no tree and no index (``PathFault``).
    static func validate(_ path: RepoPath, _ mode: FileMode?) throws(VxError) {
        if let fault = path.fault(isSymlink: mode == .symlink) {
            throw VxError(.refused, "git cannot hold a file named \(path.printable)", because: fault.reason)
        }
    }
}

/// Trees that are ready, from the leaves up, and are then written together: a change in a thousand folders becomes one
/// pack.
private struct TreeBuilding {
    let repository: Repository
    private var trees: [NewObject] = []

    init(repository: Repository) {
        self.repository = repository
    }

    /// Applies edits (folder by folder, all inside one folder at `depth`) to that folder; `nil` where nothing is left.
    mutating func build(_ base: GitObjectID?, _ edits: ArraySlice<TreeEdit>, depth: Int) throws(VxError) -> GitObjectID?
    {
        var entries: [[UInt8]: RawTreeEntry] = [:]
        for entry in try repository.entries(ofTree: base) { entries[entry.name] = entry }
        var rest = edits
        while let first = rest.first {
            let name = Self.component(first.path, depth)
            let run = rest.prefix { Self.component($0.path, depth) == name }
            rest = rest.dropFirst(run.count)
            let own = first.path.components.count == depth + 1 ? first : nil
            let inner = own == nil ? run : run.dropFirst()
            let inside = inner.first { $0.item != nil }
            if let own, own.item == nil { entries[name] = nil }
            let old = entries[name]
            let folder = old.flatMap { $0.mode == .tree ? $0.id : nil }
            if let own, let item = own.item {
                if let inside { throw Self.clash(own.path, inside.path) }
                if let folder, try build(folder, inner, depth: depth + 1) != nil {
                    throw Self.clash(own.path, own.path.appending("…"))
                }
                entries[name] = RawTreeEntry(name: name, rawMode: item.mode.rawValue, id: item.id)
                continue
            }
            if folder == nil, inside == nil { continue }
            if let inside, old != nil, folder == nil {
                let file = inside.path.components[...depth].joined(separator: [UInt8(ascii: "/")])
                throw Self.clash(RepoPath(bytes: Array(file)), inside.path)
            }
            let built = try build(folder, inner, depth: depth + 1)
            entries[name] = built.map { RawTreeEntry(name: name, rawMode: FileMode.tree.rawValue, id: $0) }
        }
        if entries.isEmpty { return nil }
        // Those that were there: a tree with such a name is not made once more.
        for entry in entries.values {
            if let fault = RepoPath(bytes: entry.name).fault(isSymlink: entry.mode == .symlink) {
                throw fault.error(RepoPath(bytes: entry.name), in: "git's tree \(base?.short ?? "here")")
            }
        }
        return add(entries.values.sorted(by: <))
    }

    private static func clash(_ file: RepoPath, _ inside: RepoPath) -> VxError {
        VxError(
            .refused, "\(file) and \(inside) cannot both be there",
            because: "a name is a file's or a folder's, and what has it now would be lost",
            hint: "give one of them another name, or remove what is there first; nothing was changed")
    }

    private static func component(_ path: RepoPath, _ depth: Int) -> [UInt8] {
        Array(path.components[depth])
    }

    mutating func add(_ entries: [RawTreeEntry]) -> GitObjectID {
        var bytes: [UInt8] = []
        for entry in entries { TreeFormat.append(entry.rawMode, entry.name, entry.id, to: &bytes) }
        let tree = NewObject(.tree, bytes)
        trees.append(tree)
        return tree.id
    }

    func writeAll() throws(VxError) {
        try repository.write(trees)
    }
}

/// The bytes of a tree object.
enum TreeFormat {
    /// Mode in octal, blank, name, zero, id.
    static func append(_ mode: UInt32, _ name: some Sequence<UInt8>, _ id: GitObjectID, to bytes: inout [UInt8]) {
        // The modes git knows have five digits or six.
        for shift in stride(from: mode < 0o100000 ? 12 : 15, through: 0, by: -3) {
            bytes.append(UInt8(ascii: "0") + UInt8(mode >> UInt32(shift) & 7))
        }
        bytes.append(UInt8(ascii: " "))
        bytes += name
        bytes.append(0)
        withUnsafeTemporaryAllocation(byteCount: GitObjectID.byteCount, alignment: 8) { buffer in
            id.write(to: buffer)
            bytes.append(contentsOf: buffer)
        }
    }
}
