import VxModel

/// A file as manifests and records name it: its path and the bytes that stood there.
package struct FileEntry: Sendable, Hashable {
    /// The file's path in the repository.
    package let path: RepoPath
    /// SHA-256 of the file's bytes.
    package let id: ContentID
    /// The file's length in bytes.
    package let size: UInt64

    /// A file by its path, id and size.
    package init(path: RepoPath, id: ContentID, size: UInt64) {
        self.path = path
        self.id = id
        self.size = size
    }
}

extension FileEntry {
    var jsonValue: JSONValue {
        var members = path.members("path")
        members["oid"] = .string("sha256:\(id.hex)")
        members["size"] = .integer(Int64(clamping: size))
        return .object(members)
    }

    init(_ reader: RecordReader) throws(VxError) {
        try reader.requireOnly(["path", "pathHex", "oid", "size"])
        path = try reader.path("path")
        id = try reader.contentID("oid")
        size = try reader.count("size")
    }

    /// Entries in the order the formats require: by path, bytewise.
    static func sorted(_ entries: [FileEntry]) -> [FileEntry] {
        entries.sorted { $0.path < $1.path }
    }
}

extension RepoPath {
    /// The path as fields of a JSON object. A path that is not UTF-8 cannot stand in JSON: it is quoted as git quotes
    /// it, and a second field, named with `Hex` at its end, has its bytes.
    func members(_ field: String) -> [String: JSONValue] {
        if let text = String(validating: bytes, as: UTF8.self) { return [field: .string(text)] }
        return [field: .string(description), field + "Hex": .string(Hex.encode(bytes))]
    }
}
