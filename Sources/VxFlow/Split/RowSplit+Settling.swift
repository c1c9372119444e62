import VxConfig
import VxModel
import VxWorkspace

/// Which rows of before a source still has.
extension RowSplit {
    /// A row that its source does not have any more.
    typealias Leaving = (row: Int, source: RepoPath)

    /// Finds, for each source that is not as it was, the rows that stand already: nothing is decided over them. Those it does
    /// not have any more are to leave where they have a key, and are counted as remaining where they have none.
    ///
    /// - Returns: the rows that are to leave, each with its source.
    func match(
        _ standing: Standing, _ oldTables: [Table], _ tables: [Table], _ assigner: inout Assigner,
        _ manifest: inout SplitManifest
    ) -> [Leaving] {
        for (path, sides) in previousRemaining(standing) { manifest.remaining[path] = sides }
        if standing.parts.isEmpty { return [] }
        // For each content, by its first row: how often it stands of a source and is not found yet.
        var counts = [UInt32](repeating: 0, count: assigner.examples.count)
        var gone: [Leaving] = []
        var keyless: [Leaving] = []
        let sources = tables.map { ($0.file.path, $0.rows) } + standing.vanished.map { ($0, 0..<0) }
        for (path, rows) in sources {
            guard let parts = standing.parts[path], standing.grown.beginnings[path] == nil else { continue }
            for part in parts {
                for row in oldTables[part].rows { counts[first(row, assigner)] += 1 }
            }
            for row in rows {
                let first = first(row, assigner)
                guard counts[first] > 0 else { continue }
                assigner.settle(row, .known)
                counts[first] -= 1
            }
            // The first of equal rows stays: it stands for its content.
            for part in parts.reversed() {
                for row in oldTables[part].rows.reversed() {
                    let first = first(row, assigner)
                    guard counts[first] > 0 else { continue }
                    counts[first] -= 1
                    if assigner.examples.key(row) != 0 {
                        gone.append((row, path))
                    } else {
                        keyless.append((row, path))
                    }
                }
            }
        }
        let moved = moved(keyless, tables, assigner)
        for (number, leaving) in keyless.enumerated() {
            if moved.contains(number) {
                gone.append(leaving)
            } else {
                remain(leaving.row, of: leaving.source, assigner, &manifest)
            }
        }
        return gone
    }

    /// Which of some rows without a key another source has now, and more often than it did: they have moved there.
    private func moved(_ leaving: [Leaving], _ tables: [Table], _ assigner: Assigner) -> Set<Int> {
        if leaving.isEmpty { return [] }
        struct Said: Hashable {
            var first: Int
            var group: Int?
        }
        func said(_ row: Int) -> Said { Said(first: first(row, assigner), group: assigner.examples.group(row)) }
        var open: [Said: Int] = [:]
        for (row, _) in leaving { open[said(row)] = 0 }
        for row in tables.flatMap(\.rows) where assigner.examples.fate(row) == .open {
            let said = said(row)
            if let count = open[said] { open[said] = count + 1 }
        }
        return Set(
            leaving.indices.filter { number in
                let said = said(leaving[number].row)
                guard let count = open[said], count > 0 else { return false }
                open[said] = count - 1
                return true
            })
    }

    private func remain(
        _ row: Int, of source: RepoPath, _ assigner: Assigner, _ manifest: inout SplitManifest
    ) {
        guard let side = assigner.examples.side(row) else { return }
        manifest.remaining[source, default: [:]][splitter.side(side), default: 0] += 1
    }

    /// Takes rows off their sides. Until now they said where what takes their place goes; where that is left out, they stay, so
    /// that the key has its side the next time, too.
    ///
    /// - Returns: those that leave, each with the side it was on.
    func leave(
        _ gone: [Leaving], _ tables: [Table], _ assigner: inout Assigner, _ manifest: inout SplitManifest
    ) -> [Int: Int] {
        if gone.isEmpty { return [:] }
        let leftOut = Set(
            tables.flatMap(\.rows).filter { assigner.examples.fate($0) == .leftOut }.map { assigner.examples.key($0) })
        let stay = successors(gone.map(\.row), tables, &assigner)
        var left: [Int: Int] = [:]
        for (row, source) in gone where !stay.contains(row) {
            if leftOut.contains(assigner.examples.key(row)) {
                remain(row, of: source, assigner, &manifest)
            } else {
                left[row] = assigner.examples.side(row)
                assigner.settle(row, .gone)
            }
        }
        return left
    }

    /// Where each content is to be there once, another source may have the row that leaves: then that one's stays in its place.
    private func successors(_ gone: [Int], _ tables: [Table], _ assigner: inout Assigner) -> Set<Int> {
        guard split.duplicates == .once, !gone.isEmpty else { return [] }
        var repeated: [Int: Int] = [:]
        for row in tables.flatMap(\.rows) where assigner.examples.fate(row) == .repeated {
            repeated[first(row, assigner)] = row
        }
        var stay: Set<Int> = []
        for row in gone {
            guard let successor = repeated.removeValue(forKey: first(row, assigner)) else { continue }
            assigner.settle(successor, .known)
            stay.insert(row)
        }
        return stay
    }

    /// The first row of the content of one that is on a side, or was decided over.
    private func first(_ row: Int, _ assigner: Assigner) -> Int {
        assigner.first(ofContent: assigner.examples.content(row)) ?? row
    }

    /// What was remaining of sources that are as they were.
    private func previousRemaining(_ standing: Standing) -> [RepoPath: [String: Int]] {
        let unchanged = Set(standing.current.filter(standing.isUnchanged).map(\.path))
        return standing.remainingBefore.filter { unchanged.contains($0.key) }
    }
}
