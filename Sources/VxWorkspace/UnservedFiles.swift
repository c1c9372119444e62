import VxGit
import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// Files of HEAD that do not go with the lines of `.gitattributes` about them (``AttributeFault``), kept between two looks:
/// the next one costs what commits have changed since.
package struct UnservedFiles {
    private static let heading = Array("vx-unserved/2".utf8)
    /// As many files as a command may look at that has few of its own to do.
    private static let few = 1000

    private let repository: Repository
    private let file: FilePath

    package init(_ repository: Repository) {
        self.repository = repository
        file = repository.gitDirectory.appending("vx").appending("unserved")
    }

    /// Whether a tree was looked at before, so that not all of the next one has to be.
    ///
    /// - Throws: where the file cannot be looked at.
    package var isKept: Bool {
        get throws(VxError) { try Files.status(file) != nil }
    }

    /// The paths of a tree about which something is wrong, in git's order. In a partial clone, what was left out is left out.
    ///
    /// - Throws: where a tree or a blob cannot be read.
    package func paths(in tree: GitObjectID) throws -> [RepoPath] {
        guard try !repository.promisorRemotes().isEmpty else { return try worked(out: tree) { _ in true } }
        repository.fetchesMissing = false
        defer { repository.fetchesMissing = true }
        return try attempting { try worked(out: tree, where: repository.hasObject) } ?? []
    }

    /// Looks at the tree of an index to which `vx add` has just written pointers, so that the hook of the commit and the next
    /// `vx status` need not read these again.
    ///
    /// - Parameters:
    ///   - pointers: the blobs that are known to be pointers, by path in git's order.
    ///   - others: how many files the tree has besides.
    func note(_ tree: GitObjectID, _ pointers: [(path: RepoPath, blob: GitObjectID)], besides others: Int) throws {
        guard try repository.promisorRemotes().isEmpty else { return }
        // A first look at a large tree is not for the addition of a file to make.
        guard try isKept || others <= max(pointers.count, Self.few) else { return }
        _ = try worked(out: tree, pointers) { _ in true }
    }

    private func worked(
        out tree: GitObjectID, _ pointers: [(path: RepoPath, blob: GitObjectID)] = [],
        where isHere: (GitObjectID) -> Bool
    ) throws -> [RepoPath] {
        let known = try attempting { try read() } ?? nil
        if let known, known.tree == tree { return known.paths }
        let before = known.flatMap { repository.hasObject($0.tree) ? $0 : nil }
        let texts = AttributeTexts()
        let attributes = TreeAttributes(repository, tree, texts)
        let changes = try repository.diffTrees(before?.tree, tree)
        var found = Set(before?.paths.filter { !changes.concern($0) } ?? [])
        var next = 0
        for change in changes {
            guard let new = change.new, isHere(new.id) else { continue }
            while next < pointers.count, pointers[next].path < change.path { next += 1 }
            if next < pointers.count, pointers[next] == (change.path, new.id),
                try attributes.isServed(byFolderOf: change.path)
            {
                continue
            }
            if try repository.attributeFault(of: new, at: change.path, attributes) != nil { found.insert(change.path) }
        }
        // Files that stay may be meant by lines that came or went.
        try repository.eachFile(
            of: before?.tree ?? tree, attributes,
            differingFrom: before.map { TreeAttributes(repository, $0.tree, texts) },
            below: before == nil
                ? [] : changes.filter { $0.path.name == Workspace.attributesPath }.map(\.path.parent), without: changes
        ) { entry in
            let item = TreeItem(mode: entry.mode, id: entry.id)
            if try !isHere(entry.id) || repository.attributeFault(of: item, at: entry.path, attributes) == nil {
                found.remove(entry.path)
            } else {
                found.insert(entry.path)
            }
        }
        let paths = found.sorted()
        try keeping { try write(tree, paths) }
        return paths
    }

    /// - Returns: `nil` where nothing is kept, or what is kept is not whole.
    private func read() throws -> (tree: GitObjectID, paths: [RepoPath])? {
        let fields = try (Files.read(file, limit: 1 << 26) ?? []).split(separator: 0, omittingEmptySubsequences: false)
        guard fields.count >= 3, fields[0].elementsEqual(Self.heading), fields.last?.isEmpty == true,
            let tree = GitObjectID(hex: String(decoding: fields[1], as: UTF8.self))
        else { return nil }
        return (tree, fields[2...].dropLast().map { RepoPath(bytes: Array($0)) })
    }

    private func write(_ tree: GitObjectID, _ paths: [RepoPath]) throws {
        try Files.createDirectories(file.removingLastComponent())
        let fields = [Self.heading, Array(tree.hex.utf8)] + paths.map(\.bytes)
        try Files.replace(file, with: Array(fields.map { $0 + [0] }.joined()))
    }
}

extension Workspace {
    /// Files of the index whose content does not go with what git's attributes say of their path here.
    ///
    /// - Parameter staged: what the index has changed since HEAD.
    func faultyFiles(_ index: GitIndex, staged: [TreeChange], _ filters: FilterRules) throws -> [StatusEntry] {
        var suspects = Set(staged.filter { $0.new != nil }.map(\.path))
        if let commit = try repository.head().commit {
            suspects.formUnion(try UnservedFiles(repository).paths(in: repository.tree(ofCommit: commit)))
        }
        return try suspects.sorted().compactMap { path in
            guard let entry = index.find(path), entry.mode.isFile, !Self.isGitOwn(path) else { return nil }
            let isServed = try filters.isTracked(path)
            let size = try repository.blobSize(entry.id)
            if size == 0 || !isServed && !Pointer.couldBeText(ofLength: size) { return nil }
            let bytes = try repository.blob(entry.id, limit: Pointer.maximumLength)
            switch (bytes.flatMap { Pointer($0) }, isServed) {
            case (nil, true):
                if let bytes, case .malformed = Pointer.read(bytes) {
                    // One that is staged is told of as that.
                    return staged.concern(path) ? nil : StatusEntry(path: path, kind: .malformed, size: size)
                }
                return StatusEntry(path: path, kind: .inGit, size: size)
            case (let pointer?, false):
                if bytes.map({ Pointer.isOfLFS($0) }) == true { return nil }
                return StatusEntry(path: path, kind: .unserved, size: pointer.size)
            default: return nil
            }
        }
    }
}
