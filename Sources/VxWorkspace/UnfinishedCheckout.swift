import VxGit
import VxModel
import VxStore
import VxSystem

import struct SystemPackage.FilePath

/// A checkout in which git is writing the files that are no data.
///
/// Git writes each in place: whoever kills it finds one file cut short. A file in git's folder says from which commit to which
/// the checkout was, so that the next one knows that file for its own and not for a change of the user's.
struct UnfinishedCheckout {
    private let mark: FilePath

    init(_ repository: Repository) {
        mark = repository.gitDirectory.appending("vx").appending("checking-out")
    }

    /// Says that files of `target` are being written where those of `commit` stood.
    func begin(from commit: GitObjectID?, to target: GitObjectID) throws(VxError) {
        try Files.createDirectories(mark.removingLastComponent())
        try Files.replace(mark, with: Array(Self.text(commit, target.hex).utf8))
    }

    /// Says that every file is whole.
    func end() throws(VxError) { try Files.remove(mark) }

    /// The commit whose files were being written when a checkout from `commit` ended half-way; `nil` where none did.
    func target(from commit: GitObjectID?) throws(VxError) -> GitObjectID? {
        guard let bytes = try Files.read(mark, limit: 1 << 10) else { return nil }
        let words = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        guard words.count == 2, Self.text(commit, String(words[1])).utf8.elementsEqual(bytes) else { return nil }
        return GitObjectID(hex: String(words[1]))
    }

    private static func text(_ commit: GitObjectID?, _ target: String) -> String {
        "\(commit?.hex ?? "nothing")\n\(target)\n"
    }
}

extension Workspace {
    /// The code files among the changes that a checkout has written in part before it was killed.
    func halfWrittenCode(_ changes: [TreeChange], from head: Head) async throws -> Set<RepoPath> {
        guard let target = try UnfinishedCheckout(repository).target(from: head.commit) else { return [] }
        var found: Set<RepoPath> = []
        for change in changes where change.new?.mode.isFile == true {
            guard let file = try files.opening(change.path) else { continue }
            let object = Array("\(target.hex):".utf8) + change.path.bytes
            let whole = try await GitProcess().run(
                [Array("cat-file".utf8), Array("--filters".utf8), object], in: root)
            guard whole.status == 0, try file.status().size <= UInt64(whole.output.count) else { continue }
            if whole.output.starts(with: try file.contents(limit: whole.output.count)) { found.insert(change.path) }
        }
        return found
    }

    /// Whether a file is the beginning of a content that is in the store: git that was killed has left it, and nothing of it
    /// is lost where the whole goes in its place.
    func isBeginning(_ status: FileStat, at path: RepoPath, of pointer: Pointer) throws -> Bool {
        guard status.kind == .regular, status.size > 0, status.size < pointer.size, store.contains(pointer.id),
            let file = try files.opening(path)
        else { return false }
        enum Answer: Error { case yes, no }
        var end: UInt64 = 0
        do {
            try store.reader().stream(pointer.id, size: pointer.size) { piece in
                try cancellation.check()
                let part = piece.prefix(Int(min(UInt64(piece.count), status.size - end)))
                let bytes = try [UInt8](unsafeUninitializedCapacity: part.count) { room, count in
                    count = try file.read(at: end, into: UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(room)[..<part.count]))
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
