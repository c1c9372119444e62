import VxConfig
import VxModel
import VxRemote
import VxStore
import VxSystem

extension Workspace {
    /// The contents that are neither here nor on a remote of `vx.yaml`. No content is read: a remote is asked for its listings.
    ///
    /// - Throws: where something is not here and a remote, which might have it, cannot be asked.
    package func outOfReach(_ pointers: [Pointer]) throws -> Set<ContentID> {
        var missing = try pointers.filter { try !store.isComplete($0.id) }
        if missing.isEmpty { return [] }
        _ = try fetchFromLocalOrigins()
        missing = try missing.filter { try !store.isComplete($0.id) }
        guard let access else { return Set(missing.map(\.id)) }
        let standard = remotes.default
        var problem: VxError?
        for entry in remotes.entries.sorted(by: { $0 == standard && $1 != standard }) where !missing.isEmpty {
            do {
                let backend = try connect(entry, access)
                let catalog = try RemoteCatalog.load(
                    backend, cache: RemoteCatalog.cache(in: store, for: backend), cancellation: cancellation)
                let absent = try catalog.missing(missing, on: backend, local: store, cancellation: cancellation)
                missing.removeAll { !absent.contains($0.id) }
            } catch let error as VxError where error.code != .interrupted {
                problem = problem ?? error.wrapped("the remote '\(entry.name)' could not be asked")
            }
        }
        if let problem, !missing.isEmpty { throw problem }
        return Set(missing.map(\.id))
    }
}
