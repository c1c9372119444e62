import Synchronization
import SystemPackage
import VxModel
import VxSystem

/// Recipes are proven by the files they make: that every hash in one fits shows only that it is a recipe.
extension Store {
    /// Proves that a recipe puts together the content `id`: reads all its chunks, which the store has, and hashes the whole.
    ///
    /// - Throws: `VxError.Code.corrupt` where it does not, or a chunk is damaged; `missing` where one is not here.
    package func prove(_ recipe: Recipe, is id: ContentID, cancellation: Cancellation) throws(VxError) {
        try StoreReader.prove(try hash(recipe, of: id, reader(), cancellation), is: id)
    }

    /// Whether a recipe puts together the content `id`; `nil` where a chunk it names is missing or damaged here, so that this
    /// cannot be told.
    ///
    /// - Throws: where the store cannot be read.
    package func makes(_ recipe: Recipe, _ id: ContentID, cancellation: Cancellation) throws(VxError) -> Bool? {
        do throws(VxError) {
            return try hash(recipe, of: id, reader(), cancellation) == id
        } catch {
            guard error.code == .corrupt || error.code == .missing else { throw error }
            return try namesWrongLength(recipe) ? false : nil
        }
    }

    /// The hash of what a recipe puts together from sound chunks.
    private func hash(
        _ recipe: Recipe, of id: ContentID, _ reader: StoreReader, _ cancellation: Cancellation
    ) throws(VxError) -> ContentID {
        func hash(verifying: Bool) throws(VxError) -> ContentID {
            var hasher = ContentHasher()
            for block in recipe.blocks {
                try cancellation.check()
                let target = reader.room(block.length)
                try reader.fill(target, from: recipe, block.chunks, of: id, verifying: verifying)
                hasher.update(UnsafeRawBufferPointer(target))
            }
            return hasher.finish()
        }
        let found = try hash(verifying: false)
        // Some chunk may be damaged: look at each, and use other copies where there are some.
        return found == id ? found : try hash(verifying: true)
    }

    /// Whether a recipe gives a chunk another length than its bytes have.
    private func namesWrongLength(_ recipe: Recipe) throws(VxError) -> Bool {
        let index = index
        let checker = PackChecker()
        for position in 0..<recipe.count {
            let (id, length) = recipe[position]
            guard let location = index.locate(id), location.record.kind == .chunk,
                Int(location.record.raw) != length
            else { continue }
            // The record's own word would not do.
            if try checker.isSound(location, in: layout) { return true }
        }
        return false
    }

    /// Those of some recipes, sound as bytes and with all chunks here, that make another file than the one they are there for.
    func wrongRecipes(
        among recipes: [Location], pool: WorkerPool, cancellation: Cancellation
    ) throws -> [Location] {
        let found = Mutex<[Location]>([])
        try pool.forEachBatch(count: recipes.count, batch: 1, cancellation: cancellation) { _, range in
            for location in recipes[range] {
                let pack = PackFile(name: location.pack, in: layout.packs)
                let recipe: Recipe
                do throws(VxError) {
                    recipe = try Recipe(location.record, of: location.record.id, in: pack)
                } catch {
                    // A collection has taken it away since the pack was listed.
                    if error.code == .missing { continue }
                    throw error
                }
                if try makes(recipe, location.record.id, cancellation: cancellation) == false {
                    found.withLock { $0.append(location) }
                }
            }
        }
        return found.withLock { $0 }.sorted {
            $0.pack != $1.pack ? $0.pack < $1.pack : $0.record.id < $1.record.id
        }
    }

    /// Those of some contents that have a recipe here which does not prove to make them.
    ///
    /// - Parameter trustingOwn: whether one that was proven when it entered this store need not be read anew.
    package func unproven(
        among contents: [ContentID], trustingOwn: Bool = false, pool: WorkerPool, cancellation: Cancellation
    ) throws -> Set<ContentID> {
        let found = Mutex<Set<ContentID>>([])
        try pool.forEachBatch(count: contents.count, batch: 1, cancellation: cancellation) { _, range in
            for id in contents[range] {
                guard let location = index.locate(id), location.record.kind == .recipe,
                    !trustingOwn || index.unproven.contains(location.pack)
                else { continue }
                let recipe = try readableRecipe(of: id)
                if try recipe.flatMap({ try makes($0, id, cancellation: cancellation) }) != true {
                    found.withLock { _ = $0.insert(id) }
                }
            }
        }
        return found.withLock { $0 }
    }

    /// Takes every copy of some contents out of the store that is not what its id says: a recipe that makes another file, a
    /// record whose bytes are wrong. Their packs go to `quarantine`; all else in them stays, in packs of its own.
    ///
    /// - Throws: `locked` where somebody collects or repairs: nothing has gone then.
    package func expelLies(about ids: Set<ContentID>, cancellation: Cancellation) throws(VxError) {
        try refresh()
        let checker = PackChecker()
        var wrong: [PackID: Set<ContentID>] = [:]
        for id in ids.sorted() {
            for copy in index.copies(of: id) {
                guard try checker.isSound(copy, in: layout) else {
                    wrong[copy.pack, default: []].formUnion([])
                    continue
                }
                if copy.record.kind == .chunk { continue }
                let recipe = try Recipe(copy.record, of: id, in: PackFile(name: copy.pack, in: layout.packs))
                if try makes(recipe, id, cancellation: cancellation) == false {
                    wrong[copy.pack, default: []].insert(id)
                }
            }
        }
        try expel(wrong, cancellation: cancellation)
    }

    /// Takes recipes that make another file, and what is damaged beside them, out of the store.
    func expel(_ wrong: [PackID: Set<ContentID>], cancellation: Cancellation) throws(VxError) {
        if wrong.isEmpty { return }
        // Nobody is waited for: a collector that is alone waits for the caller's hold in turn.
        let lock = try FileLock(layout.maintenanceLock, sharing: layout.sharing, waitingUpTo: 0)
        defer { withExtendedLifetime(lock) {} }
        for (pack, ids) in wrong.sorted(by: { $0.key < $1.key }) {
            _ = try salvage(pack, wrongRecipes: ids, cancellation: cancellation)
        }
    }

    /// The recipes of packs that make another file than the one they are there for, as far as their chunks are here.
    func wrongRecipes(
        inPacks packs: [PackID], pool: WorkerPool, cancellation: Cancellation
    ) throws -> [PackID: Set<ContentID>] {
        var recipes: [Location] = []
        for pack in packs {
            recipes += try records(inPack: pack).filter { $0.kind == .recipe }.map { Location(pack: pack, record: $0) }
        }
        var wrong: [PackID: Set<ContentID>] = [:]
        for location in try wrongRecipes(among: recipes, pool: pool, cancellation: cancellation) {
            wrong[location.pack, default: []].insert(location.record.id)
        }
        return wrong
    }
}

extension PackChecker {
    /// Whether the bytes of a record are what its id says, as far as they can tell: of a recipe, that it is one.
    ///
    /// - Throws: where they cannot be read for another reason than damage.
    func isSound(_ location: Location, in layout: StoreLayout) throws(VxError) -> Bool {
        let pack = PackFile(name: location.pack, in: layout.packs)
        do throws(VxError) {
            return try soundPayload(location.record, try pack.opened(), pack) != nil
        } catch {
            guard error.code == .missing else { throw error }
            return false
        }
    }
}

extension StoreReport {
    /// Notes a recipe that is sound as bytes and makes another file.
    mutating func note(wrongRecipe location: Location, at path: FilePath) {
        let id = location.record.id
        guard let position = damaged.firstIndex(where: { $0.pack == location.pack }) else {
            damaged.append(
                DamagedPack(
                    pack: location.pack, path: path, reason: "the recipe of \(id) makes another file", ids: [id],
                    isUnreadable: false, wrongRecipes: [id]))
            return
        }
        damaged[position].ids = (damaged[position].ids + [id]).sorted()
        damaged[position].wrongRecipes.insert(id)
    }
}
