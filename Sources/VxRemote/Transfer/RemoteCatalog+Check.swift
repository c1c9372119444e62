import VxModel
import VxStore
import VxSystem

extension RemoteCatalog {
    /// The contents that are not on the remote: that no index names, or only in packs that are not there or are shorter
    /// than the index says, or that a collection has marked to go. Reads listings and recipes, and no other content.
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
    /// - Parameter store: saves reading the recipes it has.
    func missing(
        _ contents: [Pointer], on backend: any RemoteBackend, local store: Store, cancellation: Cancellation,
        where isGood: (Location) -> Bool
    ) throws -> Set<ContentID> {
        var missing: Set<ContentID> = []
        var recipes: [ContentID: Recipe] = [:]
        var elsewhere: [Location] = []
        for pointer in contents where pointer.size > 0 {
            try cancellation.check()
            guard let location = locate(pointer.id, where: isGood) else {
                missing.insert(pointer.id)
                continue
            }
            if location.record.kind == .chunk { continue }
            if store.contains(pointer.id), let recipe = try? store.recipe(of: pointer.id) {
                recipes[pointer.id] = recipe
            } else {
                elsewhere.append(location)
            }
        }
        let read = try readableRecipes(elsewhere, backend, cancellation)
        for location in elsewhere where read[location.record.id] == nil { missing.insert(location.record.id) }
        recipes.merge(read) { here, _ in here }
        for (id, recipe) in recipes {
            let isWhole = (0..<recipe.count).allSatisfy { locate(recipe[$0].id, where: isGood) != nil }
            if !isWhole { missing.insert(id) }
        }
        return missing
    }

    /// The recipes that can be read; one that is damaged costs only itself.
    private func readableRecipes(
        _ locations: [Location], _ backend: any RemoteBackend, _ cancellation: Cancellation
    ) throws -> [ContentID: Recipe] {
        let reader = RemoteRecipes(backend: backend, cancellation: cancellation)
        do {
            return try reader.read(locations)
        } catch let error as VxError where error.code == .corrupt || error.code == .missing {
            var found: [ContentID: Recipe] = [:]
            for location in locations {
                do {
                    found.merge(try reader.read([location])) { first, _ in first }
                } catch let error as VxError where error.code == .corrupt || error.code == .missing {
                    continue
                }
            }
            return found
        }
    }
}
