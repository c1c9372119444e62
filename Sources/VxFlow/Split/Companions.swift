import VxConfig
import VxModel

/// Which file each companion follows: `labels/1.txt` the file `images/1.png`.
///
/// A companion's file has the same stem (the name up to its first dot) and lies in the same folder, but for one folder of the
/// path at most, which may be another on either side or missing.
struct Companions {
    /// For each companion, the name of the file it follows; a companion that is missing here stands alone.
    private var leaders: [RepoPath: RepoPath] = [:]
    /// Files that are companions by their path, and have no file to follow.
    private(set) var alone: [RepoPath] = []
    private let patterns: [PathPattern]

    /// - Parameter names: the files' paths below a side; those of before, too.
    init(_ patterns: [PathPattern], among names: Set<RepoPath>) {
        self.patterns = patterns
        if patterns.isEmpty { return }
        var byStem: [[UInt8]: Set<RepoPath>] = [:]
        for name in names where !patterns.matches(name) {
            for key in Self.keys(name) { byStem[key, default: []].insert(name) }
        }
        for name in names.sorted() where patterns.matches(name) {
            var found: RepoPath?
            // The whole folder first: a file beside it is nearer than one of another folder.
            for key in Self.keys(name) where found == nil {
                if let leaders = byStem[key], leaders.count == 1 { found = leaders.first }
            }
            if let found { leaders[name] = found } else { alone.append(name) }
        }
    }

    /// The file that stands for an example: the one a companion follows, or the file itself.
    func leader(of name: RepoPath) -> RepoPath { leaders[name] ?? name }

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
