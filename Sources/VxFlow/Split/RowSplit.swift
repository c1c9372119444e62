import VxConfig
import VxGit
import VxModel
import VxStore
import VxSystem
import VxTable
import VxWorkspace

/// Divides tables by row (docs/split.md). Each source becomes a file on each side, and what it gains goes to files of their
/// own. With a key, rows a source does not have any more leave their side; without one, no file of a side ever changes.
struct RowSplit {
    /// A file and its rows among all examples; of one that has grown, those behind its beginning.
    typealias Table = (file: DataFile, rows: Range<Int>)

    let splitter: Splitter
    let split: Configuration.Split
    let workspace: Workspace
    /// What divisions before have found out of the rows that stand.
    let cache: RowCache

    init(_ splitter: Splitter) {
        self.splitter = splitter
        split = splitter.split
        workspace = splitter.workspace
        cache = RowCache(workspace, split)
    }

    /// Whether rows have a name of their own, by which they are followed.
    var isKeyed: Bool { if case .column = split.key { true } else { false } }

    func divide(
        _ files: [DataFile], _ old: [DataFile], _ start: SplitManifest,
        _ previous: SplitManifest.Previous?
    ) throws -> Splitter.Outcome {
        var outcome = Splitter.Outcome(manifest: start)
        outcome.manifest.revision = SplitManifest.revision
        let isOlder = previous.map { $0.revision < SplitManifest.revision } ?? false
        var standing = try Standing(
            self, files, old.filter { side(of: $0) != nil }, previous,
            // An older division left rows out that it took for equal: its sources are read once more.
            all: isOlder || previous.map { $0.rule != start.rule || $0.differs } ?? false)
        var assigner = Assigner(split)
        assigner.withdrawn = Withdrawn(previous?.withdrawn ?? [:], split)
        assigner.keepAside(in: workspace.repository.gitDirectory)
        try workspace.bringHere((standing.files + standing.fresh).map { ($0.path, $0.pointer) })
        let oldTables = try read(
            standing.files, standing.files.map { standing.labels(ofSideFile: $0) }, areSides: true, &assigner)
        standing.grown = try GrownSources(self, standing, oldTables, previous)
        let known = standing.isMuch ? KnownStanding(of: Self.names(standing.files), in: cache.folder) : nil
        // What is wrong with the sides is told first, whichever is read first.
        let early = known.map { [standing] known in
            Result {
                let tables = try readFresh(standing, &assigner)
                let parts = standing.comparedParts.map { oldTables[$0].rows }
                assigner.begin(Relevance(known, parts + tables.map(\.rows), assigner.examples))
                return tables
            }
        }
        if assigner.relevance == nil { assigner.expect(assigner.examples.count) }
        for (file, rows) in oldTables {
            guard let side = side(of: file) else { continue }
            for row in rows { assigner.remember(row, on: side) }
        }
        if let known, assigner.relevance != nil { assigner.endStanding(known) }
        try requireDisjoint(oldTables, assigner, isOtherRule: previous.map { $0.rule != start.rule } ?? false)
        let tables = try early?.get() ?? readFresh(standing, &assigner)
        try refuseEqual(tables, assigner.examples)
        let new = (oldTables.last?.rows.upperBound ?? 0)..<assigner.examples.count
        let gone = match(standing, oldTables, tables, &assigner, &outcome.manifest)
        if let column = split.time {
            try SplitRows.requireOneKind(oldTables + tables, in: assigner.examples, column: column)
            if let cuts = previous?.cuts { assigner.cuts = try splitter.cuts(cuts) } else { assigner.cut(new) }
            if let previous, previous.revision < 2 { try requireTimeOrder(oldTables, assigner) }
        }
        var columns = GrownColumns(self, standing)
        let grown = try columns.hint(oldTables, tables, &assigner)
        outcome.manifest.warnings += grown
        let returns = recall(&assigner)
        assigner.assign(new)
        try assigner.examples.requireOrder()
        outcome.manifest.leftOut = leftOut(tables, assigner)
        let left = leave(gone, tables, &assigner, &outcome.manifest)
        outcome.manifest.counts.removed = left.count
        try remember(
            left.filter { assigner.examples.key($0.key) != 0 }, standing, oldTables, returns, &assigner)
        outcome.manifest.note(assigner.withdrawn)
        account(standing, tables, assigner, previous, &outcome.manifest)
        assigner.endDeciding()
        var sides = split.ratios.indices.map { _ in SplitManifest.Side() }
        let nears = count(oldTables + tables, assigner, &sides, &outcome.manifest)
        let written = try write(standing, oldTables, tables, &assigner, &sides, &outcome)
        for (number, share) in split.ratios.enumerated() { outcome.manifest.sides[share.side] = sides[number] }
        outcome.manifest.cuts = assigner.cuts?.map(\.text)
        outcome.manifest.overlap = assigner.overlap
        outcome.manifest.sources = Array(
            (previous?.sources ?? []).union(files.map { .init(path: $0.path, id: $0.pointer.id) }))
        let all = oldTables + tables
        let found = try SplitWarnings(split, isKeyed: isKeyed, branch: splitter.branch).ofRows(
            assigner, outcome.manifest, place: { Self.place($0, all, assigner.examples) },
            keyText: { try keyText($0, all, assigner.examples) })
        outcome.manifest.warnings += found.warnings
        if !assigner.hasContentAcross, assigner.overlap.keys == 0 {
            let known = KnownStanding(
                contents: outcome.manifest.contents, nears: nears, spellings: found.spellings)
            // Where it cannot be kept, the next division finds it again.
            try? known.keep(of: written, in: cache.folder)
        }
        return outcome
    }

    private static func names(_ files: [DataFile]) -> [(path: RepoPath, id: ContentID)] {
        files.map { ($0.path, $0.pointer.id) }
    }

    private func readFresh(_ standing: Standing, _ assigner: inout Assigner) throws -> [Table] {
        try read(
            standing.fresh, standing.fresh.map { standing.paths.labels(ofSource: $0) }, areSides: false, &assigner,
            standing.grown)
    }

    private func read(
        _ files: [DataFile], _ labels: [SplitRows.Labels], areSides: Bool, _ assigner: inout Assigner,
        _ grown: GrownSources = GrownSources()
    ) throws -> [Table] {
        var tables: [Table] = []
        let rows = SplitRows(
            workspace: workspace, split: split, withdrawn: assigner.withdrawn, cache: cache, grown: grown)
        try rows.read(files, labels, areSides: areSides) { place, table in
            let rows = assigner.take(&table)
            if place == tables.count { tables.append((files[place], rows.lowerBound..<rows.lowerBound)) }
            tables[place].rows = tables[place].rows.lowerBound..<rows.upperBound
        }
        return tables
    }

    // MARK: - The sides as they are

    func side(of file: DataFile) -> Int? { splitter.side(of: file.path) }

    private func requireDisjoint(_ tables: [Table], _ assigner: Assigner, isOtherRule: Bool) throws(VxError) {
        let (overlap, examples) = (assigner.overlap, assigner.examples)
        if overlap.keys > 0, isOtherRule {
            let pairs = overlap.keyRows.map {
                "\(Self.place($0.0, tables, examples)) and \(Self.place($0.1, tables, examples))"
            }
            throw splitter.begunAnew(
                "\(overlap.keys) rows are on another side than one of the same key",
                because: pairs.joined(separator: "; "))
        }
        if overlap.isEmpty { return }
        var found: [Splitter.Standing] = []
        for (file, rows) in tables {
            guard let side = side(of: file) else { continue }
            for row in rows {
                let (content, group) = (examples.content(row), examples.group(row).map { examples.groups[$0] })
                guard overlap.concerns(content: content, group: group) else { continue }
                found.append(
                    (Example(key: [], content: content, group: group), side, "\(file.path):\(examples.line(row))"))
            }
        }
        throw try splitter.overlaps(overlap, found, isOtherRule: isOtherRule)
    }

    /// What a row says in the key's column.
    private func keyText(_ row: Int, _ tables: [Table], _ examples: ExampleTable) throws -> String {
        guard case .column(let name) = split.key, let file = tables.first(where: { $0.rows.contains(row) })?.file else {
            return ""
        }
        return try SplitRows.text(of: name, line: examples.line(row), file, workspace.store)
    }

    /// Where a row is.
    static func place(_ row: Int, _ tables: [Table], _ examples: ExampleTable) -> String {
        let file = tables.first { $0.rows.contains(row) }?.file
        return "\(file.map { "\($0.path)" } ?? ""):\(examples.line(row))"
    }

    /// Times were ordered as texts once, and the test side was the newest only where it was written last.
    private func requireTimeOrder(_ tables: [Table], _ assigner: Assigner) throws(VxError) {
        guard splitter.testSide == split.ratios.count - 1 else {
            throw splitter.begunAnew(
                "the division before has its oldest examples on \(splitter.side(splitter.testSide))",
                because: "the sides were in the order of 'ratios', and the newest are the test side now")
        }
        let examples = assigner.examples
        for (file, rows) in tables {
            guard let side = side(of: file) else { continue }
            for row in rows where examples.group(row) == nil {
                guard let time = examples.time(row), assigner.side(at: examples.moments[time]) != side else { continue }
                throw splitter.begunAnew(
                    "the division before has its examples in another order of time",
                    because: "\(file.path):\(examples.line(row)), of '\(examples.text(ofTime: time))', "
                        + "is on \(splitter.side(side)): times were ordered as texts")
            }
        }
    }
}
