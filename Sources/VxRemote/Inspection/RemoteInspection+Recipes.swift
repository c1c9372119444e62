import Synchronization
import VxModel
import VxStore
import VxSystem

extension RemoteInspection {
    /// Proves the recipes of packs that proved right so far by the files they make; what a wrong one stands in is among
    /// ``damaged`` afterwards.
    ///
    /// A recipe is right where it is, byte for byte, the one that the store here has proven, or where its chunks, those here or
    /// those of the remote, together have the content's id.
    ///
    /// - Parameter fully: whether to read chunks from the remote for what cannot be told otherwise, and to look at every recipe;
    ///   else only those are judged whose content is here.
    /// - Throws: where the remote or the store fails.
    package mutating func proveRecipes(fully: Bool) throws {
        let places = sound.values.sorted { $0.name < $1.name }.flatMap { contents in
            contents.records.filter { $0.kind == .recipe && (fully || store.contains($0.id)) }
                .map { Location(pack: contents.name, record: $0) }
        }
        let inspection = self
        let reader = RemoteRecipes(backend: backend, cancellation: cancellation)
        var wrong: [Location] = []
        let read = Counter()
        // A few thousand at a time: what fits in memory.
        for start in stride(from: 0, to: places.count, by: 4096) {
            let found = try reader.readable(Array(places[start..<min(start + 4096, places.count)])).values.flatMap(
                \.self)
            let verdicts = Mutex<[Location]>([])
            try WorkerPool().forEachBatch(count: found.count, batch: 1, cancellation: cancellation) { _, range in
                for recipe in found[range] where try inspection.judge(recipe, fully: fully, read) == false {
                    verdicts.withLock { $0.append(recipe.place) }
                }
            }
            wrong += verdicts.withLock { $0 }
        }
        count(read: read.value)
        for place in wrong.sorted(by: { $0.record.id < $1.record.id }) { note(wrongRecipe: place) }
    }

    /// Whether a recipe makes its content; `nil` where that cannot be told.
    private func judge(_ found: RemoteRecipes.Found, fully: Bool, _ read: Counter) throws -> Bool? {
        let id = found.place.record.id
        if let here = try store.readableRecipe(of: id), here == found.recipe {
            // The one here was proven when its content was added, unless it came with a pack from elsewhere.
            return fully ? try store.makes(here, id, cancellation: cancellation) : true
        }
        if let answer = try store.makes(found.recipe, id, cancellation: cancellation) { return answer }
        return fully ? try RemoteAssembly(self).makes(found.recipe, id, counting: read) : nil
    }
}

/// Puts contents together from the packs of a remote, to see what they are.
struct RemoteAssembly {
    private let inspection: RemoteInspection
    private let decoder = ChunkDecoder()

    init(_ inspection: RemoteInspection) {
        self.inspection = inspection
    }

    /// Whether a recipe's chunks, as sound packs of the remote have them, together have the content's id; `nil` where one is in
    /// none of them.
    func makes(_ recipe: Recipe, _ id: ContentID, counting read: Counter) throws -> Bool? {
        var hasher = ContentHasher()
        var next = 0
        while next < recipe.count {
            try inspection.cancellation.check()
            guard let run = try run(from: next, of: recipe) else { return nil }
            guard let first = run.first, let last = run.last else { return false }
            let count = Int(last.record.end - first.record.offset)
            let bytes = try onRemote { () throws(RemoteError) in
                try inspection.backend.read(
                    RemoteLayout.key(ofPack: first.pack), at: first.record.offset, count: count)
            }
            read.add(count)
            for place in run {
                let start = Int(place.record.offset - first.record.offset)
                let isSound = try bytes[start..<start + Int(place.record.stored)].withUnsafeBytes { stored in
                    try decoder.withChunk(place.record, stored) { hasher.update($0) }
                }
                // A line that is bad now says nothing of the recipe.
                if !isSound { return nil }
            }
            next += run.count
        }
        return hasher.finish() == id
    }

    /// The places of the next chunks that lie one after the other in one pack, up to 8 MiB; none where a chunk is there with
    /// another length than the recipe gives it, `nil` where it is nowhere.
    private func run(from start: Int, of recipe: Recipe) throws -> [Location]? {
        var run: [Location] = []
        for position in start..<recipe.count {
            let (id, length) = recipe[position]
            guard
                let place = inspection.catalog.locate(id, where: { $0.record.kind == .chunk && inspection.isSound($0) })
            else { return run.isEmpty ? nil : run }
            guard Int(place.record.raw) == length else { return run }
            if let last = run.last, let first = run.first {
                guard place.pack == last.pack, place.record.offset == last.record.end,
                    place.record.end - first.record.offset <= UInt64(FetchPlan.target)
                else { return run }
            }
            run.append(place)
        }
        return run
    }
}
