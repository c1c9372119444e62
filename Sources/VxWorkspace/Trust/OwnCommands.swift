import VxConfig
import VxGit
import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// Tells commands of `vx.yaml` that this user wrote in this clone from those that came here: whoever edits the file himself is
/// not asked whether he trusts himself, and whoever pulls, merges or checks out somebody else's work is.
///
/// A command is the user's own where a commit that `git commit` made here brought it in (HEAD's reflog tells, and does not come
/// along with a clone), or where it stands in `vx.yaml` and in no text that git's objects here hold (docs/decisions/0029). In both
/// cases the commands that it takes the place of have to be his, too: git's merges put texts of two sides together line by line.
struct OwnCommands {
    let workspace: Workspace
    var repository: Repository { workspace.repository }
    /// Whether the user has said of a command that it may run.
    private let isRemembered: (String) throws -> Bool

    init(_ workspace: Workspace, isRemembered: @escaping (String) throws -> Bool) {
        self.workspace = workspace
        self.isRemembered = isRemembered
    }

    /// Those of some commands that are the user's own. Commands are bytes: texts that Unicode holds for equal are two programs.
    ///
    /// - Throws: where the repository cannot be read.
    func own(of commands: [[UInt8]]) async throws -> Set<[UInt8]> {
        // Then git writes other texts than those its objects have.
        if try !repository.references(withPrefix: "refs/replace/").isEmpty { return [] }
        let fetches = repository.fetchesMissing
        repository.fetchesMissing = false
        defer { repository.fetchesMissing = fetches }
        guard let texts = try await HeldTexts(of: repository) else { return [] }
        let text = try workspace.files.read(Configuration.path, limit: 1 << 20) ?? []
        let movements = try repository.headMovements()
        var search = Search(
            reader: Reader(repository: repository), movements: movements, texts: texts,
            made: Set(
                movements.filter { Self.isMaking($0.words) }.map(\.new)),
            current: Text(
                bytes: text, lines: Self.lines(text),
                commands: Set(workspace.configuration.commands.map { Array($0.text.utf8) })))
        search.edit = try edit(&search.reader)
        return try Set(commands.filter { try isOwn($0, &search) })
    }

    /// Whether git's reflog says that a commit was made here, be it of somebody else's text that stands in git's objects: that of a
    /// patch (`am`) does not.
    private static func isMaking(_ words: String) -> Bool {
        let deed = words[..<(words.firstRange(of: ": ")?.lowerBound ?? words.endIndex)]
        if deed == "cherry-pick" || deed == "revert" || deed.hasPrefix("commit") { return true }
        return (deed.hasPrefix("rebase") || deed.hasPrefix("pull"))
            && ["pick", "reword", "edit", "squash", "fixup"].contains { deed.hasSuffix("(\($0))") }
    }

    /// A `vx.yaml`: its lines, and the commands in it.
    private struct Text {
        var bytes: [UInt8]
        var lines: Set<String>
        var commands: Set<[UInt8]>
    }

    /// What was read for one question, about any number of commands.
    private struct Search {
        var reader: Reader
        let movements: [Repository.HeadMovement]
        /// What stands here of anybody.
        var texts: HeldTexts
        /// The commits that were made here.
        let made: Set<GitObjectID>
        /// What stands in the workspace.
        let current: Text
        var edit = Edit.none
        /// Commands that are being looked at: two that took each other's place prove nothing of each other.
        var asked: Set<[UInt8]> = []
        /// Whether that was why one was said not to be the user's: asked for itself, it may be.
        var metAsked = false
        var answers: [[UInt8]: Bool] = [:]
        var replaced: [Replacement: Replaced] = [:]
        /// How the commands of a text are written; `nil` stands for the workspace.
        var written: [GitObjectID?: [[UInt8]: Set<String>]] = [:]
    }

    private struct Replacement: Hashable {
        /// `nil` for the workspace.
        var new: GitObjectID?
        var old: GitObjectID
    }

    /// What an earlier text says and the one in its place does not, and what lines of both may stand in a command.
    private struct Replaced {
        var commands: Set<[UInt8]>
        var shared: [[UInt8]]
    }

    private func isOwn(_ command: [UInt8], _ search: inout Search) throws -> Bool {
        if let known = search.answers[command] { return known }
        guard search.asked.insert(command).inserted else {
            search.metAsked = true
            return false
        }
        let before = search.metAsked
        search.metAsked = false
        let answer =
            try isRemembered(String(decoding: command, as: UTF8.self)) || wasCommittedHere(command, &search)
            || wasEditedHere(command, &search)
        search.asked.remove(command)
        if answer || !search.metAsked || search.asked.isEmpty { search.answers[command] = answer }
        search.metAsked = search.metAsked && !answer || before
        return answer
    }

    private func wasEditedHere(_ command: [UInt8], _ search: inout Search) throws -> Bool {
        guard search.current.commands.contains(command), search.edit.brings(command),
            search.texts.saying(command).isEmpty, try !isMixed(command, in: nil, after: nil, &search)
        else { return false }
        var sources: [GitObjectID?] = []
        if let head = try repository.head().commit { sources.append(search.reader.blob(of: head)) }
        if let entry = try repository.readIndex().find(Configuration.path) { sources.append(entry.id) }
        return try areOwn(sources, behind: command, in: nil, &search)
    }

    /// Whether a command may have been put together of the user's lines and somebody else's: it is written on several lines, and one
    /// of them stands in a command that is not the user's, of a text that is not his. Whoever only takes a line out leaves others.
    ///
    /// - Parameters:
    ///   - new: the blob of the text it stands in; `nil` for the workspace.
    ///   - first: the commit that brought it, where one did: what comes after that is no source of it.
    private func isMixed(
        _ command: [UInt8], in new: GitObjectID?, after first: GitObjectID?, _ search: inout Search
    ) throws -> Bool {
        if search.written[new] == nil {
            guard let bytes = try new.map({ try text($0, &search)?.bytes }) ?? search.current.bytes else { return true }
            var written: [[UInt8]: Set<String>] = [:]
            for scalar in try YAMLNode.scalars(of: bytes, name: Configuration.path.description) {
                written[Array(scalar.text.utf8), default: []].formUnion(scalar.lines)
            }
            search.written[new] = written
        }
        guard let lines = search.written[new]?[command] else { return true }
        if lines.count < 2 { return false }
        for line in lines {
            for (blob, other) in try search.texts.having(line: line) where other != command {
                if try search.texts.isMine(blob, after: first, search.made) { continue }
                guard let other, try isOwn(other, &search) else { return true }
            }
        }
        return false
    }

    /// Whether the user's are all commands that sources say and the new text does not say any more, where the new command may have
    /// a part of them: a line that both texts have. git's merges take whole lines.
    ///
    /// - Parameter new: the blob of the new text; `nil` for what stands in the workspace.
    private func areOwn(
        _ sources: [GitObjectID?], behind command: [UInt8], in new: GitObjectID?, _ search: inout Search
    ) throws -> Bool {
        for case let source? in sources {
            guard let replaced = try replaced(source, by: new, &search) else { return false }
            if replaced.commands.isEmpty { continue }
            guard replaced.shared.contains(where: { command.contains($0) }) else { continue }
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
        return Text(bytes: bytes, lines: Self.lines(bytes), commands: commands)
    }

    private static func lines(_ text: [UInt8]) -> Set<String> {
        Set(String(decoding: text, as: UTF8.self).split(whereSeparator: \.isNewline).map(trimmed))
    }

    static func trimmed(_ text: Substring) -> String {
        let start = text.drop { $0.isWhitespace }
        return String(
            start[..<(start.lastIndex { !$0.isWhitespace }.map { start.index(after: $0) } ?? start.startIndex)])
    }

    /// What of a line of YAML may stand in a command: the line, and what follows its dash, its key and a quotation mark.
    private static func pieces(_ line: String) -> [String] {
        var pieces = [line]
        if line.hasPrefix("- ") { pieces.append(trimmed(line.dropFirst(2))) }
        for piece in pieces {
            // The number of the format stands in every file, and in no command.
            if let colon = piece.firstRange(of: ": "), piece[..<colon.lowerBound] != "version" {
                pieces.append(trimmed(piece[colon.upperBound...]))
            }
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
    private func wasCommittedHere(_ command: [UInt8], _ search: inout Search) throws -> Bool {
        let own = ["commit: ", "commit (initial): ", "commit (amend): ", "commit (merge): "]
        for movement in search.movements where own.contains(where: movement.words.hasPrefix) {
            guard case .commands(let commands) = search.reader.said(by: movement.new), commands.contains(command) else {
                continue
            }
            let parents = [movement.old].compactMap(\.self) + (try repository.commitInfo(movement.new).parents)
            guard parents.allSatisfy({ !search.reader.said(by: $0).says(command) }),
                let text = search.reader.blob(of: movement.new),
                try search.texts.saying(command).allSatisfy({
                    try search.texts.isMine($0, after: movement.new, search.made)
                }),
                try !isMixed(command, in: text, after: movement.new, &search)
            else { continue }
            let sources = parents.map { search.reader.blob(of: $0) }
            if try areOwn(sources, behind: command, in: text, &search) { return true }
        }
        return false
    }

    /// What an edit of the file in the workspace brings.
    private enum Edit {
        /// There was none, or what stands there is not known to be one.
        case none
        /// Whatever stands there.
        case all
        /// What is staged.
        case staged(Set<[UInt8]>)

        func brings(_ command: [UInt8]) -> Bool {
            switch self {
            case .none: false
            case .all: true
            case .staged(let commands): commands.contains(command)
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
        if !entry.stat.matches(status) { return .all }
        guard case .commands(let commands) = reader.said(inBlob: entry.id) else { return .none }
        return .staged(commands)
    }
}
