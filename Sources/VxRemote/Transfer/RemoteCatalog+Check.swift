import VxModel
import VxStore
import VxSystem

extension RemoteCatalog {
    /// The contents that are not on the remote: that no index names, or only in packs that are not there or are shorter
    /// than the index says, or that a collection has marked to go; or whose recipe there is another than the one here. Reads
    /// listings and recipes, and no other content.
    package func missing(
        _ contents: [Pointer], on backend: any RemoteBackend, local store: Store, cancellation: Cancellation
    ) throws -> Set<ContentID> {
        var there = try RemotePacks(markedOn: backend)
        try there.list(on: backend)
        return try missing(
            contents, on: backend, local: store, cancellation: cancellation, where: there.isLasting)
    }

    /// The contents of which some part is in no place that `isGood` takes.
    ///
    /// A recipe on the remote counts where it is, byte for byte, the one that is here, or where none is here. The one here was
    /// proven by the file it makes; that all hashes in another fit proves nothing.
    func missing(
        _ contents: [Pointer], on backend: any RemoteBackend, local store: Store, cancellation: Cancellation,
        where isGood: (Location) -> Bool
    ) throws -> Set<ContentID> {
        var missing: Set<ContentID> = []
        var candidates: [Pointer] = []
        let reader = RemoteRecipes(backend: backend, cancellation: cancellation)
        func settle() throws {
            let places = candidates.flatMap { pointer in
                locations(of: pointer.id).filter { RemoteRecipes.fits($0.record, pointer) && isGood($0) }
            }
            let read = try reader.readable(places)
            for pointer in candidates {
                let here = try store.readableRecipe(of: pointer.id)
                let isThere = (read[pointer.id] ?? []).contains { found in
                    found.recipe.size == pointer.size && (here == nil || here == found.recipe)
                        && isCovered(found.recipe, where: isGood)
                }
                if !isThere { missing.insert(pointer.id) }
            }
            candidates = []
        }
        for pointer in contents where pointer.size > 0 {
            try cancellation.check()
            let places = locations(of: pointer.id).filter(isGood)
            if places.contains(where: { $0.record.kind == .chunk && UInt64($0.record.raw) == pointer.size }) {
                continue
            }
            candidates.append(pointer)
            // As many as fit in memory at once.
            if candidates.count == 10_000 { try settle() }
        }
        try settle()
        return missing
    }

    /// Whether every chunk that a recipe names is at a good place, and as long there as the recipe says.
    func isCovered(_ recipe: Recipe, where isGood: (Location) -> Bool) -> Bool {
        (0..<recipe.count).allSatisfy { position in
            let (id, length) = recipe[position]
            return locate(id) { $0.record.kind == .chunk && Int($0.record.raw) == length && isGood($0) } != nil
        }
    }
}
