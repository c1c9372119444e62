import VxModel

/// The lines of a `.gitattributes` that decide which paths are vx's, where they are all of the forms vx writes.
///
/// With those alone the answer for a path follows from the names of its folders; asking libgit2 costs a dozen looks at the
/// disk for each path.
package struct AttributeLines: Sendable, Equatable {
    /// Patterns that are handed to vx; those of single files are among them and answer nothing.
    private var tracked: Set<ArraySlice<UInt8>> = []
    /// Whether some line may make git change a pointer's text on its way (``Swift/Dictionary/harm``).
    package private(set) var mayHarm = false
    /// Patterns of folders that are left out of a line for everything.
    private var plain: Set<ArraySlice<UInt8>> = []

    /// Attributes that set no filter by themselves, as a macro could (gitattributes(5)).
    private static let harmless: Set<String> = [
        "text", "eol", "diff", "merge", "crlf", "ident", "whitespace", "binary", "delta", "encoding", "export-ignore",
        "export-subst", "conflict-marker-size", "working-tree-encoding",
    ]

    /// - Returns: nil where a line of another form could set the filter.
    package init?(_ file: AttributesFile) {
        for line in file.lines {
            let words = AttributesFile.words(line)
            guard let pattern = words.first, pattern.first != UInt8(ascii: "#") else { continue }
            let attributes = words.dropFirst().map { String(decoding: $0, as: UTF8.self) }
            if attributes.joined(separator: " ") == AttributesFile.tracking {
                tracked.insert(pattern)
            } else if attributes.joined(separator: " ") == AttributesFile.leaving {
                guard Self.isFolder(pattern) else { return nil }
                plain.insert(pattern)
            } else if words.map({ Array($0) }) == [Array(".gitattributes".utf8), Array("merge=union".utf8)] {
                continue
            } else if pattern.first == UInt8(ascii: "\"") || pattern.starts(with: "[attr]".utf8)
                || !attributes.allSatisfy(Self.isHarmless)
            {
                return nil
            } else if attributes.contains(where: Self.isHarmful) {
                mayHarm = true
            }
        }
    }

    /// Whether a pattern is what ``AttributesFile/pattern(_:isFolder:)`` writes for a folder. `[[:space:]]` is not taken for
    /// it: it fits blanks that are written as they are, too.
    private static func isFolder(_ pattern: ArraySlice<UInt8>) -> Bool {
        guard pattern.first == UInt8(ascii: "/"), pattern.suffix(3).elementsEqual("/**".utf8) else { return false }
        var rest = pattern.dropLast(2)
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\\") {
                guard let escaped = rest.popFirst(), AttributesFile.globs.contains(escaped) else { return false }
            } else if AttributesFile.globs.contains(byte) {
                return false
            }
        }
        return true
    }

    private static func isHarmful(_ attribute: String) -> Bool {
        let name = String(attribute.prefix { $0 != "=" })
        return ["text", "eol", "crlf", "working-tree-encoding"].contains(name) || attribute == "merge=union"
    }

    private static func isHarmless(_ attribute: String) -> Bool {
        let name = attribute.drop { $0 == "-" || $0 == "!" }.prefix { $0 != "=" }
        return harmless.contains(String(name)) || name.hasPrefix("linguist-")
    }

    /// Whether everything in a folder is known to be vx's. Where it is not, other lines concern it, or none does.
    ///
    /// - Parameter folders: the folder and all above it, the root included.
    package func trackAll(in folders: [RepoPath]) -> Bool {
        let patterns = folders.map { AttributesFile.pattern($0, isFolder: true)[...] }
        return !patterns.contains(where: plain.contains) && patterns.contains(where: tracked.contains)
    }
}
