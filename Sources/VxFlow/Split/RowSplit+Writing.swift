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
    /// gone afterwards.
    func write(
        _ standing: Standing, _ oldTables: [Table], _ tables: [Table], _ examples: ExampleTable,
        _ sides: inout [SplitManifest.Side], _ outcome: inout Splitter.Outcome
    ) throws {
        var leftBehind: [VxError] = []
        defer { outcome.leftBehind += leftBehind }
        try ScratchFolder.with(
            beside: workspace.repository.gitDirectory.appending("vx-split"), warn: { leftBehind.append($0) }
        ) { try write(standing, oldTables, tables, examples, in: $0, &sides, &outcome) }
    }

    private func write(
        _ standing: Standing, _ oldTables: [Table], _ tables: [Table], _ examples: ExampleTable,
        in folder: FilePath, _ sides: inout [SplitManifest.Side], _ outcome: inout Splitter.Outcome
    ) throws {
        let store = workspace.store
        let left = oldTables.indices.filter { place in
            oldTables[place].rows.contains { examples.fate($0) == .gone }
        }
        let jobs = left.map { oldTables[$0] } + tables
        let numbers = sides.indices
        _ = try workspace.pool.map(count: jobs.count, batch: 1, cancellation: workspace.cancellation) { position in
            let outputs = numbers.map { folder.appending("\(position)-\($0)") }
            try Self.write(jobs[position], examples, to: outputs, store)
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
        for (position, item) in written.enumerated() where item.job < left.count {
            edits.replace(left[item.job], with: intake[position].pointer, blobs[position])
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
            edits.put(
                splitter.name(of: jobs[item.job].file.path), item.side, intake[position].pointer, blobs[position])
        }
        for side in edits.sideOfPath.values { sides[side].files += 1 }
        edits.finish(&outcome)
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
        try SplitRows.stream(table.file, store, readsFields: false) { reader, bytes, _ in
            defer { row += 1 }
            guard let side = examples.side(row) else { return }
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
