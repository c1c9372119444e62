import VxConfig
import VxGit
import VxModel
import VxStore
import VxSystem
import VxTable
import VxWorkspace

import struct SystemPackage.FilePath

/// Divides tables by row. Each source becomes a file on each side; files of the sides never change, so what is new in a
/// source that has grown goes to files of its own.
struct RowSplit {
    /// A file and its rows among all examples.
    private typealias Table = (file: DataFile, rows: Range<Int>)

    private let splitter: Splitter
    private let split: Configuration.Split
    private let workspace: Workspace

    init(_ splitter: Splitter) {
        self.splitter = splitter
        split = splitter.split
        workspace = splitter.workspace
    }

    func divide(
        _ files: [DataFile], _ old: [DataFile], _ start: SplitManifest,
        _ previous: SplitManifest.Previous?
    ) throws -> Splitter.Outcome {
        var outcome = Splitter.Outcome(manifest: start)
        outcome.manifest.revision = SplitManifest.revision
        let isOlder = previous.map { $0.revision < SplitManifest.revision } ?? false
        // An older division took rows for equal that are not, and left them out: its sources are read once more.
        let fresh = files.filter {
            isOlder || previous?.sources.contains(.init(path: $0.path, id: $0.pointer.id)) != true
        }
        let paths = try PathLabels(splitter, files, previous?.sources ?? [])
        var assigner = Assigner(split)
        let old = old.filter { side(of: $0) != nil }
        let oldTables = try read(old, old.map { paths.labels(ofSideFile: $0) }, areSides: true, &assigner)
        for (file, rows) in oldTables {
            guard let side = side(of: file) else { continue }
            for row in rows { assigner.remember(row, on: side) }
        }
        try requireDisjoint(oldTables, assigner)
        let tables = try read(fresh, fresh.map { paths.labels(ofSource: $0) }, areSides: false, &assigner)
        let new = (oldTables.last?.rows.upperBound ?? 0)..<assigner.examples.count
        if let column = split.time {
            try SplitRows.requireOneKind(oldTables + tables, in: assigner.examples, column: column)
            if let cuts = previous?.cuts { assigner.cuts = try splitter.cuts(cuts) } else { assigner.cut(new) }
            if isOlder { try requireTimeOrder(oldTables, assigner) }
        }
        assigner.assign(new)
        for (file, rows) in tables {
            let isGrown = previous?.sources.contains { $0.path == file.path } == true
            for row in rows { tell(row, of: file, isGrown, assigner, &outcome.manifest) }
        }
        var sides = split.ratios.indices.map {
            SplitManifest.Side(strata: assigner.strata(of: $0))
        }
        count(oldTables + tables, assigner.examples, &sides, &outcome.manifest)
        for (file, _) in oldTables { if let side = side(of: file) { sides[side].files += 1 } }
        var taken = Set(old.map(\.path))
        try write(tables, assigner.examples, paths.names, &taken, &sides, &outcome)
        for (number, share) in split.ratios.enumerated() { outcome.manifest.sides[share.side] = sides[number] }
        outcome.manifest.cuts = assigner.cuts?.map(\.text)
        outcome.manifest.overlap = assigner.overlap
        outcome.manifest.sources = Array(
            (previous?.sources ?? []).union(fresh.map { .init(path: $0.path, id: $0.pointer.id) }))
        return outcome
    }

    private func read(
        _ files: [DataFile], _ labels: [SplitRows.Labels], areSides: Bool, _ assigner: inout Assigner
    ) throws -> [Table] {
        var tables: [Table] = []
        try SplitRows(workspace: workspace).read(files, labels, areSides: areSides) { table in
            tables.append((files[tables.count], assigner.take(&table)))
        }
        return tables
    }

    /// Names a new row that is written nowhere.
    private func tell(
        _ row: Int, of file: DataFile, _ isGrown: Bool, _ assigner: Assigner, _ manifest: inout SplitManifest
    ) {
        func place() -> String { "\(file.path):\(assigner.examples[row].line)" }
        switch assigner.decision(row) {
        case .side: break
        case .known(let side):
            // A source that has grown holds its old rows again: those are no news.
            guard side == splitter.testSide, !isGrown else { break }
            manifest.equalToTestCount += 1
            if manifest.equalToTest.count < 100 { manifest.equalToTest.append(place()) }
        case .leftOut(let content, let group):
            guard manifest.leftOut.count < 100 else { break }
            manifest.leftOut.append(
                "\(place()): its content is on \(splitter.side(content)), its group on \(splitter.side(group))")
        }
    }

    /// Counts what is on the sides, and finds what is nearly the same on two of them.
    private func count(
        _ tables: [Table], _ examples: ExampleTable, _ sides: inout [SplitManifest.Side],
        _ manifest: inout SplitManifest
    ) {
        func place(_ row: Int) -> String {
            let file = tables.first { $0.rows.contains(row) }?.file
            return "\(file.map { "\($0.path)" } ?? ""):\(examples[row].line)"
        }
        var groups = [Bool](repeating: false, count: examples.groups.count)
        var near = RowNumbers()
        for row in 0..<examples.count {
            let example = examples[row]
            guard let side = example.side else { continue }
            sides[side].examples += 1
            manifest.contents += 1
            if let group = example.group { groups[group] = true }
            guard split.nearDuplicates != false else { continue }
            if let other = near.first(example.near.mixed, where: { examples[$0].near == example.near }) {
                if examples[other].side != side { manifest.addNearDuplicate("\(place(other)) and \(place(row))") }
            } else {
                near.insert(row, of: examples) { $0[$1].near.mixed }
            }
        }
        manifest.groups = split.group == nil ? nil : groups.count { $0 }
        manifest.lookedForNear = split.nearDuplicates != false
    }

    // MARK: - The sides as they are

    private func side(of file: DataFile) -> Int? {
        PolicyCheck.side(of: file.path, in: split.into).flatMap(splitter.number(ofSide:))
    }

    private func requireDisjoint(_ tables: [Table], _ assigner: Assigner) throws(VxError) {
        let (overlap, examples) = (assigner.overlap, assigner.examples)
        if overlap.isEmpty { return }
        var found: [Splitter.Standing] = []
        for (file, rows) in tables {
            guard let side = side(of: file) else { continue }
            for row in rows {
                let (content, group) = (examples[row].content, examples[row].group.map { examples.groups[$0] })
                guard overlap.concerns(content: content, group: group) else { continue }
                found.append(
                    (Example(key: [], content: content, group: group), side, "\(file.path):\(examples[row].line)"))
            }
        }
        throw splitter.overlaps(overlap, found)
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
            for row in rows where examples[row].group == nil {
                guard let time = examples[row].time, assigner.side(at: examples.moments[time]) != side else { continue }
                throw splitter.begunAnew(
                    "the division before has its examples in another order of time",
                    because: "\(file.path):\(examples[row].line), of '\(examples.time(time))', "
                        + "is on \(splitter.side(side)): times were ordered as texts")
            }
        }
    }

    // MARK: - Writing

    /// Writes each source's new rows to one file for each side, by way of files that are gone afterwards.
    private func write(
        _ tables: [Table], _ examples: ExampleTable, _ names: Set<RepoPath>, _ taken: inout Set<RepoPath>,
        _ sides: inout [SplitManifest.Side], _ outcome: inout Splitter.Outcome
    ) throws {
        var leftBehind: [VxError] = []
        defer { outcome.leftBehind += leftBehind }
        try ScratchFolder.with(
            beside: workspace.repository.gitDirectory.appending("vx-split"), warn: { leftBehind.append($0) }
        ) { try write(tables, examples, names, in: $0, &taken, &sides, &outcome) }
    }

    private func write(
        _ tables: [Table], _ examples: ExampleTable, _ sources: Set<RepoPath>, in folder: FilePath,
        _ taken: inout Set<RepoPath>, _ sides: inout [SplitManifest.Side], _ outcome: inout Splitter.Outcome
    ) throws {
        let (names, store) = (split.ratios.indices.map { "\($0)" }, workspace.store)
        _ = try workspace.pool.map(count: tables.count, batch: 1, cancellation: workspace.cancellation) { position in
            let outputs = names.map { folder.appending("\(position)-\($0)") }
            try Self.write(tables[position], examples, to: outputs, store)
        }
        var written: [(side: Int, name: RepoPath, file: FilePath)] = []
        for (position, table) in tables.enumerated() {
            for side in split.ratios.indices {
                let place = folder.appending("\(position)-\(side)")
                guard try Files.status(place) != nil else { continue }
                written.append((side, splitter.name(of: table.file.path), place))
            }
        }
        let intake = try Intake.read(
            written.map(\.file), into: store, pool: workspace.pool, cancellation: workspace.cancellation)
        let blobs = try workspace.repository.writeBlobs(intake.map(\.blob))
        for (item, blob) in zip(written, blobs) {
            let path = splitter.free(item.name, side: item.side, taken, reserved: sources)
            taken.insert(path)
            sides[item.side].files += 1
            outcome.edits.append(.put(path, .regular, blob))
            outcome.added += 1
        }
    }

    private static func write(
        _ table: Table, _ examples: ExampleTable, to outputs: [FilePath], _ store: Store
    ) throws {
        var buffers = [[UInt8]](repeating: [], count: outputs.count)
        var started = [Bool](repeating: false, count: outputs.count)
        func flush(_ side: Int) throws {
            let output = started[side] ? try OpenFile.appending(outputs[side]) : try OpenFile.creating(outputs[side])
            started[side] = true
            try output.write(buffers[side])
            try output.close()
            buffers[side].removeAll(keepingCapacity: true)
        }
        var row = table.rows.lowerBound
        try SplitRows.stream(table.file, store) { reader, bytes, _ in
            defer { row += 1 }
            guard let side = examples[row].side else { return }
            if buffers[side].isEmpty, !started[side], !reader.header.isEmpty {
                buffers[side] += reader.header + [UInt8(ascii: "\n")]
            }
            buffers[side].append(contentsOf: bytes)
            buffers[side].append(UInt8(ascii: "\n"))
            if buffers[side].count > 1 << 20 { try flush(side) }
        }
        for side in outputs.indices where !buffers[side].isEmpty { try flush(side) }
    }
}
