import Synchronization
import SystemPackage
import VxModel
import VxSystem

/// What a store held at one moment: a catalog and the packs it does not cover. Never changes; a newer one replaces it.
final class StoreIndex: Sendable {
    let catalog: Catalog?
    /// Packs the catalog does not cover, found through their own footers.
    let outside: [PackFile]
    /// Every pack in the folder.
    let names: Set<PackID>
    /// Of those, the ones that came from another store: what they say is proven where it counts.
    let unproven: Set<PackID>
    /// What is wrong with derived files; the store works without them.
    let warnings: [String]
    private let packsFolder: FilePath
    /// Packs of the catalog whose own footers somebody asked for.
    private let opened = Mutex<[PackID: PackFile]>([:])

    private init(
        catalog: Catalog?, outside: [PackFile], names: Set<PackID>, unproven: Set<PackID>, warnings: [String],
        packsFolder: FilePath
    ) {
        self.catalog = catalog
        self.outside = outside
        self.names = names
        self.unproven = unproven
        self.warnings = warnings
        self.packsFolder = packsFolder
    }

    /// Looks at the folder, and maps the footers of packs the catalog does not cover, so that looking an id up later cannot
    /// fail. Footers that `earlier` has mapped are used again.
    ///
    /// - Throws: where the system keeps something from being read; what is damaged is no error.
    static func load(_ layout: StoreLayout, earlier: StoreIndex?) throws(VxError) -> StoreIndex {
        var names: Set<PackID> = []
        for name in try Files.unsortedNames(in: layout.packs) ?? [] {
            if let pack = PackFile.name(ofFile: name) { names.insert(pack) }
        }
        let unproven = (try Files.unsortedNames(in: layout.unproven) ?? []).compactMap { ContentID(hex: $0) }
        var warnings: [String] = []
        let catalog = try readCatalog(layout.catalog, packs: names, &warnings)
        var covered: Set<PackID> = []
        if let catalog {
            for index in 0..<catalog.packCount { covered.insert(catalog.pack(at: index)) }
        }
        var known: [PackID: PackFile] = [:]
        for pack in earlier?.outside ?? [] { known[pack.name] = pack }
        let outside = names.subtracting(covered).sorted().map { name in
            if let pack = known[name], pack.problem == nil { pack } else { PackFile(name: name, in: layout.packs) }
        }
        for pack in outside {
            do throws(VxError) {
                _ = try pack.readableFooter()
            } catch {
                // One pack that stays unreadable does not keep the others from being used: see ``unreadable``.
                if !error.isLastingFailure { throw error }
            }
        }
        return StoreIndex(
            catalog: catalog, outside: outside, names: names, unproven: names.intersection(unproven),
            warnings: warnings, packsFolder: layout.packs)
    }

    private static func readCatalog(
        _ path: FilePath, packs: Set<PackID>, _ warnings: inout [String]
    ) throws(VxError) -> Catalog? {
        do throws(VxError) {
            guard try Files.targetStatus(path) != nil else { return nil }
            let catalog = try Catalog(path)
            for index in 0..<catalog.packCount where !packs.contains(catalog.pack(at: index)) {
                warnings.append(
                    "the catalog \(path) names the pack \(catalog.pack(at: index).hex), which is gone; it is made again from the packs"
                )
                return nil
            }
            return catalog
        } catch {
            if error.isSystemFailure { throw error }
            warnings.append("\(error.description); it is made again from the packs")
            return nil
        }
    }

    /// Why a pack cannot be read that may well be sound; what is not found may be in it.
    var unreadable: VxError? { outside.lazy.compactMap(\.problem).first { $0.isSystemFailure } }

    /// Where `id` is; `nil` where the store does not have it.
    func locate(_ id: ContentID) -> Location? {
        if let location = catalog?.find(id) { return location }
        for pack in outside {
            if let record = pack.find(id) { return Location(pack: pack.name, record: record) }
        }
        return nil
    }

    /// Whether a pack says of itself what the catalog says of it. A catalog is derived and in nobody's word: whoever leaves
    /// something out because it is there asks this.
    func bears(_ location: Location) -> Bool {
        let pack = opened.withLock { opened in
            if let known = opened[location.pack] { return known }
            let pack = PackFile(name: location.pack, in: packsFolder)
            opened[location.pack] = pack
            return pack
        }
        return pack.find(location.record.id) == location.record
    }

    /// Why the catalog cannot be relied on: it is damaged, or says something else than the footers of the packs.
    func catalogProblem(_ cancellation: Cancellation) throws(VxError) -> String? {
        guard let catalog else { return nil }
        do throws(FormatProblem) {
            try catalog.check()
        } catch {
            return error.text
        }
        for position in 0..<catalog.count {
            if position & 0xfff == 0 { try cancellation.check() }
            guard let location = catalog.record(at: position), !bears(location) else { continue }
            // A pack whose footer is damaged is a matter of its own.
            guard opened.withLock({ $0[location.pack]?.footer }) != nil else { continue }
            return "it names \(location.record.id) in the pack \(location.pack), where that is not"
        }
        for number in 0..<catalog.packCount {
            try cancellation.check()
            let pack = PackFile(name: catalog.pack(at: number), in: packsFolder)
            guard let table = pack.footer?.table else { continue }
            for position in 0..<table.count where catalog.find(table.id(at: position)) == nil {
                return "it does not name \(table.id(at: position)), which the pack \(pack.name) has"
            }
        }
        return nil
    }

    /// Every copy of `id`. Reads the footers of all packs: for when one copy proved damaged.
    func copies(of id: ContentID) -> [Location] {
        allPacks.compactMap { pack in pack.find(id).map { Location(pack: pack.name, record: $0) } }
    }

    /// Every pack, in ascending order of name.
    var allPacks: [PackFile] {
        var mapped: [PackID: PackFile] = [:]
        for pack in outside { mapped[pack.name] = pack }
        return names.sorted().map { mapped[$0] ?? PackFile(name: $0, in: packsFolder) }
    }

    /// Records in packs the catalog does not cover.
    var outsideCount: Int { outside.reduce(0) { $0 + ($1.footer?.table.count ?? 0) } }

    /// Whether so much lies outside the catalog that it is worth writing it again.
    ///
    /// A quarter of its ids, so that the work of rewriting stays a small part of the work of adding; some packs and
    /// ids are always allowed outside, so that small stores never wait for a catalog.
    var wantsMerge: Bool {
        outside.count > 32 || outsideCount > max(1024, (catalog?.count ?? 0) / 4)
    }
}
