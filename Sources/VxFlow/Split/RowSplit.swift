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
    /// Where a row stands.
    private struct Place {
        var path: RepoPath
        var line: Int
        var text: String { "\(path):\(line)" }
    }

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
        let reader = SplitRows(workspace: workspace)
        let paths = try PathLabels(splitter, files, previous?.sources ?? [])
        var assigner = Assigner(split)
        var sides = [SplitManifest.Side](repeating: .init(), count: split.ratios.count)
        var groups: Set<String> = []
        var contents = 0
        var near: [UInt128Key: (side: Int, place: Place)] = [:]
        func take(_ row: SplitRow, _ side: Int, _ place: Place) {
            sides[side].examples += 1
            contents += 1
            if let stratum = row.example.stratum { sides[side].strata[stratum, default: 0] += 1 }
            if let group = row.example.group { groups.insert(group) }
            guard split.nearDuplicates != false else { return }
            if let other = near[row.near] {
                guard other.side != side else { return }
                outcome.manifest.addNearDuplicate("\(other.place.text) and \(place.text)")
            } else {
                near[row.near] = (side, place)
            }
        }
        var taken: Set<RepoPath> = []
        let old = old.filter { side(of: $0) != nil }
        let oldTables = try reader.read(old, old.map { paths.labels(ofSideFile: $0) }, areSides: true)
        for (file, rows) in zip(old, oldTables) {
            guard let side = side(of: file) else { continue }
            taken.insert(file.path)
            sides[side].files += 1
            for row in rows {
                assigner.remember(row.example, on: side)
                take(row, side, Place(path: file.path, line: row.line))
            }
        }
        try requireDisjoint(old, oldTables, assigner.overlap)
        let tables = try reader.read(fresh, fresh.map { paths.labels(ofSource: $0) }, areSides: false)
        if let column = split.time {
            try SplitRows.requireOneKind(old + fresh, oldTables + tables, column: column)
            assigner.cuts =
                try previous?.cuts.map { try splitter.cuts($0) }
                ?? Assigner.cuts(tables.flatMap { $0.map(\.example) }, split)
            if isOlder { try requireTimeOrder(old, oldTables, assigner) }
        }
        let decisions = assigner.assign(tables.flatMap { $0.map(\.example) })
        var position = 0
        var plans: [[Int?]] = []
        for (file, rows) in zip(fresh, tables) {
            var plan: [Int?] = []
            let isGrown = previous?.sources.contains { $0.path == file.path } == true
            for row in rows {
                switch decisions[position] {
                case .side(let side):
                    plan.append(side)
                    take(row, side, Place(path: file.path, line: row.line))
                case .known(let side):
                    plan.append(nil)
                    // A source that has grown holds its old rows again: those are no news.
                    if side == splitter.testSide, !isGrown {
                        outcome.manifest.equalToTestCount += 1
                        if outcome.manifest.equalToTest.count < 100 {
                            outcome.manifest.equalToTest.append("\(file.path):\(row.line)")
                        }
                    }
                case .leftOut(let content, let group):
                    plan.append(nil)
                    if outcome.manifest.leftOut.count < 100 {
                        outcome.manifest.leftOut.append(
                            "\(file.path):\(row.line): its content is on \(splitter.side(content)), its group on \(splitter.side(group))"
                        )
                    }
                }
                position += 1
            }
            plans.append(plan)
        }
        try write(fresh, plans, paths.names, &taken, &sides, &outcome)
        for (number, share) in split.ratios.enumerated() { outcome.manifest.sides[share.side] = sides[number] }
        outcome.manifest.cuts = assigner.cuts?.map(\.text)
        outcome.manifest.overlap = assigner.overlap
        outcome.manifest.contents = contents
        outcome.manifest.groups = split.group == nil ? nil : groups.count
        outcome.manifest.lookedForNear = split.nearDuplicates != false
        outcome.manifest.sources = Array(
            (previous?.sources ?? []).union(fresh.map { .init(path: $0.path, id: $0.pointer.id) }))
        return outcome
    }

    // MARK: - The sides as they are

    private func side(of file: DataFile) -> Int? {
        PolicyCheck.side(of: file.path, in: split.into).flatMap(splitter.number(ofSide:))
    }

    private func requireDisjoint(
        _ files: [DataFile], _ tables: [[SplitRow]], _ overlap: Assigner.Overlap
    ) throws(VxError) {
        if overlap.isEmpty { return }
        var found: [Splitter.Standing] = []
        for (file, rows) in zip(files, tables) {
            guard let side = side(of: file) else { continue }
            for row in rows where overlap.concerns(row.example) {
                found.append((row.example, side, Place(path: file.path, line: row.line).text))
            }
        }
        throw splitter.overlaps(overlap, found)
    }

    /// Times were ordered as texts once, and the test side was the newest only where it was written last.
    private func requireTimeOrder(_ files: [DataFile], _ tables: [[SplitRow]], _ assigner: Assigner) throws(VxError) {
        guard splitter.testSide == split.ratios.count - 1 else {
            throw splitter.begunAnew(
                "the division before has its oldest examples on \(splitter.side(splitter.testSide))",
                because: "the sides were in the order of 'ratios', and the newest are the test side now")
        }
        for (file, rows) in zip(files, tables) {
            guard let side = side(of: file) else { continue }
            for row in rows where row.example.group == nil {
                guard let time = row.example.time, assigner.side(at: time) != side else { continue }
                throw splitter.begunAnew(
                    "the division before has its examples in another order of time",
                    because: "\(file.path):\(row.line), of '\(time.text)', is on \(splitter.side(side)): "
                        + "times were ordered as texts")
            }
        }
    }

    // MARK: - Writing

    /// Writes each source's new rows to one file for each side, by way of files that are gone afterwards.
    private func write(
        _ files: [DataFile], _ plans: [[Int?]], _ names: Set<RepoPath>, _ taken: inout Set<RepoPath>,
        _ sides: inout [SplitManifest.Side], _ outcome: inout Splitter.Outcome
    ) throws {
        var leftBehind: [VxError] = []
        defer { outcome.leftBehind += leftBehind }
        try ScratchFolder.with(
            beside: workspace.repository.gitDirectory.appending("vx-split"), warn: { leftBehind.append($0) }
        ) { try write(files, plans, names, in: $0, &taken, &sides, &outcome) }
    }

    private func write(
        _ files: [DataFile], _ plans: [[Int?]], _ sources: Set<RepoPath>, in folder: FilePath,
        _ taken: inout Set<RepoPath>, _ sides: inout [SplitManifest.Side], _ outcome: inout Splitter.Outcome
    ) throws {
        let (names, store) = (split.ratios.indices.map { "\($0)" }, workspace.store)
        _ = try workspace.pool.map(count: files.count, batch: 1, cancellation: workspace.cancellation) { position in
            let outputs = names.map { folder.appending("\(position)-\($0)") }
            try Self.write(files[position], plans[position], to: outputs, store)
        }
        var written: [(side: Int, name: RepoPath, file: FilePath)] = []
        for (position, file) in files.enumerated() {
            for side in split.ratios.indices {
                let place = folder.appending("\(position)-\(side)")
                guard try Files.status(place) != nil else { continue }
                written.append((side, splitter.name(of: file.path), place))
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

    private static func write(_ file: DataFile, _ plan: [Int?], to outputs: [FilePath], _ store: Store) throws {
        var buffers = [[UInt8]](repeating: [], count: outputs.count)
        var started = [Bool](repeating: false, count: outputs.count)
        func flush(_ side: Int) throws {
            let output = started[side] ? try OpenFile.appending(outputs[side]) : try OpenFile.creating(outputs[side])
            started[side] = true
            try output.write(buffers[side])
            try output.close()
            buffers[side].removeAll(keepingCapacity: true)
        }
        var row = 0
        try SplitRows.stream(file, store) { reader, bytes, _ in
            defer { row += 1 }
            guard let side = plan[row] else { return }
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
