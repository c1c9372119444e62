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
        let wanted = try contents.filter { try seen.insert($0.id).inserted && $0.size > 0 && !store.isComplete($0.id) }
        if wanted.isEmpty { return result }
        let remote = try RemoteCatalog.load(
            backend, cache: RemoteCatalog.cache(in: store, for: backend), cancellation: cancellation)
        // Where an index leads to something wrong, another may lead to what is right.
        let attempts = remote.indexCount > 1 ? 4 : 1
        for wave in wanted.waves(of: Push.waveTarget) {
            var left = Array(wave)
            for attempt in 0..<attempts where !left.isEmpty {
                var found = Result()
                try fetch(
                    left.map(\.id), remote, attempt, &found,
                    pointers: Dictionary(left.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first }))
                result.contents += found.contents
                result.bytes += found.bytes
                let isLast = attempt + 1 == attempts
                let missing = Set(found.missing)
                let failed = left.filter { found.damaged[$0.id] != nil || missing.contains($0.id) }
                left = isLast ? [] : failed.filter { remote.locate($0.id) != nil }
                let again = Set(left.map(\.id))
                result.missing += found.missing.filter { !again.contains($0) }
                result.damaged.merge(found.damaged.filter { !again.contains($0.key) }) { first, _ in first }
            }
        }
        if let problem = remote.problems.first {
            // What is missing may well be named by an index that cannot be read.
            for id in result.missing { result.damaged[id] = problem }
            result.missing = []
        }
        return result
    }

    /// Fetches contents and chunks that are not here.
    ///
    /// - Parameters:
    ///   - attempt: which of several places to take, by turns.
    ///   - pointers: what is known of contents: a place that does not fit is not read.
    ///   - isGood: which of the places that the indexes name to read from.
    func fetch(
        _ wave: [ContentID], _ remote: RemoteCatalog, _ attempt: Int, _ result: inout Result,
        pointers: [ContentID: Pointer] = [:], where isGood: (Location) -> Bool = { _ in true }
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
            let pointer = pointers[id]
            let location = remote.place(of: id, attempt) { place in
                guard isGood(place), let pointer else { return isGood(place) }
                return place.record.kind == .chunk
                    ? UInt64(place.record.raw) == pointer.size : RemoteRecipes.fits(place.record, pointer)
            }
            guard let location else {
                if let pointer, remote.locate(id, where: isGood) != nil {
                    result.damaged[id] = wrongSize(pointer)
                } else {
                    result.missing.append(id)
                }
                continue
            }
            pending.append(id)
            if location.record.kind == .chunk {
                if asked.insert(id).inserted { chunks.append(location) }
            } else if attempt == 0, let here = try store.readableRecipe(of: id),
                pointer.map({ here.size == $0.size }) ?? true
            {
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
                guard
                    let location = remote.place(of: part, attempt, where: { $0.record.kind == .chunk && isGood($0) })
                else {
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

    private func wrongSize(_ pointer: Pointer) -> VxError {
        VxError(
            .corrupt, "the remote \(backend.location) has something else under \(pointer.id)",
            because: "it cannot be a file of \(pointer.size) bytes",
            hint: "'vx fsck --remote' shows what is hit; 'vx push' from a clone that has it stores it again")
    }
}

extension RemoteCatalog {
    /// Of several places of `id` that fit, one after the other with each attempt, and again from the first.
    fileprivate func place(of id: ContentID, _ attempt: Int, where fits: (Location) -> Bool) -> Location? {
        if attempt == 0 { return locate(id, where: fits) }
        let places = locations(of: id).filter(fits)
        return places.isEmpty ? nil : places[attempt % places.count]
    }
}
