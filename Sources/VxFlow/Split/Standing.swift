import VxConfig
import VxModel
import VxWorkspace

/// What stands on the sides, by the sources it was made from.
struct Standing {
    /// The files of the sides.
    let files: [DataFile]
    /// The sources as clean has them.
    let current: [DataFile]
    /// Those that are to be read: they are new, or other than they were.
    let fresh: [DataFile]
    let paths: PathLabels
    /// For each source that is fresh or gone, the places in ``files`` of what was made from it.
    private(set) var parts: [RepoPath: [Int]] = [:]
    /// Sources that are gone from clean, and still have rows on the sides.
    private(set) var vanished: [RepoPath] = []
    /// Sources that clean has under another name now, by the old one.
    private(set) var moved: [RepoPath: RepoPath] = [:]
    /// What was remaining of each source by the division before.
    let remainingBefore: [RepoPath: [String: Int]]
    /// Whether every source is read, whatever it was.
    let isAll: Bool
    /// What sources that have grown at their end began with.
    var grown = GrownSources()
    private let freshPaths: Set<RepoPath>
    /// The same as ``moved``, by the paths below a side.
    private var movedNames: [RepoPath: RepoPath] = [:]

    /// Where the groups that paths name are. A source may have another name where its rows are on the side of its new group.
    private struct GroupSides {
        private var sides: [String: Int] = [:]
        private var sidesOfNames: [RepoPath: Set<Int>] = [:]
        private let paths: PathLabels

        init(_ splitter: Splitter, _ standing: [DataFile], _ paths: PathLabels) {
            self.paths = paths
            for file in standing {
                guard let side = splitter.side(of: file.path) else { continue }
                let name = paths.origin(ofSideFile: file)
                sidesOfNames[name, default: []].insert(side)
                if let group = paths.labels(name).group { sides[group] = side }
            }
        }

        mutating func allows(_ name: RepoPath, toBe new: RepoPath) -> Bool {
            guard let group = paths.labels(new).group, let found = sidesOfNames[name] else { return true }
            guard found.count == 1, let side = found.first, sides[group, default: side] == side else { return false }
            sides[group] = side
            return true
        }
    }

    /// - Parameter all: whether every source is to be read, whatever it was.
    init(
        _ rows: RowSplit, _ current: [DataFile], _ standing: [DataFile], _ previous: SplitManifest.Previous?, all: Bool
    ) throws {
        let splitter = rows.splitter
        files = standing
        self.current = current
        let remaining = previous?.remaining ?? [:]
        remainingBefore = remaining
        let divided = previous?.divided ?? [:]
        let names = Set(current.map(\.path))
        let before = Set((previous?.sources ?? []).map(\.path))
        let hasChanged =
            current.contains { divided[$0.path]?.id != $0.pointer.id } || !before.isSubset(of: names)
        // A row that another source has once more must take the place of the one that leaves; and what clean does not have any more
        // is no duplicate.
        let all = all || (hasChanged && rows.split.duplicates != .keep)
        isAll = all
        // What was left out, and what stays in its place, is looked at together whenever something changes.
        func isOpen(_ path: RepoPath) -> Bool {
            hasChanged && rows.isKeyed && ((divided[path]?.leftOut ?? 0) > 0 || remaining[path] != nil)
        }
        fresh = current.filter { all || divided[$0.path]?.id != $0.pointer.id || isOpen($0.path) }
        freshPaths = Set(fresh.map(\.path))
        paths = try PathLabels(splitter, current, previous?.sources ?? [])
        var groupSides = GroupSides(splitter, standing, paths)
        var new: [ContentID: RepoPath] = [:]
        // A name that a source had once is new where the division before had none of that name, and where it had other
        // content: two sources may have exchanged their names.
        for file in fresh where divided[file.path]?.id != file.pointer.id { new[file.pointer.id] = file.path }
        // A tree that somebody made by hand may have a name twice.
        let now = Dictionary(current.map { ($0.path, $0.pointer.id) }) { first, _ in first }
        for (path, source) in divided.sorted(by: { $0.key < $1.key }) where now[path] != source.id {
            guard let target = new[source.id],
                groupSides.allows(splitter.name(of: path), toBe: splitter.name(of: target))
            else { continue }
            new[source.id] = nil
            moved[path] = target
        }
        var sources: [RepoPath: RepoPath] = [:]
        for path in before.subtracting(names).sorted() { sources[splitter.name(of: path)] = path }
        for path in names { sources[splitter.name(of: path)] = path }
        for (old, new) in moved {
            sources[splitter.name(of: old)] = new
            movedNames[splitter.name(of: old)] = splitter.name(of: new)
        }
        for (place, file) in standing.enumerated() {
            let name = paths.origin(ofSideFile: file)
            // What somebody put there by hand is of no source.
            guard let source = sources[name], freshPaths.contains(source) || !names.contains(source) else { continue }
            parts[source, default: []].append(place)
        }
        vanished = parts.keys.filter { !names.contains($0) }.sorted()
    }

    /// What the path of a side's file says of its rows: that of its source, by the name that it has now.
    func labels(ofSideFile file: DataFile) -> SplitRows.Labels {
        let name = paths.origin(ofSideFile: file)
        return paths.labels(movedNames[name] ?? name)
    }

    /// Whether there is so much beside what is to be read, and what that is compared with row by row, that most of it is worth to be
    /// left alone.
    var isMuch: Bool {
        let compared = comparedParts.reduce(0) { $0 + files[$1].pointer.size }
        let new = fresh.reduce(0) { $0 + $1.pointer.size - (grown.beginnings[$1.path]?.size ?? 0) }
        return compared + new < files.reduce(0) { $0 + $1.pointer.size } / 4
    }

    /// The places in ``files`` of what is compared row by row with what the source has now.
    var comparedParts: Set<Int> { Set(parts.filter { grown.beginnings[$0.key] == nil }.values.joined()) }

    func isUnchanged(_ file: DataFile) -> Bool { !freshPaths.contains(file.path) }
}
