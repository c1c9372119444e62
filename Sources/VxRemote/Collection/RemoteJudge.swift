import VxModel
import VxStore

/// Decides what becomes of each pack of a remote. Looks at values only: the same remote always gets the same verdicts.
struct RemoteJudge {
    private let view: RemoteView
    private let start: Int64
    private let grace: Int64
    private let isExact: Bool
    /// For each needed id, the pack that is to keep it: an unmarked one where there is one, of those the first by name.
    private let keepers: [ContentID: PackID]
    /// Needed ids in no pack that is there.
    let absent: Set<ContentID>

    /// What becomes of one pack.
    struct Verdict {
        var pack: RemoteCollectionReport.Pack
        /// What has to be stored elsewhere before it goes.
        var needed: [ContentID] = []
    }

    /// - Parameter isExact: whether a pack is written anew for every byte that nothing needs, and not only where those are a
    ///   quarter of it.
    init(_ view: RemoteView, needed: Set<ContentID>, start: Int64, grace: Int64, isExact: Bool) {
        self.view = view
        self.start = start
        self.grace = grace
        self.isExact = isExact
        var keepers: [ContentID: PackID] = [:]
        for pack in view.packs.keys.sorted() {
            for record in view.records(of: pack) where needed.contains(record.id) {
                if let known = keepers[record.id], view.marks[known] == nil || view.marks[pack] != nil { continue }
                keepers[record.id] = pack
            }
        }
        self.keepers = keepers
        absent = needed.filter { keepers[$0] == nil }
    }

    func verdicts() -> [Verdict] {
        view.packs.sorted { $0.key < $1.key }.compactMap { pack, object in
            let records = view.records(of: pack)
            if let since = view.marks[pack] { return ofMarked(pack, object.size, since, records) }
            let age = start - object.modified
            guard age >= grace else { return nil }
            func verdict(_ fate: RemoteCollectionReport.Fate, _ reason: String, _ needed: [ContentID] = []) -> Verdict {
                Verdict(
                    pack: .init(name: pack, fate: fate, bytes: object.size, age: age, reason: reason), needed: needed)
            }
            guard view.isNamed(pack) else { return verdict(.marked, "no index names it: a push was broken off") }
            let needed = records.filter { keepers[$0.id] == pack }
            if needed.isEmpty {
                let copies = records.count { keepers[$0.id] != nil }
                return verdict(
                    .marked,
                    copies == 0
                        ? "nothing names what it holds, \(records.count) parts"
                        : "nothing names \(records.count - copies) of its \(records.count) parts, the others stand in another pack as well"
                )
            }
            guard isWorthwhile(records, of: pack) else { return nil }
            return verdict(
                .rewritten, "nothing needs \(records.count - needed.count) of its \(records.count) parts here",
                needed.map(\.id))
        }
    }

    /// Whether enough of a pack is parts that nothing needs, or that another pack keeps.
    private func isWorthwhile(_ records: [PackRecord], of pack: PackID) -> Bool {
        let all = records.reduce(0) { $0 + UInt64($1.stored) }
        let dead = records.reduce(0) { $0 + (keepers[$1.id] == pack ? 0 : UInt64($1.stored)) }
        return dead > 0 && (isExact || dead >= all / 4)
    }

    /// Packs that stay for what else they hold, with bytes of what nothing names: those that are too young, and those where it
    /// is too little.
    var partlyDead: (young: [UInt64], little: [UInt64]) {
        var found: (young: [UInt64], little: [UInt64]) = ([], [])
        for (pack, object) in view.packs where view.marks[pack] == nil && view.isNamed(pack) {
            let records = view.records(of: pack)
            guard records.contains(where: { keepers[$0.id] == pack }) else { continue }
            let unnamed = records.reduce(0) { $0 + (keepers[$1.id] == nil ? UInt64($1.stored) : 0) }
            if unnamed == 0 { continue }
            if start - object.modified < grace {
                found.young.append(unnamed)
            } else if !isWorthwhile(records, of: pack) {
                found.little.append(unnamed)
            }
        }
        return found
    }

    /// Unmarked packs that nothing needs, or that no index names, and that are too young to be marked.
    var youngDead: [RemoteObject] {
        view.packs.filter { pack, object in
            view.marks[pack] == nil && start - object.modified < grace
                && !(view.isNamed(pack) && view.records(of: pack).contains { keepers[$0.id] == pack })
        }.map(\.value)
    }

    private func ofMarked(_ pack: PackID, _ bytes: UInt64, _ since: Int64, _ records: [PackRecord]) -> Verdict {
        let age = start - since
        func verdict(_ fate: RemoteCollectionReport.Fate, _ reason: String) -> Verdict {
            Verdict(pack: .init(name: pack, fate: fate, bytes: bytes, age: age, reason: reason))
        }
        if let wanted = records.first(where: { keepers[$0.id] == pack }) {
            return verdict(.rescued, "something names \(wanted.id), which no other pack keeps")
        }
        // Another collector may see it the other way round: both copies must not go at once.
        if records.contains(where: { record in keepers[record.id].map { view.marks[$0] != nil } ?? false }) {
            return verdict(.waiting, "what it holds is needed, and the other copy was only just taken back")
        }
        if age < grace { return verdict(.waiting, "it was marked too short a time ago") }
        return verdict(.deleted, "it was marked, and nothing has come to need it")
    }
}
