import Crypto
import VxConfig
import VxGit
import VxModel
import VxStore
import VxSystem
import VxTable
import VxWorkspace

import struct SystemPackage.FilePath

/// Hashes of what rows hold.
enum RowHash {
    static func key(_ bytes: [UInt8]) -> UInt128Key { UInt128Key(Array(SHA256.hash(data: bytes))) }
}

/// Divides tables by row. Each source becomes a file on each side; files of the sides never change, so what is new in a
/// source that has grown goes to files of its own.
struct RowSplit {
    /// A row of a table, without its bytes.
    private struct Row: Sendable {
        var example: Example
        var near: UInt128Key
        var line: Int
    }

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
        _ previous: (cuts: [String]?, sources: Set<SplitManifest.Source>)?
    ) throws -> Splitter.Outcome {
        var outcome = Splitter.Outcome(manifest: start)
        let fresh = files.filter {
            previous?.sources.contains(.init(path: $0.path, id: $0.pointer.id)) != true
        }
        var assigner = Assigner(split)
        var sides = [SplitManifest.Side](repeating: .init(), count: split.ratios.count)
        var groups: Set<String> = []
        var contents = 0
        var near: [UInt128Key: (side: Int, place: Place)] = [:]
        func take(_ row: Row, _ side: Int, _ place: Place) {
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
        for (file, rows) in zip(old, try read(old)) {
            guard let side = PolicyCheck.side(of: file.path, in: split.into).flatMap(splitter.number(ofSide:)) else {
                continue
            }
            taken.insert(file.path)
            sides[side].files += 1
            for row in rows {
                assigner.remember(row.example, on: side)
                take(row, side, Place(path: file.path, line: row.line))
            }
        }
        let tables = try read(fresh)
        if split.time != nil {
            let times = tables.flatMap { $0.compactMap(\.example.time) }
            assigner.cuts = previous?.cuts ?? Assigner.cuts(times, shares: split.ratios)
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
        try write(fresh, plans, &taken, &sides, &outcome)
        for (number, share) in split.ratios.enumerated() { outcome.manifest.sides[share.side] = sides[number] }
        outcome.manifest.cuts = assigner.cuts
        outcome.manifest.contents = contents
        outcome.manifest.groups = split.group == nil ? nil : groups.count
        outcome.manifest.lookedForNear = split.nearDuplicates != false
        outcome.manifest.sources = Array(
            (previous?.sources ?? []).union(fresh.map { .init(path: $0.path, id: $0.pointer.id) }))
        return outcome
    }

    // MARK: - Reading

    private func read(_ files: [DataFile]) throws -> [[Row]] {
        let (split, store) = (split, workspace.store)
        return try workspace.pool.map(count: files.count, batch: 1, cancellation: workspace.cancellation) { position in
            try Self.read(files[position], split, store)
        }
    }

    private static func read(_ file: DataFile, _ split: Configuration.Split, _ store: Store) throws -> [Row] {
        var rows: [Row] = []
        var known: Columns?
        try stream(file, store) { reader, _, fields in
            let columns = try known ?? Columns(reader.columns, split, file.path)
            known = columns
            let whole = Array(fields.joined(separator: [0x1f]))
            let content = RowHash.key(whole)
            func value(_ position: Int?) -> String? { position.map { String(decoding: fields[$0], as: UTF8.self) } }
            var words = fields
            for position in columns.identifying { words[position] = [] }
            let normal = Array(words.map { NearText.words(of: $0) }.joined(separator: [0x1f]))
            rows.append(
                Row(
                    example: Example(
                        key: columns.key.map { fields[$0] } ?? whole, content: content, group: value(columns.group),
                        stratum: value(columns.stratum), time: value(columns.time)),
                    near: RowHash.key(normal), line: reader.line))
        }
        return rows
    }

    /// Where the columns a division asks for are.
    private struct Columns {
        var key: Int?
        var group: Int?
        var stratum: Int?
        var time: Int?
        /// Columns that tell rows apart which say the same.
        var identifying: [Int]

        init(_ names: [String], _ split: Configuration.Split, _ path: RepoPath) throws(VxError) {
            func find(_ name: String?) throws(VxError) -> Int? {
                guard let name else { return nil }
                if let position = names.firstIndex(of: name) { return position }
                let near = Suggestion.nearest(to: name, among: names)
                throw VxError(
                    .usage, "\(path) has no column '\(name)'",
                    because: "its columns are \(names.joined(separator: ", "))",
                    hint: near.map { "did you mean '\($0)'? Say so in 'split:' of vx.yaml" }
                        ?? "name one of them in 'split:' of vx.yaml")
            }
            func column(_ label: Configuration.Split.Label?) -> String? {
                if case .column(let name)? = label { name } else { nil }
            }
            if case .column(let name) = split.key { key = try find(name) }
            group = try find(column(split.group))
            stratum = try find(column(split.stratify))
            time = try find(split.time)
            identifying = [key].compactMap { $0 }
        }
    }

    private static func stream(
        _ file: DataFile, _ store: Store,
        _ body: (TableReader, UnsafeRawBufferPointer, [[UInt8]]) throws -> Void
    ) throws {
        guard let form = TableForm(name: file.path) else {
            throw VxError(
                .usage, "\(file.path) is no table by its name", because: "'by: row' reads csv, tsv and jsonl",
                hint: "leave it out: 'split: {files: \"*.csv\"}', or divide by file: 'by: file'")
        }
        do {
            try TableStream.read(file.pointer, form, store, body)
        } catch let error as TableError {
            throw VxError(
                "\(file.path): \(error)", hint: "'vx clean' with 'format: \(form.rawValue)' leaves such files out")
        }
    }

    // MARK: - Writing

    /// Writes each source's new rows to one file for each side, by way of files that are gone afterwards.
    private func write(
        _ files: [DataFile], _ plans: [[Int?]], _ taken: inout Set<RepoPath>, _ sides: inout [SplitManifest.Side],
        _ outcome: inout Splitter.Outcome
    ) throws {
        var leftBehind: [VxError] = []
        defer { outcome.leftBehind += leftBehind }
        try ScratchFolder.with(
            beside: workspace.repository.gitDirectory.appending("vx-split"), warn: { leftBehind.append($0) }
        ) { try write(files, plans, in: $0, &taken, &sides, &outcome) }
    }

    private func write(
        _ files: [DataFile], _ plans: [[Int?]], in folder: FilePath, _ taken: inout Set<RepoPath>,
        _ sides: inout [SplitManifest.Side], _ outcome: inout Splitter.Outcome
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
            let path = splitter.free(item.name, side: item.side, taken)
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
        try stream(file, store) { reader, bytes, _ in
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
