import VxGit
import VxModel
import VxSystem

/// One folder of the workspace beside what the index has in it, as far as `lstat` tells: no content is read.
struct FolderComparison: Sendable {
    /// A file the index knows.
    struct Item: Sendable {
        /// Position in the index.
        var position: Int
        /// What stands there now.
        var status: FileStat
    }

    struct NewFile: Sendable {
        var path: RepoPath
        var status: FileStat
    }

    let path: RepoPath
    /// How many files their stat data prove unchanged, without those that git or vx itself reads.
    var unchanged = 0
    /// Files whose stat data no longer proves them unchanged, or that are no files now.
    var suspects: [Item] = []
    /// Unchanged files that may be pointer text, going by their length.
    var possiblePointers: [Item] = []
    /// Index positions of files that are gone.
    var missing: [Int] = []
    /// Regular files that the index does not know.
    var newFiles: [NewFile] = []
    /// Symlinks that the index does not know.
    var newSymlinks: [RepoPath] = []
    /// Pipes, sockets and devices.
    var newOthers: [RepoPath] = []
    /// Every folder in it but `.git`.
    var folders: [RepoPath] = []
    /// Files and folders that a vx which was killed has left there.
    var leftovers: [NewFile] = []
    /// Whether there is a file of ignore patterns in it.
    var hasIgnoreFile = false

    private let isEncoded: Bool

    /// - Parameters:
    ///   - trusted: whether git's index may prove a data file unchanged.
    ///   - isEncoded: whether pointer text may be longer than it is in git.
    /// - Throws: where a file cannot be looked at.
    init(
        _ listing: FolderListing, _ index: GitIndex, _ tracked: TrackedFolders, trusted: Bool = true,
        isEncoded: Bool = false
    ) throws {
        path = listing.path
        self.isEncoded = isEncoded
        let entries = index.entries
        var known = tracked.positions(in: listing.path)[...]
        for item in listing.items {
            try item.name.withUnsafeBytes { name in
                while let first = known.first, PathBytes.isBefore(PathBytes.name(entries.pathBytes(first)), name) {
                    addMissing(known.removeFirst(), entries)
                }
                guard let position = known.first, PathBytes.isEqual(PathBytes.name(entries.pathBytes(position)), name)
                else { return try addUnknown(item, listing) }
                let isOwn = Workspace.isGitOwn(item.name, in: listing.path)
                while let same = known.first, PathBytes.isEqual(PathBytes.name(entries.pathBytes(same)), name) {
                    known.removeFirst()
                }
                try addKnown(item, position, listing, index, isOwn: isOwn, trusted: trusted || isOwn)
            }
        }
        for position in known { addMissing(position, entries) }
    }

    private mutating func addMissing(_ position: Int, _ entries: IndexEntries) {
        if !entries.isSkipped(position), entries.mode(position) != .submodule { missing.append(position) }
    }

    private mutating func addKnown(
        _ item: FolderListing.Item, _ position: Int, _ listing: FolderListing, _ index: GitIndex, isOwn: Bool,
        trusted: Bool
    ) throws(VxError) {
        if index.entries.mode(position) == .submodule { return }
        if item.name == Self.ignoreFile { hasIgnoreFile = true }
        guard let status = try listing.status(of: item) else { return addMissing(position, index.entries) }
        if !trusted && status.kind == .regular || !index.isProvenUnchanged(position, status) {
            suspects.append(Item(position: position, status: status))
        } else {
            if !isOwn { unchanged += 1 }
            let length = status.size
            if isEncoded ? Pointer.couldBeWorkTreeText(ofLength: length) : Pointer.couldBeText(ofLength: length) {
                possiblePointers.append(Item(position: position, status: status))
            }
        }
        if item.kind == .directory { folders.append(listing.path.appending(item.name)) }
    }

    private mutating func addUnknown(_ item: FolderListing.Item, _ listing: FolderListing) throws(VxError) {
        // git's own: a folder, or in a linked work tree and a submodule a file.
        if item.name == Workspace.gitName { return }
        switch item.kind {
        case .directory where Files.owner(ofTemporaryName: item.name) != nil:
            guard let status = try listing.status(of: item) else { return }
            leftovers.append(NewFile(path: listing.path.appending(item.name), status: status))
        case .directory: folders.append(listing.path.appending(item.name))
        case .symlink: newSymlinks.append(listing.path.appending(item.name))
        case .regular:
            guard let status = try listing.status(of: item) else { return }
            let file = NewFile(path: listing.path.appending(item.name), status: status)
            if Files.owner(ofTemporaryName: item.name) != nil {
                leftovers.append(file)
            } else {
                if item.name == Self.ignoreFile { hasIgnoreFile = true }
                newFiles.append(file)
            }
        default: newOthers.append(listing.path.appending(item.name))
        }
    }

    private static let ignoreFile = Array(".gitignore".utf8)
}

/// Which index entries stand directly in which folder.
struct TrackedFolders: Sendable {
    private(set) var all: [RepoPath: [Int]] = [:]
    private var folders: Set<RepoPath> = []

    /// - Parameter range: the entries to look at.
    init(_ entries: IndexEntries, _ range: Range<Int>) {
        // The index is sorted, so the files of a folder mostly follow each other: its list is gathered aside and
        // put into the table once.
        var folder: [UInt8] = []
        var run: [Int] = []
        for position in range {
            let path = entries.pathBytes(position)
            if !Self.isDirectly(path, in: folder) {
                close(folder, run)
                run = []
                folder = Array(path.prefix(path.count - PathBytes.name(path).count))
            }
            run.append(position)
        }
        close(folder, run)
    }

    /// - Parameter folder: with a slash at its end, unless it is the root.
    private static func isDirectly(_ path: UnsafeRawBufferPointer, in folder: [UInt8]) -> Bool {
        folder.withUnsafeBytes { folder in
            PathBytes.hasPrefix(path, folder)
                && !path[folder.count...].contains(UInt8(ascii: "/"))
        }
    }

    private mutating func close(_ bytes: [UInt8], _ run: [Int]) {
        if run.isEmpty { return }
        let folder = RepoPath(bytes: bytes.dropLast())
        all[folder, default: []] += run
        var ancestor = folder
        while folders.insert(ancestor).inserted, !ancestor.isRoot { ancestor = ancestor.parent }
    }

    func positions(in folder: RepoPath) -> [Int] { all[folder] ?? [] }

    /// Whether any entry lies below the folder.
    func contains(_ folder: RepoPath) -> Bool { folders.contains(folder) }
}
