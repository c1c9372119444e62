import SystemPackage
import VxModel
import VxSystem

extension Store {
    /// Makes what some contents need part of this store, from another: of packs that hold nothing else by another name for the
    /// same file or by a copy, and of others what is needed, proven, in packs of its own.
    ///
    /// - Parameter contents: those that the other does not have are left out.
    /// - Returns: how many packs came.
    /// - Throws: `corrupt` where the other's copy of something is damaged; what came until then is no harm.
    package func takeOver(
        _ contents: Set<ContentID>, from other: Store, cancellation: Cancellation
    ) throws -> Int {
        let holds = (try hold(), try other.hold())
        defer { withExtendedLifetime(holds) {} }
        try refresh()
        try other.refresh()
        var needed: [PackID: Set<ContentID>] = [:]
        for id in contents where try other.contains(id) && !isComplete(id) {
            try cancellation.check()
            for part in try other.parts(of: id) where location(of: part) == nil {
                // What the other lacks itself cannot come from it.
                if let place = other.location(of: part) { needed[place.pack, default: []].insert(part) }
            }
        }
        if needed.isEmpty { return 0 }
        var gained = 0
        let survivors = Survivors(layout, PackChecker(), cancellation)
        do throws(VxError) {
            for (name, ids) in needed.sorted(by: { $0.key < $1.key }) {
                let file = PackFile(name: name, in: other.layout.packs)
                let table = try file.checkedFooter().table
                if ids.count == table.count {
                    try Files.linkOrCopy(file.path, to: path(ofPack: name), sharing: layout.sharing)
                    gained += 1
                } else if let damaged = try survivors.take(table, from: file, where: { ids.contains(table.id(at: $0)) }) {
                    throw file.damage("its \(damaged) does not prove right")
                }
            }
            gained += try survivors.place().count
        } catch {
            survivors.discard()
            throw error
        }
        try Files.syncDirectory(layout.packs)
        try refresh()
        mergeCatalogIfNeeded()
        return gained
    }
}
