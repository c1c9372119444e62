import SystemPackage
import VxModel
import VxSystem

/// One collection: what is needed, what goes, and in which order.
final class Collector {
    let store: Store
    let options: CollectionOptions
    let cancellation: Cancellation
    let layout: StoreLayout
    /// The store when the collection began.
    private let index: StoreIndex
    var marks: PackMarks
    var known: Set<ContentID> = []
    /// Of those, the ones the store did not have: what they need may have become known when they were added.
    var unresolved: Set<ContentID> = []
    let trash: Trash
    private let checker = PackChecker()
    /// What is to go, and for what reason.
    var doomed: [PackID: CollectionReport.Pack] = [:]
    var report = CollectionReport()

    /// A pack is written anew where at least this part of its payloads is needed by nobody: a quarter.
    private static let worthwhile: UInt64 = 4

    init(_ store: Store, _ options: CollectionOptions, _ cancellation: Cancellation) {
        self.store = store
        self.options = options
        self.cancellation = cancellation
        layout = store.layout
        index = store.index
        marks = PackMarks(index)
        trash = Trash(layout)
    }

    // MARK: - What is needed

    /// Marks everything the contents need and sorts the packs.
    func mark(_ roots: Set<ContentID>) throws {
        try refuseDamage()
        try addNeeded(roots)
        for pack in index.allPacks {
            try cancellation.check()
            try judge(pack)
        }
        report.packs.sort { $0.bytes != $1.bytes ? $0.bytes > $1.bytes : $0.name < $1.name }
    }

    /// A pack that cannot be read may hold the very recipe that says what else is needed.
    private func refuseDamage() throws(VxError) {
        for pack in index.allPacks {
            do throws(VxError) {
                _ = try pack.checkedFooter()
            } catch {
                throw Self.refusing(error)
            }
        }
        // What it hides would be taken for what nobody needs.
        if let problem = try index.catalogProblem(cancellation) {
            throw Self.refusing(VxError(.corrupt, "the catalog \(layout.catalog) is damaged", because: problem))
        }
    }

    private static func refusing(_ error: VxError) -> VxError {
        if error.isSystemFailure { return error.wrapped("nothing is collected: the store cannot be read") }
        var error = error.wrapped("nothing is collected from a damaged store")
        error.hint = "run 'vx fsck --repair' first: it puts damaged packs aside and looks for good copies"
        return error
    }

    private func addNeeded(_ roots: Set<ContentID>) throws {
        let fresh = Array(roots.subtracting(known))
        known.formUnion(roots)
        for position in store.readOrder(fresh) {
            try cancellation.check()
            let id = fresh[position]
            try marks.mark(id)
            if index.locate(id) == nil { unresolved.insert(id) }
            for part in try parts(of: id, in: index) { try marks.mark(part) }
        }
        report.missingContents = unresolved.count
    }

    /// The chunks a content's recipe names, wherever the recipe is; none where the content is one chunk, or nowhere.
    func parts(of id: ContentID, in index: StoreIndex) throws(VxError) -> [ContentID] {
        let recipe: Recipe
        do throws(VxError) {
            if let location = index.locate(id) {
                if location.record.kind == .chunk { return [] }
                recipe = try store.recipe(at: location, of: id)
            } else if let found = try trash.recipe(of: id) {
                recipe = found
            } else {
                return []
            }
        } catch {
            throw Self.refusing(error)
        }
        return (0..<recipe.count).map { recipe[$0].id }
    }

    private func judge(_ pack: PackFile) throws(VxError) {
        guard let table = try pack.readableFooter()?.table, let status = try Files.status(pack.path) else { return }
        var found = CollectionReport.Pack(
            name: pack.name, fate: .dropped, bytes: status.size, records: table.count,
            age: options.now.seconds - status.modified.seconds, reason: "")
        var total: UInt64 = 0
        for position in 0..<table.count {
            guard let record = try? table.record(at: position) else { continue }  // the footer was checked before
            total += UInt64(record.stored)
            if marks.isMarked(pack.name, position) {
                found.needed += 1
            } else {
                found.deadBytes += UInt64(record.stored)
                if let other = marks.hasMarkedCopy(of: record.id, outside: pack.name) {
                    found.copies += 1
                    try requireSame(Location(pack: pack.name, record: record), other)
                }
            }
        }
        report.packsBefore += 1
        report.bytesBefore.add(size: status.size)
        if found.age < options.grace {
            report.youngPacks += 1
            report.youngDeadBytes += found.deadBytes
            return
        }
        if found.deadBytes == 0 { return }
        if found.needed > 0 {
            guard options.isExact || found.deadBytes >= total / Self.worthwhile else { return }
            found.fate = .rewritten
        }
        found.reason = Self.reason(found)
        if let damaged = try unsoundCopy(for: table, of: pack.name) {
            found.fate = .kept
            found.reason = "its copy of \(damaged) is the only sound one"
        } else {
            doomed[pack.name] = found
        }
        report.packs.append(found)
    }

    /// Of two that say different things under one id, the one that stays may be the one that makes another file.
    private func requireSame(_ going: Location, _ staying: Location) throws(VxError) {
        if try store.isSame(going, staying) { return }
        throw Self.refusing(
            VxError(
                .corrupt, "the store has two different things under \(going.record.id)",
                because: "in the packs \(going.pack) and \(staying.pack)"))
    }

    private static func reason(_ pack: CollectionReport.Pack) -> String {
        let dead = pack.records - pack.needed - pack.copies
        var parts: [String] = []
        if dead > 0 {
            parts.append("no reference, reflog, stash, index or worktree names \(dead) of its \(pack.records) parts")
        }
        if pack.copies > 0 { parts.append("\(pack.copies) of its \(pack.records) parts stand in another pack as well") }
        return parts.joined(separator: ", ")
    }

    /// A needed id whose other copy, the one that would stay, does not prove right.
    private func unsoundCopy(for table: PackTable, of pack: PackID) throws(VxError) -> ContentID? {
        for position in 0..<table.count where !marks.isMarked(pack, position) {
            let id = table.id(at: position)
            guard let other = marks.hasMarkedCopy(of: id, outside: pack) else { continue }
            try cancellation.check()
            guard let file = marks.files[other.pack] else { return id }
            let input = try file.opened()
            if try checker.soundPayload(other.record, input, file) == nil { return id }
        }
        return nil
    }

    // MARK: - Survivors

    /// Writes what is needed of the packs that are to be written anew into new packs of the store. A kill leaves copies.
    func rewrite() throws(VxError) {
        let packs = doomed.values.filter { $0.fate == .rewritten }.map(\.name).sorted()
        if packs.isEmpty { return }
        let survivors = Survivors(layout, checker, cancellation)
        do throws(VxError) {
            for name in packs {
                guard let file = marks.files[name], let table = try file.readableFooter()?.table else { continue }
                let marks = marks
                if let unsound = try survivors.take(table, from: file, where: { marks.isMarked(name, $0) }) {
                    spare(name, because: "its \(unsound) is damaged: run 'vx fsck --repair'")
                }
            }
            let isProven = index.unproven.isDisjoint(with: packs)
            let placed = try survivors.place { (names) throws(VxError) in
                if !isProven { try store.noteUnproven(names) }
            }
            report.rewrittenBytes = placed.sum(ofSizes: \.bytes)
            // An earlier collection that was killed may have written the very same pack, which nobody needed until now.
            for pack in placed { spare(pack.name, because: "it holds what was written anew") }
        } catch {
            survivors.discard()
            throw error
        }
        try store.refresh()
    }

    func spare(_ pack: PackID, because reason: String) {
        doomed[pack] = nil
        guard let position = report.packs.firstIndex(where: { $0.name == pack }) else { return }
        report.packs[position].fate = .kept
        report.packs[position].reason = reason
    }
}
