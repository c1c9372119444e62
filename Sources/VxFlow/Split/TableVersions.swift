import VxModel
import VxStore
import VxSystem
import VxTable
import VxWorkspace

/// Which columns the rows of tables have: those of a CSV file all the same ones, those of JSONL each its own members.
struct TableVersions {
    /// What the rows of one table have.
    private struct Read: Sendable {
        var columns: [Set<String>] = []
        /// For each row, the place of its own; empty where all have the first.
        var ofRow: [UInt32] = []
    }

    /// The columns of each version, by its number.
    private(set) var columns: [Set<String>] = []
    private var numbers: [Set<String>: Int] = [:]
    /// By the path of a file: its rows' versions, or the one of all.
    private var ofFile: [RepoPath: [UInt32]] = [:]

    /// Reads tables that were not read yet.
    mutating func read(_ tables: [RowSplit.Table], _ workspace: Workspace) throws {
        let new = tables.filter { ofFile[$0.file.path] == nil }
        let store = workspace.store
        let found = try workspace.pool.map(count: new.count, batch: 1, cancellation: workspace.cancellation) {
            try Self.read(new[$0].file, store)
        }
        for (table, read) in zip(new, found) {
            let numbers = read.columns.map { UInt32(number(of: $0)) }
            ofFile[table.file.path] =
                read.ofRow.isEmpty ? Array(numbers.prefix(1)) : read.ofRow.map { numbers[Int($0)] }
        }
    }

    private mutating func number(of columns: Set<String>) -> Int {
        if let number = numbers[columns] { return number }
        numbers[columns] = self.columns.count
        self.columns.append(columns)
        return self.columns.count - 1
    }

    private static func read(_ file: DataFile, _ store: Store) throws -> Read {
        guard let form = TableForm(name: file.path) else { return Read() }
        if form != .jsonl { return Read(columns: [Set(try TableStream.columns(of: file.pointer, form, store))]) }
        var read = Read()
        var known: [[Bool]: UInt32] = [:]
        var last: (has: [Bool], place: UInt32) = ([], 0)
        try SplitRows.stream(file, store) { reader, _, _ in
            let kinds = reader.kinds
            if last.has.count != kinds.count || !zip(kinds, last.has).allSatisfy({ ($0 != .absent) == $1 }) {
                let has = kinds.map { $0 != .absent }
                let place = known[has] ?? UInt32(read.columns.count)
                if known.updateValue(place, forKey: has) == nil {
                    read.columns.append(Set(zip(reader.columns, has).filter(\.1).map(\.0)))
                }
                last = (has, place)
            }
            read.ofRow.append(last.place)
        }
        return read
    }

    /// Tells the version of a row of a table that was read.
    func version(in table: RowSplit.Table) -> (Int) -> Int {
        let versions = ofFile[table.file.path] ?? []
        let first = table.rows.lowerBound
        return { versions.count == 1 ? Int(versions[0]) : Int(versions[$0 - first]) }
    }

    /// The versions that rows have, the most frequent first.
    func counts(_ tables: [RowSplit.Table], where isMeant: (Int) -> Bool) -> [Int] {
        var counts: [Int: Int] = [:]
        for table in tables {
            let version = version(in: table)
            for row in table.rows where isMeant(row) { counts[version(row), default: 0] += 1 }
        }
        return counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key)
    }
}
