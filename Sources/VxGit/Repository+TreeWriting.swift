import VxModel

extension Repository {
    /// Builds a tree from another one (`nil`: from nothing) and some edits, and gives its id. Only folders that the
    /// edits touch are read and written; folders that become empty go. A file put where a folder stood, or below where
    /// a file stood, takes its place. Of two edits of one path, the later counts.
    ///
    /// - Throws: where a path is not one git would take (`.git`, `..`, an empty name), or a tree cannot be read or
    ///   written.
    package func updateTree(_ base: GitObjectID?, _ edits: [TreeEdit]) throws(VxError) -> GitObjectID {
        for edit in edits { try Self.validate(edit.path) }
        var latest: [RepoPath: TreeItem?] = [:]
        latest.reserveCapacity(edits.count)
        for edit in edits { latest.updateValue(edit.item, forKey: edit.path) }
        let sorted = latest.map { TreeEdit(path: $0.key, item: $0.value) }.sorted { $0.path < $1.path }
        var building = TreeBuilding(repository: self)
        let root = try building.build(base, sorted[...], depth: 0) ?? building.add([])
        try building.writeAll()
        return root
    }

    /// git refuses these names in trees and indexes, as they would reach outside the work tree or into `.git`.
    static func validate(_ path: RepoPath) throws(VxError) {
        let parts = path.bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        let isBad = parts.contains { part in
            part.isEmpty || part.elementsEqual(".".utf8) || part.elementsEqual("..".utf8) || part.contains(0)
                || (part.count == 4 && String(decoding: part, as: UTF8.self).lowercased() == ".git")
        }
        if isBad { throw VxError(.refused, "git cannot hold a file named '\(path)'") }
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

    /// Applies edits (sorted by path, all inside one folder at `depth`) to that folder; `nil` where nothing is left.
    mutating func build(_ base: GitObjectID?, _ edits: ArraySlice<TreeEdit>, depth: Int) throws(VxError) -> GitObjectID?
    {
        var entries: [[UInt8]: RawTreeEntry] = [:]
        for entry in try repository.entries(ofTree: base) { entries[entry.name] = entry }
        var rest = edits
        while let first = rest.first {
            let name = Self.component(first.path, depth)
            // Sorting puts `a`, `a.b` and `a/c` in this order, so one name's edits may lie apart; each run is applied
            // on top of the one before.
            let run = rest.prefix { Self.component($0.path, depth) == name }
            rest = rest.dropFirst(run.count)
            var inner = run
            if first.path.components.count == depth + 1 {
                inner = run.dropFirst()
                entries[name] = first.item.map { RawTreeEntry(name: name, rawMode: $0.mode.rawValue, id: $0.id) }
            }
            if inner.isEmpty { continue }
            let old = entries[name]
            let folder = old.flatMap { $0.mode == .tree ? $0.id : nil }
            if folder == nil, !inner.contains(where: { $0.item != nil }) { continue }
            let built = try build(folder, inner, depth: depth + 1)
            entries[name] = built.map { RawTreeEntry(name: name, rawMode: FileMode.tree.rawValue, id: $0) }
        }
        return entries.isEmpty ? nil : add(entries.values.sorted(by: <))
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
        bytes += Array("\(String(mode, radix: 8)) ".utf8)
        bytes += name
        bytes.append(0)
        withUnsafeTemporaryAllocation(byteCount: GitObjectID.byteCount, alignment: 8) { buffer in
            id.write(to: buffer)
            bytes.append(contentsOf: buffer)
        }
    }
}
