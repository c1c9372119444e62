import VxModel
import VxStore

/// Decides what becomes of each pack of a remote. Looks at values only: the same remote always gets the same verdicts.
struct RemoteJudge {
    private let view: RemoteView
    private let start: Int64
    private let grace: Int64
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

    init(_ view: RemoteView, needed: Set<ContentID>, start: Int64, grace: Int64) {
        self.view = view
        self.start = start
        self.grace = grace
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

    /// - Parameter isHere: whether the local store has a chunk or recipe, so that it could be stored again.
    func verdicts(isHere: (ContentID) -> Bool) -> [Verdict] {
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
            let all = records.reduce(0) { $0 + UInt64($1.stored) }
            let alive = needed.reduce(0) { $0 + UInt64($1.stored) }
            guard all - alive >= all / 4, all > alive, needed.allSatisfy({ isHere($0.id) }) else { return nil }
            return verdict(
                .rewritten, "nothing needs \(records.count - needed.count) of its \(records.count) parts here",
                needed.map(\.id))
        }
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
