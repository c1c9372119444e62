import SystemPackage
import VxModel
import VxSystem

/// Keeps the collector from taking packs out of a store as long as it lives (docs/formats/store.md, "Collection").
///
/// Whoever finds content in the store and is about to name it in git takes one first, looks at the store again, and lets go
/// once git's index or a reference names the content. The kernel frees it with its process, however that ends.
package final class StoreHold: Sendable {
    /// `nil` where the file system has no locks: nothing is collected there.
    private let lock: FileLock?

    /// Waits for a collector that is taking packs out, which takes it moments.
    ///
    /// - Throws: `VxError.Code.locked` where it does not end.
    init(_ layout: StoreLayout) throws(VxError) {
        do throws(VxError) {
            lock = try FileLock(layout.holdLock, shared: true, sharing: layout.sharing)
        } catch {
            guard error.code != .locked else { throw error }
            lock = nil
        }
    }
}

extension Store {
    /// Keeps what the store holds now from being collected; see ``StoreHold``. Call ``refresh()`` after it.
    ///
    /// - Throws: where the store's folder cannot be made, or a collector does not end.
    package func hold() throws(VxError) -> StoreHold {
        try layout.make()
        return try StoreHold(layout)
    }

    /// Alone in changing which packs there are: for collecting and repairing. Writers are not kept from adding.
    ///
    /// - Throws: `VxError.Code.locked` where another process does so.
    package func maintenance() throws(VxError) -> FileLock {
        try layout.make()
        return try FileLock(layout.maintenanceLock, sharing: layout.sharing)
    }
}
