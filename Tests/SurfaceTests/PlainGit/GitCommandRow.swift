import SystemPackage
import VxModel
import VxSystem
import VxTestSupport

/// A row of `Tests/PlainGit/commands.txt`: a use of git, and where it is known not to be as beside plain git.
struct GitCommandRow: Sendable {
    var name: String
    var exceptions: [Exception] = []
    var script = ""

    /// `! SIZES HOOKS KINDS: why`, each `*` or a list with commas; `~ PATTERN` in the next line says what may differ.
    struct Exception: Sendable {
        var sizes: String
        var hooks: String
        var kinds: String
        var reason: String
        /// Of what is there after the command, the lines that may differ; a difference in any other is a fault all the same.
        var mayDiffer: String?
        /// Whether large files are pointer text until 'vx hydrate', and all else is as it should be.
        var isUntilHydrated: Bool { reason.hasPrefix("hydrate") }

        init?(_ line: Substring) {
            guard let colon = line.firstIndex(of: ":") else { return nil }
            let fields = line[..<colon].split(separator: " ")
            let reason = line[line.index(after: colon)...].drop { $0 == " " }
            guard fields.count == 3, !reason.isEmpty else { return nil }
            (sizes, hooks, kinds) = (String(fields[0]), String(fields[1]), String(fields[2]))
            self.reason = String(reason)
        }

        func covers(_ cell: GitCell) -> Bool {
            func has(_ list: String, _ word: String) -> Bool {
                list == "*" || list.split(separator: ",").contains { $0 == word }
            }
            return has(sizes, cell.size.rawValue) && has(hooks, cell.hooks.rawValue) && has(kinds, cell.kind.rawValue)
        }
    }

    static let folder = FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent()
        .appending("PlainGit")

    /// The table.
    ///
    /// - Throws: where a line of it is not understood.
    static func read() throws -> [GitCommandRow] {
        var rows: [GitCommandRow] = []
        let text = String(decoding: try Files.read(folder.appending("commands.txt")) ?? [], as: UTF8.self)
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            if line.hasPrefix("= ") {
                rows.append(GitCommandRow(name: String(line.dropFirst(2))))
            } else if rows.isEmpty {
                throw VxError("commands.txt: '\(line)' comes before the first command")
            } else if line.hasPrefix("! ") {
                guard let exception = Exception(line.dropFirst(2)) else {
                    throw VxError("commands.txt: '\(line)' is no exception")
                }
                rows[rows.count - 1].exceptions.append(exception)
            } else if line.hasPrefix("~ ") {
                guard let last = rows[rows.count - 1].exceptions.indices.last else {
                    throw VxError("commands.txt: '\(line)' belongs to no exception")
                }
                rows[rows.count - 1].exceptions[last].mayDiffer = String(line.dropFirst(2))
            } else {
                rows[rows.count - 1].script += line + "\n"
            }
        }
        return rows
    }
}

/// One square of the matrix beside its row.
struct GitCell: Sendable, Hashable, CustomStringConvertible {
    enum Size: String, Sendable, CaseIterable {
        case small, middle, above

        /// The limit is 6 MiB in these tests.
        var bytes: Int {
            switch self {
            case .small: 60
            case .middle: 5 << 20
            case .above: 7 << 20
            }
        }
    }
    enum Hooks: String, Sendable, CaseIterable { case on, off }
    /// What the branch does to data; `mixed` does all of it.
    enum Kind: String, Sendable, CaseIterable { case added, changed, deleted, renamed, mixed }

    var size: Size
    var hooks: Hooks
    var kind: Kind
    var description: String { "\(size.rawValue) \(hooks.rawValue) \(kind.rawValue)" }

    static let all = Size.allCases.flatMap { size in
        Hooks.allCases.flatMap { hooks in Kind.allCases.map { GitCell(size: size, hooks: hooks, kind: $0) } }
    }

    /// The one that the suite tries of the row of that number.
    static func chosen(_ number: Int) -> GitCell {
        let hooks = number % 5 == 4 ? Hooks.off : .on
        if number % 2 == 0 {
            return GitCell(size: .above, hooks: hooks, kind: Kind.allCases[number / 2 % Kind.allCases.count])
        }
        return GitCell(size: number % 4 == 1 ? .small : .middle, hooks: hooks, kind: .mixed)
    }
}
