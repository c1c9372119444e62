import VxConfig
import VxGit
import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// Tells commands of `vx.yaml` that this user wrote in this clone from those that came here: whoever edits the file himself is
/// not asked whether he trusts himself, and whoever pulls, merges or checks out somebody else's work is.
///
/// A command is the user's own where a commit that `git commit` made here brought it in (HEAD's reflog tells, and does not come
/// along with a clone), or where it stands in `vx.yaml` and in no commit that is here (docs/decisions/0029). In both cases the
/// commands that it takes the place of have to be his, too: git's merges put texts of two sides together line by line.
struct OwnCommands {
    /// What a commit's `vx.yaml` says.
    private enum Said {
        case commands(Set<String>)
        /// It cannot be read as what it is: its text, without white space.
        case text(String)
        /// It is not here, or no plain file: it may say anything.
        case anything

        func says(_ command: String) -> Bool {
            switch self {
            case .commands(let commands): commands.contains(command)
            case .text(let text): text.contains("\\") || text.contains(command.filter { !$0.isWhitespace })
            case .anything: true
            }
        }
    }

    private let workspace: Workspace
    private var repository: Repository { workspace.repository }
    /// Whether the user has said of a command that it may run.
    private let isRemembered: (String) throws -> Bool

    init(_ workspace: Workspace, isRemembered: @escaping (String) throws -> Bool) {
        self.workspace = workspace
        self.isRemembered = isRemembered
    }

    /// - Throws: where the repository cannot be read.
    func contains(_ command: String) async throws -> Bool {
        var search = Search(
            reader: Reader(repository: repository), movements: try repository.headMovements(),
            commits: try await commitsWithConfiguration())
        return try isOwn(command, &search)
    }

    /// What was read for one question.
    private struct Search {
        var reader: Reader
        let movements: [Repository.HeadMovement]
        /// Every commit here that may have brought a command in.
        let commits: [GitObjectID]
        /// Commands that are being looked at: two that took each other's place prove nothing of each other.
        var asked: Set<String> = []
    }

    private func isOwn(_ command: String, _ search: inout Search) throws -> Bool {
        if try isRemembered(command) { return true }
        guard search.asked.insert(command).inserted else { return false }
        defer { search.asked.remove(command) }
        if try wasCommittedHere(command, &search) { return true }
        let current = Set(workspace.configuration.commands.map(\.text))
        guard current.contains(command), try isEdited(bringing: command, &search.reader) else { return false }
        for commit in search.commits where search.reader.said(by: commit).says(command) { return false }
        var sources: [GitObjectID?] = []
        if let head = try repository.head().commit { sources.append(search.reader.blob(of: head)) }
        if let entry = try repository.readIndex().find(Configuration.path) { sources.append(entry.id) }
        let text = try workspace.files.read(Configuration.path, limit: 1 << 20) ?? []
        return try areOwn(sources, behind: command, in: text, saying: current, &search)
    }

    /// Whether the user's are all commands that sources say and the new text does not say any more, where the new command may have
    /// a part of them: a line that both texts have. git's merges take whole lines.
    private func areOwn(
        _ sources: [GitObjectID?], behind command: String, in text: [UInt8], saying new: Set<String>,
        _ search: inout Search
    ) throws -> Bool {
        let lines = Self.lines(text)
        for case let source? in sources {
            guard case .commands(let old) = search.reader.said(inBlob: source),
                let bytes = try repository.blob(source, limit: 1 << 20)
            else { return false }
            let shared = lines.intersection(Self.lines(bytes)).flatMap(Self.pieces)
            guard shared.contains(where: command.contains) else { continue }
            for command in old.subtracting(new) where try !isOwn(command, &search) { return false }
        }
        return true
    }

    private static func lines(_ text: [UInt8]) -> Set<String> {
        Set(String(decoding: text, as: UTF8.self).split(whereSeparator: \.isNewline).map(trimmed))
    }

    private static func trimmed(_ text: Substring) -> String {
        let start = text.drop { $0.isWhitespace }
        return String(
            start[..<(start.lastIndex { !$0.isWhitespace }.map { start.index(after: $0) } ?? start.startIndex)])
    }

    /// What of a line of YAML may stand in a command: the line, and what follows its dash, its key and a quotation mark.
    private static func pieces(_ line: String) -> [String] {
        var pieces = [line]
        if line.hasPrefix("- ") { pieces.append(trimmed(line.dropFirst(2))) }
        for piece in pieces {
            if let colon = piece.firstRange(of: ": ") { pieces.append(trimmed(piece[colon.upperBound...])) }
        }
        pieces += pieces.map { piece in trimmed(piece.drop { $0 == "'" || $0 == "\"" }) }
        pieces += pieces.map { piece in
            String(
                piece[
                    ..<(piece.lastIndex { $0 != "'" && $0 != "\"" }.map { piece.index(after: $0) } ?? piece.startIndex)]
            )
        }
        return pieces.filter { !$0.isEmpty }
    }

    /// Whether a commit that was made here has it, what that commit was made from has not, and nobody else had it before:
    /// `git merge --squash` makes one commit of somebody else's work.
    private func wasCommittedHere(_ command: String, _ search: inout Search) throws -> Bool {
        let own = ["commit: ", "commit (initial): ", "commit (amend): ", "commit (merge): "]
        for movement in search.movements where own.contains(where: movement.words.hasPrefix) {
            guard case .commands(let commands) = search.reader.said(by: movement.new), commands.contains(command) else {
                continue
            }
            let parents = [movement.old].compactMap(\.self) + (try repository.commitInfo(movement.new).parents)
            guard parents.allSatisfy({ !search.reader.said(by: $0).says(command) }),
                try isFirst(movement.new, toSay: command, &search)
            else { continue }
            let text =
                try search.reader.blob(of: movement.new).flatMap { try repository.blob($0, limit: 1 << 20) } ?? []
            let sources = parents.map { search.reader.blob(of: $0) }
            if try areOwn(sources, behind: command, in: text, saying: commands, &search) { return true }
        }
        return false
    }

    /// Whether all other commits that say a command come after this one, or were made here as well.
    private func isFirst(
        _ first: GitObjectID, toSay command: String, _ search: inout Search
    ) throws -> Bool {
        let others = search.commits.filter { $0 != first && search.reader.said(by: $0).says(command) }
        if others.isEmpty { return true }
        let making = [
            "commit", "rebase (pick)", "rebase (reword)", "rebase (edit)", "rebase (squash)", "rebase (fixup)",
        ]
        let made = Set(
            search.movements.filter { movement in making.contains(where: movement.words.hasPrefix) }.map(\.new))
        let stashed = try repository.stashedCommits()
        return try others.allSatisfy { other in
            try made.contains(other) || stashed.contains(other) || repository.isAncestor(first, of: other)
        }
    }

    /// Whether the file in the workspace was edited there since git wrote it, or the edit is staged. Where git converts the
    /// file, or puts another one's text in its place, what stands there can differ from every commit without that.
    private func isEdited(bringing command: String, _ reader: inout Reader) throws -> Bool {
        let path = Configuration.path
        if let operation = repository.operationInProgress(), operation != "bisect" { return false }
        guard let status = try Files.status(workspace.root.appending(path)), status.kind == .regular else {
            return false
        }
        for attribute in ["filter", "ident", "working-tree-encoding"] {
            if let value = try repository.attribute(attribute, of: path), value != "unset" { return false }
        }
        if let head = try repository.head().commit,
            try repository.hasAlias(of: path.description, inTree: repository.tree(ofCommit: head))
        {
            return false
        }
        guard let entry = try repository.readIndex().find(path) else { return true }
        guard entry.mode.isFile else { return false }
        return !entry.stat.matches(status) || reader.said(inBlob: entry.id).says(command)
    }

    /// Every commit here that changes `vx.yaml`, of branches, tags, reflogs, and what was fetched without a name; and all that
    /// nothing names any more: what came with a branch stays when the branch is deleted.
    private func commitsWithConfiguration() async throws -> [GitObjectID] {
        var heads: [UInt8] = []
        for place in Set([repository.gitDirectory, repository.commonDirectory]) {
            let bytes = try Files.read(place.appending("FETCH_HEAD"), limit: 1 << 24) ?? []
            for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
                guard let id = GitObjectID(hex: String(line.prefix(40))), repository.hasObject(id) else { continue }
                heads += Array("\(id.hex)\n".utf8)
            }
        }
        let named = ["rev-list", "--all", "--reflog", "--stdin"]
        let changing = try await ids(named + ["--full-history", "--", Configuration.path.description], input: heads)
        let reached = Set(try await ids(named, input: heads))
        let all = try await ids(
            ["cat-file", "--batch-all-objects", "--unordered", "--batch-check=%(objecttype) %(objectname)"],
            after: Array("commit ".utf8))
        return changing + all.filter { !reached.contains($0) }
    }

    /// The ids that a git command prints, one on a line, where `start` stands before each.
    private func ids(_ arguments: [String], input: [UInt8] = [], after start: [UInt8] = []) async throws -> [GitObjectID] {
        try await GitProcess(environment: ["GIT_NO_LAZY_FETCH": "1"]).stream(
            "git could not list the commits that may have changed vx.yaml", arguments.map { Array($0.utf8) },
            in: workspace.root, input: input, into: []
        ) { ids, line in
            guard line.starts(with: start) else { return }
            if let id = GitObjectID(hex: String(decoding: line.dropFirst(start.count), as: UTF8.self)) { ids.append(id) }
        }
    }

    /// Reads each `vx.yaml` once.
    private struct Reader {
        let repository: Repository
        private var read: [GitObjectID: Said] = [:]

        init(repository: Repository) { self.repository = repository }

        mutating func said(by commit: GitObjectID) -> Said {
            do {
                let tree = try repository.tree(ofCommit: commit)
                guard try !repository.hasAlias(of: Configuration.path.description, inTree: tree) else {
                    return .anything
                }
                guard let entry = try repository.entry(at: Configuration.path, inTree: tree) else {
                    return .commands([])
                }
                return entry.mode.isFile ? said(inBlob: entry.id) : .anything
            } catch {
                return .anything
            }
        }

        /// The blob of a commit's `vx.yaml`; `nil` where it has none, or what it has is no plain file.
        func blob(of commit: GitObjectID) -> GitObjectID? {
            let entry = try? repository.entry(at: Configuration.path, inTree: repository.tree(ofCommit: commit))
            return entry.flatMap { $0.mode.isFile ? $0.id : nil }
        }

        mutating func said(inBlob id: GitObjectID) -> Said {
            if let known = read[id] { return known }
            let said = fresh(id)
            read[id] = said
            return said
        }

        private func fresh(_ id: GitObjectID) -> Said {
            do {
                guard let bytes = try repository.blob(id, limit: 1 << 20) else { return .anything }
                do {
                    return .commands(Set(try Configuration.parse(bytes).commands.map(\.text)))
                } catch {
                    return .text(String(decoding: bytes, as: UTF8.self).filter { !$0.isWhitespace })
                }
            } catch {
                return .anything
            }
        }
    }
}
