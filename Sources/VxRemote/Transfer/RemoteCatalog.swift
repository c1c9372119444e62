import Synchronization
import SystemPackage
import VxModel
import VxStore
import VxSystem

/// What a remote held when it was asked: its indexes, read through copies that are kept on this machine.
package final class RemoteCatalog: Sendable {
    /// The indexes, each with its id.
    package let indexes: [(id: ContentID, catalog: Catalog)]
    private let catalogs: [Catalog]
    /// Indexes of the remote that could not be used, each with why. What they name counts as absent.
    package let damaged: [(id: ContentID, why: VxError)]
    package var problems: [VxError] { damaged.map(\.why) }

    private init(_ indexes: [(id: ContentID, catalog: Catalog)], damaged: [(id: ContentID, why: VxError)]) {
        // The largest first: it is the likeliest to name what is looked for.
        self.indexes = indexes.sorted {
            $0.catalog.count != $1.catalog.count ? $0.catalog.count > $1.catalog.count : $0.id < $1.id
        }
        catalogs = self.indexes.map(\.catalog)
        self.damaged = damaged.sorted { $0.id < $1.id }
    }

    /// What a remote held when this machine last asked it, without asking: a hint of where content may be, and no proof.
    package static func remembered(_ cache: FilePath) -> RemoteCatalog {
        let names = ((try? Files.unsortedNames(in: cache)) ?? nil) ?? []
        let indexes = names.compactMap { name -> (id: ContentID, catalog: Catalog)? in
            guard let id = ContentID(hex: name),
                let catalog = try? Catalog.checked(cache.appending(id.hex))
            else { return nil }
            return (id, catalog)
        }
        return RemoteCatalog(indexes, damaged: [])
    }

    /// Where `id` is on the remote, by the first index that names it.
    package func locate(_ id: ContentID) -> Location? {
        for catalog in catalogs {
            if let location = catalog.find(id) { return location }
        }
        return nil
    }

    /// Where `id` is on the remote by an index whose word `isGood` takes.
    package func locate(_ id: ContentID, where isGood: (Location) -> Bool) -> Location? {
        for catalog in catalogs {
            if let location = catalog.find(id), isGood(location) { return location }
        }
        return nil
    }

    /// Every place of `id` that some index names, each once.
    package func locations(of id: ContentID) -> [Location] {
        var found: [Location] = []
        for catalog in catalogs {
            if let location = catalog.find(id), !found.contains(location) { found.append(location) }
        }
        return found
    }

    /// Every pack that an index names.
    package var packs: Set<PackID> {
        Set(catalogs.flatMap { catalog in (0..<catalog.packCount).map { catalog.pack(at: $0) } })
    }

    /// Whether the remote listed an index of that name that can be used.
    func lists(_ index: ContentID) -> Bool { indexes.contains { $0.id == index } }

    /// Number of indexes.
    package var indexCount: Int { catalogs.count }

    /// Asks the remote for its indexes, and gets those that are not kept yet: two round trips.
    ///
    /// - Parameter cache: where copies are kept: ``cache(in:for:)``.
    /// - Throws: where the remote cannot be asked or is none, or the cache cannot be written.
    package static func load(
        _ backend: any RemoteBackend, cache: FilePath, cancellation: Cancellation
    ) throws -> RemoteCatalog {
        try load(backend, cache: cache, cancellation: cancellation, beside: [], then: [])
    }

    /// - Parameters:
    ///   - beside: requests to be made while the indexes are listed.
    ///   - then: those to be made after that, while indexes are read, and only where this is a remote.
    static func load(
        _ backend: any RemoteBackend, cache: FilePath, cancellation: Cancellation,
        beside: [@Sendable () throws -> Void], then: [@Sendable () throws -> Void]
    ) throws -> RemoteCatalog {
        let listed = Mutex<[(ContentID, RemoteObject)]>([])
        let list: @Sendable () throws -> Void = {
            let objects = try onRemote { () throws(RemoteError) in try backend.list(RemoteLayout.indexPrefix) }
            listed.withLock {
                $0 = objects.compactMap { object in RemoteLayout.index(ofKey: object.key).map { ($0, object) } }
            }
        }
        try Simultaneous.run([{ try RemoteMarker.require(backend) }, list] + beside, cancellation)
        let indexes = listed.withLock { $0 }
        // As the store does whose folder it is in: others who share that are to read and renew the copies.
        let sharing = try FolderSharing(of: cache)
        try Files.createDirectories(cache, sharing: sharing)
        try forget(allBut: Set(indexes.map(\.0)), in: cache)
        let results = Mutex<(catalogs: [(id: ContentID, catalog: Catalog)], damaged: [(id: ContentID, why: VxError)])>(
            ([], []))
        let width = try onRemote { () throws(RemoteError) in try backend.properties().connections }
        let count = then.count + indexes.count
        try WorkerPool(width: width).forEachBatch(count: count, batch: 1, cancellation: cancellation) { _, range in
            for number in range {
                guard number >= then.count else {
                    try then[number]()
                    continue
                }
                let (id, object) = indexes[number - then.count]
                do throws(VxError) {
                    let catalog = try open(id, object, backend, cache: cache, sharing)
                    results.withLock { $0.catalogs.append((id: id, catalog: catalog)) }
                } catch {
                    // Removed since it was listed (a collection put another in its place), or damaged there.
                    guard error.code == .missing || error.code == .corrupt else { throw error }
                    if error.code == .corrupt { results.withLock { $0.damaged.append((id: id, why: error)) } }
                }
            }
        }
        let found = results.withLock { $0 }
        return RemoteCatalog(found.catalogs, damaged: found.damaged)
    }

    /// Removes copies of indexes that the remote does not have any more, and what killed processes were fetching.
    private static func forget(allBut known: Set<ContentID>, in cache: FilePath) throws(VxError) {
        try Files.sweep(folder: cache)
        for name in try Files.unsortedNames(in: cache) ?? [] {
            if let id = ContentID(hex: name), !known.contains(id) { try Files.remove(cache.appending(id.hex)) }
        }
    }

    /// Where copies of a remote's indexes are kept in a store's folder.
    package static func cache(in store: Store, for backend: any RemoteBackend) -> FilePath {
        let name = ContentHasher.id(of: Array(backend.location.utf8)).hex.prefix(32)
        return store.root.appending("remotes").appending(String(name)).appending("index")
    }

    private static func open(
        _ id: ContentID, _ object: RemoteObject, _ backend: any RemoteBackend, cache: FilePath, _ sharing: FolderSharing
    ) throws(VxError) -> Catalog {
        let path = cache.appending(id.hex)
        if let status = try Files.status(path) {
            if status.size == object.size, try hash(path) == id { return try Catalog.checked(path) }
            try Files.remove(path)
        }
        var attempts = 3
        while true {
            let temporary = Files.temporarySibling(of: path)
            do throws(VxError) {
                try download(object, backend, to: temporary, sharing)
                guard try hash(temporary) == id else {
                    throw VxError(
                        .corrupt, "the index \(id) in \(backend.location) is damaged",
                        because: "its bytes have another hash",
                        hint: "'vx fsck --remote' shows what is hit; with '--repair' it is made again")
                }
                try Files.rename(temporary, to: path)
                return try Catalog.checked(path)
            } catch {
                try? Files.remove(temporary)  // the first error is the one to report
                attempts -= 1
                if error.code != .corrupt || attempts == 0 { throw error }
            }
        }
    }

    private static func hash(_ path: FilePath) throws(VxError) -> ContentID {
        let map = try MappedFile(path)
        return withExtendedLifetime(map) { ContentHasher.id(of: map.bytes) }
    }

    /// An index says in its first bytes how long it is: of one of another length, whatever it may be, no more is read.
    private static func requireLength(
        _ object: RemoteObject, _ bytes: [UInt8], _ backend: any RemoteBackend
    ) throws(VxError) {
        if Catalog.byteCount(header: bytes) == object.size { return }
        throw VxError(
            .corrupt, "\(object.key) in \(backend.location) is damaged",
            because: "it has \(ByteCount.text(object.size)), and begins otherwise than an index of that length",
            hint: "'vx fsck --remote' shows what is hit; with '--repair' it is made again")
    }

    private static func download(
        _ object: RemoteObject, _ backend: any RemoteBackend, to path: FilePath, _ sharing: FolderSharing
    ) throws(VxError) {
        let file = try OpenFile.creating(path, sharing: sharing)
        var offset: UInt64 = 0
        while offset < object.size {
            let count = Int(min(object.size - offset, 8 << 20))
            let bytes = try onRemote { () throws(RemoteError) in try backend.read(object.key, at: offset, count: count)
            }
            if offset == 0 { try requireLength(object, bytes, backend) }
            try file.write(bytes)
            offset += UInt64(count)
        }
        try file.close()
    }
}

/// The object that makes a place a vx remote.
package enum RemoteMarker {
    /// - Throws: where there is none, or one of a version that this vx does not know.
    package static func require(_ backend: any RemoteBackend) throws(VxError) {
        guard let bytes = try read(backend) else {
            throw VxError(
                "there is no vx remote at \(backend.location)", because: "it has no \(RemoteLayout.marker)",
                hint: "is the disk mounted, the bucket the right one? 'vx remote add NAME URL' makes a new remote")
        }
        guard let marker = try? JSONValue.parse(bytes), marker["format"] == "vx-remote" else {
            throw VxError(.corrupt, "\(RemoteLayout.marker) in \(backend.location) is not one of vx's")
        }
        guard marker["version"] == 1 else {
            throw VxError(
                "the remote at \(backend.location) is of a version that this vx does not know",
                hint: "install a newer vx")
        }
    }

    /// Makes the place a vx remote, where it is none yet.
    ///
    /// - Returns: whether it was none.
    package static func create(_ backend: any RemoteBackend) throws(VxError) -> Bool {
        if try read(backend) != nil {
            try require(backend)
            // What a run that was killed has left there goes with the first put, and there is none to come.
            _ = try onRemote { () throws(RemoteError) in try backend.sweep(before: 0, dryRun: false) }
            return false
        }
        return try onRemote { () throws(RemoteError) in
            try backend.put(RemoteLayout.marker, RemoteLayout.markerBytes)
        }
    }

    private static func read(_ backend: any RemoteBackend) throws(VxError) -> [UInt8]? {
        try onRemote { () throws(RemoteError) in try backend.contents(RemoteLayout.marker, limit: 64 << 10) }
    }
}
