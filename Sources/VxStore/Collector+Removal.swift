import SystemPackage
import VxModel
import VxSystem

/// The second look, and what goes.
extension Collector {
    /// Looks again, while no writer is at work: spares what is named by now, and what is young by now.
    func markAgain(_ roots: Set<ContentID>) throws {
        try store.refresh()
        let now = store.index
        let packs = now.allPacks
        for id in roots.subtracting(known).union(unresolved) {
            try cancellation.check()
            for part in [id] + (try parts(of: id, in: now)) {
                let holders = try packs.filter { try $0.search(part) != nil }.map(\.name)
                if holders.isEmpty { marks.miss(part) }
                if holders.contains(where: { doomed[$0] == nil }) { continue }
                for holder in holders { spare(holder, because: "something has named \(id) meanwhile") }
            }
        }
        for name in doomed.keys {
            guard let status = try Files.status(store.path(ofPack: name)) else {
                spare(name, because: "it is not there any more")
                continue
            }
            if options.now.seconds - status.modified.seconds < options.grace {
                spare(name, because: "it was stored again meanwhile")
            }
        }
        try proveKept(now, packs)
    }

    /// Spares every pack with something needed that no pack keeps which stays. There is none, unless this has a fault or
    /// somebody else takes packs away.
    private func proveKept(_ now: StoreIndex, _ packs: [PackFile]) throws {
        for name in doomed.keys.sorted() {
            guard let table = try marks.files[name]?.readableFooter()?.table else { continue }
            try cancellation.check()
            for position in 0..<table.count {
                let id = table.id(at: position)
                guard marks.isMarked(name, position) || marks.hasMarkedCopy(of: id, outside: name) != nil else {
                    continue
                }
                if let location = now.locate(id), doomed[location.pack] == nil { continue }
                if try packs.contains(where: { try doomed[$0.name] == nil && $0.search(id) != nil }) { continue }
                spare(name, because: "nothing else keeps its \(id)")
                break
            }
        }
    }

    /// What of the trash would come back or go for good, without doing it.
    func considerTrash() throws {
        let plan = try trashPlan()
        report.restored = plan.wanted.map(\.name)
        report.emptied = plan.expired.count
        report.emptiedBytes = plan.expired.sum(ofSizes: \.bytes)
        report.trashBytes = try trash.bytes()
        report.rewrittenBytes = doomed.values.filter { $0.fate == .rewritten }.sum(
            ofSizes: { $0.bytes - $0.deadBytes })
    }

    private func trashPlan() throws(VxError) -> Trash.Plan {
        options.deletesAtOnce ? Trash.Plan() : try trash.plan(options, missing: marks.missing)
    }

    /// Moves what is doomed into the trash and sees to what lies there already.
    func remove(_ step: (CollectionStep) throws -> Void) throws {
        let plan = try trashPlan()
        for pack in plan.wanted { try trash.restore(pack) }
        report.restored = plan.wanted.map(\.name)
        if !doomed.isEmpty {
            // Before anything goes, so that a kill in between leaves a catalog that names only what is there.
            try store.writeCatalog(leavingOut: Set(doomed.keys))
            try step(.catalogued)
            try takeAway(step)
        }
        if !doomed.isEmpty || !plan.wanted.isEmpty { try Files.syncDirectory(layout.packs) }
        for pack in plan.expired {
            try step(.emptying)
            try trash.delete(pack)
        }
        report.emptied = plan.expired.count
        report.emptiedBytes = plan.expired.sum(ofSizes: \.bytes)
        report.trashBytes = try trash.bytes()
        try store.refresh()
    }

    private func takeAway(_ step: (CollectionStep) throws -> Void) throws {
        if options.deletesAtOnce {
            for name in doomed.keys.sorted() {
                try Files.remove(store.path(ofPack: name))
                try step(.moved)
            }
            return
        }
        let folder = try trash.open(options.now, listing: doomed.values.sorted { $0.name < $1.name })
        report.trash = folder
        for name in doomed.keys.sorted() {
            try Files.rename(store.path(ofPack: name), to: folder.appending(PackFile.fileName(name)))
            try step(.moved)
        }
        try Files.syncDirectory(folder)
    }
}
