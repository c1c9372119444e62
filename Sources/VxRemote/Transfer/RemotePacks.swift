import Synchronization
import VxModel
import VxStore
import VxSystem

import struct SystemPackage.FilePath

/// The packs of a remote, as far as what stands in them can be relied on.
struct RemotePacks {
    /// The bytes each pack has there.
    private(set) var sizes: [PackID: UInt64] = [:]
    /// Those that a collection has marked: they count as gone already, and nothing is stored under their names.
    let marked: Set<PackID>

    /// Looks at a remote in two round trips: marker, marks, notes and the list of indexes in the first, packs and new indexes in
    /// the second. Packs are listed after the marks, as ``init(markedOn:besides:)`` wants it.
    ///
    /// - Parameters:
    ///   - besides: more packs that count as marked.
    ///   - histories: first commits of histories that are pushed: notes of them are put where there are none (docs/formats/remote.md,
    ///     "Projects").
    ///   - cache: where copies of indexes are kept.
    static func look(
        at backend: any RemoteBackend, besides: Set<PackID>, noting histories: [String], cache: FilePath,
        cancellation: Cancellation
    ) throws -> (there: RemotePacks, catalog: RemoteCatalog) {
        let found = Mutex<(packs: RemotePacks, noted: Set<String>)>((RemotePacks(marked: besides), []))
        let projects = RemoteProjects(backend)
        var beside: [@Sendable () throws -> Void] = [
            {
                let packs = try RemotePacks(markedOn: backend, besides: besides)
                found.withLock { $0.packs = packs }
            }
        ]
        var then: [@Sendable () throws -> Void] = [
            {
                var packs = found.withLock { $0.packs }
                try packs.list(on: backend)
                found.withLock { [packs] in $0.packs = packs }
            }
        ]
        if !histories.isEmpty {
            beside.append {
                let noted = Set(try projects.all())
                found.withLock { $0.noted = noted }
            }
            then.append {
                let noted = found.withLock { $0.noted }
                for history in histories where !noted.contains(history) { try projects.add(history) }
            }
        }
        let catalog = try RemoteCatalog.load(
            backend, cache: cache, cancellation: cancellation, beside: beside, then: then)
        return (found.withLock { $0.packs }, catalog)
    }

    private init(marked: Set<PackID>) { self.marked = marked }

    /// Asks for the marks of collections; before ``list(on:)``, so that a pack is marked later than this or is known to be.
    ///
    /// - Parameter besides: more packs that are about to be marked.
    init(markedOn backend: any RemoteBackend, besides: Set<PackID> = []) throws {
        marked = Set(try RemoteTrash(backend).marks().keys).union(besides)
    }

    /// Lists the packs; after the indexes were read, which are believed only as far as the packs they name are there.
    mutating func list(on backend: any RemoteBackend) throws(VxError) {
        try onRemote { () throws(RemoteError) in
            try backend.list(RemoteLayout.packPrefix) { (object) throws(RemoteError) in
                if let pack = RemoteLayout.pack(ofKey: object.key) { sizes[pack] = object.size }
            }
        }
    }

    /// Whether a pack is there as far as a part of it reaches, and stays.
    func isLasting(_ part: Location) -> Bool {
        guard let size = sizes[part.pack], !marked.contains(part.pack) else { return false }
        return part.record.offset + UInt64(part.record.stored) <= size
    }
}
