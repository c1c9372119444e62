import VxGit
import VxModel
import VxStore
import VxSystem

import struct SystemPackage.FilePath

/// One difference `vx status` tells of.
package struct StatusEntry: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        case added, modified, deleted, untracked
        /// Both sides of a merge changed it, and nobody has chosen yet.
        case conflict
        /// Pointer text stands in the workspace where the file should be.
        case notHydrated = "not-hydrated"
        /// The same, and the content is in no store within reach.
        case missingContent = "missing-content"
        /// A file or folder that this user may not read, so that what is in it cannot be told.
        case unreadable
        /// Text that starts as a pointer and is none.
        case malformed = "malformed-pointer"
        /// A pointer that git hands to no filter of vx's: it stays text in every new checkout.
        case unserved = "no-filter"
        /// Bytes in git itself, where git hands the path to vx.
        case inGit = "in-git"
    }

    package var path: RepoPath
    package var kind: Kind
    package var size: UInt64
    /// For an untracked folder: it stands for everything in it.
    package var isFolder = false
    /// The file holds the text of a pointer, and ``size`` is that of the file it stands for.
    package var isPointerText = false
    /// For pointer text: it is not that of the version that the index has.
    package var isOtherVersion = false
    /// For a conflict: git has merged two pointers line by line, and the file holds that text.
    package var isMergedText = false
}

/// What `vx status` tells of the data files; code is git's own business.
package struct StatusResult: Sendable {
    package var head: Head
    /// Data that the next commit would change.
    package var staged: [StatusEntry] = []
    /// Data that the workspace has changed and the index has not.
    package var unstaged: [StatusEntry] = []
    /// Files that do not go with what `.gitattributes` says of their path.
    package var faulty: [StatusEntry] = []
    /// Data files that are in their place and unchanged.
    package var isClean: Bool { staged.isEmpty && unstaged.isEmpty && faulty.isEmpty }
}

extension Workspace {
    package func status() throws -> StatusResult {
        let index = try repository.readIndex()
        var result = StatusResult(head: try repository.head())
        let changes = try stagedChanges(index)
        let filters = try FilterRules(self, index)
        result.staged = try stagedData(changes, filters)
        result.faulty = try faultyFiles(index, staged: changes, filters)
        result.unstaged = try unstagedData(index)
        return result
    }

    /// What the index has changed since HEAD.
    private func stagedChanges(_ index: GitIndex) throws -> [TreeChange] {
        let head = try repository.head().commit.map { try repository.tree(ofCommit: $0) }
        return try repository.diffIndex(index, to: head)
    }

    /// Data files whose pointer differs between HEAD and the index.
    private func stagedData(_ changes: [TreeChange], _ filters: FilterRules) throws -> [StatusEntry] {
        let head = try repository.head().commit.map { try repository.tree(ofCommit: $0) }
        let before = head.map { TreeAttributes(repository, $0) }
        return try changes.compactMap { change in
            if let new = change.new, new.mode.isFile, case .malformed = try repository.reading(ofBlob: new.id) {
                return StatusEntry(path: change.path, kind: .malformed, size: try repository.blobSize(new.id))
            }
            let old = try before.flatMap { try repository.soundPointer(of: change.old, at: change.path, owner: $0) }
            let new = try repository.soundPointer(of: change.new, at: change.path, owner: filters)
            switch (old, new) {
            case (nil, let new?): return StatusEntry(path: change.path, kind: .added, size: new.size)
            case (_?, nil) where change.new.map { $0.mode.isFile && $0.id == .emptyBlob } == true:
                return StatusEntry(path: change.path, kind: .modified, size: 0)
            case (let old?, nil): return StatusEntry(path: change.path, kind: .deleted, size: old.size)
            case (_?, let new?): return StatusEntry(path: change.path, kind: .modified, size: new.size)
            case (nil, nil): return nil
            }
        }
    }

    /// The pointer of one side of a change; `nil` also for a malformed one: to git, and to what compares, that is text
    /// like any other.
    func soundPointer(of side: TreeItem) throws -> Pointer? {
        guard side.mode.isFile, case .pointer(let pointer) = try repository.reading(ofBlob: side.id) else { return nil }
        return pointer
    }

    private func unstagedData(_ index: GitIndex) throws -> [StatusEntry] {
        let scan = try scan(index)
        let filters = try FilterRules(self, index)
        var found: [StatusEntry] = []
        var touched: [(IndexEntry, FileStat)] = []
        for item in scan.possiblePointers {
            let entry = index.entries[item.position]
            guard entry.stage == 0, let pointer = try soundPointer(of: entry.item) else { continue }
            if let text = try standingText(entry, pointer, item.status, filters) { found.append(text) }
        }
        for item in scan.suspects {
            let entry = index.entries[item.position]
            guard entry.stage == 0 else { continue }
            let pointer = try soundPointer(of: entry.item)
            // What is no data is nobody's business here, whoever may read it.
            guard try pointer != nil || filters.isTracked(entry.path) else { continue }
            if entry.isUnwatched {
                if let text = try standingText(entry, pointer, item.status, filters) { found.append(text) }
                continue
            }
            guard try isReadable(entry.path, item.status) else {
                found.append(StatusEntry(path: entry.path, kind: .unreadable, size: item.status.size))
                continue
            }
            if let text = try standingText(entry, pointer, item.status, filters) {
                found.append(text)
            } else if let pointer {
                switch try compare(item.status, at: entry.path, with: pointer) {
                case .same where item.status.isExecutable == (entry.mode == .executable):
                    touched.append((entry, item.status))
                // Text that another filter (Git LFS's) is to replace is not ours to tell of.
                case .pointerText: continue
                case .same, .different:
                    found.append(StatusEntry(path: entry.path, kind: .modified, size: item.status.size))
                }
            }
        }
        for path in Set(index.entries.indices.filter { index.entries.stage($0) != 0 }.map { index[$0].path })
        where try filters.isTracked(path) {
            let size = try Files.status(root.appending(path))?.size ?? 0
            let text = try pointerText(at: path, size: size)
            found.append(
                StatusEntry(
                    path: path, kind: .conflict, size: text?.size ?? size, isPointerText: text != nil,
                    isMergedText: try text == nil && isMergedText(at: path, size: size)))
        }
        let isUnfinished = try UnfinishedClone(repository).isPresent
        for position in scan.missing where index.entries.stage(position) == 0 {
            let entry = index.entries[position]
            guard !entry.assumeValid, let pointer = try soundPointer(of: entry.item) else { continue }
            let kind = isUnfinished ? notLaidDown(pointer) : .deleted
            found.append(StatusEntry(path: entry.path, kind: kind, size: pointer.size))
        }
        found += try untrackedData(scan, filters)
        remember(touched)
        return found.sorted { $0.path < $1.path }
    }

    /// Whether a file may be read; what is no file need not be.
    private func isReadable(_ path: RepoPath, _ status: FileStat) throws -> Bool {
        guard status.kind == .regular else { return true }
        return try whereReadable { _ = try OpenFile.reading(root.appending(path), followSymlinks: false) } != nil
    }

    /// What to tell of a file of vx's that holds the text of a pointer: of the index's (`indexed`) or of any other.
    private func standingText(
        _ entry: IndexEntry, _ indexed: Pointer?, _ status: FileStat, _ filters: FilterRules
    ) throws -> StatusEntry? {
        guard status.kind == .regular, let pointer = try pointerText(at: entry.path, size: status.size),
            try filters.isTracked(entry.path)
        else { return nil }
        return StatusEntry(
            path: entry.path, kind: notLaidDown(pointer), size: pointer.size, isPointerText: true,
            isOtherVersion: pointer != indexed)
    }

    /// Data that git does not know yet, and pointer text wherever it stands.
    private func untrackedData(_ scan: WorkspaceScan, _ filters: FilterRules) throws -> [StatusEntry] {
        var found: [StatusEntry] = []
        for (path, status) in scan.untracked.map({ ($0.path, $0.status) }) where !Self.isGitOwn(path) {
            let isTracked = try filters.isTracked(path)
            guard let pointer = try isTracked ? pointerText(at: path, size: status.size) : ownText(at: path, status)
            else {
                if isTracked { found.append(StatusEntry(path: path, kind: .untracked, size: status.size)) }
                continue
            }
            found.append(StatusEntry(path: path, kind: .untracked, size: pointer.size, isPointerText: true))
        }
        for path in scan.untrackedFolders where try filters.isTracked(path.appending("any")) {
            let texts = try whereReadable { try holdsFile(path) ? pointerTexts(inUntracked: path) : nil }
            guard let texts else {
                found.append(StatusEntry(path: path, kind: .unreadable, size: 0, isFolder: true))
                continue
            }
            if texts == nil { continue }
            found.append(StatusEntry(path: path, kind: .untracked, size: 0, isFolder: true))
            for text in texts ?? [] {
                found.append(
                    StatusEntry(path: text.path, kind: .untracked, size: text.pointer.size, isPointerText: true))
            }
        }
        return found
    }

    /// The pointer in the text of a file that is not given to vx: one of vx's form, for others are not ours to tell of.
    private func ownText(at path: RepoPath, _ status: FileStat) throws -> Pointer? {
        let pointer = try whereReadable { try pointerText(at: path, size: status.size) } ?? nil
        return pointer.map { UInt64($0.encoded.count) == status.size } == true ? pointer : nil
    }

    /// Whether anything but folders is in a folder: git knows of no empty ones.
    private func holdsFile(_ folder: RepoPath) throws -> Bool {
        var folders = [folder]
        while let next = folders.popLast() {
            try cancellation.check()
            for name in try Files.unsortedNames(in: root.appending(next)) ?? [] {
                let path = next.appending(name)
                guard let status = try Files.status(root.appending(path)) else { continue }
                if status.kind != .directory { return true }
                folders.append(path)
            }
        }
        return false
    }

    private func notLaidDown(_ pointer: Pointer) -> StatusEntry.Kind {
        store.contains(pointer.id) ? .notHydrated : .missingContent
    }

    /// The pointer whose text a file holds, as `git stash pop` leaves that of a file above the limit of the filter
    /// (``FilterLimit``) that `git stash -u` had taken.
    func pointerText(at path: RepoPath, size: UInt64) throws -> Pointer? {
        guard Pointer.couldBeWorkTreeText(ofLength: size),
            let text = try Files.read(root.appending(path), limit: Pointer.maximumLength)
        else { return nil }
        return Pointer(workTreeText: text)
    }

    /// Whether git has merged two pointers there as text.
    private func isMergedText(at path: RepoPath, size: UInt64) throws -> Bool {
        guard size <= UInt64(Pointer.maximumLength),
            let text = try Files.read(root.appending(path), limit: Pointer.maximumLength)
        else { return false }
        return Pointer.read(text) == .malformed(.merged)
    }

    enum Comparison {
        case same, pointerText, different
    }

    /// Whether what stands at `path` is what `pointer` names. Reads the file only where its length leaves it open.
    func compare(_ status: FileStat, at path: RepoPath, with pointer: Pointer) throws -> Comparison {
        guard status.kind == .regular else { return .different }
        let location = root.appending(path)
        if Pointer.couldBeWorkTreeText(ofLength: status.size),
            let text = try Files.read(location, limit: Pointer.maximumLength),
            Pointer(workTreeText: text) == pointer
        {
            return .pointerText
        }
        guard status.size == pointer.size else { return .different }
        let id = try ContentHasher.id(of: OpenFile.reading(location, followSymlinks: false), cancellation: cancellation)
        return id == pointer.id ? .same : .different
    }

    /// Writes the new stat data of files that turned out unchanged into the index, so that nobody reads them again.
    ///
    /// As `git status` does, and like there it is a courtesy: where the index is locked or read-only, nothing is lost.
    private func remember(_ touched: [(entry: IndexEntry, status: FileStat)]) {
        let now = FileTime.now().seconds
        // An entry as new as the index would be looked at again in any case.
        let settled = touched.filter { $0.status.modified.seconds < now }
        guard !settled.isEmpty, let transaction = try? IndexTransaction(repository, .none) else { return }
        for (entry, status) in settled where transaction.original.find(entry.path)?.id == entry.id {
            var entry = entry
            entry.stat = IndexEntry.Stat(status)
            try? transaction.add(entry)
        }
        _ = try? transaction.commit()
    }
}

extension IndexEntry {
    var item: TreeItem { TreeItem(mode: mode, id: id) }
}
