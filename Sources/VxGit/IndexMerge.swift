import VxModel
import VxSystem

/// Puts edits into the entries of an index. What lies between two edits is copied as it is.
struct IndexMerge {
    private let original: GitIndex
    private let edits: [IndexEdit]
    /// Old entries that stay, as runs, each with the edits (a range of `edits`) that come before it.
    private var runs: [(edits: Range<Int>, kept: Range<Int>)] = []
    /// Paths of old entries that go because something else takes their place.
    private var replaced: [RepoPath] = []
    /// Edits whose entry would stand where another one needs a folder.
    private var overruled: Set<RepoPath> = []
    /// Positions of old entries that are sides of a conflict, and go with an edit of their path.
    private var settled: [Int] = []
    private let forgetsConflicts: Bool

    /// - Parameters:
    ///   - edits: in git's order, one for a path.
    ///   - forgetsConflicts: whether `git checkout --merge` cannot make conflicts anew that were resolved, as after a move to
    ///     another commit.
    init(_ original: GitIndex, _ edits: [IndexEdit], forgetsConflicts: Bool = false) {
        self.original = original
        self.forgetsConflicts = forgetsConflicts
        self.edits = edits
        let dropped = dropped()
        plan(dropped)
    }

    /// The whole new index file.
    ///
    /// - Parameter newTrees: where the trees of folders that changed are put, for the file names them; nil leaves them to git.
    func encoded(newTrees: NewTrees? = nil) -> [UInt8] {
        let entries = original.entries
        var format = original.format
        // By number: to loop over the edits themselves would copy each.
        for number in edits.indices { format.trees?.invalidate(edits[number].path) }
        for path in replaced { format.trees?.invalidate(path) }
        format.resolved = resolved
        var count = runs.reduce(0) { $0 + $1.kept.count }
        var isExtended = runs.contains { $0.kept.contains { entries.isSkipped($0) || entries.isIntentToAdd($0) } }
        var capacity = entries.offset(entries.count)
        for number in edits.indices {
            guard let entry = added(number) else { continue }
            count += 1
            isExtended = isExtended || entry.skipWorktree || entry.intentToAdd
            capacity += IndexFormat.entryLength + 10 + entry.path.bytes.count
        }
        return format.encode(count: count, isExtended: isExtended, capacity: capacity, newTrees: newTrees) { writer in
            for run in runs {
                for number in run.edits {
                    if let entry = added(number) { writer.append(entry) }
                }
                writer.append(entries, run.kept)
            }
        }
    }

    /// What conflicts were resolved, now or before, in git's order.
    private var resolved: [IndexFormat.ResolvedConflict] {
        if forgetsConflicts { return [] }
        let before = original.format.resolved
        if settled.isEmpty { return before }
        let sides = Dictionary(grouping: settled.map { original.entries[$0] }, by: \.path)
        return (before.filter { sides[$0.path] == nil } + sides.map { .init(path: $0, sides: $1) })
            .sorted { $0.path < $1.path }
    }

    /// The entry an edit puts into the index; `nil` for none.
    private func added(_ number: Int) -> IndexEntry? {
        guard case .put(let entry) = edits[number], overruled.isEmpty || !overruled.contains(entry.path) else {
            return nil
        }
        return entry
    }

    /// Positions of old entries that an edit of another path removes, ascending: files where a folder is needed, and what
    /// lies below a path that is a file now.
    private mutating func dropped() -> [Int] {
        var dropped: [Int] = []
        let entries = original.entries
        var folders: Set<RepoPath> = []
        var last = RepoPath.root
        for number in edits.indices where !edits[number].isRemoval {
            let path = edits[number].path
            if path.isDirectly(in: last) { continue }
            var folder = path.parent
            last = folder
            while !folder.isRoot, folders.insert(folder).inserted {
                let first = original.firstPosition(of: folder)
                dropped += (first..<entries.count).prefix { entries[$0].path == folder }
                folder = folder.parent
            }
        }
        var near = 0
        for number in edits.indices where !edits[number].isRemoval {
            let path = edits[number].path
            if folders.contains(path) {
                overruled.insert(path)
                continue
            }
            near = path.bytes.withUnsafeBytes { entries.firstPosition(of: $0, from: near) }
            if near == entries.count { continue }
            let below = path.bytes + [UInt8(ascii: "/")]
            below.withUnsafeBytes { prefix in
                var position = entries.firstPosition(of: prefix, from: near)
                while position < entries.count, PathBytes.hasPrefix(entries.pathBytes(position), prefix) {
                    dropped.append(position)
                    position += 1
                }
            }
        }
        replaced = dropped.map { entries[$0].path }
        return Array(Set(dropped)).sorted()
    }

    private mutating func plan(_ dropped: [Int]) {
        let entries = original.entries
        var start = 0
        var firstEdit = 0
        var dropped = dropped[...]
        /// Keeps the old entries before `end`, but for those that go.
        func keep(until end: Int, edits range: Range<Int>, _ runs: inout [(edits: Range<Int>, kept: Range<Int>)]) {
            var range = range
            while let hole = dropped.first, hole < end {
                dropped.removeFirst()
                if hole < start { continue }
                runs.append((range, start..<hole))
                range = range.upperBound..<range.upperBound
                start = hole + 1
            }
            runs.append((range, start..<max(start, end)))
        }
        for number in edits.indices {
            edits[number].path.bytes.withUnsafeBytes { path in
                let place = entries.firstPosition(of: path, from: start)
                if place > start {
                    keep(until: place, edits: firstEdit..<number, &runs)
                    firstEdit = number
                    start = max(start, place)
                }
                // All stages of a conflict go.
                while start < entries.count, PathBytes.isEqual(entries.pathBytes(start), path) {
                    if entries.stage(start) != 0 { settled.append(start) }
                    start += 1
                }
            }
        }
        keep(until: entries.count, edits: firstEdit..<edits.count, &runs)
    }

    /// Positions of old entries that stay and are racy (racy-git(7)): a file as new as the old index may have changed after
    /// it was looked at, and a younger index would not show that.
    func racy() -> [Int] {
        guard let timestamp = original.timestamp, timestamp.seconds != 0 else { return [] }
        let entries = original.entries
        return runs.flatMap(\.kept).filter { position in
            Int64(entries.modifiedSeconds(position)) >= timestamp.seconds && entries.mode(position) != .submodule
                && entries.stage(position) == 0 && entries.id(position) != .emptyBlob
        }
    }
}

extension IndexFormat.ResolvedConflict {
    /// A conflict as git notes it where an edit takes its place: the mode of each of the three sides, 0 for one that is not
    /// there, and then the blobs of those that are (gitformat-index(5), "Resolve undo").
    init(path: RepoPath, sides: [IndexEntry]) {
        let inOrder = (1...3).map { stage in sides.first { $0.stage == stage } }
        let modes = inOrder.flatMap { Array(String($0?.mode.rawValue ?? 0, radix: 8).utf8) + [0] }
        self.init(path: path, bytes: path.bytes + [0] + modes + inOrder.compactMap(\.self).flatMap { Array($0.id.bytes) })
    }
}
