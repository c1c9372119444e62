import VxGit
import VxModel
import VxStore
import VxSystem
import VxTable
import VxWorkspace

/// Compares the data of two commits for a reader: files, rows, columns and what is in them.
///
/// Tables are compared by dataset: the tables of one folder whose columns are mostly the same, unchanged ones included,
/// so that a new file is held against what was there before.
package struct Reviewer {
    private typealias Side = [RepoPath: Pointer]

    private let workspace: Workspace

    package init(_ workspace: Workspace) {
        self.workspace = workspace
    }

    /// - Parameter fetching: whether tables that are not here are fetched from the remotes.
    /// - Throws: where a content that is here cannot be read. Tables that are not here or malformed are named in the review.
    package func review(
        from old: GitObjectID, to new: GitObjectID, fetching: Bool = false
    ) throws -> DataReview {
        var review = DataReview(old: old, new: new)
        review.changes = try workspace.diff(from: .commit(old), to: .commit(new))
        let (before, after) = (try side(old), try side(new))
        let cost = workspace.storedCost(of: Array(after.values), beyond: Array(before.values))
        (review.storedGrowth, review.uncounted) = (cost.own, cost.missing)
        var folders: [RepoPath: [TableForm: Set<RepoPath>]] = [:]
        for change in review.changes {
            for path in [change.path, change.oldPath].compactMap(\.self) {
                if let form = TableForm(name: path) {
                    folders[path.parent, default: [:]][form, default: []].insert(path)
                }
            }
        }
        var members: [RepoPath: [RepoPath]] = [:]
        for path in Set(before.keys).union(after.keys) where folders[path.parent] != nil {
            members[path.parent, default: []].append(path)
        }
        if fetching {
            let tables = members.values.joined().filter { TableForm(name: $0) != nil }
            // What cannot be had is named with those that are not here.
            _ = try workspace.provide(tables.flatMap { [before[$0], after[$0]] }.compactMap(\.self))
        }
        for (folder, forms) in folders.sorted(by: { $0.key < $1.key }) {
            for (form, changed) in forms.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                let paths = (members[folder] ?? []).filter { TableForm(name: $0) == form }.sorted()
                try compare(paths, form, changed, before, after, &review)
            }
        }
        return review
    }

    private func side(_ commit: GitObjectID) throws -> Side {
        Dictionary(
            try workspace.dataFiles(commit).map { ($0.path, $0.pointer) }, uniquingKeysWith: { first, _ in first })
    }

    /// One table with what is in it.
    private struct Table: Sendable {
        var content: TableContent
        var isBefore: Bool
        var isAfter: Bool
        /// Whether the other side has another content at this path.
        var isModified = false

        func unread(_ reason: String) -> DataReview.Unread {
            .init(path: content.path, side: isModified ? isBefore ? "before" : "after" : nil, reason: reason)
        }
    }

    /// Compares the tables of one folder and form.
    private func compare(
        _ paths: [RepoPath], _ form: TableForm, _ changed: Set<RepoPath>, _ before: Side, _ after: Side,
        _ review: inout DataReview
    ) throws {
        var tables: [Table] = []
        for path in paths {
            let (old, new) = (before[path], after[path])
            if let old, old == new {
                tables.append(
                    Table(content: .init(path: path, pointer: old, form: form), isBefore: true, isAfter: true))
                continue
            }
            for (pointer, isOld) in [(old, true), (new, false)] {
                guard let pointer else { continue }
                tables.append(
                    Table(
                        content: .init(path: path, pointer: pointer, form: form), isBefore: isOld, isAfter: !isOld,
                        isModified: old != nil && new != nil))
            }
        }
        let store = workspace.store
        tables.removeAll { table in
            guard !store.contains(table.content.pointer.id) else { return false }
            review.unread.append(table.unread("its content is not here; 'vx fetch' gets it"))
            return true
        }
        var columns: [Int: [String]] = [:]
        for (position, result) in try map(tables, { try TableStream.columns(of: $0.pointer, form, store) }).enumerated()
        {
            switch result {
            case .success(let names): columns[position] = names
            case .failure(let error):
                review.unread.append(tables[position].unread("\(error)"))
            }
        }
        var groups = DatasetGroups(columns.values)
        var sides: [RepoPath: [[String]]] = [:]
        for (position, names) in columns { sides[tables[position].content.path, default: []].append(names) }
        for names in sides.values where names.count == 2 { groups.join(names[0], names[1]) }
        var datasets: [Int: [Table]] = [:]
        for (position, names) in columns.sorted(by: { $0.key < $1.key }) {
            if let group = groups.group(of: names) { datasets[group, default: []].append(tables[position]) }
        }
        let widest = columns.values.map(\.count).max() ?? 0
        for (_, members) in datasets.sorted(by: { $0.key < $1.key })
        where members.contains(where: { changed.contains($0.content.path) }) {
            // A table that only moved is no news beyond the list of files.
            if let dataset = try dataset(members, widest: widest, &review), dataset.differs {
                review.datasets.append(dataset)
            }
        }
    }

    private func map<Value: Sendable>(
        _ tables: [Table], _ body: @Sendable (TableContent) throws -> Value
    ) throws -> [Result<Value, TableError>] {
        try workspace.readTables(tables.map(\.content), body)
    }

    /// - Parameter widest: the most columns of a table.
    /// - Returns: `nil` where no table of the dataset could be read.
    private func dataset(_ tables: [Table], widest: Int, _ review: inout DataReview) throws -> DataReview.Dataset? {
        let store = workspace.store
        var dataset = DataReview.Dataset(name: "")
        var (before, after) = (TableSummary(), TableSummary())
        var readable: [Table] = []
        let few = TableSummary.atOnce(columns: widest, workers: workspace.pool.width)
        for start in stride(from: 0, to: tables.count, by: few) {
            let batch = Array(tables[start..<min(start + few, tables.count)])
            for (table, result) in zip(batch, try map(batch) { try TableSummary(of: $0, store) }) {
                let path = table.content.path
                switch result {
                case .failure(let error): review.unread.append(table.unread("\(error)"))
                case .success(let part):
                    readable.append(table)
                    if table.isBefore {
                        before.add(part)
                        dataset.filesBefore += 1
                    }
                    if table.isAfter {
                        after.add(part)
                        dataset.filesAfter += 1
                    }
                    if table.isBefore == table.isAfter { continue }
                    let known = review.rows[path] ?? (nil, nil)
                    review.rows[path] = table.isBefore ? (part.rows, known.after) : (known.before, part.rows)
                }
            }
        }
        if readable.isEmpty { return nil }
        dataset.name = Self.name(Set(readable.map(\.content.path)).sorted(), readable[0].content.form)
        (dataset.rowsBefore, dataset.rowsAfter) = (before.rows, after.rows)
        let names = after.names + before.names.filter { after.columns[$0] == nil }
        dataset.columns = names.map { .init(name: $0, before: before.columns[$0], after: after.columns[$0]) }
        dataset.sampled = SummaryShare(columns: max(before.names.count, after.names.count)).numbers
        let (old, new) = Self.unmatched(readable)
        let isOneSided = dataset.filesBefore == 0 || dataset.filesAfter == 0
        let compared = names.filter { isOneSided || before.columns[$0] != nil && after.columns[$0] != nil }
        (before, after) = (TableSummary(rows: before.rows), TableSummary(rows: after.rows))
        dataset.rows =
            compared.isEmpty
            ? RowDifference(added: after.rows, removed: before.rows)
            : try RowComparison(store: store, columns: compared).difference(from: old, to: new)
        return dataset
    }

    /// The tables whose content only one side has; one that has moved is on both.
    private static func unmatched(_ tables: [Table]) -> (old: [TableContent], new: [TableContent]) {
        var old: [ContentID: [TableContent]] = [:]
        for table in tables where table.isBefore && !table.isAfter {
            old[table.content.pointer.id, default: []].append(table.content)
        }
        var new: [TableContent] = []
        for table in tables where table.isAfter && !table.isBefore {
            if old[table.content.pointer.id]?.popLast() == nil { new.append(table.content) }
        }
        return (old.values.joined().sorted { $0.path < $1.path }, new)
    }

    private static func name(_ paths: [RepoPath], _ form: TableForm) -> String {
        if paths.count == 1 { return paths[0].description }
        let folder = paths[0].parent
        return folder.appending("*.\(form.rawValue)").description
    }
}
