import VxGit
import VxModel
import VxStore
import VxSystem

import struct SystemPackage.FilePath

/// A checkout that writes files.
///
/// Whoever kills it finds some files of the commit it was going to, and one cut short: git writes code in place. A file in git's
/// folder says from which commit to which the checkout was, so that the next one knows these for its own and not for changes of
/// the user's. It counts as long as HEAD has not moved since: git notes each move in HEAD's log, and without one it never counts.
struct UnfinishedCheckout {
    private let mark: FilePath
    private let log: FilePath

    init(_ repository: Repository) {
        mark = repository.gitDirectory.appending("vx").appending("checking-out")
        log = repository.gitDirectory.appending("logs").appending("HEAD")
    }

    /// Says that files of `target` are about to be written where those of `commit` stood.
    func begin(from commit: GitObjectID?, to target: GitObjectID) throws(VxError) {
        try Files.createDirectories(mark.removingLastComponent())
        try Files.replace(mark, with: Array(try text(commit, target.hex).utf8))
    }

    /// Says that every file is what it is to be.
    func end() throws(VxError) { try Files.remove(mark) }

    /// The commit whose files were about to be written when a checkout from `commit`, where HEAD is, ended half-way; `nil` where none
    /// did.
    func target(from commit: GitObjectID?) throws(VxError) -> GitObjectID? {
        guard let bytes = try Files.read(mark, limit: 1 << 10), try Files.status(log) != nil else { return nil }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        guard lines.count == 3, try text(commit, String(lines[1])).utf8.elementsEqual(bytes) else { return nil }
        return GitObjectID(hex: String(lines[1]))
    }

    private func text(_ commit: GitObjectID?, _ target: String) throws(VxError) -> String {
        "\(commit?.hex ?? "nothing")\n\(target)\n\(try Files.status(log)?.size ?? 0)\n"
    }
}

/// What a checkout that was killed has left in the workspace.
struct LeftBehind {
    /// Paths that are as they were to become.
    var whole: Set<RepoPath> = []
    /// Files that were being written.
    var cutShort: Set<RepoPath> = []
    /// All of them, as changes of the commit that HEAD is at.
    var changes: [TreeChange] = []
}

extension LeftBehind {
    fileprivate mutating func add(_ change: TreeChange, isWhole: Bool) {
        if isWhole { whole.insert(change.path) } else { cutShort.insert(change.path) }
        changes.append(TreeChange(path: change.path, old: change.old, new: change.old))
    }
}

extension Workspace {
    /// No longer code is compared: that a file is a beginning of it is not seen then.
    private static let longestCode = 32 << 20
    /// So many files are held against what git's filters make of theirs: git is started for each, and one that is killed leaves one.
    private static let mostFiltered = 50

    /// What a checkout from the commit that HEAD is at has written before it was killed; nothing where none was.
    func leftBehind(from head: Head) async throws -> LeftBehind {
        var left = LeftBehind()
        guard let commit = try UnfinishedCheckout(repository).target(from: head.commit), repository.hasObject(commit)
        else { return left }
        let old = try head.commit.map { try repository.tree(ofCommit: $0) }
        let index = try repository.readIndex()
        let places = Places(root)
        var others: [(change: TreeChange, modified: FileTime)] = []
        for change in try repository.diffTrees(old, repository.tree(ofCommit: commit)) where change.path.fault() == nil
        {
            let status = try places.status(change.path)
            let entry = index.find(change.path)
            // The index goes last: one that says something else was changed since.
            guard entry?.item == change.old else { continue }
            if let entry, let status, entry.isProvenUnchanged(status, index: index.timestamp) { continue }
            guard let status else {
                // Removed, or about to be written in the place of the old one.
                if entry != nil { left.add(change, isWhole: true) }
                continue
            }
            guard let new = change.new, new.mode.isFile, status.kind == .regular else { continue }
            if try isWhole(change.path, status, new) {
                left.add(change, isWhole: true)
            } else if try soundPointer(of: new) != nil {
                continue
            } else if try isBeginning(change.path, status, of: new) {
                left.add(change, isWhole: false)
            } else {
                others.append((change, status.modified))
            }
        }
        // The one that was being written was written last.
        for (change, _) in others.sorted(by: { $0.modified > $1.modified }).prefix(Self.mostFiltered)
        where try await isBeginning(change.path, ofFilesIn: commit) {
            left.add(change, isWhole: false)
        }
        return left
    }

    /// Whether a file is all that a side of a change says.
    func isWhole(_ path: RepoPath, _ status: FileStat, _ side: TreeItem) throws -> Bool {
        if let pointer = try soundPointer(of: side) { return try compare(status, at: path, with: pointer) == .same }
        return try repository.blobID(ofFile: root.appending(path)) == side.id
    }

    /// Whether a file is the beginning of a blob as it stands.
    private func isBeginning(_ path: RepoPath, _ status: FileStat, of side: TreeItem) throws -> Bool {
        guard status.size <= Self.longestCode, let whole = try repository.blob(side.id, limit: Self.longestCode),
            let bytes = try files.read(path, limit: Self.longestCode)
        else { return false }
        return whole.starts(with: bytes)
    }

    /// Whether a file is the beginning of what git would write there: with line endings and filters of the user's.
    private func isBeginning(_ path: RepoPath, ofFilesIn commit: GitObjectID) async throws -> Bool {
        let object = Array("\(commit.hex):".utf8) + path.bytes
        let command = [Array("cat-file".utf8), Array("--filters".utf8), object]
        do throws(VxError) {
            let whole = try await GitProcess().run(command, in: root)
            guard whole.status == 0, let bytes = try files.read(path, limit: Self.longestCode) else { return false }
            return whole.output.starts(with: bytes)
        } catch {
            // What git cannot tell, or is too long, leaves the file the user's.
            if error.isSystemFailure || error.code == .interrupted { throw error }
            return false
        }
    }

    /// Where a write that is killed, or finds no room, may end: at the end of a page of the file.
    private static let page: UInt64 = 4096

    /// Whether a file is what git leaves of a content when it is killed: its beginning, up to the end of a page. Somebody who has cut
    /// the file on purpose has hardly done so there.
    func isCutShort(_ status: FileStat, at path: RepoPath, of pointer: Pointer) throws -> Bool {
        guard status.kind == .regular, status.size > 0, status.size % Self.page == 0, status.size < pointer.size,
            store.contains(pointer.id), let file = try files.opening(path)
        else { return false }
        enum Answer: Error { case yes, no }
        var end: UInt64 = 0
        do {
            try store.reader().stream(pointer.id, size: pointer.size) { piece in
                try cancellation.check()
                let part = piece.prefix(Int(min(UInt64(piece.count), status.size - end)))
                let bytes = try [UInt8](unsafeUninitializedCapacity: part.count) { room, count in
                    count = try file.read(
                        at: end,
                        into: UnsafeMutableRawBufferPointer(
                            rebasing: UnsafeMutableRawBufferPointer(room)[..<part.count]))
                }
                guard bytes.elementsEqual(part) else { throw Answer.no }
                end += UInt64(part.count)
                if end == status.size { throw Answer.yes }
            }
        } catch let answer as Answer {
            return answer == .yes
        }
        return false
    }
}
