import Synchronization
import VxModel
import VxStore
import VxSystem

extension Fetch {
    func fetchRecipes(_ locations: [Location], _ result: inout Result) throws -> [ContentID: Recipe] {
        let found = Mutex<[ContentID: Recipe]>([:])
        let bad = try forEachRecord(of: FetchPlan.reads(locations), &result) { _ in
            { (records, bytes, start) throws(VxError) in
                records.compactMap { record in
                    let offset = Int(record.offset - start)
                    do throws(VxError) {
                        let recipe = try Store.recipe(Array(bytes[offset..<offset + Int(record.stored)]), of: record.id)
                        found.withLock { $0[record.id] = recipe }
                        return nil
                    } catch {
                        return (record, error.causes.first ?? error.message)
                    }
                }
            }
        }
        for (id, error) in bad { result.damaged[id] = error }
        return found.withLock { $0 }
    }

    func fetchChunks(_ locations: [Location], _ result: inout Result) throws -> [ContentID: VxError] {
        let importers = Mutex<[Held]>([])
        defer { for held in importers.withLock({ $0 }) { held.importer.abandon() } }
        let bad: [ContentID: VxError]
        do {
            bad = try forEachRecord(of: FetchPlan.reads(locations), &result) { _ throws(VxError) in
                let held = Held(importer: try PackImporter(store))
                importers.withLock { $0.append(held) }
                return { (records, bytes, start) throws(VxError) in
                    try held.importer.add(records, in: bytes, from: start)
                }
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

    /// Takes records in bytes of a pack that begin at an offset of it; answers with those that are wrong, and why.
    private typealias Take = ([PackRecord], UnsafeRawBufferPointer, UInt64) throws(VxError) -> [(
        record: PackRecord, why: String
    )]

    /// Does all reads on several threads and gives what each has brought to the taker of its thread.
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
        let key = RemoteLayout.key(ofPack: read.pack)
        do throws(RemoteError) {
            try backend.read(key, at: read.offset, into: buffer.room(read.length)) { progress.moved.add($0) }
        } catch {
            // The pack is gone or shorter than its index says: its contents are hit, and no others.
            guard error.kind == .notFound || error.kind == .damaged else { throw error.vxError }
            for record in read.records { bad[record.id] = error.vxError }
            return bad
        }
        for (record, why) in try take(read.records, buffer.bytes, read.offset) {
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
            guard let wrong = try take([record], UnsafeRawBufferPointer(target), record.offset).first else {
                return nil
            }
            why = wrong.why
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
}
