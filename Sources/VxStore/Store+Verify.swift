import Synchronization
import SystemPackage
import VxModel
import VxSystem

/// What reading every pack of a store found.
package struct StoreReport: Sendable {
    /// A pack of which at least some part is not what it should be.
    package struct DamagedPack: Sendable {
        package let pack: PackID
        package let path: FilePath
        /// Why, as a sentence: of the footer where the whole pack cannot be read, else of its first damaged id.
        package let reason: String
        /// Chunks and recipes whose bytes are wrong; all of the pack is lost where ``isUnreadable``.
        package var ids: [ContentID]
        package let isUnreadable: Bool
        /// Of ``ids``, contents whose recipe is sound as bytes and makes something else.
        package var wrongRecipes: Set<ContentID> = []
    }

    /// Packs read.
    package var packs = 0
    package var chunks = 0
    package var recipes = 0
    /// Bytes of payloads read.
    package var bytes: UInt64 = 0
    package var damaged: [DamagedPack] = []
    /// Contents whose recipe names chunks the store does not have.
    package var incomplete: [ContentID] = []
    /// Ids that the catalog places in packs that are gone, and that no other pack has.
    package var lost: Set<ContentID> = []
    /// What is wrong with the catalog, which can be made again: ``Store/rebuildCatalog()``.
    package var catalogProblem: String?

    package var isSound: Bool { damaged.isEmpty && incomplete.isEmpty && catalogProblem == nil }

    /// All ids found damaged, for ``Store/contents(affectedBy:)``.
    package var damagedIDs: Set<ContentID> { Set(damaged.flatMap(\.ids)) }
}

extension Store {
    /// Reads every pack and proves every chunk, and of every recipe that the file it makes is the one it is there for.
    ///
    /// - Throws: where the store or a pack cannot be looked at, or the work was interrupted; damage is in the report.
    package func verify(pool: WorkerPool, cancellation: Cancellation) throws -> StoreReport {
        try refresh()
        let report = Mutex(StoreReport())
        let recipes = Mutex<[Location]>([])
        var seen: Set<PackID> = []
        // A collection or an addition at the same time makes other packs: those are read as well. Each round is far shorter.
        for _ in 0..<8 {
            let packs = index.allPacks.filter { seen.insert($0.name).inserted }
            if packs.isEmpty { break }
            try prove(packs, pool, cancellation, report, recipes)
            try refresh()
        }
        let standing = index.names
        let wrong = try wrongRecipes(
            among: recipes.withLock { $0 }.filter { standing.contains($0.pack) }, pool: pool, cancellation: cancellation
        )
        try refresh()
        let index = index
        var result = report.withLock { $0 }
        // What went meanwhile was taken away by a collection or an eviction, which leave nothing behind that it needs.
        for location in wrong where try isWhole(location.record.id, in: index) {
            result.note(wrongRecipe: location, at: path(ofPack: location.pack))
        }
        result.damaged = result.damaged.filter { index.names.contains($0.pack) }
        result.incomplete = try result.incomplete.filter { try index.locate($0) != nil && !isWhole($0, in: index) }
        result.damaged.sort { $0.pack < $1.pack }
        try noteProven(result, of: seen, index)
        result.incomplete = Set(result.incomplete).sorted()
        result.catalogProblem = index.warnings.first
        result.lost = try lostWithPacks(index)
        if let problem = try index.catalogProblem(cancellation) {
            result.catalogProblem = "the catalog \(layout.catalog) is damaged: \(problem)"
        }
        return result
    }

    /// Packs from other stores of which everything proved right are as good as those made here.
    private func noteProven(_ report: StoreReport, of read: Set<PackID>, _ index: StoreIndex) throws(VxError) {
        if index.unproven.isEmpty { return }
        let incomplete = Set(report.incomplete)
        let proven = index.unproven.intersection(read).subtracting(report.damaged.map(\.pack)).filter { pack in
            guard let records = try? records(inPack: pack) else { return false }
            return !records.contains { incomplete.contains($0.id) }
        }
        do throws(VxError) {
            try noteProven(proven)
        } catch {
            // A store that may only be read is proven all the same.
            note([error.wrapped("what was proven cannot be noted").description])
        }
    }

    private func isWhole(_ id: ContentID, in index: StoreIndex) throws(VxError) -> Bool {
        guard index.locate(id) != nil, let recipe = try readableRecipe(of: id) else { return false }
        return Self.isCovered(recipe, by: index)
    }

    private func prove(
        _ packs: [PackFile], _ pool: WorkerPool, _ cancellation: Cancellation,
        _ report: borrowing Mutex<StoreReport>, _ recipes: borrowing Mutex<[Location]>
    ) throws {
        let index = index
        try pool.forEachBatch(count: packs.count, batch: 1, cancellation: cancellation) { _, range in
            let checker = PackChecker()
            for pack in packs[range] {
                let found = try checker.check(pack, cancellation: cancellation)
                if found.damage != nil, try Files.status(pack.path) == nil { continue }
                var covered: [Location] = []
                var incomplete: [ContentID] = []
                for (record, recipe) in found.recipeList {
                    if Self.isCovered(recipe, by: index) {
                        covered.append(Location(pack: pack.name, record: record))
                    } else {
                        incomplete.append(record.id)
                    }
                }
                recipes.withLock { $0 += covered }
                report.withLock { report in
                    report.packs += 1
                    report.chunks += found.chunks
                    report.recipes += found.recipes
                    report.bytes += found.bytes
                    if let damage = found.damage { report.damaged.append(damage) }
                    report.incomplete += incomplete
                }
            }
        }
    }

    /// What a catalog that is otherwise sound still says of packs that are not there any more.
    private func lostWithPacks(_ index: StoreIndex) throws(VxError) -> Set<ContentID> {
        guard index.catalog == nil, let old = try attempting({ try Catalog.checked(layout.catalog) }) else { return [] }
        var lost: Set<ContentID> = []
        for position in 0..<old.count {
            let id = old.id(at: position)
            if let location = old.record(at: position), !index.names.contains(location.pack), index.locate(id) == nil {
                lost.insert(id)
            }
        }
        return lost
    }

    private static func isCovered(_ recipe: Recipe, by index: StoreIndex) -> Bool {
        (0..<recipe.count).allSatisfy { index.locate(recipe[$0].id) != nil }
    }

    /// The contents that damaged ids make unreadable: files of one chunk, and files whose recipe names such a chunk.
    ///
    /// - Parameter damaged: ids of chunks and recipes. Where a sound copy is known in another pack, leave it out.
    package func contents(affectedBy damaged: Set<ContentID>) -> Set<ContentID> {
        var affected = damaged
        for pack in index.allPacks {
            guard let table = pack.footer?.table else { continue }
            for position in 0..<table.count {
                // Damaged records and recipes are among the damaged ids already, or lost with their pack.
                guard let record = try? table.record(at: position), record.kind == .recipe,
                    let recipe = try? recipe(at: Location(pack: pack.name, record: record), of: record.id)
                else { continue }
                if (0..<recipe.count).contains(where: { damaged.contains(recipe[$0].id) }) {
                    affected.insert(record.id)
                }
            }
        }
        return affected
    }

    /// Takes a damaged pack out of the store, into its `quarantine` folder, so that adding its contents again or
    /// linking the pack from another store brings sound copies.
    ///
    /// - Returns: where the pack is now.
    /// - Throws: where there is no such pack or it cannot be moved.
    @discardableResult
    package func quarantine(_ pack: PackID) throws(VxError) -> FilePath {
        let source = path(ofPack: pack)
        guard try Files.status(source) != nil else {
            throw VxError(
                "the pack \(source) is not in the store", hint: "list the packs with 'ls \(typed: layout.packs)'")
        }
        try Files.createDirectories(layout.quarantine, sharing: layout.sharing, sync: true)
        let target = layout.quarantine.appending(PackFile.fileName(pack))
        try Files.rename(source, to: target)
        // Where it came by a link once more, the two are one file, and then a rename does nothing.
        if try Files.status(source) != nil { try Files.remove(source) }
        try Files.syncDirectory(layout.quarantine)
        try Files.syncDirectory(layout.packs)
        try refresh()
        try rebuildCatalog()
        return target
    }

    /// Makes every pack of another store's folder ours, by another name for the same file or by a copy.
    ///
    /// Packs whose footer does not prove right are left out, as are packs that are here already. One that is in
    /// quarantine here is proven to its last byte first, and by the files its recipes make: the other store may share the very
    /// file that was put aside. What the others say is proven when it is relied on: see ``isTrusted(_:cancellation:)``.
    ///
    /// - Parameter other: the root of the other store.
    /// - Returns: how many packs were gained.
    package func link(from other: FilePath) throws -> Int {
        let source = try StoreLayout(root: other)
        let theirs = try StoreIndex.load(source, earlier: nil)
        try refresh()
        let before = index
        let ours = before.names
        let wanted = theirs.allPacks.filter { !ours.contains($0.name) }
        if wanted.isEmpty { return 0 }
        let ourHold = try hold()
        // Nothing is made in a store that is not ours. Without its lock, a pack that goes meanwhile is an error.
        let theirHold = try Files.status(source.holdLock) == nil ? nil : try StoreHold(source)
        defer { withExtendedLifetime((ourHold, theirHold)) {} }
        var gained = 0
        let sound = try wanted.filter(isSound)
        try noteUnproven(sound.map(\.name))
        for pack in sound {
            try Files.linkOrCopy(pack.path, to: path(ofPack: pack.name), sharing: layout.sharing)
            gained += 1
        }
        try Files.syncDirectory(layout.packs)
        try refresh()
        mergeCatalogIfNeeded()
        try dropLies(in: wanted.map(\.name), besides: before)
        return gained
    }

    /// Takes out again what came with packs from elsewhere and is no more than a claim: of packs that were in quarantine here,
    /// recipes that make another file; of all, what stands under an id of ours and is something else.
    private func dropLies(in packs: [PackID], besides before: StoreIndex) throws {
        let gained = packs.filter { index.names.contains($0) }
        let doubtful = try gained.filter { try isInQuarantine($0) }
        let wrong = try wrongRecipes(inPacks: doubtful, pool: WorkerPool(), cancellation: Cancellation())
        var disputed: Set<ContentID> = []
        for pack in gained where !before.names.isEmpty {
            for record in try records(inPack: pack) {
                guard let ours = before.locate(record.id) else { continue }
                if try !isSame(ours, Location(pack: pack, record: record)) { disputed.insert(record.id) }
            }
        }
        do throws(VxError) {
            try expel(wrong, cancellation: Cancellation())
            if !disputed.isEmpty { try expelLies(about: disputed, cancellation: Cancellation()) }
        } catch {
            guard error.code == .locked else { throw error }
            note([error.wrapped("what came from another store was not looked at").description])
        }
    }

    /// Whether two copies say the same, as far as can be told without reading chunks.
    func isSame(_ first: Location, _ second: Location) throws(VxError) -> Bool {
        guard first.record.kind == second.record.kind, first.record.raw == second.record.raw else { return false }
        if first.record.kind == .chunk { return true }
        do throws(VxError) {
            return try Recipe(first.record, of: first.record.id, in: PackFile(name: first.pack, in: layout.packs))
                == Recipe(second.record, of: second.record.id, in: PackFile(name: second.pack, in: layout.packs))
        } catch {
            guard error.code == .corrupt else { throw error }
            return false
        }
    }

    private func isInQuarantine(_ pack: PackID) throws(VxError) -> Bool {
        try Files.status(layout.quarantine.appending(PackFile.fileName(pack))) != nil
    }

    /// A free path in the store's folder for temporary files, for a pack that comes from elsewhere; see ``adopt(_:at:)``.
    ///
    /// - Throws: where the folder cannot be made.
    package func temporaryPath() throws(VxError) -> FilePath {
        try layout.make()
        return layout.temporary.appending(Files.temporaryName())
    }

    /// Makes a pack file that came from elsewhere, a remote say, part of the store, once every byte in it has proved
    /// right. The file is synced and moved; call ``refresh()`` after the last one, or leave that to the next session.
    ///
    /// - Parameters:
    ///   - pack: the name the pack must have.
    ///   - path: where it is, in a folder of the same file system: see ``temporaryPath()``.
    /// - Throws: `VxError.Code.corrupt` where it is not that pack; the file stays where it is then.
    package func adopt(_ pack: PackID, at path: FilePath) throws(VxError) {
        let file = PackFile(name: pack, at: path)
        if let damage = try PackChecker().check(file, cancellation: Cancellation()).damage {
            throw VxError(
                .corrupt, "the pack \(path) is not the pack \(pack)", because: damage.reason,
                hint: "fetch it again")
        }
        try OpenFile.reading(path).sync()
        try Files.createDirectories(layout.packs, sharing: layout.sharing, sync: true)
        try Files.rename(path, to: self.path(ofPack: pack))
        try Files.syncDirectory(layout.packs)
    }

    private func isSound(_ pack: PackFile) throws(VxError) -> Bool {
        guard try attempting({ try pack.checkedFooter() }) != nil else { return false }
        guard try isInQuarantine(pack.name) else { return true }
        return try PackChecker().check(pack, cancellation: Cancellation()).damage == nil
    }
}
