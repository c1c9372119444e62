import VxConfig
import VxModel
import VxStore
import VxSystem
import VxTable
import VxWorkspace

/// Rows whose columns are other than they were: a row that says the same in the columns both versions have goes where the old
/// one is.
struct GrownColumns {
    /// Of so many different common columns rows are compared by: a JSONL file whose rows have any members they like would be
    /// read without end.
    static let most = 24

    private let rows: RowSplit
    private let standing: Standing
    private var store: Store { rows.workspace.store }
    private var versions = TableVersions()

    init(_ rows: RowSplit, _ standing: Standing) {
        self.rows = rows
        self.standing = standing
    }

    /// Rows of two versions that are compared. A new row follows an old one where no more new rows say what is compared than old
    /// ones do, or where that tells most new rows apart.
    private struct Pair {
        var old: Int
        var new: Int
        /// Whether one has all columns of the other, or the table had its name before: then they are versions of one table. Of
        /// others, the columns that they have in common must tell rows apart.
        var isKin: Bool
    }

    /// For how many rows that stand nowhere yet one side is found, and for how many several are.
    private struct Found {
        var clear = 0
        var unclear = 0
    }

    /// Gives rows the side of their old versions, as a hint.
    ///
    /// - Returns: what is to be known of it.
    mutating func hint(
        _ oldTables: [RowSplit.Table], _ tables: [RowSplit.Table], _ assigner: inout Assigner
    ) throws -> [String] {
        var warnings: [String] = []
        /// The same for every table under a new name.
        var elsewhere: OldTables?
        for table in tables {
            // What has grown at its end has the columns that it had.
            guard standing.grown.beginnings[table.file.path] == nil,
                table.rows.contains(where: { Self.isNew($0, assigner) })
            else { continue }
            let old: OldTables
            let own = standing.parts[table.file.path]
            if let own {
                old = try read(own.map { oldTables[$0] }, assigner)
            } else {
                old = try elsewhere ?? read(self.elsewhere(oldTables, assigner.examples), assigner)
                elsewhere = old
            }
            if old.tables.isEmpty { continue }
            try versions.read([table], rows.workspace, rows.cache)
            let (pairs, isCut) = pairs(table, old, isOwn: own != nil, assigner)
            var found: [(gained: Set<String>, lost: Set<String>, Found)] = []
            for (common, pairs) in pairs {
                for (pair, count) in try hint(table, old.tables, common, pairs, &assigner) {
                    let (before, now) = (versions.columns[pair.old], versions.columns[pair.new])
                    let (gained, lost) = (now.subtracting(before), before.subtracting(now))
                    if let place = found.firstIndex(where: { $0.gained == gained && $0.lost == lost }) {
                        found[place].2.clear += count.clear
                        found[place].2.unclear += count.unclear
                    } else {
                        found.append((gained, lost, count))
                    }
                }
            }
            warnings += found.map { text(table, $0.gained, $0.lost, $0.2) }
            if isCut {
                warnings.append(
                    "\(table.file.path) has rows with many different members: those that have changed are compared with "
                        + "what stands by \(Self.most) of these")
            }
        }
        return warnings
    }

    /// Whether a row stands nowhere yet.
    private static func isNew(_ row: Int, _ assigner: Assigner) -> Bool {
        let examples = assigner.examples
        return examples.fate(row) == .open && assigner.first(ofContent: examples.content(row)) == nil
    }

    /// What a table under a new name may be a version of: any that stands. Rows with a key are found by that.
    private func elsewhere(_ oldTables: [RowSplit.Table], _ examples: ExampleTable) -> [RowSplit.Table] {
        oldTables.filter { table in !rows.isKeyed || table.rows.contains { examples.key($0) == 0 } }
    }

    /// What stands and may be an old version, and the versions of its rows, the most frequent first.
    private struct OldTables {
        var tables: [RowSplit.Table]
        var versions: [Int]
    }

    private mutating func read(_ tables: [RowSplit.Table], _ assigner: Assigner) throws -> OldTables {
        try versions.read(tables, rows.workspace, rows.cache)
        return OldTables(tables: tables, versions: versions.counts(tables) { assigner.examples.side($0) != nil })
    }

    /// What is to be compared: by the columns that both have, the most first.
    private func pairs(
        _ table: RowSplit.Table, _ old: OldTables, isOwn: Bool, _ assigner: Assigner
    ) -> (nearest: [(common: Set<String>, pairs: [Pair])], isCut: Bool) {
        let new = versions.counts([table]) { Self.isNew($0, assigner) }
        var byCommon: [Set<String>: [Pair]] = [:]
        for old in old.versions.prefix(Self.most) {
            for new in new.prefix(Self.most) where old != new {
                let (before, now) = (versions.columns[old], versions.columns[new])
                let common = before.intersection(now)
                let isKin = isOwn || before.isSubset(of: now) || now.isSubset(of: before)
                guard !common.isEmpty, isKin || common.count * 2 >= min(before.count, now.count) else { continue }
                byCommon[common, default: []].append(Pair(old: old, new: new, isKin: isKin))
            }
        }
        let nearest = byCommon.sorted { one, other in
            one.key.count != other.key.count
                ? one.key.count > other.key.count : one.key.sorted().lexicographicallyPrecedes(other.key.sorted())
        }
        return (
            nearest.prefix(Self.most).map { ($0.key, $0.value) },
            max(new.count, old.versions.count, nearest.count) > Self.most
        )
    }

    private func hint(
        _ table: RowSplit.Table, _ parts: [RowSplit.Table], _ common: Set<String>, _ pairs: [Pair],
        _ assigner: inout Assigner
    ) throws -> [(Pair, Found)] {
        struct Said: Hashable {
            var version: Int
            var alias: UInt128Key
        }
        let olds = Set(pairs.map(\.old))
        struct Old {
            /// -1 where rows of several sides say the same.
            var side: Int32
            var count = 1
        }
        var standing: [Said: Old] = [:]
        var total: [Int: Int] = [:]
        var distinct: [Int: Int] = [:]
        for part in parts {
            try each(part, common, where: { olds.contains($1) && assigner.examples.side($0) != nil }) {
                row, version, alias in
                guard let side = assigner.examples.side(row).map(Int32.init) else { return }
                total[version, default: 0] += 1
                let said = Said(version: version, alias: alias)
                guard let other = standing[said] else {
                    standing[said] = Old(side: side)
                    distinct[version, default: 0] += 1
                    return
                }
                standing[said] = Old(side: other.side == side ? side : -1, count: other.count + 1)
            }
        }
        let pairs = pairs.filter { $0.isKin || distinct[$0.old, default: 0] * 2 >= total[$0.old, default: 0] }
        var byNew: [Int: [Int]] = [:]
        for (place, pair) in pairs.enumerated() { byNew[pair.new, default: []].append(place) }
        // What many new rows have in common, and few old ones, such as the name of a class, says nothing of any of them.
        var counts: [Said: Int] = [:]
        var hits = [Int](repeating: 0, count: pairs.count)
        var kinds = hits
        try each(table, common, where: { byNew[$1] != nil && Self.isNew($0, assigner) }) { _, version, alias in
            for place in byNew[version] ?? [] {
                let said = Said(version: pairs[place].old, alias: alias)
                if standing[said] == nil { continue }
                counts[said, default: 0] += 1
                hits[place] += 1
                if counts[said] == 1 { kinds[place] += 1 }
            }
        }
        var found = [Found](repeating: Found(), count: pairs.count)
        if counts.isEmpty { return [] }
        try each(table, common, where: { byNew[$1] != nil && Self.isNew($0, assigner) }) { row, version, alias in
            var unclear: Int?
            for place in byNew[version] ?? [] {
                let said = Said(version: pairs[place].old, alias: alias)
                guard let old = standing[said],
                    counts[said, default: 0] <= old.count || kinds[place] * 2 >= hits[place]
                else { continue }
                let side = old.side
                if side >= 0 {
                    found[place].clear += 1
                    return assigner.settle(row, .hint(Int(side)))
                }
                unclear = unclear ?? place
            }
            if let unclear { found[unclear].unclear += 1 }
        }
        return zip(pairs, found).filter { $1.clear > 0 || $0.isKin && $1.unclear > 0 }.map { ($0, $1) }
    }

    private func text(
        _ table: RowSplit.Table, _ gained: Set<String>, _ lost: Set<String>, _ found: Found
    ) -> String {
        func list(_ names: Set<String>) -> String { names.sorted().map { "'\($0)'" }.joined(separator: ", ") }
        let changes =
            (gained.isEmpty ? [] : ["gained \(list(gained))"]) + (lost.isEmpty ? [] : ["lost \(list(lost))"])
        return
            "\(table.file.path) has \(changes.joined(separator: " and ")): \(found.clear) of its \(table.rows.count) rows go to "
            + "the side of the row that says the same in the other columns"
            + (found.unclear == 0 ? "" : "; \(found.unclear) are like rows of several sides, and go by themselves")
    }

    /// Calls `body` with each row that is meant, its version, and a hash of what it says in some columns.
    private func each(
        _ table: RowSplit.Table, _ compared: Set<String>, where isMeant: (_ row: Int, _ version: Int) -> Bool,
        _ body: (Int, Int, UInt128Key) -> Void
    ) throws {
        let version = versions.version(in: table)
        func isMeantRow(_ row: Int) -> Bool { version(row).map { isMeant(row, $0) } ?? false }
        guard table.rows.contains(where: isMeantRow) else { return }
        var row = table.rows.lowerBound
        var identity = RowIdentity()
        var count = -1
        try SplitRows.stream(table.file, store) { reader, _, fields in
            defer { row += 1 }
            guard let version = version(row), isMeant(row, version) else { return }
            if fields.count != count {
                (identity, count) = (RowIdentity(reader.columns, compared: compared), fields.count)
            }
            body(row, version, UInt128Key(identity.digest(fields, reader.kinds)))
        }
    }
}
