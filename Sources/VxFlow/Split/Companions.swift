import VxConfig
import VxModel

/// Which file each companion follows: `labels/1.txt` the file `images/1.png`.
///
/// A companion's file has the same stem (the name up to its first dot) and lies in the same folder, but for one folder of the
/// path at most, which may be another on either side or missing.
struct Companions {
    /// For each companion, the name of the file it follows; a companion that is missing here stands alone.
    private var leaders: [RepoPath: RepoPath] = [:]
    /// Companions that could follow several files, and so follow none.
    private var undecided: Set<RepoPath> = []
    private let patterns: [PathPattern]

    /// - Parameters:
    ///   - names: the files' paths below a side.
    ///   - before: those of files on the sides. They count where no file of now has the stem: an image that has got another
    ///     ending is the one its label follows.
    init(_ patterns: [PathPattern], among names: Set<RepoPath>, before: Set<RepoPath>) {
        self.patterns = patterns
        if patterns.isEmpty { return }
        let all = names.union(before)
        let stems = [names, before].map { names in
            var byStem: [[UInt8]: Set<RepoPath>] = [:]
            for name in names where !patterns.matches(name) {
                for key in Self.keys(name) { byStem[key, default: []].insert(name) }
            }
            return byStem
        }
        for name in all.sorted() where patterns.matches(name) {
            var found: RepoPath?
            for byStem in stems where found == nil {
                // The whole folder first: a file beside it is nearer than one of another folder.
                for key in Self.keys(name) where found == nil {
                    guard let leaders = byStem[key] else { continue }
                    if leaders.count == 1 { found = leaders.first } else { undecided.insert(name) }
                }
            }
            if let found { leaders[name] = found }
        }
    }

    /// The file that stands for an example: the one a companion follows, or the file itself.
    func leader(of name: RepoPath) -> RepoPath { leaders[name] ?? name }

    /// Files that are companions by their path, and follow none of these.
    func alone(_ names: [RepoPath]) -> [RepoPath] {
        if patterns.isEmpty { return [] }
        let there = Set(names)
        return names.filter { name in patterns.matches(name) && leaders[name].map(there.contains) != true }
    }

    /// Whether a companion stands alone because several files have its stem.
    func isUndecided(_ name: RepoPath) -> Bool { leaders[name] == nil && undecided.contains(name) }

    func isFollower(_ name: RepoPath) -> Bool { leaders[name] != nil }

    /// The stem with its folders, and with each one of these left out.
    private static func keys(_ name: RepoPath) -> [[UInt8]] {
        let folders = name.components.dropLast().map { Array($0) }
        let last = name.name.bytes
        let stem = Array(last.prefix(last.firstIndex(of: UInt8(ascii: ".")).map { max($0, 1) } ?? last.count))
        func key(_ folders: [[UInt8]]) -> [UInt8] {
            Array((folders + [stem]).joined(separator: [UInt8(ascii: "/")]))
        }
        return [key(folders)]
            + folders.indices.map { place in key(folders.indices.filter { $0 != place }.map { folders[$0] }) }
    }
}
