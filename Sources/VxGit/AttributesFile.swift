import VxModel

/// Edits the text of a `.gitattributes`. Every line that is there stays as it is, with its own line end.
package struct AttributesFile: Sendable, Equatable {
    /// What makes git hand a path to vx.
    package static let tracking = "filter=vx diff=vx merge=vx -text"

    /// What takes a path out of a line that hands everything over.
    static let leaving = "!filter !diff !merge !text"

    /// The file's bytes.
    package private(set) var bytes: [UInt8]

    /// The bytes of a file; none for one that is to be made.
    package init(_ bytes: [UInt8] = []) {
        self.bytes = bytes
    }

    /// The lines that hand paths over to vx, and the one that keeps branches from conflicting over this very file.
    /// What is there already is not repeated. The order is that of the paths' bytes.
    ///
    /// - Parameter plain: folders that a line for everything leaves out.
    package mutating func track(_ paths: [(path: RepoPath, isFolder: Bool)], plain: [RepoPath] = []) {
        let lines = paths.map { Self.pattern($0.path, isFolder: $0.isFolder) + Array(" \(Self.tracking)".utf8) }
        for line in Set(lines).sorted(by: { $0.lexicographicallyPrecedes($1) }) { ensure(line) }
        if paths.contains(where: \.path.isRoot) {
            for folder in plain {
                ensure(Self.pattern(folder, isFolder: true) + Array(" \(Self.leaving)".utf8))
            }
        }
        let union = Array(".gitattributes merge=union".utf8)
        // A line for everything means this file, too: the one that makes an exception of it has to come behind.
        if paths.contains(where: \.path.isRoot) {
            bytes = Array(self.lines.filter { Self.words($0) != Self.words(union[...]) }.joined())
        }
        ensure(union)
    }

    /// Appends a line unless it is there, however its words are spaced. The last such pattern counts in git, so a line
    /// that a later one with the same pattern overrides is put behind that one.
    package mutating func ensure(_ line: [UInt8]) {
        let wanted = Self.words(line[...])
        if let last = lines.last(where: { Self.words($0).first == wanted.first }), Self.words(last) == wanted { return }
        let ending: [UInt8] = lines.first.map { $0.suffix(2).elementsEqual([13, 10]) } == true ? [13, 10] : [10]
        if let last = bytes.last, last != 10 { bytes += ending }
        bytes += line + ending
    }

    /// Each line with its end.
    var lines: [ArraySlice<UInt8>] {
        var lines: [ArraySlice<UInt8>] = []
        var start = bytes.startIndex
        while start < bytes.endIndex {
            let end = bytes[start...].firstIndex(of: 10).map { $0 + 1 } ?? bytes.endIndex
            lines.append(bytes[start..<end])
            start = end
        }
        return lines
    }

    /// Pattern and attributes. The patterns written here hold no blanks, so splitting at blanks is exact for them.
    static func words(_ line: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        line.split { blanks.contains($0) }
    }

    /// What ends a pattern in gitattributes(5).
    private static let blanks: Set<UInt8> = [9, 10, 13, 32]

    /// What means something else than itself in a pattern.
    static let globs = Set("*?[\\".utf8)

    /// Whether the line of a path is short enough for git, which leaves out those of 2048 bytes and more.
    package static func hasRoom(forLineOf path: RepoPath, isFolder: Bool) -> Bool {
        pattern(path, isFolder: isFolder).count + 1 + tracking.utf8.count < AttributeText.longestLine
    }

    /// The pattern that fits exactly this file, or everything in this folder.
    ///
    /// It begins with a slash, so a leading `#`, `!` or `"` has no meaning. Glob characters get a backslash. A blank
    /// would end the pattern; git offers C quoting of the whole for that, but libgit2 does not read it, so blanks
    /// become `[[:space:]]`, as Git LFS writes them.
    package static func pattern(_ path: RepoPath, isFolder: Bool) -> [UInt8] {
        var pattern: [UInt8] = [UInt8(ascii: "/")]
        for byte in path.bytes {
            if blanks.contains(byte) {
                pattern += Array("[[:space:]]".utf8)
            } else {
                if globs.contains(byte) { pattern.append(UInt8(ascii: "\\")) }
                pattern.append(byte)
            }
        }
        if isFolder { pattern += Array((path.isRoot ? "**" : "/**").utf8) }
        return pattern
    }
}
