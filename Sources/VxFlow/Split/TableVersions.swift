import VxModel
import VxStore
import VxSystem
import VxTable
import VxWorkspace

/// Which columns the rows of tables have: those of a CSV file all the same ones, those of JSONL each its own members.
struct TableVersions {
    /// What the rows of one table have.
    private enum Read: Sendable {
        case all(Set<String>)
        /// The columns of each version, and for each row the place of its own.
        case each([Set<String>], ofRow: [UInt32])
    }

    /// By their numbers, what the rows of one table have.
    private enum Versions {
        case all(Int)
        case each([UInt32])
    }

    /// The columns of each version, by its number.
    private(set) var columns: [Set<String>] = []
    private var numbers: [Set<String>: Int] = [:]
    private var ofFile: [RepoPath: Versions] = [:]

    /// Reads tables that were not read yet.
    mutating func read(_ tables: [RowSplit.Table], _ workspace: Workspace, _ cache: RowCache) throws {
        let new = tables.filter { ofFile[$0.file.path] == nil }
        let store = workspace.store
        let found = try workspace.pool.map(count: new.count, batch: 1, cancellation: workspace.cancellation) {
            try Self.read(new[$0].file, store, cache)
        }
        for (table, read) in zip(new, found) {
            switch read {
            case .all(let columns): ofFile[table.file.path] = .all(number(of: columns))
            case .each(let columns, let ofRow):
                let numbers = columns.map { UInt32(number(of: $0)) }
                ofFile[table.file.path] = .each(ofRow.map { numbers[Int($0)] })
            }
        }
    }

    private mutating func number(of columns: Set<String>) -> Int {
        if let number = numbers[columns] { return number }
        numbers[columns] = self.columns.count
        self.columns.append(columns)
        return self.columns.count - 1
    }

    private static func read(_ file: DataFile, _ store: Store, _ cache: RowCache) throws -> Read {
        guard let form = TableForm(name: file.path) else { return .all([]) }
        if let known = cache.columns(of: file) { return .all(Set(known)) }
        if form != .jsonl { return .all(Set(try TableStream.columns(of: file.pointer, form, store))) }
        var columns: [Set<String>] = []
        var ofRow: [UInt32] = []
        var known: [[Bool]: UInt32] = [:]
        var last: (has: [Bool], place: UInt32) = ([], 0)
        try SplitRows.stream(file, store) { reader, _, _ in
            let kinds = reader.kinds
            if last.has.count != kinds.count || !zip(kinds, last.has).allSatisfy({ ($0 != .absent) == $1 }) {
                let has = kinds.map { $0 != .absent }
                let place = known[has] ?? UInt32(columns.count)
                if known.updateValue(place, forKey: has) == nil {
                    columns.append(Set(zip(reader.columns, has).filter(\.1).map(\.0)))
                }
                last = (has, place)
            }
            ofRow.append(last.place)
        }
        return .each(columns, ofRow: ofRow)
    }

    /// Tells the version of a row; `nil` for one of a table that was not read.
    func version(in table: RowSplit.Table) -> (Int) -> Int? {
        let first = table.rows.lowerBound
        switch ofFile[table.file.path] {
        case nil: return { _ in nil }
        case .all(let version)?: return { _ in version }
        case .each(let versions)?:
            return { versions.indices.contains($0 - first) ? Int(versions[$0 - first]) : nil }
        }
    }

    /// The versions that rows have, the most frequent first.
    func counts(_ tables: [RowSplit.Table], where isMeant: (Int) -> Bool) -> [Int] {
        var counts: [Int: Int] = [:]
        for table in tables {
            if case .all(let version)? = ofFile[table.file.path] {
                let count = table.rows.count(where: isMeant)
                if count > 0 { counts[version, default: 0] += count }
                continue
            }
            let version = version(in: table)
            for row in table.rows where isMeant(row) {
                if let version = version(row) { counts[version, default: 0] += 1 }
            }
        }
        return counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key)
    }
}
