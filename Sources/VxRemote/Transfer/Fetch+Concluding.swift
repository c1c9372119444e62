import Synchronization
import VxModel
import VxStore
import VxSystem

extension Fetch {
    /// Proves what is made of several chunks, and only then puts its recipe into the store.
    func conclude(
        _ pending: [ContentID], _ recipes: [ContentID: Recipe], _ bad: [ContentID: VxError], _ result: inout Result
    ) throws {
        progress.phase = .proving
        let outcome = Mutex<(proven: [(ContentID, Recipe)], result: Result)>(([], result))
        try WorkerPool().forEachBatch(count: pending.count, batch: 8, cancellation: cancellation) { _, range in
            for id in pending[range] {
                guard let recipe = recipes[id] else {
                    outcome.withLock { outcome in
                        if let error = bad[id] {
                            outcome.result.damaged[id] = error
                        } else {
                            outcome.result.contents += 1
                        }
                    }
                    continue
                }
                if !bad.isEmpty, let error = (0..<recipe.count).lazy.compactMap({ bad[recipe[$0].id] }).first {
                    outcome.withLock { $0.result.damaged[id] = error }
                    continue
                }
                do throws(VxError) {
                    try store.prove(recipe, is: id, cancellation: cancellation)
                    outcome.withLock { $0.proven.append((id, recipe)) }
                } catch {
                    guard error.code == .corrupt else { throw error }
                    let error = error.wrapped("the remote \(backend.location) served a wrong list of chunks for \(id)")
                    outcome.withLock { $0.result.damaged[id] = error }
                }
            }
        }
        let (proven, found) = outcome.withLock { $0 }
        result = found
        let fresh = try proven.filter { try store.readableRecipe(of: $0.0) != $0.1 }
        let displaced = fresh.map(\.0).filter { store.location(of: $0) != nil }
        if !fresh.isEmpty {
            let importer = try PackImporter(store)
            do {
                for (id, recipe) in fresh.sorted(by: { $0.0 < $1.0 }) { try importer.add(recipe, of: id) }
                try importer.finish()
            } catch {
                importer.abandon()
                throw error
            }
        }
        result.contents += proven.count
        try store.refresh()
        store.mergeCatalogIfNeeded()
        if !displaced.isEmpty { try store.expelLies(about: Set(displaced), cancellation: cancellation) }
    }
}
