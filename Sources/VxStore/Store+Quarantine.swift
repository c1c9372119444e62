import SystemPackage
import VxModel
import VxSystem

extension Store {
    /// Takes back from `quarantine` what proves right by now: whole packs that were put there wrongly, and of others the parts
    /// that some contents need and the store does not have.
    ///
    /// A pack proves right when every byte in it does, and every recipe by the file it makes. What is taken of others is
    /// copied; they stay where they are.
    ///
    /// - Returns: how many packs came back, or gave something.
    /// - Throws: where the store cannot be read or written, or a collector does not end.
    package func takeBack(
        _ contents: Set<ContentID>, pool: WorkerPool, cancellation: Cancellation
    ) throws -> Int {
        let names = (try Files.unsortedNames(in: layout.quarantine) ?? []).compactMap { PackFile.name(ofFile: $0) }
        if names.isEmpty { return 0 }
        let maintenance = try maintenance()
        defer { withExtendedLifetime(maintenance) {} }
        var given = 0
        var others: [PackFile] = []
        let checker = PackChecker()
        for name in names.sorted() where !index.names.contains(name) {
            let pack = PackFile(name: name, at: layout.quarantine.appending(PackFile.fileName(name)))
            let found = try checker.check(pack, cancellation: cancellation)
            if found.damage == nil, try makesAll(found, of: pack, cancellation) {
                try Files.rename(pack.path, to: path(ofPack: name))
                try Files.syncDirectory(layout.packs)
                try Files.syncDirectory(layout.quarantine)
                try refresh()
                given += 1
            } else if found.damage?.isUnreadable != true {
                others.append(pack)
            }
        }
        for pack in others where try takeParts(of: pack, for: contents, checker, cancellation) { given += 1 }
        mergeCatalogIfNeeded()
        return given
    }

    /// Whether every recipe of a pack that is sound as bytes makes its file, of the chunks in the pack and those here.
    private func makesAll(
        _ found: PackChecker.Found, of pack: PackFile, _ cancellation: Cancellation
    ) throws(VxError) -> Bool {
        if found.recipeList.isEmpty { return true }
        let assembly = QuarantinedPack(pack, self)
        for (record, recipe) in found.recipeList {
            guard try assembly.makes(recipe, record.id, cancellation) else { return false }
        }
        return true
    }

    /// Copies from a pack elsewhere what some contents need and the store does not have; says whether there was anything.
    private func takeParts(
        of pack: PackFile, for contents: Set<ContentID>, _ checker: PackChecker, _ cancellation: Cancellation
    ) throws -> Bool {
        guard let table = try attempting({ try pack.checkedFooter() })?.table else { return false }
        let input = try pack.opened()
        let assembly = QuarantinedPack(pack, self)
        let index = index
        var wanted: [PackRecord] = []
        var seen: Set<ContentID> = []
        func want(_ id: ContentID) {
            guard index.locate(id) == nil, let record = pack.find(id), seen.insert(id).inserted else { return }
            wanted.append(record)
        }
        for id in contents.sorted() {
            try cancellation.check()
            if let record = pack.find(id), record.kind == .recipe,
                try checker.soundPayload(record, input, pack) != nil
            {
                let recipe = try Recipe(record, of: id, in: pack)
                guard try assembly.makes(recipe, id, cancellation) else { continue }
                for position in 0..<recipe.count { want(recipe[position].id) }
                want(id)
            } else if let here = try readableRecipe(of: id) {
                for position in 0..<here.count { want(here[position].id) }
            } else {
                want(id)
            }
        }
        let places = Set(wanted.compactMap { table.find($0.id) })
        if places.isEmpty { return false }
        let survivors = Survivors(layout, checker, cancellation)
        do throws(VxError) {
            for place in places.sorted() { _ = try survivors.take(table, from: pack, where: { $0 == place }) }
            let placed = try survivors.place()
            try refresh()
            return !placed.isEmpty
        } catch {
            survivors.discard()
            throw error
        }
    }
}

/// Puts contents together from a pack that is no part of the store, and what the store has.
private final class QuarantinedPack {
    private let pack: PackFile
    private let store: Store
    private let checker = PackChecker()
    private let decoder = ChunkDecoder()
    private let reader: StoreReader

    init(_ pack: PackFile, _ store: Store) {
        self.pack = pack
        self.store = store
        reader = store.reader()
    }

    /// Whether a recipe's chunks can all be had and together have the content's id.
    func makes(_ recipe: Recipe, _ id: ContentID, _ cancellation: Cancellation) throws(VxError) -> Bool {
        let input = try pack.opened()
        var hasher = ContentHasher()
        for position in 0..<recipe.count {
            try cancellation.check()
            let (chunk, length) = recipe[position]
            if let record = pack.find(chunk), Int(record.raw) == length,
                let stored = try checker.soundPayload(record, input, pack),
                try decoder.withChunk(record, stored, { hasher.update($0) })
            {
                continue
            }
            let target = reader.room(length)
            do throws(VxError) {
                try reader.loadChunk(chunk, into: target)
            } catch {
                guard error.code == .corrupt || error.code == .missing else { throw error }
                return false
            }
            hasher.update(UnsafeRawBufferPointer(target))
        }
        return hasher.finish() == id
    }
}
