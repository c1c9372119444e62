import VxModel
import VxStore

/// The packs of a remote, as far as what stands in them can be relied on.
struct RemotePacks {
    /// The bytes each pack has there.
    private(set) var sizes: [PackID: UInt64] = [:]
    /// Those that a collection has marked: they count as gone already, and nothing is stored under their names.
    let marked: Set<PackID>

    /// Asks for the marks of collections; before ``list(on:)``, so that a pack is marked later than this or is known to be.
    ///
    /// - Parameter besides: more packs that are about to be marked.
    init(markedOn backend: any RemoteBackend, besides: Set<PackID> = []) throws {
        marked = Set(try RemoteTrash(backend).marks().keys).union(besides)
    }

    /// Lists the packs; after the indexes were read, which are believed only as far as the packs they name are there.
    mutating func list(on backend: any RemoteBackend) throws(VxError) {
        try onRemote { () throws(RemoteError) in
            try backend.list(RemoteLayout.packPrefix) { (object) throws(RemoteError) in
                if let pack = RemoteLayout.pack(ofKey: object.key) { sizes[pack] = object.size }
            }
        }
    }

    /// Whether a pack is there as far as a part of it reaches, and stays.
    func isLasting(_ part: Location) -> Bool {
        guard let size = sizes[part.pack], !marked.contains(part.pack) else { return false }
        return part.record.offset + UInt64(part.record.stored) <= size
    }
}
