import VxModel
import VxStore

extension RemoteCatalog {
    /// The contents that are not on the remote: that no index names, or only in packs that are not there or are shorter
    /// than the index says. Reads listings and recipes, and no other content.
    package func missing(
        _ contents: [Pointer], on backend: any RemoteBackend, local store: Store
    ) throws(VxError) -> Set<ContentID> {
        var sizes: [PackID: UInt64] = [:]
        try onRemote { () throws(RemoteError) in
            try backend.list(RemoteLayout.packPrefix) { (object) throws(RemoteError) in
                if let pack = RemoteLayout.pack(ofKey: object.key) { sizes[pack] = object.size }
            }
        }
        func find(_ id: ContentID) -> Location? {
            guard let location = locate(id, where: { sizes[$0] != nil }), let size = sizes[location.pack],
                location.record.offset + UInt64(location.record.stored) <= size
            else { return nil }
            return location
        }
        var missing: Set<ContentID> = []
        for pointer in contents where pointer.size > 0 {
            guard let location = find(pointer.id) else {
                missing.insert(pointer.id)
                continue
            }
            if location.record.kind == .chunk { continue }
            let recipe = try recipe(of: pointer.id, at: location, on: backend, local: store)
            if !(0..<recipe.count).allSatisfy({ find(recipe[$0].id) != nil }) { missing.insert(pointer.id) }
        }
        return missing
    }

    private func recipe(
        of id: ContentID, at location: Location, on backend: any RemoteBackend, local store: Store
    ) throws(VxError) -> Recipe {
        if store.contains(id), let recipe = try? store.recipe(of: id) { return recipe }
        let bytes = try onRemote { () throws(RemoteError) in
            try backend.read(
                RemoteLayout.key(ofPack: location.pack), at: location.record.offset, count: Int(location.record.stored))
        }
        return try Store.recipe(bytes, of: id)
    }
}
