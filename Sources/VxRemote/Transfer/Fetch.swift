import Synchronization
import VxModel
import VxStore
import VxSystem

/// Brings contents from a remote into a store: near parts in one read, many reads at once, every byte proven before it
/// is written.
///
/// Chunks become part of the store pack by pack, so that a repeated command goes on where it was. The recipe of a
/// content comes last, after its chunks together have proved to be that content.
package struct Fetch: Sendable {
    package struct Result: Sendable, Equatable {
        /// Contents that were not whole here and are now.
        package var contents = 0
        /// Bytes read from packs.
        package var bytes: UInt64 = 0
        /// Contents that are whole neither here nor there.
        package var missing: [ContentID] = []
        /// Contents of which the remote served wrong bytes; nothing of that was written.
        package var damaged: [ContentID: VxError] = [:]

        package init() {}
    }

    private let store: Store
    private let backend: any RemoteBackend
    private let cancellation: Cancellation
    private let progress: TransferProgress

    package init(
        from backend: any RemoteBackend, into store: Store, progress: TransferProgress, cancellation: Cancellation
    ) {
        self.store = store
        self.backend = backend
        self.progress = progress
        self.cancellation = cancellation
    }

    /// Fetches what of some contents is not here.
    ///
    /// - Throws: where the remote fails or the store cannot be written. What the remote does not have, or serves wrong
    ///   bytes of, is in the result: the others are fetched.
    package func run(_ contents: [Pointer]) throws -> Result {
        var result = Result()
        // What is here already, and is not fetched, is not to be collected before its recipe is here as well.
        let hold = try store.hold()
        defer { withExtendedLifetime(hold) {} }
        try store.refresh()
        var seen: Set<ContentID> = []
        let wanted = contents.filter { seen.insert($0.id).inserted && $0.size > 0 && !store.isComplete($0.id) }
        if wanted.isEmpty { return result }
        let remote = try RemoteCatalog.load(
            backend, cache: RemoteCatalog.cache(in: store, for: backend), cancellation: cancellation)
        for wave in wanted.waves(of: Push.waveTarget) { try fetch(wave.map(\.id), remote, &result) }
        if let problem = remote.problems.first {
            // What is missing may well be named by an index that cannot be read.
            for id in result.missing { result.damaged[id] = problem }
            result.missing = []
        }
        return result
    }

    private func fetch(_ wave: [ContentID], _ remote: RemoteCatalog, _ result: inout Result) throws {
        progress.phase = .receiving
        var chunks: [Location] = []
        var asked: Set<ContentID> = []
        var pending: [ContentID] = []
        var recipes: [ContentID: Recipe] = [:]
        var recipeReads: [Location] = []
        for id in wave {
            guard let location = remote.locate(id) else {
                result.missing.append(id)
                continue
            }
            pending.append(id)
            if location.record.kind == .chunk {
                if asked.insert(id).inserted { chunks.append(location) }
            } else if let here = try? store.recipe(of: id) {
                recipes[id] = here
            } else {
                recipeReads.append(location)
            }
        }
        let fetched = try fetchRecipes(recipeReads, &result)
        recipes.merge(fetched) { here, _ in here }
        pending.removeAll { result.damaged[$0] != nil }
        pending = pending.filter { id in
            guard let recipe = recipes[id] else { return true }
            for number in 0..<recipe.count {
                let part = recipe[number].id
                if store.location(of: part) != nil || asked.contains(part) { continue }
                guard let location = remote.locate(part) else {
                    result.missing.append(id)
                    return false
                }
                asked.insert(part)
                chunks.append(location)
            }
            return true
        }
        let bad = try fetchChunks(chunks, &result)
        try store.refresh()
        try conclude(pending, recipes, bad, &result)
    }

    // MARK: - Reading

    private func fetchRecipes(_ locations: [Location], _ result: inout Result) throws -> [ContentID: Recipe] {
        let found = Mutex<[ContentID: Recipe]>([:])
        let bad = try forEachRecord(of: FetchPlan.reads(locations), &result) { _ in
            { (record, bytes) throws(VxError) in
                do throws(VxError) {
                    let recipe = try Store.recipe(Array(bytes), of: record.id)
                    found.withLock { $0[record.id] = recipe }
                    return nil
                } catch {
                    return error.causes.first ?? error.message
                }
            }
        }
        for (id, error) in bad { result.damaged[id] = error }
        return found.withLock { $0 }
    }

    private func fetchChunks(_ locations: [Location], _ result: inout Result) throws -> [ContentID: VxError] {
        let importers = Mutex<[Held]>([])
        defer { for held in importers.withLock({ $0 }) { held.importer.abandon() } }
        let bad: [ContentID: VxError]
        do {
            bad = try forEachRecord(of: FetchPlan.reads(locations), &result) { _ throws(VxError) in
                let held = Held(importer: try PackImporter(store))
                importers.withLock { $0.append(held) }
                return { (record, bytes) throws(VxError) in try held.importer.add(record, bytes) }
            }
        } catch {
            // What has arrived is kept: the command that is repeated need not fetch it again.
            for held in importers.withLock({ $0 }) { try? held.importer.finish() }
            throw error
        }
        for held in importers.withLock({ $0 }) { try held.importer.finish() }
        return bad
    }

    /// `@unchecked Sendable`: one worker uses it, and the caller once all workers have ended.
    private final class Held: @unchecked Sendable {
        let importer: PackImporter
        init(importer: PackImporter) { self.importer = importer }
    }

    private typealias Take = (PackRecord, UnsafeRawBufferPointer) throws(VxError) -> String?

    /// Does all reads on several threads and gives each record's stored bytes to the taker of its thread, which answers
    /// with what is wrong with them.
    ///
    /// - Returns: the records whose bytes stayed wrong when they were read again.
    private func forEachRecord(
        of reads: [FetchPlan.Read], _ result: inout Result,
        taker: @Sendable (_ worker: Int) throws(VxError) -> Take
    ) throws -> [ContentID: VxError] {
        if reads.isEmpty { return [:] }
        progress.expected.add(reads.reduce(0) { $0 + $1.length })
        let width = try onRemote { () throws(RemoteError) in try backend.properties().connections }
        let runs = FetchPlan.runs(reads, threads: width)
        let bad = Mutex<[ContentID: VxError]>([:])
        let next = Counter()
        let failed = Cancellation()
        try WorkerPool(width: min(width, runs.count)).run { worker in
            let take = try taker(worker)
            let buffer = ReadBuffer()
            do {
                while !failed.isCancelled {
                    let number = next.add(1) - 1
                    guard number < runs.count else { return }
                    for read in runs[number] {
                        try cancellation.check()
                        for (id, error) in try self.read(read, buffer, take) { bad.withLock { $0[id] = error } }
                    }
                }
            } catch {
                failed.cancel()
                throw error
            }
        }
        result.bytes += UInt64(reads.reduce(0) { $0 + $1.length })
        return bad.withLock { $0 }
    }

    /// One read; records that come wrong are asked for again, alone, in case only the line was bad.
    private func read(_ read: FetchPlan.Read, _ buffer: ReadBuffer, _ take: Take) throws(VxError) -> [ContentID:
        VxError]
    {
        var bad: [ContentID: VxError] = [:]
        var wrong: [(PackRecord, String)] = []
        let key = RemoteLayout.key(ofPack: read.pack)
        do throws(RemoteError) {
            try backend.read(key, at: read.offset, into: buffer.room(read.length)) { progress.moved.add($0) }
        } catch {
            // The pack is gone or shorter than its index says: its contents are hit, and no others.
            guard error.kind == .notFound || error.kind == .damaged else { throw error.vxError }
            for record in read.records { bad[record.id] = error.vxError }
            return bad
        }
        for record in read.records {
            let start = Int(record.offset - read.offset)
            let bytes = UnsafeRawBufferPointer(rebasing: buffer.bytes[start..<start + Int(record.stored)])
            if let why = try take(record, bytes) { wrong.append((record, why)) }
        }
        for (record, why) in wrong {
            if let why = try again(record, key, buffer, take, why) {
                bad[record.id] = VxError(
                    .corrupt, "the remote \(backend.location) served wrong bytes for \(record.id)",
                    because: "\(why); nothing of it was stored",
                    hint: "'vx fsck --remote' shows what is hit; 'vx push' from a clone that has it stores it again")
            }
        }
        return bad
    }

    private func again(
        _ record: PackRecord, _ key: String, _ buffer: ReadBuffer, _ take: Take, _ why: String
    ) throws(VxError) -> String? {
        var why = why
        for _ in 0..<2 {
            let target = buffer.room(Int(record.stored))
            do throws(RemoteError) {
                try backend.read(key, at: record.offset, into: target) { _ in }
            } catch {
                guard error.kind == .notFound || error.kind == .damaged else { throw error.vxError }
                return error.message
            }
            guard let next = try take(record, UnsafeRawBufferPointer(target)) else { return nil }
            why = next
        }
        return why
    }

    private final class ReadBuffer {
        private(set) var bytes = UnsafeRawBufferPointer(start: nil, count: 0)
        private var memory: UnsafeMutableRawBufferPointer = .allocate(byteCount: FetchPlan.target, alignment: 4096)

        func room(_ count: Int) -> UnsafeMutableRawBufferPointer {
            if memory.count < count {
                memory.deallocate()
                memory = .allocate(byteCount: count, alignment: 4096)
            }
            let room = UnsafeMutableRawBufferPointer(rebasing: memory[..<count])
            bytes = UnsafeRawBufferPointer(room)
            return room
        }

        deinit { memory.deallocate() }
    }

    // MARK: - Concluding

    /// Proves what is made of several chunks, and only then puts its recipe into the store.
    private func conclude(
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
        let fresh = proven.filter { store.location(of: $0.0) == nil }
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
    }
}
