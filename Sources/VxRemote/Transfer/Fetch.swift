import VxModel
import VxStore
import VxSystem

/// Brings contents from a remote into a store: near parts in one read, many reads at once, every byte proven before it
/// is written.
///
/// Chunks become part of the store pack by pack, so that a repeated command goes on where it was. The recipe of a
/// content comes last, after its chunks together have proved to be that content.
package struct Fetch: Sendable {
    package struct Result: Sendable, Equatable {
        /// Contents that were not whole here and are now.
        package var contents = 0
        /// Bytes read from packs.
        package var bytes: UInt64 = 0
        /// Contents that are whole neither here nor there.
        package var missing: [ContentID] = []
        /// Contents of which the remote served wrong bytes; nothing of that was written.
        package var damaged: [ContentID: VxError] = [:]

        package init() {}
    }

    let store: Store
    let backend: any RemoteBackend
    let cancellation: Cancellation
    let progress: TransferProgress

    package init(
        from backend: any RemoteBackend, into store: Store, progress: TransferProgress, cancellation: Cancellation
    ) {
        self.store = store
        self.backend = backend
        self.progress = progress
        self.cancellation = cancellation
    }

    /// Fetches what of some contents is not here.
    ///
    /// - Throws: where the remote fails or the store cannot be written. What the remote does not have, or serves wrong
    ///   bytes of, is in the result: the others are fetched.
    package func run(_ contents: [Pointer]) throws -> Result {
        var result = Result()
        // What is here already, and is not fetched, is not to be collected before its recipe is here as well.
        let hold = try store.hold()
        defer { withExtendedLifetime(hold) {} }
        try store.refresh()
        var seen: Set<ContentID> = []
        seen.reserveCapacity(contents.count)
        let wanted = contents.filter { seen.insert($0.id).inserted && $0.size > 0 && !store.isComplete($0.id) }
        if wanted.isEmpty { return result }
        let remote = try RemoteCatalog.load(
            backend, cache: RemoteCatalog.cache(in: store, for: backend), cancellation: cancellation)
        for wave in wanted.waves(of: Push.waveTarget) { try fetch(wave.map(\.id), remote, &result) }
        if let problem = remote.problems.first {
            // What is missing may well be named by an index that cannot be read.
            for id in result.missing { result.damaged[id] = problem }
            result.missing = []
        }
        return result
    }

    /// Fetches contents and chunks that are not here.
    ///
    /// - Parameter isGood: which of the places that the indexes name to read from.
    func fetch(
        _ wave: [ContentID], _ remote: RemoteCatalog, _ result: inout Result,
        where isGood: (Location) -> Bool = { _ in true }
    ) throws {
        progress.phase = .receiving
        var chunks: [Location] = []
        var asked: Set<ContentID> = []
        var pending: [ContentID] = []
        var recipes: [ContentID: Recipe] = [:]
        var recipeReads: [Location] = []
        chunks.reserveCapacity(wave.count)
        asked.reserveCapacity(wave.count)
        pending.reserveCapacity(wave.count)
        for id in wave {
            guard let location = remote.locate(id, where: isGood) else {
                result.missing.append(id)
                continue
            }
            pending.append(id)
            if location.record.kind == .chunk {
                if asked.insert(id).inserted { chunks.append(location) }
            } else if let here = try? store.recipe(of: id) {
                recipes[id] = here
            } else {
                recipeReads.append(location)
            }
        }
        let fetched = try fetchRecipes(recipeReads, &result)
        recipes.merge(fetched) { here, _ in here }
        pending.removeAll { result.damaged[$0] != nil }
        pending = pending.filter { id in
            guard let recipe = recipes[id] else { return true }
            for number in 0..<recipe.count {
                let part = recipe[number].id
                if store.location(of: part) != nil || asked.contains(part) { continue }
                guard let location = remote.locate(part, where: isGood) else {
                    result.missing.append(id)
                    return false
                }
                asked.insert(part)
                chunks.append(location)
            }
            return true
        }
        let bad = try fetchChunks(chunks, &result)
        try store.refresh()
        try conclude(pending, recipes, bad, &result)
    }
}
