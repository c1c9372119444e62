import VxModel

/// What a run record says about a snapshot's data without listing every file.
package struct DataSummary: Sendable, Equatable {
    /// Number of data files.
    package let files: UInt64
    /// Bytes of all of them together.
    package let bytes: UInt64
    /// SHA-256 of `listing(of:)`: equal exactly where paths and contents are equal.
    package let id: ContentID

    /// A summary by its parts.
    package init(files: UInt64, bytes: UInt64, id: ContentID) {
        self.files = files
        self.bytes = bytes
        self.id = id
    }

    /// Summarises data files.
    ///
    /// - Parameter hash: SHA-256. It is passed in because this module does no cryptography of its own.
    package init(of entries: [FileEntry], hash: ([UInt8]) -> ContentID) {
        files = UInt64(entries.count)
        bytes = entries.sum(ofSizes: \.size)
        id = hash(Self.listing(of: entries))
    }

    /// The bytes the data id is the SHA-256 of: for each file, in bytewise order of paths, the path, a zero byte,
    /// `sha256:` with 64 hex digits, and a newline.
    package static func listing(of entries: [FileEntry]) -> [UInt8] {
        var listing: [UInt8] = []
        for entry in FileEntry.sorted(entries) {
            listing += entry.path.bytes
            listing.append(0)
            listing += "sha256:\(entry.id.hex)\n".utf8
        }
        return listing
    }

    var jsonValue: JSONValue {
        [
            "bytes": .integer(Int64(clamping: bytes)), "files": .integer(Int64(clamping: files)),
            "id": .string("sha256:\(id.hex)"),
        ]
    }

    init(_ reader: RecordReader) throws(VxError) {
        try reader.requireOnly(["bytes", "files", "id"])
        files = try reader.count("files")
        bytes = try reader.count("bytes")
        id = try reader.contentID("id")
    }
}
