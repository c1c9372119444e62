import VxGit
import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// How the workspace differs from git's index, as far as `lstat` tells: no content is read.
struct WorkspaceScan: Sendable {
    struct Item: Sendable {
        /// Position in the index.
        var position: Int
        /// What stands there now.
        var status: FileStat
    }

    /// Files whose stat data no longer proves them unchanged.
    var suspects: [Item] = []
    /// Unchanged files that may be pointer text, going by their length.
    var possiblePointers: [Item] = []
    /// Index positions of files that are gone.
    var missing: [Int] = []
    /// Files git does not know and does not ignore.
    var untracked: [RepoPath] = []
    /// Folders in which git knows nothing, not looked into.
    var untrackedFolders: [RepoPath] = []

    fileprivate mutating func merge(_ other: WorkspaceScan) {
        suspects += other.suspects
        possiblePointers += other.possiblePointers
        missing += other.missing
    }
}

extension Workspace {
    /// Compares the workspace with the index, folder by folder, in parallel.
    func scan(_ index: GitIndex) throws -> WorkspaceScan {
        struct Folder: Sendable {
            var path: RepoPath
            var scan = WorkspaceScan()
            var folders: [RepoPath] = []
        }
        let tracked = TrackedFolders(index.entries)
        let entries = index.entries
        let timestamp = index.timestamp
        var scan = WorkspaceScan()
        var visited: Set<RepoPath> = []
        try DirectoryWalk.run(below: root, from: [.root], pool: pool, cancellation: cancellation) { listing in
            var result = Folder(path: listing.path)
            var known = tracked.positions(in: listing.path)[...]
            for item in listing.items {
                while let first = known.first, entries[first].hasName(lessThan: item.name) {
                    if !entries[first].skipWorktree { result.scan.missing.append(first) }
                    known.removeFirst()
                }
                if let position = known.first, entries[position].hasName(item.name) {
                    while let same = known.first, entries[same].hasName(item.name) { known.removeFirst() }
                    if entries[position].mode == .submodule { continue }
                    guard let status = listing.status(of: item) else { continue }
                    if !entries[position].isProvenUnchanged(status, index: timestamp) {
                        result.scan.suspects.append(.init(position: position, status: status))
                    } else if Pointer.couldBeText(ofLength: status.size) {
                        result.scan.possiblePointers.append(.init(position: position, status: status))
                    }
                    if item.kind != .directory { continue }
                }
                switch item.kind {
                case .directory where item.name != Self.gitName:
                    result.folders.append(listing.path.appending(item.name))
                case .regular where Files.owner(ofTemporaryName: item.name) != nil: break
                case .regular, .symlink: result.scan.untracked.append(listing.path.appending(item.name))
                default: break
                }
            }
            result.scan.missing += known.filter { !entries[$0].skipWorktree && entries[$0].mode != .submodule }
            return result
        } collect: { results in
            var next: [RepoPath] = []
            for folder in results {
                visited.insert(folder.path)
                scan.merge(folder.scan)
                for path in folder.scan.untracked where try !repository.isIgnored(path, isDirectory: false) {
                    scan.untracked.append(path)
                }
                for path in folder.folders {
                    if tracked.contains(path) {
                        next.append(path)
                    } else if try !repository.isIgnored(path, isDirectory: true) {
                        scan.untrackedFolders.append(path)
                    }
                }
            }
            return next
        }
        for (folder, positions) in tracked.all where !visited.contains(folder) {
            scan.missing += positions.filter { !entries[$0].skipWorktree && entries[$0].mode != .submodule }
        }
        scan.missing.sort()
        return scan
    }
}

extension IndexEntry {
    fileprivate func hasName(_ name: [UInt8]) -> Bool {
        path.bytes.count >= name.count && path.bytes[(path.bytes.count - name.count)...].elementsEqual(name)
            && (path.bytes.count == name.count || path.bytes[path.bytes.count - name.count - 1] == UInt8(ascii: "/"))
    }

    fileprivate func hasName(lessThan name: [UInt8]) -> Bool {
        let start = path.bytes.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
        return path.bytes[start...].lexicographicallyPrecedes(name)
    }
}

/// Which index entries stand directly in which folder.
private struct TrackedFolders: Sendable {
    private(set) var all: [RepoPath: [Int]] = [:]
    private var folders: Set<RepoPath> = []

    init(_ entries: [IndexEntry]) {
        // The index is sorted, so the files of a folder mostly follow each other: its list is gathered aside and
        // put into the table once.
        var folder = RepoPath.root
        var run: [Int] = []
        for (position, entry) in entries.enumerated() {
            if !entry.path.isDirectly(in: folder) {
                close(folder, run)
                folder = entry.path.parent
                run = []
            }
            run.append(position)
        }
        close(folder, run)
    }

    private mutating func close(_ folder: RepoPath, _ run: [Int]) {
        if run.isEmpty { return }
        all[folder, default: []] += run
        var ancestor = folder
        while folders.insert(ancestor).inserted, !ancestor.isRoot { ancestor = ancestor.parent }
    }

    func positions(in folder: RepoPath) -> [Int] { all[folder] ?? [] }

    /// Whether any entry lies below the folder.
    func contains(_ folder: RepoPath) -> Bool { folders.contains(folder) }
}

extension RepoPath {
    fileprivate func isDirectly(in folder: RepoPath) -> Bool {
        let start = folder.isRoot ? 0 : folder.bytes.count + 1
        return bytes.count > start && isInside(folder) && !bytes[start...].contains(UInt8(ascii: "/"))
    }
}
