import ArgumentParser
import VxModel
import VxSystem

/// Names of commands as they are typed: what else they may be, and what to say where there is none of that name.
extension Tool {
    /// The command line with what tells of commands in one form: `help NAME…`, also for `vx --help add`, `vx remote help add` and
    /// `vx -C DIR help add`.
    static func withHelpFirst(_ arguments: [String]) -> [String] {
        guard let first = arguments.first else { return arguments }
        let rest = arguments.dropFirst()
        if ["--help", "-h"].contains(first), rest.first?.hasPrefix("-") == false { return ["help"] + rest }
        if first == "help" { return Array(rest) == ["help"] ? ["help"] : arguments }
        guard let group = command(first, of: Self.self), !group.configuration.subcommands.isEmpty, rest.first == "help"
        else { return arguments }
        return ["help", first] + rest.dropFirst()
    }

    /// What to say of `vx bogus` and `vx help bogus`. To the parser the first is an argument that it did not expect; the second, and
    /// `vx bogus --help`, it answers with the help of the whole.
    static func unknownCommand(_ arguments: [String]) -> VxError? {
        guard let first = arguments.first, !first.hasPrefix("-") else { return nil }
        var group: any ParsableCommand.Type = Self.self
        var path: [String] = ["vx"]
        for name in first == "help" ? arguments.dropFirst() : arguments.prefix(1) where !name.hasPrefix("-") {
            guard let next = command(name, of: group) else {
                let topics = first == "help" && path.count == 1 ? HelpTopic.all.map(\.name) : []
                return unknown(name, in: path, of: group, topics: topics)
            }
            path.append(name)
            group = next
        }
        return nil
    }

    /// What to say of `vx remote bogus`, which the parser would take for an argument of the command that runs without one.
    static func unknownSubcommand(_ arguments: [String]) -> VxError? {
        guard let name = arguments.first, let group = command(name, of: Self.self),
            group.configuration.defaultSubcommand != nil, let word = arguments.dropFirst().first,
            !word.hasPrefix("-"), command(word, of: group) == nil
        else { return nil }
        return unknown(word, in: ["vx", name], of: group, topics: [])
    }

    private static func unknown(
        _ name: String, in path: [String], of group: any ParsableCommand.Type, topics: [String]
    ) -> VxError {
        let names = group.configuration.subcommands.filter { $0.configuration.shouldDisplay }.map { $0._commandName }
        let whole = path.joined(separator: " ")
        let all =
            names.isEmpty || path.count == 1
            ? "'vx help' lists all of them, and the topics of 'vx help TOPIC'" : "there are: \(names.joined(separator: ", "))"
        let near = nearest(to: name, among: names + topics).map { near in
            let typed = topics.contains(near) || path.count > 1 && names.isEmpty ? "vx help \(near)" : "\(whole) \(near)"
            return "did you mean '\(typed)'? "
        }
        return VxError(.usage, "'\(whole)' has no command '\(name)'", hint: (near ?? "") + all)
    }

    static func command(_ name: String, of parent: any ParsableCommand.Type) -> (any ParsableCommand.Type)? {
        parent.configuration.subcommands.first { $0._commandName == name }
    }

    /// The name that was probably meant: the one that begins so, or that a few signs more, less or other make of it.
    private static func nearest(to typed: String, among names: [String]) -> String? {
        if typed.count > 2, let whole = names.first(where: { $0.hasPrefix(typed) }) { return whole }
        let near = names.map { (name: $0, steps: steps(from: Array(typed), to: Array($0))) }
            .min { $0.steps < $1.steps }
        return near.flatMap { $0.steps <= min(2, typed.count / 2) ? $0.name : nil }
    }

    /// How many signs have to be added, taken away, replaced, or swapped with their neighbour (Damerau's distance).
    private static func steps(from old: [Character], to new: [Character]) -> Int {
        if old.count > 30 { return old.count }
        var rows = [Array(0...new.count)]
        for (i, sign) in old.enumerated() {
            var row = [i + 1]
            for (j, other) in new.enumerated() {
                var best = min(rows[i][j] + (sign == other ? 0 : 1), rows[i][j + 1] + 1, row[j] + 1)
                if i > 0, j > 0, sign == new[j - 1], old[i - 1] == other { best = min(best, rows[i - 1][j - 1] + 1) }
                row.append(best)
            }
            rows.append(row)
        }
        return rows[old.count][new.count]
    }
}
