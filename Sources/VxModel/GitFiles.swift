extension RepoPath {
    /// Files that git, or what works beside it, finds by their names, in whatever folder they stand. As pointers they could not
    /// be read.
    private static let namesForGit: Set<RepoPath> = [
        ".gitattributes", ".gitignore", ".gitkeep", ".gitmodules", ".lfsconfig", ".mailmap",
    ]

    /// Whether the file is one that git reads itself, so that no data can have its name.
    package var isForGit: Bool {
        // Nearly every name is told by its first byte.
        let bytes = bytes
        let start = bytes.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0
        guard start < bytes.count, bytes[start] == UInt8(ascii: ".") else { return false }
        return Self.namesForGit.contains(name)
    }

    /// Whether a folder, or one it lies in, has such a name: git takes it for the file.
    package var isBelowNameForGit: Bool { ([self] + parents).contains(where: \.isForGit) }
}
