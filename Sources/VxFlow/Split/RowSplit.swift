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
    /// A file and its rows among all examples.
    typealias Table = (file: DataFile, rows: Range<Int>)

    let splitter: Splitter
    let split: Configuration.Split
    let workspace: Workspace

    init(_ splitter: Splitter) {
        self.splitter = splitter
        split = splitter.split
        workspace = splitter.workspace
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
        let standing = try Standing(
            self, files, old.filter { side(of: $0) != nil }, previous,
            // An older division left rows out that it took for equal: its sources are read once more.
            all: isOlder || previous.map { $0.rule != start.rule || $0.differs } ?? false)
        var assigner = Assigner(split)
        assigner.withdrawn = Withdrawn(previous?.withdrawn ?? [:], split)
        try workspace.bringHere((standing.files + standing.fresh).map { ($0.path, $0.pointer) })
        let oldTables = try read(
            standing.files, standing.files.map { standing.labels(ofSideFile: $0) }, areSides: true, &assigner)
        assigner.expect(assigner.examples.count)
        for (file, rows) in oldTables {
            guard let side = side(of: file) else { continue }
            for row in rows { assigner.remember(row, on: side) }
        }
        try requireDisjoint(oldTables, assigner, isOtherRule: previous.map { $0.rule != start.rule } ?? false)
        let tables = try read(
            standing.fresh, standing.fresh.map { standing.paths.labels(ofSource: $0) }, areSides: false, &assigner)
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
        outcome.manifest.leftOut = leftOut(tables, assigner)
        let left = leave(gone, tables, &assigner, &outcome.manifest)
        outcome.manifest.counts.removed = left.count
        try remember(
            left.filter { assigner.examples.key($0.key) != 0 }, standing, oldTables, returns, &assigner)
        outcome.manifest.note(assigner.withdrawn)
        account(standing, tables, assigner, previous, &outcome.manifest)
        assigner.endDeciding()
        var sides = split.ratios.indices.map { _ in SplitManifest.Side() }
        count(oldTables + tables, assigner, &sides, &outcome.manifest)
        assigner.endComparing()
        try write(standing, oldTables, tables, assigner.examples, &sides, &outcome)
        for (number, share) in split.ratios.enumerated() { outcome.manifest.sides[share.side] = sides[number] }
        outcome.manifest.cuts = assigner.cuts?.map(\.text)
        outcome.manifest.overlap = assigner.overlap
        outcome.manifest.sources = Array(
            (previous?.sources ?? []).union(files.map { .init(path: $0.path, id: $0.pointer.id) }))
        let all = oldTables + tables
        outcome.manifest.warnings += try SplitWarnings(split, isKeyed: isKeyed, branch: splitter.branch).ofRows(
            assigner, outcome.manifest, place: { Self.place($0, all, assigner.examples) },
            keyText: { try keyText($0, all, assigner.examples) })
        return outcome
    }

    private func read(
        _ files: [DataFile], _ labels: [SplitRows.Labels], areSides: Bool, _ assigner: inout Assigner
    ) throws -> [Table] {
        var tables: [Table] = []
        let rows = SplitRows(workspace: workspace, split: split, withdrawn: assigner.withdrawn)
        try rows.read(files, labels, areSides: areSides) { table in
            tables.append((files[tables.count], assigner.take(&table)))
        }
        return tables
    }

    // MARK: - Counting

    /// Names the first rows whose key is on one side and whose group is on another.
    private func leftOut(_ tables: [Table], _ assigner: Assigner) -> [String] {
        var found: [String] = []
        for (file, rows) in tables {
            for row in rows where assigner.examples.fate(row) == .leftOut {
                guard found.count < 100, case .leftOut(let key, let group) = assigner.decision(row) else {
                    return found
                }
                found.append(
                    "\(file.path):\(assigner.examples.line(row)): its key is on \(splitter.side(key)), its group on \(splitter.side(group))"
                )
            }
        }
        return found
    }

    /// Counts what became of every row, and names those that are written nowhere, or are equal to one of the test side.
    private func account(
        _ standing: Standing, _ tables: [Table], _ assigner: Assigner, _ previous: SplitManifest.Previous?,
        _ manifest: inout SplitManifest
    ) {
        let examples = assigner.examples
        // Looking each row up costs; where nothing is equal there is nothing to find.
        let mayBeEqual = (0..<examples.count).count { examples.side($0) != nil } > assigner.distinctContents
        for file in standing.current where standing.isUnchanged(file) {
            manifest.divided[file.path] = previous?.divided[file.path]
        }
        // Where the first of a content has left, what has come for it is equal to none.
        var retaken: Set<Int> = []
        for (file, rows) in tables {
            var division = SplitManifest.Division(id: file.pointer.id, rows: rows.count)
            for row in rows {
                func place() -> String { "\(file.path):\(examples.line(row))" }
                switch examples.fate(row) {
                case .repeated: division.repeated += 1
                case .leftOut: division.leftOut += 1
                case .side(let side):
                    guard mayBeEqual, let first = assigner.first(ofContent: examples.content(row)), first != row,
                        examples.fate(first) != .gone || !retaken.insert(first).inserted
                    else { break }
                    if let other = examples.side(first), other != side { manifest.equalAcrossCount += 1 }
                    guard side == splitter.testSide else { break }
                    manifest.equalToTestCount += 1
                    if manifest.equalToTest.count < 100 { manifest.equalToTest.append(place()) }
                default: break
                }
            }
            manifest.divided[file.path] = division
        }
    }

    /// - Throws: `refused` for rows of clean with the content of another; what only stands on the sides still is no other row.
    private func refuseEqual(_ tables: [Table], _ examples: ExampleTable) throws(VxError) {
        guard split.duplicates == .refuse else { return }
        var seen = RowNumbers()
        seen.reserve(tables.reduce(0) { $0 + $1.rows.count }, of: examples) { $0.content($1).mixed }
        var equal: [String] = []
        var count = 0
        for (file, rows) in tables {
            for row in rows {
                let content = examples.content(row)
                if seen.first(content.mixed, where: { examples.content($0) == content }) == nil {
                    seen.insert(row, of: examples) { $0.content($1).mixed }
                } else {
                    count += 1
                    if equal.count < 5 { equal.append("\(file.path):\(examples.line(row))") }
                }
            }
        }
        if count > 0 { throw splitter.refusesEqual(count, "row", equal) }
    }

    /// Counts what is on the sides, and finds what is nearly the same on two of them.
    private func count(
        _ tables: [Table], _ assigner: Assigner, _ sides: inout [SplitManifest.Side], _ manifest: inout SplitManifest
    ) {
        let examples = assigner.examples
        func place(_ row: Int) -> String { Self.place(row, tables, examples) }
        var groups = [Bool](repeating: false, count: examples.groups.count)
        var strata = [[Int]](
            repeating: .init(repeating: 0, count: sides.count), count: examples.strata.count)
        // Of rows with the same words, the first on each side.
        var near = RowNumbers()
        if split.nearDuplicates != false { near.reserve(examples.count, of: examples) { $0.near($1) } }
        var isAcross = false
        for row in 0..<examples.count {
            guard let side = examples.side(row) else { continue }
            sides[side].examples += 1
            if let group = examples.group(row) { groups[group] = true }
            if let stratum = examples.stratum(row) { strata[stratum][side] += 1 }
            guard split.nearDuplicates != false else { continue }
            let key = examples.near(row)
            func known(onThisSide isOwn: Bool = true) -> Int? {
                near.first(key) { examples.near($0) == key && (!isOwn || examples.side($0) == side) }
            }
            // Most rows have nothing near them, and are looked up once.
            if known(onThisSide: false) != nil {
                if known() != nil { continue }
                isAcross = true
            }
            near.insert(row, of: examples) { $0.near($1) }
        }
        if isAcross {
            let rows = (0..<examples.count).lazy.filter { examples.side($0) != nil }
            manifest.near.add(rows, place: place) { row in
                near.first(examples.near(row)) {
                    examples.near($0) == examples.near(row) && examples.side($0) != examples.side(row)
                }
            }
        }
        for (number, counts) in strata.enumerated() {
            for side in sides.indices where counts[side] > 0 {
                sides[side].strata[examples.strata[number]] = counts[side]
            }
        }
        manifest.groups = split.group == nil ? nil : groups.count { $0 }
        manifest.near.isLookedFor = split.nearDuplicates != false
        manifest.contents = assigner.distinctContents
        manifest.counts.onSides = sides.reduce(0) { $0 + $1.examples }
        manifest.counts.equal = manifest.counts.onSides - manifest.contents
        for division in manifest.divided.values {
            manifest.counts.given += division.rows
            manifest.counts.repeated += division.repeated
            manifest.counts.leftOut += division.leftOut
        }
        manifest.counts.remaining = manifest.remaining.values.reduce(0) { $0 + $1.values.reduce(0, +) }
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
