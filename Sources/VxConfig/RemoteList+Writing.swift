extension RemoteList {
    /// The comment that vx puts above the remotes it writes first.
    private static let comment =
        "# Where data is shared. Credentials do not belong here: docs/remotes.md says where they go."

    /// `vx.yaml` with its remotes replaced by these; everything else stays as it is written, and so does a remote that is the
    /// same, with the comments above it. Those of a remote that is not among these go with it.
    ///
    /// - Parameters:
    ///   - text: the file; empty where there is none yet.
    ///   - old: the remotes it names.
    package func replacing(_ old: RemoteList, in text: String) -> String {
        // A byte order mark stays where it is.
        if text.unicodeScalars.first == "\u{feff}" {
            return "\u{feff}" + replacing(old, in: String(text.unicodeScalars.dropFirst()))
        }
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.last == "" { lines.removeLast() }
        let start = lines.firstIndex { $0 == "remotes:" || $0.hasPrefix("remotes: ") || $0.hasPrefix("remotes:\t") }
        guard let start else {
            if entries.isEmpty { return text }
            if let last = lines.last, !last.isEmpty { lines.append("") }
            if lines.isEmpty { lines.append("version: 1") }
            lines += [Self.comment, "remotes:"] + entries.flatMap(\.lines)
            return lines.joined(separator: "\n") + "\n"
        }
        var end = start + 1
        while end < lines.count, lines[end].hasPrefix(" ") || lines[end].hasPrefix("\t") { end += 1 }
        let written = Self.written(lines[start + 1..<end], old)
        let block = entries.flatMap { entry in
            old[entry.name] == entry ? written[entry.name] ?? entry.lines : entry.lines
        }
        lines.replaceSubrange(start..<end, with: block.isEmpty ? [] : [lines[start]] + block)
        if block.isEmpty, start > 0, lines[start - 1] == Self.comment {
            lines.remove(at: start - 1)
            if start > 1, lines[start - 2].isEmpty, start - 1 == lines.count || lines[start - 1].isEmpty {
                lines.remove(at: start - 2)
            }
        }
        return lines.joined(separator: "\n") + (lines.isEmpty ? "" : "\n")
    }

    /// The lines that each remote is written in, with the comments above it; none where they are written in another form than
    /// one below the other.
    private static func written(_ lines: ArraySlice<String>, _ old: RemoteList) -> [String: [String]] {
        func indent(_ line: String) -> Int { line.prefix { $0 == " " }.count }
        func isComment(_ line: String) -> Bool { line.drop { $0 == " " || $0 == "\t" }.first.map { $0 == "#" } ?? true }
        guard let first = lines.first(where: { !isComment($0) }) else { return [:] }
        var found: [String: [String]] = [:]
        var names: [String] = []
        var above: [String] = []
        for line in lines {
            if isComment(line), indent(line) <= indent(first) {
                above.append(line)
                continue
            }
            if !isComment(line), indent(line) == indent(first), let colon = line.firstIndex(of: ":") {
                let name = line[..<colon].filter { !" \"'".contains($0) }
                names.append(name)
                found[name] = above + [line]
                above = []
                continue
            }
            guard let name = names.last else { return [:] }
            found[name, default: []] += above + [line]
            above = []
        }
        if let last = names.last { found[last, default: []] += above }
        return names == old.entries.map(\.name) ? found : [:]
    }
}

extension RemoteList.Entry {
    fileprivate var lines: [String] {
        ["  \(name):", "    url: \(Self.quoted(url))"]
            + RemoteList.optionNames.compactMap { option in
                options[option].map { "    \(option): \(option == "anonymous" ? $0 : Self.quoted($0))" }
            }
            + (isDefault ? ["    default: true"] : [])
    }

    private static func quoted(_ text: String) -> String {
        "\"" + text.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : String($0) }.joined() + "\""
    }
}
