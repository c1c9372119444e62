import Synchronization
import SystemPackage
import VxModel
import VxSystem

/// A content-addressed store in a local folder: immutable packs, and a catalog that can be lost (docs/formats/store.md).
///
/// Any number of processes and threads may read and add at the same time without a lock: packs are only ever added
/// whole, under a name that is their hash.
package final class Store: Sendable {
    /// The store's folder, `<git common dir>/vx` for the store of a repository.
    package let root: FilePath
    let layout: StoreLayout
    private let current: Mutex<StoreIndex>
    /// Ids whose copy in a pack from another store was proven by this value.
    let trusted = Mutex<Set<ContentID>>([])
    /// What went wrong beside an operation that succeeded all the same.
    private let notes = Mutex<[String]>([])

    /// Opens the store in `root`; a missing folder is an empty store, made by the first write.
    ///
    /// - Throws: where the folder cannot be read. Damaged packs and catalogs are no error here: see ``warnings``.
    package static func open(_ root: FilePath) throws(VxError) -> Store {
        let layout = try StoreLayout(root: root)
        let problems = ForsakenPacks.takeIn(layout)
        let index = try StoreIndex.load(layout, earlier: nil)
        let store = Store(layout, index)
        store.note(problems)
        if index.catalog == nil, index.outside.count > 32 {
            // Without a catalog each look-up would search every footer. Where it cannot be written, that still works.
            try? store.writeCatalog()
        }
        return store
    }

    private init(_ layout: StoreLayout, _ index: StoreIndex) {
        root = layout.root
        self.layout = layout
        current = Mutex(index)
    }

    var index: StoreIndex { current.withLock { $0 } }

    /// Problems with derived files and packs met so far that did not stop anything, as sentences for people.
    package var warnings: [String] {
        notes.withLock { $0 } + index.warnings + index.outside.compactMap { $0.problem?.description }
    }

    func note(_ sentences: [String]) {
        notes.withLock { notes in
            for sentence in sentences where !notes.contains(sentence) { notes.append(sentence) }
        }
    }

    /// Whether the whole content `id` is here, by looking at the index only.
    package func contains(_ id: ContentID) -> Bool { index.locate(id) != nil }

    /// How many bytes a content has; `nil` where it is not here.
    ///
    /// - Throws: where what says so is damaged.
    package func size(of id: ContentID) throws(VxError) -> UInt64? {
        guard let location = index.locate(id) else { return nil }
        return switch location.record.kind {
        case .chunk: UInt64(location.record.raw)
        case .recipe: try recipe(at: location, of: id).size
        }
    }

    /// Whether the whole content `id` is here, for what follows from its absence.
    ///
    /// - Throws: where it is not found and a pack cannot be read that may have it.
    package func has(_ id: ContentID) throws(VxError) -> Bool {
        if contains(id) { return true }
        if index.unreadable != nil { throw missing(id) }
        return false
    }

    /// Where `id`, a chunk or recipe, is stored; `nil` where it is not.
    package func location(of id: ContentID) -> Location? { index.locate(id) }

    /// The bytes of a small content, proven to be those `id` names.
    ///
    /// - Throws: where the content is missing, damaged, larger than `limit` or not of `size` bytes.
    package func contents(of id: ContentID, size: UInt64, limit: Int) throws(VxError) -> [UInt8] {
        try reader().contents(of: id, size: size, limit: limit)
    }

    /// Sees what other processes have added since, and takes in what they had published when they died.
    package func refresh() throws(VxError) {
        note(ForsakenPacks.takeIn(layout))
        // Loaded with the lock held, so that an older look at the folder never replaces a newer one.
        let result = current.withLock { index in
            Result { () throws(VxError) in index = try StoreIndex.load(layout, earlier: index) }
        }
        try result.get()
    }

    /// Removes what processes that were killed have left here.
    package func sweep() throws(VxError) {
        try layout.sweep()
        try layout.sweepBeside()
    }

    /// Starts an operation that adds content. Files of operations that died more than a day ago are removed.
    ///
    /// - Parameters:
    ///   - pool: its threads help with large contents.
    ///   - cancellation: ends additions at the next block.
    ///   - keepsJournal: whether each content is to survive the death of this process as soon as it was added, at two
    ///     writes each: for callers that must say so before ``StoreSession/finish()``. Such a session has one lane.
    package func session(
        pool: WorkerPool, cancellation: Cancellation, keepsJournal: Bool = false
    ) throws(VxError) -> StoreSession {
        let hold = try hold()
        // What was there before the hold may be gone.
        try refresh()
        try layout.sweep()
        return StoreSession(self, hold, pool: pool, cancellation: cancellation, keepsJournal: keepsJournal)
    }

    /// A reader for one thread.
    package func reader() -> StoreReader { StoreReader(self) }

    /// The order in which to read contents so that packs are read front to back: positions in `ids`, those of missing
    /// contents last.
    package func readOrder(_ ids: [ContentID]) -> [Int] {
        let index = index
        let places = ids.map { index.locate($0) }
        return ids.indices.sorted { left, right in
            switch (places[left], places[right]) {
            case (let a?, let b?):
                if a.pack != b.pack { return a.pack < b.pack }
                return a.record.offset != b.record.offset ? a.record.offset < b.record.offset : left < right
            case (_?, nil): return true
            case (nil, _?): return false
            case (nil, nil): return left < right
            }
        }
    }

    /// Makes the catalog again from the footers of all packs that can be read.
    package func rebuildCatalog() throws(VxError) {
        try writeCatalog()
    }

    /// Writes the catalog where enough lies outside it. It is derived: where it cannot be written, the packs that are in
    /// place are still found, and a warning says why that is slower.
    package func mergeCatalogIfNeeded() {
        guard index.wantsMerge else { return }
        do throws(VxError) {
            try writeCatalog()
        } catch {
            note([error.wrapped("the catalog cannot be written, so the store is slower").description])
        }
    }

    /// - Parameter leavingOut: packs that are about to go; until they have gone they are found through their footers.
    func writeCatalog(leavingOut doomed: Set<PackID> = []) throws(VxError) {
        var footers: [PackFile.Footer] = []
        for pack in index.allPacks where !doomed.contains(pack.name) {
            // A damaged pack stays outside the catalog; verify names it.
            if let footer = try attempting({ try pack.checkedFooter() }) { footers.append(footer) }
        }
        try layout.make()
        // Synced, although derived: a power cut must not leave a catalog of the right length with wrong bytes.
        try Files.replace(layout.catalog, with: Catalog.encode(footers), sharing: layout.sharing, sync: true)
        try refresh()
    }

    /// Names of all packs, in ascending order.
    package var packs: [PackID] { index.names.sorted() }

    /// The file of a pack.
    package func path(ofPack pack: PackID) -> FilePath { layout.packs.appending(PackFile.fileName(pack)) }

    /// Everything in one pack, in ascending order of id.
    ///
    /// - Throws: `VxError.Code.corrupt` where its footer is damaged.
    package func records(inPack pack: PackID) throws(VxError) -> [PackRecord] {
        let file = PackFile(name: pack, in: layout.packs)
        let table = try file.checkedFooter().table
        var records: [PackRecord] = []
        records.reserveCapacity(table.count)
        for index in 0..<table.count {
            do {
                records.append(try table.record(at: index))
            } catch {
                throw file.damage(error.text)
            }
        }
        return records
    }
}

extension Store {
    /// How much a store holds.
    package struct Statistics: Sendable, Equatable {
        package var packs = 0
        package var chunks = 0
        package var recipes = 0
        /// Bytes of the pack files.
        package var storedBytes: UInt64 = 0
        /// Bytes of all chunks once decoded.
        package var rawBytes: UInt64 = 0

        package init() {}
    }

    /// Counts over all packs that can be read; reads every footer.
    package var statistics: Statistics {
        var result = Statistics()
        for pack in index.allPacks {
            guard let table = pack.footer?.table else { continue }
            result.packs += 1
            result.storedBytes += UInt64(table.packBytes)
            for index in 0..<table.count {
                guard let record = try? table.record(at: index) else { continue }  // verify names damaged ones
                switch record.kind {
                case .chunk:
                    result.chunks += 1
                    result.rawBytes += UInt64(record.raw)
                case .recipe: result.recipes += 1
                }
            }
        }
        return result
    }
}
