import VxConfig
import VxModel
import VxWorkspace

/// What paths say of the rows of tables: `group: {path: …}` and `stratify: {path: …}` with `by: row`.
struct PathLabels {
    /// The sources' paths below a side, of now and of before.
    let names: Set<RepoPath>
    private let splitter: Splitter
    private let group: PathLabel?
    private let stratum: PathLabel?
    private let spelling: NameSpelling

    /// - Throws: `usage` where a pattern fits no file.
    init(_ splitter: Splitter, _ files: [DataFile], _ sources: Set<SplitManifest.Source>) throws {
        self.splitter = splitter
        spelling = NameSpelling(splitter.split.normalise)
        let now = files.map { splitter.name(of: $0.path) }
        group = try splitter.pathLabel(splitter.split.group, key: "group", among: now)
        stratum = try splitter.pathLabel(splitter.split.stratify, key: "stratify", among: now)
        names = Set(now).union(sources.map { splitter.name(of: $0.path) })
    }

    func labels(ofSource file: DataFile) -> SplitRows.Labels { labels(splitter.name(of: file.path)) }

    /// The path, below a side, of the source a side's file was made from: what a source gained is in a file with a number.
    func origin(ofSideFile file: DataFile) -> RepoPath { splitter.origin(of: file.path, among: names) }

    /// What a path below a side says.
    func labels(_ name: RepoPath) -> SplitRows.Labels {
        .init(
            group: group?.name(of: name).map(spelling.text),
            stratum: stratum?.name(of: name))
    }
}

/// A name found in paths by a regular expression: its first group, or all of what fits.
struct PathLabel {
    private let regex: Regex<AnyRegexOutput>

    init(_ pattern: String) throws(VxError) {
        do {
            regex = try Regex(pattern)
        } catch {
            throw VxError(.usage, "'\(pattern)' is not a regular expression", because: "\(error)")
        }
    }

    func name(of path: RepoPath) -> String? {
        let text = String(decoding: path.bytes, as: UTF8.self)
        guard let match = text.firstMatch(of: regex) else { return nil }
        let output = match.output
        let found = output.count > 1 ? output[1].substring ?? output[0].substring : output[0].substring
        return found.map(String.init)
    }
}
