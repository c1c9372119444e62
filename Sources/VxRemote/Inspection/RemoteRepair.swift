import VxModel
import VxStore
import VxSystem

import struct SystemPackage.FilePath

/// Puts a damaged remote in order with what the remote itself has. Nothing is deleted: what is broken goes to
/// `quarantine/` (docs/formats/remote.md, "Damage").
///
/// First everything that is to stay has its place, and only then what is broken leaves its own: a kill at any moment costs
/// nothing, and repeating the command goes on.
package struct RemoteRepair {
    package struct Result: Sendable {
        /// The keys that broken objects have now.
        package var quarantined: [String] = []
        /// Parts of damaged packs that proved right and are in packs of their own now.
        package var salvagedParts = 0
        /// Whether an index was made anew from the footers of packs.
        package var madeIndex = false

        package init() {}
    }

    private let inspection: RemoteInspection
    private let scratch: FilePath

    private var backend: any RemoteBackend { inspection.backend }

    /// - Parameter inspection: for which all packs were looked at.
    /// - Throws: where the store's folder cannot be made.
    package init(_ inspection: RemoteInspection) throws(VxError) {
        self.inspection = inspection
        scratch = try inspection.store.temporaryPath()
    }

    /// - Parameter needsUnnamed: whether packs that no index names are to be named although no index is broken: where
    ///   contents are missed.
    /// - Throws: where the remote fails; what was done until then stays done.
    package func run(needsUnnamed: Bool) throws -> Result {
        defer { try? Files.removeTree(scratch) }  // what stays is named as a temporary file of the store
        var inspection = inspection
        var result = Result()
        var salvaged: [PackContents] = []
        var copied: [PackID] = []
        for pack in inspection.damaged.keys.sorted() {
            do {
                switch try salvage(pack, &result) {
                case .sound(let contents): inspection.takeBack(contents)
                case .parts(let parts):
                    salvaged += parts
                    copied.append(pack)
                }
            } catch let error as VxError where error.code == .corrupt || error.code == .missing {
                continue  // it cannot be copied, so it stays where it is; the look that follows names it again
            }
        }
        let wrong = try inspection.wrongIndexes().map(\.id)
        let made = try makeIndex(
            inspection, insteadOf: wrong, adding: salvaged, needsUnnamed: needsUnnamed, &result)
        for index in wrong + inspection.catalog.damaged.map(\.id) where index != made {
            try setAside(index: index, &result)
        }
        for pack in copied {
            try onRemote { () throws(RemoteError) in try backend.delete(RemoteLayout.key(ofPack: pack)) }
        }
        return result
    }

    private enum Salvaged {
        /// The pack was only read badly: all of it proves right.
        case sound(PackContents)
        /// What of it does, in packs of their own.
        case parts([PackContents])
    }

    /// Copies a damaged pack to the quarantine, and stores what of it proves right in a pack of its own.
    private func salvage(_ pack: PackID, _ result: inout Result) throws -> Salvaged {
        guard let object = inspection.packs[pack] else { return .parts([]) }
        let folder = scratch.appending(pack.hex)
        try Files.createDirectories(folder.appending("packs"), sharing: try FolderSharing(of: folder))
        let store = try Store.open(folder)
        try inspection.download(object, to: store.path(ofPack: pack))
        let aside = try store.salvage(
            pack, wrongRecipes: inspection.damaged[pack]?.wrongRecipes ?? [], cancellation: inspection.cancellation)
        try store.refresh()
        guard let aside else {
            let contents = PackContents(name: pack, records: try store.records(inPack: pack))
            try Files.removeTree(folder)
            return .sound(contents)
        }
        result.quarantined.append(try quarantine(.file(aside), as: "pack-\(pack.hex)"))
        var salvaged: [PackContents] = []
        for sound in store.packs {
            let contents = PackContents(name: sound, records: try store.records(inPack: sound))
            let body = try RemoteBody.file(store.path(ofPack: sound))
            _ = try onRemote { () throws(RemoteError) in
                try backend.put(RemoteLayout.key(ofPack: sound), body) { _ in }
            }
            result.salvagedParts += contents.records.count
            salvaged.append(contents)
        }
        try Files.removeTree(folder)
        return .parts(salvaged)
    }

    /// - Returns: the index that names now what the broken ones did; `nil` where none is needed.
    private func makeIndex(
        _ inspection: RemoteInspection, insteadOf wrong: [ContentID], adding salvaged: [PackContents],
        needsUnnamed: Bool, _ result: inout Result
    ) throws -> ContentID? {
        let isBroken = !wrong.isEmpty || !inspection.catalog.damaged.isEmpty || !salvaged.isEmpty
        guard isBroken || needsUnnamed else { return nil }
        let gone = Set(wrong)
        var named: Set<PackID> = inspection.unnamed
        for (id, index) in inspection.catalog.indexes where gone.contains(id) {
            for number in 0..<index.packCount { named.insert(index.pack(at: number)) }
        }
        let contents = named.sorted().compactMap { inspection.sound[$0] } + salvaged
        if contents.isEmpty { return nil }
        let bytes = Catalog.encode(contents: contents)
        let id = ContentHasher.id(of: bytes)
        // Made of the same packs it has the name of the damaged one, which is in its place and of no use there.
        if inspection.catalog.damaged.contains(where: { $0.id == id }) { try setAside(index: id, &result) }
        let isNew = try onRemote { () throws(RemoteError) in
            try backend.put(RemoteLayout.key(ofIndex: id), bytes)
        }
        result.madeIndex = result.madeIndex || isNew
        return id
    }

    private func setAside(index: ContentID, _ result: inout Result) throws {
        let key = RemoteLayout.key(ofIndex: index)
        guard let object = try onRemote({ () throws(RemoteError) in try backend.head(key) }) else { return }
        try Files.createDirectories(scratch, sharing: try FolderSharing(of: scratch))
        let path = scratch.appending(index.hex)
        do throws(VxError) {
            try inspection.download(object, to: path)
        } catch {
            // It stays where it is; the look that follows names it again.
            guard error.code == .corrupt || error.code == .missing else { throw error }
            return
        }
        result.quarantined.append(try quarantine(.file(path), as: "index-\(index.hex)"))
        try onRemote { () throws(RemoteError) in try backend.delete(key) }
    }

    /// - Returns: the key it has now: another one where an earlier repair has put something there.
    private func quarantine(_ body: RemoteBody, as name: String) throws(VxError) -> String {
        var key = RemoteLayout.quarantinePrefix + name
        var number = 1
        while try !onRemote({ () throws(RemoteError) in try backend.put(key, body) { _ in } }) {
            number += 1
            key = RemoteLayout.quarantinePrefix + "\(name)-\(number)"
        }
        return key
    }
}
