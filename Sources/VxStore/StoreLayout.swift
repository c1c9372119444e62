import SystemPackage
import VxModel
import VxSystem

/// Where things are in a store's folder (docs/formats/store.md), and who shares them.
struct StoreLayout: Sendable {
    let root: FilePath
    /// What the store's folder wants of what is made in it.
    let sharing: FolderSharing
    var packs: FilePath { root.appending("packs") }
    var catalog: FilePath { root.appending("catalog") }
    var temporary: FilePath { root.appending("tmp") }
    var quarantine: FilePath { root.appending("quarantine") }
    /// An empty file for each pack that came from another store and was not proven here, under the pack's name.
    var unproven: FilePath { root.appending("unproven") }
    /// What the collector took out, a folder for each time.
    var trash: FilePath { root.appending("trash") }
    /// The repositories that share the store.
    var repositories: FilePath { root.appending("repositories") }
    /// Held while forsaken packs are taken in; stays.
    var salvageLock: FilePath { root.appending("salvage") }
    /// Shared by all who rely on what the store holds and have not told git yet; whoever takes packs out has it alone.
    var holdLock: FilePath { root.appending("hold") }
    /// Held by the one process that collects or repairs.
    var maintenanceLock: FilePath { root.appending("maintenance") }

    init(root: FilePath) throws(VxError) {
        self.root = root
        sharing = try FolderSharing(of: root)
    }

    /// The folders a writer needs. New ones are on the disk with the folders above them: a pack that was synced is not to
    /// be lost with the folder it is in.
    func make() throws(VxError) {
        try Files.createDirectories(packs, sharing: sharing, sync: true)
        try Files.createDirectories(temporary, sharing: sharing)
    }

    /// Removes what processes that died left behind: temporary files whose process is gone, and, where that may be another
    /// machine's, that are older than a day. What has a
    /// journal is left to ``ForsakenPacks``, however old it is.
    ///
    /// - Parameter isAlone: whether no writer can be at work, on any machine: then age does not matter.
    func sweep(isAlone: Bool = false) throws(VxError) {
        let names = try Files.unsortedNames(in: temporary) ?? []
        let journaled = Set(names.compactMap { PackJournal.pack(ofJournal: $0) })
        for name in names where !journaled.contains(name) && PackJournal.pack(ofJournal: name) == nil {
            let path = temporary.appending(FilePath(byteArray: name).string)
            guard let status = try Files.status(path) else { continue }
            if status.kind == .directory {
                // Of a process that repaired something; one that is gone has no use for it, however young it is.
                if let owner = Files.owner(ofTemporaryName: name),
                    isAlone ? owner.isGone(since: status.modified) : owner.isForsaken(modified: status.modified)
                {
                    try Files.removeTree(path)
                }
                continue
            }
            guard status.kind == .regular else { continue }
            if isAlone, Files.owner(ofTemporaryName: name) != nil {
                try Files.remove(path)
            } else {
                // What has another name is somebody's all the same, and is given its day.
                let owner =
                    Files.owner(ofTemporaryName: name) ?? TemporaryOwner(process: .max, isOfThisMachine: false)
                try Files.sweep(path, modified: status.modified, owner: owner)
            }
        }
    }

    /// The same in the folders in which little is written under temporary names: packs that are copied from another disk, and
    /// what says who shares the store.
    func sweepBeside() throws(VxError) {
        for folder in [packs, unproven, quarantine, repositories] { try Files.sweep(folder: folder) }
    }
}
