import VxModel
import VxStore

/// The marks of packs that a collection wants gone (docs/formats/remote.md, "Collection").
///
/// A marked pack stays where it is and can be read. Whoever pushes takes it for gone from then on; it is deleted once every
/// push that may have begun before the mark has ended.
package struct RemoteTrash {
    /// Seconds a push may take, from its look at the remote until git's references name what it pushed; and so the shortest
    /// time between a mark and the deletion, and the youngest pack that may be marked.
    package static let window: Int64 = 86_400

    private let backend: any RemoteBackend

    package init(_ backend: any RemoteBackend) {
        self.backend = backend
    }

    /// The packs that are marked, and since when: seconds since 1970 by the storage's clock.
    package func marks() throws(VxError) -> [PackID: Int64] {
        var marks: [PackID: Int64] = [:]
        try onRemote { () throws(RemoteError) in
            try backend.list(RemoteLayout.trashPrefix) { (object) throws(RemoteError) in
                if let pack = RemoteLayout.pack(ofMark: object.key) { marks[pack] = object.modified }
            }
        }
        return marks
    }

    /// Marks a pack; one that is marked keeps its time.
    func mark(_ pack: PackID, because reason: String) throws(VxError) {
        let text: JSONValue = ["pack": .string(pack.hex), "reason": .string(reason)]
        _ = try onRemote { () throws(RemoteError) in
            try backend.put(RemoteLayout.key(ofMark: pack), Array(text.canonical.utf8))
        }
    }

    func unmark(_ pack: PackID) throws(VxError) {
        try onRemote { () throws(RemoteError) in try backend.delete(RemoteLayout.key(ofMark: pack)) }
    }

    /// The time by the storage's clock, which all decisions are taken by: of an object that is put and deleted again.
    package func time() throws(VxError) -> Int64 {
        let key = RemoteLayout.trashPrefix + "clock-" + String(UInt64.random(in: .min ... .max), radix: 36)
        return try onRemote { () throws(RemoteError) in
            _ = try backend.put(key, Array("vx asks what time it is\n".utf8))
            let object = try backend.head(key)
            try backend.delete(key)
            guard let object else {
                throw RemoteError(.unavailable, "\(backend.location) does not show an object that was just stored")
            }
            return object.modified
        }
    }
}
