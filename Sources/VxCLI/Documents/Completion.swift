import VxFlow
import VxModel

/// What a shell can offer for the word that is being typed.
struct Completion {
    /// What a word can be.
    enum Source: Equatable {
        case files, revisions, revisionsAndFiles, branches, tags, runs, remotes, remotesAndRevisions
        case words([String])
        case nothing
    }

    /// A word, and what it is.
    struct Candidate: Equatable {
        var word: String
        var about = ""
    }

    /// Where words come from that the parser does not know.
    var source = Source.nothing
    /// Words of the parser: commands, options, values of a list.
    var candidates: [Candidate] = []
    /// What of the word stays as it is: `--rev=`, `main..`.
    var start = ""
    /// What of the word is completed.
    var typed: String

    /// - Parameters:
    ///   - words: what stands before the word, without `vx`.
    ///   - current: the word so far.
    init(_ tree: CommandTree, words: [String], current: String) {
        typed = current
        var command = tree
        var path: [String] = []
        var place = 0
        var waiting: CommandTree.Argument?
        var isOver = false
        // Every command takes it, and it may stand before the command's name.
        var isFolder = false
        // What it tells of is named as it is typed; topics stand beside commands.
        var isHelp = false
        for word in words {
            if waiting != nil || isFolder {
                (waiting, isFolder) = (nil, false)
            } else if word == "-C", !isOver {
                isFolder = true
            } else if word == "--", !isOver {
                isOver = true
            } else if word.hasPrefix("-"), !isOver {
                if let option = command.argument(named: word), option.kind == .option { waiting = option }
            } else if place == 0, path.isEmpty, !isHelp, word == Self.help.word {
                isHelp = true
            } else if place == 0, let child = command[word] {
                command = child
                path.append(word)
            } else {
                place += 1
            }
        }
        if isFolder {
            source = .files
        } else if isHelp {
            if place == 0 { candidates = Self.commands(of: command) }
            if place == 0, path.isEmpty {
                candidates += HelpTopic.all.map { Candidate(word: $0.name, about: $0.title) }
            }
        } else if let waiting {
            source = Self.source(of: waiting, path)
        } else if !isOver, current.hasPrefix("--"), let equals = current.firstIndex(of: "=") {
            guard let option = command.argument(named: String(current[..<equals])), option.kind == .option else {
                return
            }
            start = String(current[...equals])
            typed = String(current[current.index(after: equals)...])
            source = Self.source(of: option, path)
        } else if !isOver, current.hasPrefix("-") {
            candidates = command.arguments.filter { $0.kind != .positional }.flatMap { argument in
                argument.names.map { Candidate(word: $0, about: argument.abstract) }
            }
        } else {
            if place == 0 { candidates = Self.commands(of: command) + (path.isEmpty ? [Self.help] : []) }
            let arguments = command.positional
            if let argument = place < arguments.count ? arguments[place] : arguments.last,
                place < arguments.count || argument.isRepeating
            {
                source = Self.source(of: argument, path)
            }
        }
        if case .words(let words) = source { candidates += words.map { Candidate(word: $0) } }
        // A range is completed at its end.
        if [.revisions, .revisionsAndFiles].contains(source), let dots = typed.lastRange(of: "..") {
            start += typed[..<dots.upperBound]
            typed = String(typed[dots.upperBound...])
        }
    }

    /// The parser's own command, which is none of the tree's.
    private static let help = Candidate(word: "help", about: "Tell of a command or a topic.")

    private static func commands(of command: CommandTree) -> [Candidate] {
        command.children.map { Candidate(word: $0.name, about: $0.abstract) }
    }

    /// What the value of an argument can be: by what help calls it.
    private static func source(of argument: CommandTree.Argument, _ path: [String]) -> Source {
        if !argument.values.isEmpty { return .words(argument.values) }
        switch (path.first ?? "", argument.valueName) {
        case ("check", "form"): return .words(PolicyFormat.allCases.map(\.rawValue))
        case ("drift", "form"): return .words(DriftFormat.allCases.map(\.rawValue))
        case ("completions", "shell"): return .words(ShellScript.allCases.map(\.rawValue))
        case ("check", "name"), ("ci", "name"), (_, "branch"): return .branches
        case ("reproduce", "tag"): return .runs
        case ("snapshot", "tag"): return .nothing
        case (_, "tag"): return .tags
        case ("remote", "name") where path.last == "add": return .nothing
        case ("push", "arguments"): return .remotesAndRevisions
        case ("pull", _), (_, "text"), (_, "cmd"), (_, "key=value"), (_, "time"), (_, "depth"): return .nothing
        case (_, "name"), (_, "remote"): return .remotes
        case (_, "rev"), (_, "revisions"), (_, "range"), (_, "reference"), (_, "batch"): return .revisions
        case (_, "revision-or-path"), (_, "revision-and-paths"), (_, "rev:path"), (_, "path|commit"):
            return .revisionsAndFiles
        default: return .files
        }
    }
}

extension String {
    /// The last place of a text in this one.
    fileprivate func lastRange(of text: String) -> Range<String.Index>? {
        var found: Range<String.Index>?
        var rest = self[...]
        while let next = rest.firstRange(of: text) {
            found = next
            rest = rest[next.upperBound...]
        }
        return found
    }
}
