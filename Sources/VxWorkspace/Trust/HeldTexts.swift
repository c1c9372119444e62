import VxConfig
import VxGit
import VxModel
import VxSystem

/// Every text that git's objects here hold and that is a `vx.yaml` or may become one, whoever wrote it and whatever leads to it:
/// of commits, of trees that no commit has, in a folder or under another name of a YAML file, where a merge follows it.
///
/// What a partial clone has left out is none of them: what was never here has brought nothing.
struct HeldTexts {
    private typealias Said = OwnCommands.Said

    private let repository: Repository
    private let objects: StoredObjects
    /// The trees that name a text.
    private var places: [GitObjectID: [GitObjectID]] = [:]
    /// Trees and texts that a reference or a tag leads to without a commit.
    private var named: Set<GitObjectID> = []
    private var commands: [[UInt8]: [GitObjectID]] = [:]
    /// Texts that cannot be read as what they are.
    private var unread: [(blob: GitObjectID, said: OwnCommands.Said)] = []
    private var configurations: [GitObjectID] = []
    private var lines: [String: [(blob: GitObjectID, scalar: [UInt8]?)]]?
    private var history: History?
    private var answers: [Question: Bool] = [:]

    /// - Returns: `nil` where something of it is damaged, so that nothing can be said.
    /// - Throws: where the system is why it cannot be read, or git cannot list the objects.
    init?(of repository: Repository) async throws {
        self.repository = repository
        objects = try await StoredObjects(of: repository)
        do throws(VxError) {
            try findNamed()
            try readTexts(findNames())
        } catch {
            if error.isSystemFailure || error.code == .interrupted { throw error }
            return nil
        }
    }

    private mutating func findNamed() throws(VxError) {
        var ids: [GitObjectID] = []
        for name in try repository.references(withPrefix: "refs/") {
            if let id = try repository.reference(name) { ids.append(id) }
        }
        for tag in objects.tags { ids.append(try repository.target(ofTag: tag)) }
        for place in Set([repository.gitDirectory, repository.commonDirectory]) {
            let bytes = try Files.read(place.appending("FETCH_HEAD"), limit: 1 << 24) ?? []
            for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
                if let id = GitObjectID(hex: String(line.prefix(40))) { ids.append(id) }
            }
        }
        named = Set(ids).subtracting(objects.commits).subtracting(objects.tags)
    }

    /// The files that are called as a `vx.yaml` is, and those whose names end as its name does.
    private mutating func findNames() throws(VxError) -> (configurations: Set<GitObjectID>, others: Set<GitObjectID>) {
        let own = Array(Configuration.path.description.utf8)
        var configurations: Set<GitObjectID> = []
        var places: [GitObjectID: [GitObjectID]] = [:]
        for tree in objects.trees {
            try repository.visitFiles(ofTree: tree, endingWith: UInt8(ascii: "l")) { name, blob in
                let plain = name.filter { $0 < 0x80 }.map { (0x41...0x5a).contains($0) ? $0 | 0x20 : $0 }
                guard plain.suffix(5).elementsEqual(".yaml".utf8) || plain.suffix(4).elementsEqual(".yml".utf8) else {
                    return
                }
                if plain == own { configurations.insert(blob) }
                places[blob, default: []].append(tree)
            }
        }
        self.places = places
        let direct = named.filter { !objects.trees.contains($0) }
        return (configurations, Set(places.keys).union(direct).subtracting(configurations))
    }

    private mutating func readTexts(
        _ found: (configurations: Set<GitObjectID>, others: Set<GitObjectID>)
    ) throws(VxError) {
        let isPartial = try !repository.promisorRemotes().isEmpty
        for blob in found.configurations where !isPartial || repository.hasObject(blob) {
            take(OwnCommands.Reader.said(inBlob: blob, of: repository), blob)
        }
        for blob in found.others where repository.hasObject(blob) {
            guard let bytes = try repository.blob(blob, limit: YAMLNode.maximumBytes), Self.isLikeOne(bytes) else {
                continue
            }
            var said = OwnCommands.Reader.said(bytes)
            // Another tool's file.
            if case .anything = said { said = .text(bytes) }
            take(said, blob)
        }
    }

    /// Whether a text has what the commands of a `vx.yaml` stand below.
    private static func isLikeOne(_ bytes: [UInt8]) -> Bool {
        // YAML may write a letter as '\x65'.
        bytes.contains(UInt8(ascii: "\\"))
            || [("clean", "run"), ("snapshot", "command")].contains { section, key in
                bytes.contains(Array(section.utf8)) && bytes.contains(Array(key.utf8))
            }
    }

    private mutating func take(_ said: OwnCommands.Said, _ blob: GitObjectID) {
        configurations.append(blob)
        guard case .commands(let said) = said else { return unread.append((blob, said)) }
        for command in said { commands[command, default: []].append(blob) }
    }

    /// The texts that say a command, or may say it.
    func saying(_ command: [UInt8]) -> [GitObjectID] {
        (commands[command] ?? []) + unread.filter { $0.said.says(command) }.map(\.blob)
    }

    /// The texts that have a line, each with the scalar it stands in; without one where the text is none that can be read.
    mutating func having(line: String) throws -> [(blob: GitObjectID, scalar: [UInt8]?)] {
        if let lines { return lines[line] ?? [] }
        var lines: [String: [(blob: GitObjectID, scalar: [UInt8]?)]] = [:]
        for blob in configurations {
            guard let bytes = try repository.blob(blob, limit: YAMLNode.maximumBytes) else { continue }
            do throws(VxError) {
                for scalar in try YAMLNode.scalars(of: bytes, name: Configuration.path.description) {
                    for line in scalar.lines { lines[line, default: []].append((blob, Array(scalar.text.utf8))) }
                }
            } catch {
                for line in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline) {
                    lines[OwnCommands.trimmed(line), default: []].append((blob, nil))
                }
            }
        }
        self.lines = lines
        return lines[line] ?? []
    }

    // MARK: - Whose a text is

    private struct Question: Hashable {
        var blob: GitObjectID
        var first: GitObjectID?
    }

    /// Whether a text stands nowhere but in commits that were made here, and in those that come after one of them.
    ///
    /// - Parameters:
    ///   - first: the commit after which all others count as well.
    ///   - made: those that were made here.
    mutating func isMine(_ blob: GitObjectID, after first: GitObjectID?, _ made: Set<GitObjectID>) throws -> Bool {
        let question = Question(blob: blob, first: first)
        if let known = answers[question] { return known }
        if history == nil { history = try History(objects, repository) }
        let later = first.flatMap { history?.commits(after: $0) } ?? []
        let trees = places[blob] ?? []
        let answer =
            !named.contains(blob) && !trees.isEmpty
            && trees.allSatisfy { tree in
                guard !named.contains(tree), let history, !history.folders.contains(tree),
                    let commits = history.having[tree]
                else { return false }
                return commits.allSatisfy { made.contains($0) || later.contains($0) }
            }
        answers[question] = answer
        return answer
    }

    /// How the commits that are here hang together, by their own bytes.
    private struct History {
        /// The commits whose top folder a tree is.
        private(set) var having: [GitObjectID: [GitObjectID]] = [:]
        /// Those that are, be it as well, a folder in another one: a merge may put what is in it elsewhere.
        private(set) var folders: Set<GitObjectID> = []
        private var children: [GitObjectID: [GitObjectID]] = [:]
        /// What was asked last: commands that one commit brought are asked about one after another.
        private var last: (first: GitObjectID, commits: Set<GitObjectID>)?

        init(_ objects: StoredObjects, _ repository: Repository) throws(VxError) {
            for tree in objects.trees { try repository.visitFolders(ofTree: tree) { folders.insert($0) } }
            for commit in objects.commits {
                let links = try repository.links(ofCommit: commit)
                having[links.tree, default: []].append(commit)
                for parent in links.parents { children[parent, default: []].append(commit) }
            }
        }

        /// A commit and all that have it in their history.
        mutating func commits(after first: GitObjectID) -> Set<GitObjectID> {
            if let last, last.first == first { return last.commits }
            var found: Set<GitObjectID> = [first]
            var waiting = [first]
            while let commit = waiting.popLast() {
                for child in children[commit] ?? [] where found.insert(child).inserted { waiting.append(child) }
            }
            last = (first, found)
            return found
        }
    }
}
