import Synchronization
import VxModel
import VxStore
import VxSystem

/// Reads recipes that only a remote has, many at once.
struct RemoteRecipes {
    let backend: any RemoteBackend
    let cancellation: Cancellation

    /// A recipe, and where on the remote it stands.
    struct Found: Sendable {
        var place: Location
        var recipe: Recipe
    }

    /// Whether a record can be the recipe of a content: one that is longer than the content's size allows is not read.
    static func fits(_ record: PackRecord, _ pointer: Pointer) -> Bool {
        record.kind == .recipe && UInt64(record.raw) <= Recipe.longest(forContentOf: pointer.size)
    }

    /// The recipes that records of the remote's packs lead to. Each has proved to be a recipe; that it is the right one for
    /// its id shows only when its content is read.
    ///
    /// - Throws: where the remote fails; `corrupt` where a recipe is not sound.
    func read(_ locations: [Location]) throws -> [ContentID: Recipe] {
        var recipes: [ContentID: Recipe] = [:]
        for found in try readAll(locations) { recipes[found.place.record.id] = found.recipe }
        return recipes
    }

    /// The recipes that can be read, by content; one that is damaged costs only itself.
    func readable(_ locations: [Location]) throws -> [ContentID: [Found]] {
        let found: [Found]
        do {
            found = try readAll(locations)
        } catch let error as VxError where error.code == .corrupt || error.code == .missing {
            found = try locations.flatMap { location in
                do {
                    return try readAll([location])
                } catch let error as VxError where error.code == .corrupt || error.code == .missing {
                    return []
                }
            }
        }
        return Dictionary(grouping: found) { $0.place.record.id }
    }

    private func readAll(_ locations: [Location]) throws -> [Found] {
        if locations.isEmpty { return [] }
        let reads = FetchPlan.reads(locations)
        let found = Mutex<[Found]>([])
        let width = try onRemote { () throws(RemoteError) in try backend.properties().connections }
        try WorkerPool(width: width).forEachBatch(count: reads.count, batch: 1, cancellation: cancellation) {
            _, range in
            for read in reads[range] {
                let bytes = try onRemote { () throws(RemoteError) in
                    try backend.read(RemoteLayout.key(ofPack: read.pack), at: read.offset, count: read.length)
                }
                for record in read.records {
                    let start = Int(record.offset - read.offset)
                    let recipe = try Store.recipe(Array(bytes[start..<start + Int(record.stored)]), of: record.id)
                    let place = Location(pack: read.pack, record: record)
                    found.withLock { $0.append(Found(place: place, recipe: recipe)) }
                }
            }
        }
        return found.withLock { $0 }
    }
}
