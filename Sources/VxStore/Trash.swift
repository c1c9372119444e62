import SystemPackage
import VxModel
import VxSystem

/// Where the collector puts packs before they are deleted: `trash/<seconds since 1970>-<random>/<name>.pack`.
struct Trash {
    private let layout: StoreLayout

    init(_ layout: StoreLayout) {
        self.layout = layout
    }

    struct Pack {
        var name: PackID
        var path: FilePath
        var bytes: UInt64
        /// When it was put there, in seconds since 1970.
        var since: Int64
    }

    /// What a collection is to do with the trash that was there before it.
    struct Plan {
        /// Packs that hold something needed that the store has nowhere else.
        var wanted: [Pack] = []
        var expired: [Pack] = []
    }

    /// All packs in the trash.
    func packs() throws(VxError) -> [Pack] {
        var found: [Pack] = []
        for folder in try folders() {
            for name in try Files.unsortedNames(in: folder.path) ?? [] {
                guard let pack = PackFile.name(ofFile: name) else { continue }
                let path = folder.path.appending(PackFile.fileName(pack))
                guard let status = try Files.status(path) else { continue }
                found.append(Pack(name: pack, path: path, bytes: status.size, since: folder.since))
            }
        }
        return found.sorted { $0.name != $1.name ? $0.name < $1.name : $0.since > $1.since }
    }

    func bytes() throws(VxError) -> UInt64 { try packs().sum(ofSizes: \.bytes) }

    private func folders() throws(VxError) -> [(path: FilePath, since: Int64)] {
        var found: [(FilePath, Int64)] = []
        for name in try Files.unsortedNames(in: layout.trash) ?? [] {
            let text = String(decoding: name, as: UTF8.self)
            guard let since = text.split(separator: "-").first.flatMap({ Int64($0) }) else { continue }
            found.append((layout.trash.appending(text), since))
        }
        return found
    }

    /// The recipe of a content that only the trash has; `nil` where it has none, or none that can be read.
    func recipe(of id: ContentID) throws(VxError) -> Recipe? {
        for pack in try packs() {
            let file = PackFile(name: pack.name, at: pack.path)
            guard let record = try file.search(id), record.kind == .recipe else { continue }
            if let recipe = try attempting({ try Recipe(record, of: id, in: file) }) { return recipe }
        }
        return nil
    }

    /// - Parameter missing: ids that are needed and nowhere in the store.
    func plan(_ options: CollectionOptions, missing: Set<ContentID>) throws(VxError) -> Plan {
        var plan = Plan()
        var missing = missing
        for pack in try packs() {
            // What cannot be read holds nothing that could be brought back.
            let file = PackFile(name: pack.name, at: pack.path)
            _ = try file.readableFooter()
            let held = missing.filter { file.find($0) != nil }
            if !held.isEmpty {
                missing.subtract(held)
                plan.wanted.append(pack)
            } else if options.keepsTrash {
                continue
            } else if options.emptyTrash || options.now.seconds - pack.since >= options.grace {
                plan.expired.append(pack)
            }
        }
        return plan
    }

    /// Makes a folder for what goes now, with the reasons in it.
    func open(_ now: FileTime, listing packs: [CollectionReport.Pack]) throws(VxError) -> FilePath {
        let random = String(UInt64.random(in: .min ... .max), radix: 36)
        let folder = layout.trash.appending("\(now.seconds)-\(random)")
        try Files.createDirectories(folder, sharing: layout.sharing, sync: true)
        let reasons: [JSONValue] = packs.map {
            ["pack": .string($0.name.hex), "bytes": .integer(Int64($0.bytes)), "reason": .string($0.reason)]
        }
        try Files.replace(
            folder.appending("reasons.json"), with: Array(JSONValue.array(reasons).canonical.utf8),
            sharing: layout.sharing, sync: true)
        return folder
    }

    /// Puts a pack back into the store; sync its folder afterwards.
    func restore(_ pack: Pack) throws(VxError) {
        try Files.rename(pack.path, to: layout.packs.appending(PackFile.fileName(pack.name)))
        try removeIfEmpty(pack.path.removingLastComponent())
    }

    func delete(_ pack: Pack) throws(VxError) {
        try Files.remove(pack.path)
        try removeIfEmpty(pack.path.removingLastComponent())
    }

    /// Removes what a collection that was killed has left: files it was writing, and a folder it had put no pack into yet.
    func tidy() throws(VxError) {
        for folder in try folders() {
            try Files.sweep(folder: folder.path)
            try removeIfEmpty(folder.path)
        }
    }

    private func removeIfEmpty(_ folder: FilePath) throws(VxError) {
        let names = try Files.unsortedNames(in: folder) ?? []
        guard !names.contains(where: { PackFile.name(ofFile: $0) != nil }) else { return }
        try Files.remove(folder.appending("reasons.json"))
        Files.removeEmptyDirectory(folder)
    }
}

extension Store {
    /// Bytes of the packs that wait in the trash.
    package func trashBytes() throws(VxError) -> UInt64 { try Trash(layout).bytes() }

    /// Brings packs back from the trash that hold something of these contents that the store does not have otherwise.
    ///
    /// - Returns: how many packs came back.
    /// - Throws: where they cannot be moved, or a collector does not end.
    package func restoreFromTrash(_ contents: Set<ContentID>) throws(VxError) -> Int {
        let trash = Trash(layout)
        if try trash.packs().isEmpty { return 0 }
        let maintenance = try maintenance()
        defer { withExtendedLifetime(maintenance) {} }
        var restored = 0
        // The first round may bring recipes, the second the chunks those name.
        for _ in 1...2 {
            try refresh()
            let index = index
            var missing: Set<ContentID> = []
            for id in contents {
                guard index.locate(id) != nil else {
                    missing.insert(id)
                    continue
                }
                // A damaged recipe is another command's matter.
                for part in try attempting({ try parts(of: id) }) ?? [] where index.locate(part) == nil {
                    missing.insert(part)
                }
            }
            var keeping = CollectionOptions(grace: .max, now: FileTime(seconds: 0, nanoseconds: 0))
            keeping.emptyTrash = false
            let wanted = try trash.plan(keeping, missing: missing).wanted
            if wanted.isEmpty { break }
            for pack in wanted { try trash.restore(pack) }
            try Files.syncDirectory(layout.packs)
            restored += wanted.count
        }
        try refresh()
        return restored
    }
}
