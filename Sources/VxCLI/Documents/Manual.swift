/// The man pages: one of each command, and one of each topic, made from what `vx help` says.
enum Manual {
    /// Which vx the pages are of.
    struct Edition {
        var version: String
        /// The day of its release, as `2030-01-31`; empty where nobody has said it.
        var day: String
    }

    /// Names of files, as `vx-add.1`, and their pages.
    static func pages(of tree: CommandTree, _ edition: Edition) -> [(name: String, text: String)] {
        var pages: [(String, String)] = []
        func add(_ command: CommandTree, _ path: [String]) {
            pages.append(("\(path.joined(separator: "-")).1", page(command, path, edition)))
            for child in command.children { add(child, path + [child.name]) }
        }
        add(tree, [tree.name])
        return pages + HelpTopic.all.map { ("vx-\($0.name).7", page($0, edition)) }
    }

    private static func page(_ command: CommandTree, _ path: [String], _ edition: Edition) -> String {
        let name = path.joined(separator: "-")
        let typed = path.joined(separator: " ")
        var lines = head(name, 1, edition) + [".SH NAME", "\(escaped(name)) \\- \(escaped(plain(command.abstract)))"]
        lines += [".SH SYNOPSIS", ".B \(escaped(typed))", escaped(synopsis(command)), ".SH DESCRIPTION"]
        lines +=
            paragraphs(command.abstract) + (command.discussion.isEmpty ? [] : [".PP"] + paragraphs(command.discussion))
        if !command.children.isEmpty {
            lines.append(".SH COMMANDS")
            for child in command.children {
                lines += [".TP", ".BR \(escaped("\(name)-\(child.name)")) (1)", escaped(child.abstract)]
            }
        }
        let arguments = command.arguments.filter { !$0.names.contains("--help") }
        if !arguments.isEmpty {
            lines.append(".SH OPTIONS")
            for argument in arguments {
                lines += [".TP", ".B \(escaped(heading(argument)))"] + paragraphs(argument.abstract)
            }
        }
        let others = path.count == 1 ? HelpTopic.all.map { "vx-\($0.name) (7)" } : ["vx (1)", "git (1)"]
        lines.append(".SH EXIT STATUS")
        lines += paragraphs("0 done, 1 failed, 2 usage, 3 partly done, 4 refused; 'vx help exit-codes' has all.")
        lines +=
            [".SH SEE ALSO"]
            + others.enumerated().map { number, other in
                ".BR \(escaped(other))\(number + 1 < others.count ? " ," : "")"
            }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func page(_ topic: HelpTopic, _ edition: Edition) -> String {
        let name = "vx-\(topic.name)"
        var lines = head(name, 7, edition)
        lines += [".SH NAME", "\(escaped(name)) \\- \(escaped(plain(topic.title)))", ".SH DESCRIPTION"]
        lines += paragraphs(topic.text) + [".SH SEE ALSO", ".BR vx (1)"]
        return lines.joined(separator: "\n") + "\n"
    }

    private static func head(_ name: String, _ section: Int, _ edition: Edition) -> [String] {
        [".TH \(escaped(name.uppercased())) \(section) \"\(edition.day)\" \"vx \(edition.version)\" \"vx\""]
    }

    private static func synopsis(_ command: CommandTree) -> String {
        let words = command.positional.map { argument in
            let word = "<\(argument.valueName)>\(argument.isRepeating ? "..." : "")"
            return argument.isOptional ? "[\(word)]" : word
        }
        return (["[options]"] + (command.children.isEmpty ? [] : ["<command>"]) + words).joined(separator: " ")
    }

    private static func heading(_ argument: CommandTree.Argument) -> String {
        if argument.kind == .positional { return "<\(argument.valueName)>" }
        let names = argument.names.joined(separator: ", ")
        return argument.kind == .option ? "\(names) <\(argument.valueName)>" : names
    }

    /// The first sentence, as NAME has it.
    private static func plain(_ text: String) -> String { text.hasSuffix(".") ? String(text.dropLast()) : text }

    /// Text with empty lines between paragraphs; lines that are set in stay as they are.
    private static func paragraphs(_ text: String) -> [String] {
        var lines: [String] = []
        var isFixed = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.isEmpty {
                lines.append(".PP")
                continue
            }
            if line.hasPrefix("    ") != isFixed {
                isFixed.toggle()
                lines.append(isFixed ? ".nf" : ".fi")
            }
            lines.append(escaped(String(line)))
        }
        return lines + (isFixed ? [".fi"] : [])
    }

    private static func escaped(_ text: String) -> String {
        let text = text.replacing("\\", with: "\\e").replacing("-", with: "\\-").replacing("\n", with: " ")
        return text.hasPrefix(".") || text.hasPrefix("'") ? "\\&\(text)" : text
    }
}
