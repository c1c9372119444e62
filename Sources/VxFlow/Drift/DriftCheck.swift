import VxConfig
import VxDrift
import VxGit
import VxModel
import VxStore
import VxSystem
import VxTable
import VxWorkspace

/// Compares the tables of a batch with those its model was trained on.
package struct DriftCheck {
    private let workspace: Workspace
    private var settings: Configuration.Drift { workspace.configuration.drift }

    package init(_ workspace: Workspace) {
        self.workspace = workspace
    }

    /// - Parameters:
    ///   - batch: a revision or a range.
    ///   - reference: a revision; `nil` for the one vx.yaml or the batch's commits name.
    ///   - paths: only tables of the batch below these; all where it is empty.
    /// - Throws: where a table cannot be had or is malformed, all of them named; where nothing can be compared.
    package func run(batch name: String, reference: String?, inside paths: [RepoPath] = []) throws -> DriftReport {
        var report = DriftReport(batch: name, limits: settings.limits)
        let batch = try DriftBatch(workspace, name, inside: paths)
        var columns: Set<String> = []
        for part in try batch.parts(reference: reference) { columns.formUnion(try compare(part, &report)) }
        if !batch.tables.isEmpty {
            try requireColumns(among: columns)
            report.notFound = settings.ignored.filter { !columns.contains($0) }
        }
        if report.datasets.isEmpty, let path = report.unmatched.first {
            throw VxError(
                "no table of the reference has columns like those of \(path)",
                because: "more than half of the columns both have must be the same",
                hint:
                    "'vx ls REFERENCE' lists its data files; columns that only one side should have go to 'drift: {ignore: […]}' in vx.yaml"
            )
        }
        var drifts = report.datasets.map(\.drift)
        DatasetDrift.judge(&drifts, settings.limits)
        for position in report.datasets.indices { report.datasets[position].drift = drifts[position] }
        return report
    }

    /// - Throws: where vx.yaml names columns that no table of either side has: nobody would miss the comparison. A column
    ///   that is ignored may well be in other batches only.
    private func requireColumns(among columns: Set<String>) throws(VxError) {
        guard let name = settings.columns.first(where: { !columns.contains($0) }) else { return }
        let near = Suggestion.nearest(to: name, among: columns.sorted())
        throw VxError(
            "no table of the batch or of its reference has a column '\(name)', which 'drift: {columns: …}' names",
            because: "their columns are \(columns.sorted().prefix(30).joined(separator: ", "))",
            hint: near.map { "did you mean '\($0)'? Say so in vx.yaml" } ?? "put it right in vx.yaml")
    }

    /// - Returns: the names of all columns of both sides.
    private func compare(_ part: DriftBatch.Part, _ report: inout DriftReport) throws -> Set<String> {
        let reference = try workspace.dataFiles(part.commit, inside: settings.paths).compactMap { file in
            TableForm(name: file.path).map { TableContent(path: file.path, pointer: file.pointer, form: $0) }
        }
        if reference.isEmpty {
            let places = settings.paths.map(\.description).joined(separator: ", ")
            throw VxError(
                "\(part.reference) has no table\(places.isEmpty ? "" : " below \(places)")",
                hint:
                    "'vx ls \(typed: part.commit.short)' lists its data files; 'vx drift REFERENCE \(typed: report.batch)' takes another reference"
            )
        }
        try provide(part.tables + reference)
        let store = workspace.store
        var names: Set<String> = []
        func columns(_ tables: [TableContent]) throws -> [(all: [String], compared: [String])] {
            try read(tables) { try TableStream.columns(of: $0.pointer, $0.form, store) }.map {
                names.formUnion($0)
                return ($0, $0.filter(isCompared))
            }
        }
        let (new, old) = (try columns(part.tables), try columns(reference))
        let groups = DatasetGroups((new + old).map(\.compared))
        var members: [Int: (batch: [TableContent], reference: [TableContent])] = [:]
        for (table, columns) in zip(part.tables, new) {
            if columns.compared.isEmpty {
                if !columns.all.isEmpty { report.unmatched.append(table.path) }
            } else if let group = groups.group(of: columns.compared) {
                members[group, default: ([], [])].batch.append(table)
            }
        }
        for (table, columns) in zip(reference, old) where !columns.compared.isEmpty {
            if let group = groups.group(of: columns.compared) { members[group]?.reference.append(table) }
        }
        let widest = (new + old).map(\.all.count).max() ?? 0
        for (_, tables) in members.sorted(by: { $0.value.batch[0].path < $1.value.batch[0].path }) {
            if tables.reference.isEmpty {
                report.unmatched += tables.batch.map(\.path)
                continue
            }
            report.datasets.append(
                DriftReport.Dataset(
                    reference: part.reference, referenceFiles: tables.reference.map(\.path),
                    batchFiles: tables.batch.map(\.path),
                    drift: try drift(tables.batch, tables.reference, widest: widest)))
        }
        return names
    }

    private func isCompared(_ column: String) -> Bool {
        (settings.columns.isEmpty || settings.columns.contains(column)) && !settings.ignored.contains(column)
    }

    private func drift(
        _ batch: [TableContent], _ reference: [TableContent], widest: Int
    ) throws -> DatasetDrift {
        let (old, new) = (try summary(reference, widest: widest), try summary(batch, widest: widest))
        let names = (old.names + new.names.filter { old.columns[$0] == nil }).filter(isCompared)
        return DatasetDrift(
            referenceRows: old.rows, batchRows: new.rows,
            columns: names.map { ($0, old.columns[$0], new.columns[$0]) }, limits: settings.limits)
    }

    // MARK: - Reading

    /// - Parameter widest: the most columns of a table.
    private func summary(_ tables: [TableContent], widest: Int) throws -> TableSummary {
        let store = workspace.store
        var whole = TableSummary()
        let few = TableSummary.atOnce(columns: widest, workers: workspace.pool.width)
        for start in stride(from: 0, to: tables.count, by: few) {
            let some = Array(tables[start..<min(start + few, tables.count)])
            for part in try read(some, { try TableSummary(of: $0, store) }) { whole.add(part) }
        }
        return whole
    }

    /// Reads tables, and names all that are malformed.
    private func read<Value: Sendable>(
        _ tables: [TableContent], _ body: @Sendable (TableContent) throws -> Value
    ) throws -> [Value] {
        let results = try workspace.readTables(tables) { table in
            do {
                return try body(table)
            } catch let error as VxError {
                throw error.wrapped("\(table.path) cannot be read")
            }
        }
        var (values, wrong): ([Value], [String]) = ([], [])
        for (table, result) in zip(tables, results) {
            switch result {
            case .success(let value): values.append(value)
            case .failure(let error): wrong.append("\(table.path), \(error)")
            }
        }
        if wrong.isEmpty { return values }
        var error = VxError(
            wrong.count == 1 ? "a table is malformed" : "\(wrong.count) tables are malformed",
            hint:
                "leave them out: with '--only' or 'drift: {files: …}' those of a batch, with 'drift: {reference: {paths: …}}' those of the reference"
        )
        error.causes = Array(wrong.prefix(20))
        if wrong.count > 20 { error.causes.append("and \(wrong.count - 20) more") }
        throw error
    }

    /// Fetches what is not here.
    private func provide(_ tables: [TableContent]) throws {
        let damaged = try workspace.provide(tables.map(\.pointer))
        let missing = try tables.filter { try !workspace.store.isComplete($0.pointer.id) }
        if missing.isEmpty { return }
        if let error = missing.lazy.compactMap({ damaged[$0.pointer.id] }).first { throw error }
        var error = VxError(
            .missing, missing.count == 1 ? "a table is not here" : "\(missing.count) tables are not here",
            hint:
                "'vx fetch' gets them where the default remote has them; 'vx push' from a clone that has them puts them there"
        )
        error.causes = missing.prefix(10).map { "\($0.path), \($0.pointer.id.hex)" }
        if missing.count > 10 { error.causes.append("and \(missing.count - 10) more") }
        throw error
    }
}
