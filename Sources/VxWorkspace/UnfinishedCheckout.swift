import VxGit
import VxModel
import VxStore
import VxSystem

import struct SystemPackage.FilePath

/// A checkout in which git is writing the files that are no data.
///
/// Git writes each in place: whoever kills it finds one file cut short. A file in git's folder says from which commit to which
/// the checkout was, so that the next one knows that file for its own and not for a change of the user's. It counts as long as
/// HEAD has not moved since: git notes each move in HEAD's log.
struct UnfinishedCheckout {
    private let mark: FilePath
    private let log: FilePath

    init(_ repository: Repository) {
        mark = repository.gitDirectory.appending("vx").appending("checking-out")
        log = repository.gitDirectory.appending("logs").appending("HEAD")
    }

    /// Says that files of `target` are being written where those of `commit` stood.
    func begin(from commit: GitObjectID?, to target: GitObjectID) throws(VxError) {
        try Files.createDirectories(mark.removingLastComponent())
        try Files.replace(mark, with: Array(try text(commit, target.hex).utf8))
    }

    /// Says that every file is whole.
    func end() throws(VxError) { try Files.remove(mark) }

    /// The commit whose files were being written when a checkout from `commit`, where HEAD is, ended half-way; `nil` where none
    /// did.
    func target(from commit: GitObjectID?) throws(VxError) -> GitObjectID? {
        guard let bytes = try Files.read(mark, limit: 1 << 10) else { return nil }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        guard lines.count == 3, try text(commit, String(lines[1])).utf8.elementsEqual(bytes) else { return nil }
        return GitObjectID(hex: String(lines[1]))
    }

    private func text(_ commit: GitObjectID?, _ target: String) throws(VxError) -> String {
        "\(commit?.hex ?? "nothing")\n\(target)\n\(try Files.status(log)?.size ?? 0)\n"
    }
}

extension Workspace {
    /// No longer code is compared: that a file is a beginning of it is not seen then.
    private static let longestCode = 32 << 20
    /// So many files are held against what git's filters make of theirs: git is started for each, and one that is killed leaves one.
    private static let mostFiltered = 50

    /// The code files among the changes that a checkout has written in part before it was killed.
    func halfWrittenCode(_ changes: [TreeChange], from head: Head) async throws -> Set<RepoPath> {
        guard let commit = try UnfinishedCheckout(repository).target(from: head.commit), repository.hasObject(commit)
        else { return [] }
        let tree = try repository.tree(ofCommit: commit)
        let index = try repository.readIndex()
        var found: Set<RepoPath> = []
        var others: [RepoPath] = []
        for change in changes {
            guard let new = change.new, new.mode.isFile, try soundPointer(of: new) == nil,
                let entry = try repository.entry(at: change.path, inTree: tree), entry.mode.isFile,
                let file = try files.opening(change.path)
            else { continue }
            let status = try file.status()
            if index.find(change.path)?.isProvenUnchanged(status, index: index.timestamp) == true { continue }
            guard status.size <= Self.longestCode, let whole = try repository.blob(entry.id, limit: Self.longestCode)
            else { continue }
            if whole.starts(with: try file.contents(limit: Self.longestCode)) {
                found.insert(change.path)
            } else {
                others.append(change.path)
            }
        }
        for path in others.prefix(Self.mostFiltered) where try await isBeginning(path, ofFilesIn: commit) {
            found.insert(path)
        }
        return found
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
