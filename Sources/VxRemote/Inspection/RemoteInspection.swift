import Synchronization
import VxModel
import VxStore
import VxSystem

import struct SystemPackage.FilePath

/// What is wrong with one object of a remote.
package struct RemoteFault: Sendable, Equatable {
    package var key: String
    /// As a sentence.
    package var reason: String
}

/// A look at a remote that believes nothing: not that a pack an index names is there, nor that it holds what the index
/// says, nor, where asked to, that its bytes are those its ids name.
package struct RemoteInspection {
    /// What shows that a pack is as it should be, the weakest first (docs/cleaning-up.md).
    package enum Proof: String, Sendable, CaseIterable {
        /// It is as long as its footer says, and the footer is the one its name is the hash of.
        case footer
        /// The storage's own hash of the whole object is that of the bytes which this store would put there.
        case checksum
        /// Every byte was read, and every part has the hash its id names.
        case bytes
    }

    /// What is wrong with a pack that is there.
    package struct Damage: Sendable {
        package var reason: String
        /// What it holds all the same; `nil` where its footer is damaged.
        var contents: PackContents?
        /// Of that, what is wrong.
        var ids: Set<ContentID>
        /// Of those, contents whose recipe is sound as bytes and makes something else.
        var wrongRecipes: Set<ContentID> = []
    }

    let backend: any RemoteBackend
    let store: Store
    let cancellation: Cancellation
    let progress: TransferProgress

    package let catalog: RemoteCatalog
    /// By name, with size and time.
    package let packs: [PackID: RemoteObject]
    /// Packs that a collection wants gone.
    package let marks: Set<PackID>
    /// What the packs looked at hold, by their own footers.
    package private(set) var sound: [PackID: PackContents] = [:]
    /// By what the packs in ``sound`` that this look read have proved right.
    package private(set) var proofs: [PackID: Proof] = [:]
    package private(set) var damaged: [PackID: Damage] = [:]
    /// Bytes of packs read.
    package private(set) var bytesRead: UInt64 = 0

    /// Asks the remote what it holds; reads no pack yet.
    ///
    /// - Parameter store: keeps copies of the remote's indexes, and takes packs that are read whole for a moment.
    /// - Throws: where the remote fails or is none.
    package init(
        _ backend: any RemoteBackend, store: Store, progress: TransferProgress, cancellation: Cancellation
    ) throws {
        self.backend = backend
        self.store = store
        self.progress = progress
        self.cancellation = cancellation
        // First, so that a pack is marked later than this or is known to be.
        marks = Set(try RemoteTrash(backend).marks().keys)
        catalog = try RemoteCatalog.load(
            backend, cache: RemoteCatalog.cache(in: store, for: backend), cancellation: cancellation)
        var found: [PackID: RemoteObject] = [:]
        try onRemote { () throws(RemoteError) in
            try backend.list(RemoteLayout.packPrefix) { (object) throws(RemoteError) in
                if let pack = RemoteLayout.pack(ofKey: object.key) { found[pack] = object }
            }
        }
        packs = found
    }

    /// Proves packs. Where ``Proof/checksum`` cannot be had, since the storage tells none or the store lacks a part of the
    /// pack, the footer has to do; where the checksum is another, every byte is read to find out.
    ///
    /// - Parameters:
    ///   - wanted: those that are not there are passed over.
    ///   - proof: what is asked for.
    ///   - known: packs that an earlier look has proven; a name stands for the same bytes for ever.
    /// - Throws: where the remote fails; what is wrong with a pack is in ``damaged``.
    package mutating func prove(
        _ wanted: Set<PackID>, by proof: Proof, known: [PackID: PackContents] = [:]
    ) throws {
        let objects = wanted.sorted().compactMap { pack in packs[pack].map { (pack, $0) } }
            .filter { known[$0.0] == nil }
        for (pack, contents) in known where packs[pack] != nil { sound[pack] = contents }
        progress.phase = .proving
        if proof == .bytes { progress.expected.add(Int(objects.sum(ofSizes: \.1.size))) }
        let results = Mutex<[PackID: Result<Proven, DamageError>]>([:])
        let width = try onRemote { () throws(RemoteError) in try backend.properties().connections }
        let inspection = self
        let read = Counter()
        try WorkerPool(width: max(1, min(width, objects.count))).forEachBatch(
            count: objects.count, batch: 1, cancellation: cancellation
        ) { _, range in
            for (pack, object) in objects[range] {
                let result = try inspection.inspect(pack, object, proof, read)
                results.withLock { $0[pack] = result }
            }
        }
        bytesRead += UInt64(read.value)
        for (pack, result) in results.withLock({ $0 }) {
            switch result {
            case .success(let proven):
                sound[pack] = proven.contents
                proofs[pack] = proven.proof
            case .failure(let error): damaged[pack] = error.damage
            }
        }
    }

    /// Notes a recipe of a pack that proved right byte by byte: it makes another file than the one it is there for.
    mutating func note(wrongRecipe location: Location) {
        let id = location.record.id
        if let contents = sound.removeValue(forKey: location.pack) {
            damaged[location.pack] = Damage(
                reason: "the recipe of \(id) makes another file", contents: contents, ids: [])
        }
        proofs[location.pack] = nil
        damaged[location.pack]?.ids.insert(id)
        damaged[location.pack]?.wrongRecipes.insert(id)
    }

    /// Counts bytes of packs that were read.
    mutating func count(read bytes: Int) { bytesRead += UInt64(bytes) }

    /// Takes back that a pack is damaged: it has proved right since.
    mutating func takeBack(_ contents: PackContents) {
        damaged[contents.name] = nil
        sound[contents.name] = contents
    }

    struct DamageError: Error {
        var damage: Damage
    }

    typealias Proven = (contents: PackContents, proof: Proof)

    /// Whether what an index says of one place is so, as far as its pack was looked at.
    package func isSound(_ location: Location) -> Bool {
        sound[location.pack]?.find(location.record.id) == location.record
    }

    /// The contents of which some part is in no place that proved right.
    ///
    /// - Parameter takingMarked: whether packs count that a collection wants gone.
    package func missing(_ contents: [Pointer], takingMarked: Bool) throws -> Set<ContentID> {
        try catalog.missing(contents, on: backend, local: store, cancellation: cancellation) { location in
            (takingMarked || !marks.contains(location.pack)) && isSound(location)
        }
    }

    /// Packs that hold some part of contents the store has, as the indexes say: those to prove before anything is said
    /// of the contents.
    package func packs(holding contents: [ContentID]) -> Set<PackID> {
        var found: Set<PackID> = []
        for id in contents {
            // A damaged recipe here is another command's matter: its content is not looked for.
            for part in (try? store.parts(of: id)) ?? [] {
                for index in catalog.indexes {
                    if let location = index.catalog.find(part) { found.insert(location.pack) }
                }
            }
        }
        return found
    }

    /// Packs that no index names: of a push that is under way or was broken off, or whose index is lost.
    package var unnamed: Set<PackID> { Set(packs.keys).subtracting(catalog.packs) }

    /// Packs that an index names and that are not there.
    package var absent: Set<PackID> { catalog.packs.subtracting(packs.keys) }

    /// Everything that is wrong, by the keys of the objects it is wrong with; packs count as far as they were looked at.
    package func faults() throws -> [RemoteFault] {
        var faults = catalog.damaged.map { index in
            RemoteFault(
                key: RemoteLayout.key(ofIndex: index.id), reason: index.why.causes.last ?? index.why.message)
        }
        faults += try wrongIndexes().map { RemoteFault(key: RemoteLayout.key(ofIndex: $0.id), reason: $0.reason) }
        faults += damaged.map { RemoteFault(key: RemoteLayout.key(ofPack: $0.key), reason: $0.value.reason) }
        return faults.sorted { $0.key < $1.key }
    }

    /// Indexes that say what is not so: of packs that are gone, damaged, or hold something else.
    func wrongIndexes() throws -> [(id: ContentID, reason: String)] {
        var wrong: [(ContentID, String)] = []
        for (id, index) in catalog.indexes {
            try cancellation.check()
            if let reason = whatIsWrong(in: index) { wrong.append((id, reason)) }
        }
        return wrong
    }

    private func whatIsWrong(in index: Catalog) -> String? {
        for number in 0..<index.packCount {
            let pack = index.pack(at: number)
            if packs[pack] == nil { return "it names the pack \(pack), which is not there" }
            if damaged[pack] != nil { return "it names the pack \(pack), which is damaged" }
        }
        for position in 0..<index.count {
            guard let location = index.record(at: position), sound[location.pack] != nil else { continue }
            if !isSound(location) {
                return "it names \(location.record.id) in the pack \(location.pack), where that is not"
            }
        }
        return nil
    }
}
