import VxGit
import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// The files that stand as pointer text until a hook or a command lays them down: large ones, which must not pass through
/// git's memory, and those whose content was not here.
///
/// The list is a file of NUL-ended paths in the worktree's own git folder; a slash before one says that it was tried and
/// its content could not be had. A path on it is looked at again before anything is done with it. It leaves the list when
/// the file is laid down, or is the user's own by then, and not before: whoever is killed in between leaves it for the next.
package struct PendingFiles: Sendable {
    /// One file on the list.
    struct Entry: Equatable {
        var path: RepoPath
        /// Whether its content could not be had when it was tried.
        var hasFailed: Bool
    }

    /// What the list held at one moment.
    struct List {
        /// Each path once, in order.
        var entries: [Entry] = []
        /// How many of the file's bytes these are.
        fileprivate var length = 0
    }

    private static let failed = UInt8(ascii: "/")
    private let list: FilePath

    package init(gitDirectory: FilePath) {
        list = gitDirectory.appending("vx").appending("pending")
    }

    /// Adds a file that is about to stand as pointer text.
    package func append(_ path: RepoPath) throws(VxError) { try append([Entry(path: path, hasFailed: false)]) }

    /// Adds files whose content could not be had.
    func append(failed paths: [RepoPath]) throws(VxError) {
        try append(paths.map { Entry(path: $0, hasFailed: true) })
    }

    private func append(_ entries: [Entry]) throws(VxError) {
        if entries.isEmpty { return }
        let bytes = Self.encoded(entries)
        while true {
            let file: OpenFile
            do throws(VxError) {
                file = try OpenFile.appending(list)
            } catch {
                guard try Files.status(list.removingLastComponent()) == nil else { throw error }
                try Files.createDirectories(list.removingLastComponent())
                continue
            }
            try file.lock(shared: true)
            // Replaced since it was opened: what is written here would be lost.
            guard try file.hasName() else { continue }
            try file.write(bytes)
            return try file.close()
        }
    }

    /// Reads the list.
    func read() throws(VxError) -> List {
        Self.decode(try Files.read(list, limit: .max) ?? [])
    }

    /// Puts `kept` in place of what was read; what was added since stays. One process at a time may do this.
    func settle(_ read: List, keeping kept: [Entry]) throws(VxError) {
        if kept == read.entries { return }
        guard try Files.status(list) != nil else { return }
        let file = try OpenFile.reading(list)
        try file.lock(shared: false)
        let added = (try Files.read(list, limit: .max) ?? []).dropFirst(read.length)
        let bytes = Self.encoded(kept) + added
        if bytes.isEmpty { try Files.remove(list) } else { try Files.replace(list, with: bytes) }
        try file.close()
    }

    private static func encoded(_ entries: [Entry]) -> [UInt8] {
        entries.flatMap { ($0.hasFailed ? [failed] : []) + $0.path.bytes + [0] }
    }

    private static func decode(_ bytes: [UInt8]) -> List {
        var entries: [RepoPath: Bool] = [:]
        // What a kill has cut off was not said to anybody yet.
        let end = bytes.lastIndex(of: 0).map { $0 + 1 } ?? 0
        for part in bytes[..<end].split(separator: 0) {
            let hasFailed = part.first == failed
            // The last word counts: a file that git has written anew is to be tried anew.
            entries[RepoPath(bytes: Array(hasFailed ? part.dropFirst() : part))] = hasFailed
        }
        let sorted = entries.sorted { $0.key < $1.key }.map { Entry(path: $0.key, hasFailed: $0.value) }
        return List(entries: sorted, length: end)
    }
}
