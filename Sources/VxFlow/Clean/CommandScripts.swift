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
            for (position, word) in words.enumerated() where isNamed(word) {
                let isProgram = position == 0 && word.contains("/")
                let isScript = isProgram || hasEnding(word) || isRead(at: position, of: words)
                guard isScript else { continue }
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
    static func cannotWork(_ said: String) -> Bool {
        if said.hasPrefix("sh: ") {
            return ["not found", "Permission denied", "No such file or directory"].contains { said.hasSuffix($0) }
        }
        let beginnings = ["ModuleNotFoundError: ", "ImportError: ", "Error: Cannot find module", "Can't locate "]
        return beginnings.contains { said.hasPrefix($0) } || said.contains("can't open file '")
            || said.contains("there is no package called")
    }

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

    /// Whether an interpreter reads the word as its script.
    private static func isRead(at position: Int, of words: [String]) -> Bool {
        guard position > 0, let program = words[0].split(separator: "/").last,
            interpreters.contains(program.prefix { $0.isLetter })
        else { return false }
        let options = words[1..<position]
        // '-c TEXT', '-e TEXT' and '-m MODULE' read no script; what follows another option may belong to that.
        return options.allSatisfy { $0.hasPrefix("-") && !"cemE".contains($0.last ?? "c") }
            && (options.isEmpty || word(words[position]))
    }

    private static func word(_ text: String) -> Bool { text.contains("/") || text.contains(".") }

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
