import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// The files the hooks have laid down, as they were then.
///
/// A git that runs on after the hook (`git rebase` does) still has in memory what it wrote itself, the pointers, and
/// writes that to the index once more: it would then read the real files as changed. The hook after that writing finds
/// here which files are its own work, and needs to read none of them.
struct LaidDownFiles {
    struct Record: Equatable {
        var id: ContentID
        var size: UInt64
        var modified: FileTime
        var inode: UInt64

        init(_ id: ContentID, _ status: FileStat) {
            self.id = id
            size = status.size
            modified = status.modified
            inode = status.inode
        }

        fileprivate init?(_ fields: [Substring]) {
            guard fields.count == 5, let id = ContentID(hex: String(fields[0])), let size = UInt64(fields[1]),
                let seconds = Int64(fields[2]), let nanoseconds = UInt32(fields[3]), let inode = UInt64(fields[4])
            else { return nil }
            self.id = id
            self.size = size
            modified = FileTime(seconds: seconds, nanoseconds: nanoseconds)
            self.inode = inode
        }

        fileprivate var text: String { "\(id.hex) \(size) \(modified.seconds) \(modified.nanoseconds) \(inode)" }
    }

    private let list: FilePath

    init(gitDirectory: FilePath) {
        list = gitDirectory.appending("vx").appending("laid-down")
    }

    /// What is not understood is left out: it is a hint only, and 'git status' finds out without it by reading the files.
    func read() throws(VxError) -> [RepoPath: Record] {
        let parts = try (Files.read(list, limit: 1 << 30) ?? []).split(separator: 0)
        var records: [RepoPath: Record] = [:]
        for position in stride(from: 0, to: parts.count - 1, by: 2) {
            let fields = String(decoding: parts[position], as: UTF8.self).split(separator: " ")
            if let record = Record(fields) { records[RepoPath(bytes: Array(parts[position + 1]))] = record }
        }
        return records
    }

    func write(_ records: [RepoPath: Record]) throws(VxError) {
        if records.isEmpty { return try Files.remove(list) }
        try Files.createDirectories(list.removingLastComponent())
        try Files.replace(list, with: records.flatMap { Array($0.value.text.utf8) + [0] + $0.key.bytes + [0] })
    }
}
