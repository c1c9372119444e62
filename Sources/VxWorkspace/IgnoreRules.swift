import VxGit
import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// Whether git ignores files, asked of libgit2 only where some pattern could match.
///
/// libgit2 looks at every folder's `.gitignore` again for each path, which costs a second for a hundred thousand new
/// files. Nearly all of them can be told by their name: each pattern asks for a certain beginning or end of it.
struct IgnoreRules {
    private let repository: Repository
    /// What a name must begin and end with for some pattern to match it, in lower case.
    private var needs: Set<Need> = []

    private struct Need: Hashable {
        var prefix: [UInt8]
        var suffix: [UInt8]
    }

    /// Reads the patterns that hold for the whole repository.
    init(_ repository: Repository) throws {
        self.repository = repository
        for file in try repository.excludeFiles() { try add(file) }
    }

    /// Reads the `.gitignore` files of folders that were walked. Those above them must have been taken before.
    mutating func take(_ folders: [FolderComparison], root: FilePath) throws {
        for folder in folders where folder.hasIgnoreFile { try take(folder.path, root: root) }
    }

    /// Reads the `.gitignore` of a folder, where it has one.
    mutating func take(_ folder: RepoPath, root: FilePath) throws {
        try add(root.appending(folder.appending(".gitignore")))
    }

    /// Whether git would leave the path out. The folders above it must have been asked about before: a pattern that
    /// matches one of them is no concern here.
    func isIgnored(_ path: RepoPath, isDirectory: Bool) throws -> Bool {
        guard couldMatch(path.bytes) else { return false }
        return try repository.isIgnored(path, isDirectory: isDirectory)
    }

    private func couldMatch(_ path: [UInt8]) -> Bool {
        if needs.isEmpty { return false }
        let start = path.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
        let name = path[start...].map(ASCII.lowercased)
        return needs.contains { need in
            name.count >= max(need.prefix.count, need.suffix.count) && name.starts(with: need.prefix)
                && name.suffix(need.suffix.count).elementsEqual(need.suffix)
        }
    }

    private mutating func add(_ file: FilePath) throws {
        guard let text = try Files.read(file) else { return }
        // git and libgit2 skip a byte order mark there.
        let lines = text.starts(with: [0xef, 0xbb, 0xbf]) ? text.dropFirst(3) : text[...]
        for line in lines.split(separator: UInt8(ascii: "\n")) {
            if let need = Self.need(of: Array(line)) { needs.insert(need) }
        }
    }

    /// What the last component of a pattern asks of a name (gitignore(5)); `nil` for a line that is none, or that only
    /// takes paths out again.
    private static func need(of line: [UInt8]) -> Need? {
        var pattern = line[...]
        if pattern.last == UInt8(ascii: "\r") { pattern.removeLast() }
        if pattern.first == UInt8(ascii: "#") || pattern.first == UInt8(ascii: "!") { return nil }
        // Whether blanks at the end count depends on what is before them, so what follows a blank is not asked for.
        let hasBlank = pattern.contains(UInt8(ascii: " ")) || pattern.contains(UInt8(ascii: "\t"))
        while pattern.last == UInt8(ascii: "/") { pattern.removeLast() }
        if let slash = pattern.lastIndex(of: UInt8(ascii: "/")) { pattern = pattern[(slash + 1)...] }
        if pattern.isEmpty { return nil }
        let special = Set("*?[]\\ \t".utf8)
        let prefix = pattern.prefix { !special.contains($0) }
        let isLiteral = prefix.count == pattern.count
        let suffix =
            hasBlank
            ? [] : isLiteral ? prefix : Array(pattern.reversed().prefix { !special.contains($0) }.reversed())[...]
        return Need(prefix: prefix.map(ASCII.lowercased), suffix: suffix.map(ASCII.lowercased))
    }
}
