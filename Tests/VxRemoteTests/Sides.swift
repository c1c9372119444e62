import Testing
import VxModel
import VxRemote
import VxStore
import VxSystem
import VxTestSupport

import struct SystemPackage.FilePath

/// Stores on both sides of a remote.
struct Sides {
    let scratch: Scratch

    func store(_ name: String) throws -> Store { try Store.open(scratch.work.appending(name)) }

    /// Both sides' scratch folder, an empty remote, and the store `a`.
    static func with(_ body: (Sides, MemoryBackend, Store) throws -> Void) throws {
        try Scratch.with { scratch in
            let sides = Sides(scratch: scratch)
            try body(sides, try remote(), try sides.store("a"))
        }
    }

    /// The same after ``contents`` were added to `a` and pushed.
    static func withPushed(_ body: (Sides, MemoryBackend, Store, [Pointer]) throws -> Void) throws {
        try with { sides, remote, a in
            let pointers = try add(contents, to: a)
            _ = try push(pointers, from: a, to: remote)
            try body(sides, remote, a, pointers)
        }
    }

    /// Adds contents to a store, in one operation.
    static func add(_ contents: [[UInt8]], to store: Store) throws -> [Pointer] {
        let session = try store.session(pool: WorkerPool(width: 2), cancellation: Cancellation())
        let lane = try session.lane()
        let pointers = try contents.map { content in
            var position = 0
            let (id, size) = try lane.add { buffer in
                let count = min(buffer.count, content.count - position)
                buffer.copyBytes(from: content[position..<position + count])
                position += count
                return count
            }
            return Pointer(id: id, size: size)
        }
        try session.finish()
        return pointers
    }

    static func push(_ pointers: [Pointer], from store: Store, to backend: any RemoteBackend) throws -> Push.Result {
        try Push(from: store, to: backend, progress: TransferProgress(), cancellation: Cancellation()).run(pointers)
    }

    static func fetch(_ pointers: [Pointer], into store: Store, from backend: any RemoteBackend) throws -> Fetch.Result
    {
        try Fetch(from: backend, into: store, progress: TransferProgress(), cancellation: Cancellation()).run(pointers)
    }

    static func bytes(_ pointer: Pointer, in store: Store) throws -> [UInt8] {
        try store.contents(of: pointer.id, size: pointer.size, limit: 1 << 30)
    }

    static func remote() throws -> MemoryBackend {
        let backend = MemoryBackend { 1_700_000_000 }
        _ = try RemoteMarker.create(backend)
        return backend
    }

    /// Many small contents, one of several chunks, one of several segments' worth of blocks.
    static let contents: [[UInt8]] =
        (0..<300).map { BackendConformance.bytes(500 + $0, seed: UInt8($0 % 250)) + [UInt8($0 & 0xff)] }
        + [BackendConformance.bytes(900_000, seed: 77), BackendConformance.bytes(5 << 20, seed: 78)]
}

/// A remote that is sound to the last byte but for one lie.
enum RecipeSwap {
    /// Serves the recipe of `content` under the id `other`, and the content's chunks.
    static func remote(of store: Store, _ content: Pointer, as other: ContentID) throws -> MemoryBackend {
        let backend = MemoryBackend(location: "liar") { 0 }
        _ = try RemoteMarker.create(backend)
        let locations = try store.parts(of: content.id).compactMap { store.location(of: $0) }
        let pack = try store.compose(locations, cancellation: Cancellation())
        let bytes = try #require(try Files.read(pack.path))
        let records = pack.contents.records.map { record in
            var record = record
            if record.kind == .recipe { record.id = other }
            return record
        }
        let contents = PackContents(name: pack.contents.name, records: records.sorted { $0.id < $1.id })
        let index = Catalog.encode(contents: [contents])
        try backend.put(RemoteLayout.key(ofPack: contents.name), bytes)
        try backend.put(RemoteLayout.key(ofIndex: ContentHasher.id(of: index)), index)
        return backend
    }
}
