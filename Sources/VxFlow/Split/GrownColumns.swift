import VxConfig
import VxModel
import VxStore
import VxSystem
import VxTable
import VxWorkspace

/// Rows of a table whose columns are other than they were: a row that says the same in the columns both versions have goes
/// where the old one is.
struct GrownColumns {
    private let rows: RowSplit
    private let standing: Standing
    private var store: Store { rows.workspace.store }

    init(_ rows: RowSplit, _ standing: Standing) {
        self.rows = rows
        self.standing = standing
    }

    /// Gives rows the side of their old versions, as a hint.
    ///
    /// - Returns: what is to be known of it.
    func hint(
        _ oldTables: [RowSplit.Table], _ tables: [RowSplit.Table], _ assigner: inout Assigner
    ) throws -> [String] {
        var warnings: [String] = []
        var known: [Int: Set<String>] = [:]
        /// The columns of a part of a side, which is opened for it once.
        func columnsOfPart(_ part: Int) throws -> Set<String> {
            if let columns = known[part] { return columns }
            let columns = Set(try columns(oldTables[part].file))
            known[part] = columns
            return columns
        }
        for table in tables {
            let now = Set(try columns(table.file))
            // What stands may be of several versions: each is compared by the columns it has in common with the new one.
            var versions: [Set<String>: [Int]] = [:]
            if let own = standing.parts[table.file.path] {
                for part in own { versions[try columnsOfPart(part), default: []].append(part) }
            } else if !rows.isKeyed {
                // A table under a new name may be any of those that stand, with more columns, or with fewer.
                for part in oldTables.indices {
                    let before = try columnsOfPart(part)
                    if before.isSubset(of: now) || now.isSubset(of: before) {
                        versions[before, default: []].append(part)
                    }
                }
            }
            versions[now] = nil
            let nearest = versions.sorted { one, other in
                let (left, right) = (one.key.intersection(now).count, other.key.intersection(now).count)
                return left != right ? left > right : one.key.sorted().lexicographicallyPrecedes(other.key.sorted())
            }
            for (before, parts) in nearest {
                let found = try hint(table, oldTables, parts, now.intersection(before), &assigner)
                if found == (0, 0) { continue }
                warnings.append(text(table, now, before, found.clear, found.unclear))
            }
        }
        return warnings
    }

    /// - Returns: for how many rows that stand nowhere yet one side is found, and for how many several are.
    private func hint(
        _ table: RowSplit.Table, _ oldTables: [RowSplit.Table], _ parts: [Int], _ common: Set<String>,
        _ assigner: inout Assigner
    ) throws -> (clear: Int, unclear: Int) {
        if common.isEmpty { return (0, 0) }
        // -1 where rows of several sides say the same.
        var sides: [UInt128Key: Int32] = [:]
        for part in parts {
            try each(oldTables[part], common) { row, alias in
                guard let side = assigner.examples[row].side.map(Int32.init) else { return }
                if let other = sides[alias], other != side { sides[alias] = -1 } else { sides[alias] = side }
            }
        }
        var (clear, unclear) = (0, 0)
        try each(table, common) { row, alias in
            let example = assigner.examples[row]
            guard let side = sides[alias], example.fate == .open, assigner.first(ofContent: example.content) == nil
            else {
                return
            }
            if side < 0 {
                unclear += 1
            } else {
                clear += 1
                assigner.settle(row, .hint(Int(side)))
            }
        }
        return (clear, unclear)
    }

    private func text(
        _ table: RowSplit.Table, _ now: Set<String>, _ before: Set<String>, _ found: Int, _ unclear: Int
    ) -> String {
        func list(_ names: Set<String>) -> String { names.sorted().map { "'\($0)'" }.joined(separator: ", ") }
        let gained = now.subtracting(before)
        let lost = before.subtracting(now)
        let changes =
            (gained.isEmpty ? [] : ["gained \(list(gained))"]) + (lost.isEmpty ? [] : ["lost \(list(lost))"])
        return
            "\(table.file.path) has \(changes.joined(separator: " and ")): \(found) of its \(table.rows.count) rows go to "
            + "the side of the row that says the same in the other columns"
            + (unclear == 0 ? "" : "; \(unclear) are like rows of several sides, and go by themselves")
    }

    private func columns(_ file: DataFile) throws -> [String] {
        guard let form = TableForm(name: file.path) else { return [] }
        return try TableStream.columns(of: file.pointer, form, store)
    }

    private func each(
        _ table: RowSplit.Table, _ compared: Set<String>, _ body: (Int, UInt128Key) -> Void
    ) throws {
        var row = table.rows.lowerBound
        var identity = RowIdentity()
        var count = -1
        try SplitRows.stream(table.file, store) { reader, _, fields in
            if fields.count != count {
                (identity, count) = (RowIdentity(reader.columns, compared: compared), fields.count)
            }
            body(row, UInt128Key(digest: identity.digest(fields, reader.kinds)))
            row += 1
        }
    }
}
