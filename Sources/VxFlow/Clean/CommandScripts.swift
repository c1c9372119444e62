import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// Finds scripts that a command names and that are not there. Many interpreters end with the same status then as a script
/// that has looked at a file and found it bad: python with 2, node with 1.
enum CommandScripts {
    /// The first script or program a command names by its path that is not there or cannot be run; `nil` where there is none.
    ///
    /// Words a shell would expand are left to it, and so is everything in a command that changes its folder.
    ///
    /// - Parameter root: where the command runs.
    static func missing(in command: String, at root: FilePath) throws(VxError) -> (word: String, reason: String)? {
        let commands = simpleCommands(command)
        if commands.contains(where: { $0.first == "cd" }) { return nil }
        for words in commands {
            var before = Before(program: words[0])
            for (position, word) in words.enumerated() {
                defer { before.take(word) }
                guard isNamed(word) else { continue }
                let isProgram = position == 0 && word.contains("/")
                guard isProgram || hasEnding(word) || before.isRead(word) || before.isTold else { continue }
                guard let status = try Files.targetStatus(root.pushing(FilePath(word))) else {
                    return (word, "there is no such file in \(root)")
                }
                if isProgram, !(status.kind == .regular && status.isExecutable) {
                    return (word, "it cannot be run: 'chmod +x \(typed: word)'")
                }
            }
        }
        return nil
    }

    /// Whether a command's last words say that it could not do its work, whatever file it was given.
    ///
    /// - Parameter path: the file. What is not there beside it, and has its name, is looked for because of it.
    static func cannotWork(_ said: String, on path: RepoPath) -> Bool {
        let ofShell = ["not found", "Permission denied"]
        if said.hasPrefix("sh: "), ofShell.contains(where: { said.hasSuffix($0) }) || said.contains(": can't cd to ") {
            return true
        }
        let isAbsence = said.lowercased().contains("no such file")
        if isAbsence, !said.contains(String(decoding: path.name.bytes, as: UTF8.self)) { return true }
        return beginnings.contains { said.hasPrefix($0) } || parts.contains { said.contains($0) }
    }

    /// The line that says that what the command runs is no text of its language: it fails whatever file it is given then. The same
    /// words about the file are a finding.
    ///
    /// - Parameter said: what the command printed last.
    static func mistake(in said: [String], on path: RepoPath) -> String? {
        let said = Array(said.suffix(16))
        guard let position = said.lastIndex(where: isMistake) else { return nil }
        let name = String(decoding: path.name.bytes, as: UTF8.self)
        if said[position].contains(name) { return nil }
        guard pythons.contains(where: { said[position].hasPrefix($0) }) else { return said[position] }
        // Python names the text in a line above. '<unknown>' and '<string>' are what a script gave it to read, as a file's text.
        let place = said[..<position].last { $0.hasPrefix("File \"") || $0.contains("  File \"") }
        guard let place, !place.contains("File \"<"), !place.contains(name) else { return nil }
        return "\(said[position]) (\(place.drop { $0 == " " }))"
    }

    private static func isMistake(_ line: String) -> Bool {
        pythons.contains { line.hasPrefix($0) } || mistakes.contains { line.contains($0) }
            || (line.contains("awk: ") && line.contains("syntax error"))
    }

    private static let pythons = ["SyntaxError: ", "IndentationError: ", "TabError: "]
    /// In the words of dash, bash, perl and jq.
    private static let mistakes = [
        ": Syntax error: ", ": syntax error near unexpected", ": syntax error: unexpected end of file",
        "unexpected EOF while looking for matching", ": Bad substitution", ": bad substitution",
        " aborted due to compilation errors", "jq: 1 compile error",
    ]

    private static let beginnings = [
        "ModuleNotFoundError: ", "ImportError: ", "Can't locate ", "Could not open input file: ",
    ]
    /// In the words of python, node, R, make, java, ruby and perl, as they begin where they begin with the program's name.
    private static let parts = [
        ": No module named ", "ModuleNotFoundError: No module named ", "can't open file '", "Error: Cannot find module",
        "there is no package called", "No rule to make target", "No targets specified and no makefile found",
        "Unable to access jarfile", "Could not find or load main class", "java.lang.ClassNotFoundException: ",
        "cannot load such file -- ", "Can't open perl script",
    ]

    private static let interpreters: Set<Substring> = [
        "python", "pypy", "sh", "bash", "dash", "zsh", "ksh", "perl", "ruby", "node", "Rscript", "julia", "php", "lua",
    ]
    private static let endings = [
        ".py", ".sh", ".bash", ".pl", ".rb", ".js", ".mjs", ".ts", ".R", ".r", ".jl", ".php", ".lua",
    ]

    private static func hasEnding(_ word: String) -> Bool { endings.contains { word.hasSuffix($0) } }

    /// Whether the word is one a file is meant by, as it stands.
    private static func isNamed(_ word: String) -> Bool {
        !word.isEmpty && !word.hasPrefix("-") && !word.contains { "$`*?[{}~<>=\"'".contains($0) }
    }

    /// What the words of a command say of the one that comes next.
    private struct Before {
        private let isInterpreter: Bool
        private var last: String?
        private var count = 0
        /// Whether all that is there behind the program are options that leave it to read a script.
        private var hasPlainOptions = true
        /// Options of programs named before the last word, behind which each reads a file.
        private var scriptOptions: Set<String> = []

        init(program: String) {
            isInterpreter =
                CommandScripts.name(program).map { CommandScripts.interpreters.contains($0.prefix { $0.isLetter }) }
                ?? false
        }

        mutating func take(_ word: String) {
            // '-c TEXT', '-e TEXT' and '-m MODULE' read no script; what follows another option may belong to that.
            if count > 0, !(word.hasPrefix("-") && !"cemE".contains(word.last ?? "c")) { hasPlainOptions = false }
            if let options = last.flatMap(CommandScripts.name).flatMap({ CommandScripts.scriptOptions[$0] }) {
                scriptOptions.formUnion(options)
            }
            last = word
            count += 1
        }

        /// Whether an interpreter reads the word as its script.
        func isRead(_ word: String) -> Bool {
            count > 0 && isInterpreter && hasPlainOptions
                && (count == 1 || word.contains("/") || word.contains("."))
        }

        /// Whether the word before says that a program, here or behind another that starts it, reads this one as its script.
        var isTold: Bool { last.map(scriptOptions.contains) ?? false }
    }

    /// What a program is called by, without its folder.
    private static func name(_ program: String) -> Substring? { program.split(separator: "/").last }

    /// Options behind which a program is told what to do by a file, by the program's name.
    private static let scriptOptions: [Substring: Set<String>] = [
        "make": ["-f", "--file", "--makefile"], "gmake": ["-f", "--file", "--makefile"], "java": ["-jar"],
        "awk": ["-f"], "gawk": ["-f", "--file"], "mawk": ["-f"], "sed": ["-f"], "gsed": ["-f"],
        "jq": ["-f", "--from-file"],
    ]

    /// The words of each command a line is made of. Quotes are left on what they enclose.
    private static func simpleCommands(_ text: String) -> [[String]] {
        var commands: [[String]] = [[]]
        var word = ""
        var quote: Character?
        func end() {
            // What stands before a command for its environment is no part of it.
            let isVariable = commands[commands.count - 1].isEmpty && word.contains("=")
            if !word.isEmpty, !isVariable { commands[commands.count - 1].append(word) }
            word = ""
        }
        for character in text {
            if let open = quote {
                word.append(character)
                if character == open { quote = nil }
                continue
            }
            switch character {
            case "'", "\"":
                quote = character
                word.append(character)
            case " ", "\t": end()
            case ";", "|", "&", "(", ")", "\n":
                end()
                if commands.last?.isEmpty == false { commands.append([]) }
            default: word.append(character)
            }
        }
        end()
        return commands.filter { !$0.isEmpty }
    }
}
