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
    let workspace: Workspace
    var repository: Repository { workspace.repository }
    /// Whether the user has said of a command that it may run.
    private let isRemembered: (String) throws -> Bool

    init(_ workspace: Workspace, isRemembered: @escaping (String) throws -> Bool) {
        self.workspace = workspace
        self.isRemembered = isRemembered
    }

    /// Those of some commands that are the user's own.
    ///
    /// - Throws: where the repository cannot be read.
    func own(of commands: [String]) async throws -> Set<String> {
        let text = try workspace.files.read(Configuration.path, limit: 1 << 20) ?? []
        var search = Search(
            reader: Reader(repository: repository), movements: try repository.headMovements(),
            commits: try await commitsWithConfiguration(), stashed: try repository.stashedCommits(),
            current: Text(lines: Self.lines(text), commands: Set(workspace.configuration.commands.map(\.text))))
        search.edit = try edit(&search.reader)
        return try Set(commands.filter { try isOwn($0, &search) })
    }

    /// A `vx.yaml`: its lines, and the commands in it.
    private struct Text {
        var lines: Set<String>
        var commands: Set<String>
    }

    /// What was read for one question, about any number of commands.
    private struct Search {
        var reader: Reader
        let movements: [Repository.HeadMovement]
        /// Every commit here that may have brought a command in.
        let commits: [GitObjectID]
        let stashed: Set<GitObjectID>
        /// What stands in the workspace.
        let current: Text
        var edit = Edit.none
        /// Commands that are being looked at: two that took each other's place prove nothing of each other.
        var asked: Set<String> = []
        /// Whether that was why one was said not to be the user's: asked for itself, it may be.
        var metAsked = false
        var answers: [String: Bool] = [:]
        var replaced: [Replacement: Replaced] = [:]
    }

    private struct Replacement: Hashable {
        /// `nil` for the workspace.
        var new: GitObjectID?
        var old: GitObjectID
    }

    /// What an earlier text says and the one in its place does not, and what lines of both may stand in a command.
    private struct Replaced {
        var commands: Set<String>
        var shared: [[UInt8]]
    }

    private func isOwn(_ command: String, _ search: inout Search) throws -> Bool {
        if let known = search.answers[command] { return known }
        guard search.asked.insert(command).inserted else {
            search.metAsked = true
            return false
        }
        let before = search.metAsked
        search.metAsked = false
        let answer = try isRemembered(command) || wasCommittedHere(command, &search) || wasEditedHere(command, &search)
        search.asked.remove(command)
        if answer || !search.metAsked || search.asked.isEmpty { search.answers[command] = answer }
        search.metAsked = search.metAsked && !answer || before
        return answer
    }

    private func wasEditedHere(_ command: String, _ search: inout Search) throws -> Bool {
        guard search.current.commands.contains(command), search.edit.brings(command) else { return false }
        for commit in search.commits where search.reader.said(by: commit).says(command) { return false }
        var sources: [GitObjectID?] = []
        if let head = try repository.head().commit { sources.append(search.reader.blob(of: head)) }
        if let entry = try repository.readIndex().find(Configuration.path) { sources.append(entry.id) }
        return try areOwn(sources, behind: command, in: nil, &search)
    }

    /// Whether the user's are all commands that sources say and the new text does not say any more, where the new command may have
    /// a part of them: a line that both texts have. git's merges take whole lines.
    ///
    /// - Parameter new: the blob of the new text; `nil` for what stands in the workspace.
    private func areOwn(
        _ sources: [GitObjectID?], behind command: String, in new: GitObjectID?, _ search: inout Search
    ) throws -> Bool {
        for case let source? in sources {
            guard let replaced = try replaced(source, by: new, &search) else { return false }
            if replaced.commands.isEmpty { continue }
            let bytes = Array(command.utf8)
            guard replaced.shared.contains(where: { bytes.contains($0) }) else { continue }
            for command in replaced.commands where try !isOwn(command, &search) { return false }
        }
        return true
    }

    /// - Returns: `nil` where a text cannot be read as what it is.
    private func replaced(_ old: GitObjectID, by new: GitObjectID?, _ search: inout Search) throws -> Replaced? {
        let key = Replacement(new: new, old: old)
        if let known = search.replaced[key] { return known }
        guard let earlier = try text(old, &search),
            let later = try new.map({ try text($0, &search) }) ?? search.current
        else { return nil }
        let shared = later.lines.intersection(earlier.lines).flatMap(Self.pieces)
        let found = Replaced(
            commands: earlier.commands.subtracting(later.commands), shared: Set(shared).map { Array($0.utf8) })
        search.replaced[key] = found
        return found
    }

    private func text(_ blob: GitObjectID, _ search: inout Search) throws -> Text? {
        guard case .commands(let commands) = search.reader.said(inBlob: blob),
            let bytes = try repository.blob(blob, limit: 1 << 20)
        else { return nil }
        return Text(lines: Self.lines(bytes), commands: commands)
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
            guard let text = search.reader.blob(of: movement.new) else { continue }
            let sources = parents.map { search.reader.blob(of: $0) }
            if try areOwn(sources, behind: command, in: text, &search) { return true }
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
        return try others.allSatisfy { other in
            try made.contains(other) || search.stashed.contains(other) || repository.isAncestor(first, of: other)
        }
    }

    /// What an edit of the file in the workspace brings.
    private enum Edit {
        /// There was none, or what stands there is not known to be one.
        case none
        /// Whatever stands there.
        case all
        /// What is staged.
        case staged(Said)

        func brings(_ command: String) -> Bool {
            switch self {
            case .none: false
            case .all: true
            case .staged(let said): said.says(command)
            }
        }
    }

    /// Whether the file in the workspace was edited there since git wrote it, or the edit is staged. Where git converts the
    /// file, or puts another one's text in its place, what stands there can differ from every commit without that.
    private func edit(_ reader: inout Reader) throws -> Edit {
        let path = Configuration.path
        if let operation = repository.operationInProgress(), operation != "bisect" { return .none }
        guard let status = try Files.status(workspace.root.appending(path)), status.kind == .regular else {
            return .none
        }
        for attribute in ["filter", "ident", "working-tree-encoding"] {
            if let value = try repository.attribute(attribute, of: path), value != "unset" { return .none }
        }
        if let head = try repository.head().commit,
            try repository.hasAlias(of: path.description, inTree: repository.tree(ofCommit: head))
        {
            return .none
        }
        guard let entry = try repository.readIndex().find(path) else { return .all }
        guard entry.mode.isFile else { return .none }
        return entry.stat.matches(status) ? .staged(reader.said(inBlob: entry.id)) : .all
    }
}
