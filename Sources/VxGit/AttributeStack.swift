import VxModel

/// The attributes files that concern a path, and what they say together: git's own precedence.
package struct AttributeStack: Sendable {
    /// One file of the stack.
    package struct Source: Sendable {
        /// What to call it: `data/.gitattributes`, say.
        package var name: String
        /// The folder its patterns count from.
        package var folder: RepoPath
        package var text: AttributeText

        package init(name: String, folder: RepoPath, text: AttributeText) {
            self.name = name
            self.folder = folder
            self.text = text
        }
    }

    /// What an attribute is, and which line says so.
    package struct Answer: Sendable, Equatable {
        package var value: AttributeValue
        package var file: String
        package var line: Int
    }

    /// Those that win first.
    private let sources: [Source]
    /// What setting a name sets besides.
    private let macros: [String: [(name: String, value: AttributeValue)]]

    /// - Parameter sources: those that win over the others first.
    package init(_ sources: [Source]) {
        self.sources = sources
        var macros: [String: [(name: String, value: AttributeValue)]] = [:]
        for text in sources.map(\.text) + [.builtIn] {
            for line in text.lines.reversed() {
                if case .macro(let name) = line.subject, macros[name] == nil { macros[name] = line.assignments }
            }
        }
        self.macros = macros
    }

    /// What is said of a path. What no line speaks of is not among it.
    package func answers(for path: RepoPath) -> [String: Answer] {
        var last: Answered?
        return answers(for: path, after: &last)
    }

    /// What some lines of the stack say together.
    struct Answered {
        /// Each by the number of its file in the stack, and its own number there.
        var lines: [(source: Int, line: Int)]
        var answers: [String: Answer]
    }

    /// The same; `last` has what was said of the path before. To most paths of a folder the same lines fit.
    func answers(for path: RepoPath, after last: inout Answered?) -> [String: Answer] {
        var found: [(source: Int, line: AttributeText.Line)] = []
        for (number, source) in sources.enumerated() {
            guard let rest = Self.rest(path, below: source.folder) else { continue }
            for line in source.text.lines(for: rest) { found.append((number, line)) }
        }
        if let last, last.lines.elementsEqual(found, by: { $0.source == $1.source && $0.line == $1.line.number }) {
            return last.answers
        }
        var answers: [String: Answer] = [:]
        for (number, line) in found { take(line.assignments, sources[number].name, line.number, &answers) }
        last = Answered(lines: found.map { ($0.source, $0.line.number) }, answers: answers)
        return answers
    }

    /// What is said first counts. A macro that is set says its own at once, before the rest of its line.
    private func take(
        _ assignments: [(name: String, value: AttributeValue)], _ file: String, _ line: Int,
        _ answers: inout [String: Answer]
    ) {
        for assignment in assignments.reversed() where answers[assignment.name] == nil {
            answers[assignment.name] = Answer(value: assignment.value, file: file, line: line)
            guard assignment.value == .set, let further = macros[assignment.name] else { continue }
            take(further, file, line, &answers)
        }
    }

    private static func rest(_ path: RepoPath, below folder: RepoPath) -> ArraySlice<UInt8>? {
        if folder.isRoot { return path.bytes[...] }
        guard path != folder, path.isInside(folder) else { return nil }
        return path.bytes[(folder.bytes.count + 1)...]
    }
}

extension [String: AttributeStack.Answer] {
    /// The filter that git hands the path to.
    package var filter: String? {
        if case .value(let name) = self["filter"]?.value { name } else { nil }
    }

    /// The line that makes git change the text of a pointer of vx on its way, or merge two of them line by line, where
    /// there is one: line ends, encodings and `merge=union` are for files that git itself holds.
    package var harm: (attribute: String, answer: AttributeStack.Answer)? {
        let text = self["text"] ?? self["crlf"]
        switch text?.value {
        case .set, .value: if let text { return (self["text"] == nil ? "crlf" : "text", text) }
        case nil, .unspecified:
            if let eol = self["eol"], case .value = eol.value { return ("eol", eol) }
        case .unset: break
        }
        if let encoding = self["working-tree-encoding"], case .value = encoding.value {
            return ("working-tree-encoding", encoding)
        }
        if let merge = self["merge"], merge.value == .value("union") { return ("merge", merge) }
        return nil
    }
}

extension AttributeStack.Answer {
    /// As it stands in the file: `eol=crlf`, `-text`.
    package func spelled(_ attribute: String) -> String {
        switch value {
        case .set: attribute
        case .unset: "-\(attribute)"
        case .unspecified: "!\(attribute)"
        case .value(let value): "\(attribute)=\(value)"
        }
    }
}
