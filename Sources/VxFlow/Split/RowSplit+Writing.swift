import VxConfig
import VxGit
import VxModel
import VxStore
import VxSystem
import VxTable
import VxWorkspace

import struct SystemPackage.FilePath

/// Writing the sides' files.
extension RowSplit {
    /// Writes each source's new rows to one file for each side, and files that rows have left anew, by way of files that are
    /// gone afterwards. What rows were compared by is given back before that, and kept for the next division.
    ///
    /// - Returns: the files of the sides as they become, by their paths.
    func write(
        _ standing: Standing, _ oldTables: [Table], _ tables: [Table], _ assigner: inout Assigner,
        _ sides: inout [SplitManifest.Side], _ outcome: inout Splitter.Outcome
    ) throws -> [(path: RepoPath, id: ContentID)] {
        var leftBehind: [VxError] = []
        defer { outcome.leftBehind += leftBehind }
        return try ScratchFolder.with(
            beside: workspace.repository.gitDirectory.appending("vx-split"), warn: { leftBehind.append($0) }
        ) { folder in
            let isLeft = oldTables.map { $0.rows.contains { assigner.examples.fate($0) == .gone } }
            let left = oldTables.indices.filter { isLeft[$0] }
            let jobs = left.map { oldTables[$0] } + tables
            let unchanged = oldTables.indices.filter { !isLeft[$0] }.map { oldTables[$0] }
            let kept = keep(unchanged, jobs, assigner.examples, standing.grown, in: folder)
            assigner.endComparing()
            return try write(standing, oldTables, left, jobs, assigner.examples, kept, in: folder, &sides, &outcome)
        }
    }

    /// What is kept of rows that are about to be written: the numbers of what goes into one file, by their table and their side.
    private struct Kept {
        struct Place: Hashable {
            var job: Int
            var side: Int
        }

        var writer: RowCacheWriter
        var numbers: [Place: Int] = [:]
    }

    /// - Parameters:
    ///   - unchanged: tables that stay as they are.
    ///   - jobs: those whose rows are about to be written.
    /// - Returns: `nil` where nothing can be kept: the next division reads what stands.
    private func keep(
        _ unchanged: [Table], _ jobs: [Table], _ examples: ExampleTable, _ grown: GrownSources, in folder: FilePath
    ) -> Kept? {
        func isColumn(_ label: Configuration.Split.Label?) -> Bool { if case .column? = label { true } else { false } }
        let columns = RowCacheWriter.Columns(group: isColumn(split.group), stratum: isColumn(split.stratify))
        do {
            var kept = Kept(writer: try RowCacheWriter(cache, in: folder))
            for (file, rows) in unchanged { try kept.writer.add(file, rows, examples, columns) }
            for (number, (file, rows)) in jobs.enumerated() {
                // Of rows on lines of their own it is known where they will be.
                let first = TableForm(name: file.path) == .jsonl ? 1 : 2
                let own = first + (grown.beginnings[file.path]?.rows ?? 0)
                guard rows.allSatisfy({ examples.line($0) == own + $0 - rows.lowerBound }) else { continue }
                var bySide = split.ratios.map { _ in [UInt32]() }
                for row in rows { if let side = examples.side(row) { bySide[side].append(UInt32(row)) } }
                for (side, rows) in bySide.enumerated() where !rows.isEmpty {
                    kept.numbers[.init(job: number, side: side)] =
                        try kept.writer.add(rows, of: file, examples, columns, firstLine: first)
                }
            }
            return kept
        } catch {
            // What was kept so far must not take the room that the sides need.
            try? Files.remove(folder.appending(RowCacheWriter.name))
            return nil
        }
    }

    private func write(
        _ standing: Standing, _ oldTables: [Table], _ left: [Int], _ jobs: [Table], _ examples: ExampleTable,
        _ kept: Kept?, in folder: FilePath, _ sides: inout [SplitManifest.Side], _ outcome: inout Splitter.Outcome
    ) throws -> [(path: RepoPath, id: ContentID)] {
        let store = workspace.store
        let numbers = sides.indices
        let grown = standing.grown
        _ = try workspace.pool.map(count: jobs.count, batch: 1, cancellation: workspace.cancellation) { position in
            let outputs = numbers.map { folder.appending("\(position)-\($0)") }
            let before = grown.beginnings[jobs[position].file.path]?.rows ?? 0
            try Self.write(jobs[position], behind: before, examples, to: outputs, store)
        }
        var written: [(job: Int, side: Int, file: FilePath)] = []
        for job in jobs.indices {
            for side in sides.indices {
                let file = folder.appending("\(job)-\(side)")
                if try Files.status(file) != nil { written.append((job, side, file)) }
            }
        }
        let intake = try Intake.read(
            written.map(\.file), into: store, pool: workspace.pool, cancellation: workspace.cancellation)
        let blobs = try workspace.repository.writeBlobs(intake.map(\.blob))
        var edits = SideEdits(splitter, oldTables.map(\.file), reserved: standing.paths.names)
        var emptied = Set(left)
        func name(_ path: RepoPath, _ position: Int) {
            let item = written[position]
            guard let kept, let number = kept.numbers[.init(job: item.job, side: item.side)],
                let id = intake[position].pointer?.id
            else { return }
            kept.writer.name(number, at: path, id)
        }
        for (position, item) in written.enumerated() where item.job < left.count {
            edits.replace(left[item.job], with: intake[position].pointer, blobs[position])
            name(oldTables[left[item.job]].file.path, position)
            emptied.remove(left[item.job])
        }
        for place in emptied.sorted() { edits.replace(place, with: nil, nil) }
        var moves: [SideEdits.Move] = []
        for (old, new) in standing.moved.sorted(by: { $0.key < $1.key }) {
            for place in (standing.parts[new] ?? [])
            where standing.paths.origin(ofSideFile: standing.files[place]) == splitter.name(of: old) {
                moves.append(.init(place: place, name: splitter.name(of: new)))
            }
        }
        try edits.move(moves)
        for (position, item) in written.enumerated() where item.job >= left.count {
            let path = edits.put(
                splitter.name(of: jobs[item.job].file.path), item.side, intake[position].pointer, blobs[position])
            name(path, position)
        }
        let all = edits.all.map { ($0.path, $0.pointer.id) }
        // Where it cannot be kept, the next division reads it.
        try? kept?.writer.finish(live: all)
        for side in edits.sideOfPath.values { sides[side].files += 1 }
        edits.finish(&outcome)
        return all
    }

    /// - Parameter before: how many rows of the file come before those of the table.
    private static func write(
        _ table: Table, behind before: Int, _ examples: ExampleTable, to outputs: [FilePath], _ store: Store
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
        var row = table.rows.lowerBound - before
        try SplitRows.stream(table.file, store, readsFields: false) { reader, bytes, _ in
            defer { row += 1 }
            guard row >= table.rows.lowerBound, let side = examples.side(row) else { return }
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
