import Synchronization
import VxModel
import VxStore
import VxSystem

/// Reads recipes that only a remote has, many at once.
struct RemoteRecipes {
    let backend: any RemoteBackend
    let cancellation: Cancellation

    /// The recipes that records of the remote's packs lead to. Each has proved to be a recipe; that it is the right one for
    /// its id shows only when its content is read.
    ///
    /// - Throws: where the remote fails; `corrupt` where a recipe is not sound.
    func read(_ locations: [Location]) throws -> [ContentID: Recipe] {
        if locations.isEmpty { return [:] }
        let reads = FetchPlan.reads(locations)
        let found = Mutex<[ContentID: Recipe]>([:])
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
                    found.withLock { $0[record.id] = recipe }
                }
            }
        }
        return found.withLock { $0 }
    }
}
