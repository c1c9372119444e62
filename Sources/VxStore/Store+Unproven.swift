import Synchronization
import SystemPackage
import VxModel
import VxSystem

/// Packs that came whole from another store. Linking one costs nothing, whatever its size, so it is not read then; what it says
/// is proven when something is to be relied on that a read of it would not show: that it holds a chunk, so that none is stored,
/// and that a recipe makes its content.
extension Store {
    /// Whether a record may be relied on: its pack was made here, or its bytes prove right, of a recipe by the file it makes.
    /// Remembered as long as this value lives.
    ///
    /// - Throws: where it cannot be read for another reason than damage.
    package func isTrusted(_ location: Location, cancellation: Cancellation) throws(VxError) -> Bool {
        if !index.unproven.contains(location.pack) { return true }
        if trusted.withLock({ $0.contains(location.record.id) }) { return true }
        guard try PackChecker().isSound(location, in: layout) else { return false }
        if location.record.kind == .recipe {
            let recipe = try Recipe(
                location.record, of: location.record.id, in: PackFile(name: location.pack, in: layout.packs))
            guard try makes(recipe, location.record.id, cancellation: cancellation) == true else { return false }
        }
        trusted.withLock { _ = $0.insert(location.record.id) }
        return true
    }

    /// Proves a recipe that is to be laid down without hashing the whole, where only packs of other stores have it.
    ///
    /// - Throws: `VxError.Code.corrupt` where it makes another file.
    func requireProven(_ recipe: Recipe, of id: ContentID, cancellation: Cancellation) throws(VxError) {
        guard let location = index.locate(id), index.unproven.contains(location.pack),
            !trusted.withLock({ $0.contains(id) })
        else { return }
        try prove(recipe, is: id, cancellation: cancellation)
        trusted.withLock { _ = $0.insert(id) }
    }

    /// Notes that packs are not proven; before they are in their place. Notes of packs that are gone make way.
    func noteUnproven(_ packs: [PackID]) throws(VxError) {
        if packs.isEmpty { return }
        try Files.createDirectories(layout.unproven, sharing: layout.sharing, sync: true)
        for name in try Files.unsortedNames(in: layout.unproven) ?? [] {
            guard let pack = ContentID(hex: name), !index.names.contains(pack), !packs.contains(pack) else { continue }
            try Files.remove(layout.unproven.appending(pack.hex))
        }
        for pack in packs {
            try Files.replace(layout.unproven.appending(pack.hex), with: [], sharing: layout.sharing)
        }
        try Files.syncDirectory(layout.unproven)
    }

    /// Notes that packs are proven now.
    func noteProven(_ packs: some Sequence<PackID>) throws(VxError) {
        for pack in packs where index.unproven.contains(pack) { try Files.remove(layout.unproven.appending(pack.hex)) }
    }
}
