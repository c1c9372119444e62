import VxConfig
import VxModel
import VxWorkspace

/// Counting what became of rows.
extension RowSplit {
    /// Names the first rows whose key is on one side and whose group is on another.
    func leftOut(_ tables: [Table], _ assigner: Assigner) -> [String] {
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
    func account(
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
            let before = standing.grown.beginnings[file.path]?.rows ?? 0
            var division = SplitManifest.Division(id: file.pointer.id, rows: before + rows.count)
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
    func refuseEqual(_ tables: [Table], _ examples: ExampleTable) throws(VxError) {
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
    ///
    /// - Returns: what is the same for rows that nearly say the same, of those on two sides.
    func count(
        _ tables: [Table], _ assigner: Assigner, _ sides: inout [SplitManifest.Side], _ manifest: inout SplitManifest
    ) -> Set<UInt64> {
        let examples = assigner.examples
        func place(_ row: Int) -> String { Self.place(row, tables, examples) }
        var groups = [Bool](repeating: false, count: examples.groups.count)
        var strata = [[Int]](
            repeating: .init(repeating: 0, count: sides.count), count: examples.strata.count)
        // Of rows with the same words, the first on each side.
        var near = RowNumbers()
        if split.nearDuplicates != false, assigner.relevance == nil {
            near.reserve(examples.count, of: examples) { $0.near($1) }
        }
        var across: Set<UInt64> = []
        for row in 0..<examples.count {
            guard let side = examples.side(row) else { continue }
            sides[side].examples += 1
            if let group = examples.group(row) { groups[group] = true }
            if let stratum = examples.stratum(row) { strata[stratum][side] += 1 }
            guard split.nearDuplicates != false else { continue }
            let key = examples.near(row)
            if let relevance = assigner.relevance, !relevance.mayConcern(near: key) { continue }
            func known(onThisSide isOwn: Bool = true) -> Int? {
                near.first(key) { examples.near($0) == key && (!isOwn || examples.side($0) == side) }
            }
            // Most rows have nothing near them, and are looked up once.
            if known(onThisSide: false) != nil {
                if known() != nil { continue }
                across.insert(key)
            }
            near.insert(row, of: examples) { $0.near($1) }
        }
        if !across.isEmpty {
            let rows = (0..<examples.count).lazy.filter { examples.side($0) != nil }
            manifest.near.add(rows, place: place) { row in
                guard across.contains(examples.near(row)) else { return nil }
                return near.first(examples.near(row)) {
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
        return across
    }
}
